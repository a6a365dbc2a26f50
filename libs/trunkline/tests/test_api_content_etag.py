"""Tags of answers that have no version."""

import pytest

from trunkline.api.etag import content_etag, is_known

TAG = content_etag(b"{}")


def test_the_same_bytes_have_the_same_tag() -> None:
    assert content_etag(b"{}") == TAG != content_etag(b"{ }")
    assert TAG[0] == TAG[-1] == '"'


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (None, False),
        ("", False),
        (TAG, True),
        (f'"0", {TAG}', True),
        (f"W/{TAG}", True),
        ("*", True),
        ('"0"', False),
    ],
)
def test_what_somebody_has_already_is_known(header: str | None, known: bool) -> None:
    assert is_known(header, TAG) is known
