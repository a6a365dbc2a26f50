"""Actions are shown to a model in the words in which it asks for them."""

import json
from typing import get_args

import pytest

from gateway.actions import arguments_of, name_of
from trunkline.agents import ActionName
from trunkline.events.call import Action, CollectDigits, OptOut, Transfer


def test_every_action_has_the_name_of_a_tool() -> None:
    kinds = get_args(Action)
    made = [kind(*["x"] * len(kind.__match_args__)) for kind in kinds]

    assert sorted(name_of(action) for action in made) == sorted(ActionName)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        (Transfer("desk", "asked"), {"destination": "desk", "reason": "asked"}),
        (CollectDigits(4, "#", 3000), {"max_digits": 4, "finish_key": "#", "timeout_ms": 3000}),
        (OptOut(), {}),
    ],
)
def test_an_actions_values_are_a_json_object(action: Action, arguments: object) -> None:
    assert json.loads(arguments_of(action)) == arguments
