"""A scenario's part of the rig: its numbers, and the faults that meet only them."""

import random
from types import SimpleNamespace
from typing import cast

import pytest

from trunkline_cli.chaos.rig import Rig
from trunkline_cli.chaos.scenarios import SCENARIOS
from trunkline_cli.chaos.scenarios.acting import Reach
from trunkline_cli.chaos.stage import OF_ALL, Stage
from twilio_emulator.rest import Fault


class Twilio:
    """Remembers what goes wrong."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def inject(self, fault: Fault) -> int:
        self.faults.append(fault)
        return len(self.faults)


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


@pytest.fixture
def stage(twilio: Twilio) -> Stage:
    return Stage(cast(Rig, SimpleNamespace(twilio=twilio)), 7, [], random.Random(1))


def test_a_scenario_has_numbers_of_its_own(stage: Stage) -> None:
    people = stage.people(30, ["60", "75"])

    assert len(set(people)) == 30
    assert all(number.startswith(stage.range) for number in people)
    assert {number[-2:] for number in people} == {"60", "75"}


def test_a_fault_meets_only_calls_of_the_scenario_that_wanted_it(
    stage: Stage, twilio: Twilio
) -> None:
    assert stage.inject(Fault(kind="lost", count=2), Fault(kind="slow")) == [1, 2]

    assert twilio.faults == [Fault(kind="lost", count=2, to=stage.range), Fault(kind="slow")]


def test_scenarios_that_play_beside_others_are_those_that_break_only_their_own_calls() -> None:
    beside = {scenario.row for scenario in SCENARIOS if scenario.reach is Reach.CALLS}

    assert {"F24", "F41", "F66"} <= beside
    assert not beside & {"F1", "F28", "F30", "F39", "F51", "F74", "F76"}
    assert {"refuse", "list_down"} <= OF_ALL
