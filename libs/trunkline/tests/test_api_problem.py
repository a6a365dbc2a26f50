"""The body of an error, as RFC 9457 has it."""

import pytest

from trunkline.api.problem import FieldError, InvalidRequest, NotFound, Problem, Unavailable


def test_a_problem_tells_its_kind_and_where_to_look_it_up() -> None:
    assert NotFound().document("0af7") == {
        "type": "urn:trunkline:problem:not_found",
        "title": "There is no such thing",
        "status": 404,
        "code": "not_found",
        "retryable": False,
        "trace_id": "0af7",
    }


def test_a_problem_tells_which_parts_are_wrong() -> None:
    error = FieldError("#/contacts/3/number", "invalid_length", "has too few digits")
    document = InvalidRequest("1 of 4 contacts", errors=[error]).document("0af7")

    assert document["detail"] == "1 of 4 contacts"
    assert document["errors"] == [
        {
            "pointer": "#/contacts/3/number",
            "code": "invalid_length",
            "detail": "has too few digits",
        }
    ]


def test_only_what_may_work_later_is_retryable() -> None:
    assert Unavailable().document("0af7")["retryable"] is True


def kinds(base: type[Problem]) -> list[type[Problem]]:
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


@pytest.mark.parametrize("kind", kinds(Problem))
def test_each_kind_owns_its_status_and_code(kind: type[Problem]) -> None:
    assert 400 <= kind.status < 600
    assert [one.code for one in kinds(Problem)].count(kind.code) == 1
