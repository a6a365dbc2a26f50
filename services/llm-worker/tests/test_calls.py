import pytest
from questions import question

from llm_worker.model import ModelCall
from llm_worker.providers.calls import arguments_of, extra_of, model_id
from trunkline.agents import Provider


@pytest.mark.parametrize(
    ("arguments", "read"), [('{"a": 1}', {"a": 1}), ("", {}), ("[]", {}), ("{", {}), ("null", {})]
)
def test_only_an_object_counts_as_arguments(arguments: str, read: dict[str, object]) -> None:
    assert arguments_of(ModelCall("c", "tool", arguments)) == read


def test_what_a_model_gave_with_a_call_goes_back_to_it_alone() -> None:
    asked = question(Provider.GEMINI)
    own = ModelCall("c", "tool", "{}", model=model_id(asked), extra="x")
    other = ModelCall("c", "tool", "{}", model="gemini/another", extra="x")

    assert (extra_of(own, asked), extra_of(other, asked)) == ("x", "")
