"""Who changes a thing must have seen its newest version."""

import pytest

from trunkline.api.etag import PreconditionFailed, PreconditionRequired, check_if_match, etag


@pytest.mark.parametrize("header", ['"7"', ' "7" ', '"6", "7"', "*"])
def test_the_version_at_hand_may_be_changed(header: str) -> None:
    check_if_match(header, 7)


@pytest.mark.parametrize("header", ['"6"', "7", 'W/"7"', '"77"', '"6", "8"'])
def test_another_version_is_refused_and_the_newest_named(header: str) -> None:
    with pytest.raises(PreconditionFailed) as refused:
        check_if_match(header, 7)

    assert refused.value.headers == {"ETag": etag(7)}


@pytest.mark.parametrize("header", [None, "", "  "])
def test_a_change_must_say_which_version_it_means(header: str | None) -> None:
    with pytest.raises(PreconditionRequired):
        check_if_match(header, 7)
