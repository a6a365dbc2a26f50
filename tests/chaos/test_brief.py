"""The dialer under the part of the fault list that takes seconds; `make chaos` plays all of it."""

from pathlib import Path

import pytest

from trunkline_cli.chaos.perform import Program, perform
from trunkline_cli.chaos.result import Played
from trunkline_cli.chaos.scenarios import SCENARIOS
from trunkline_cli.chaos.tables import Progress


class Nobody:
    """An audience that does not listen."""

    def begun(self, row: str) -> None: ...

    def acted(self, row: str) -> None: ...

    def progressed(self, row: str, progress: Progress) -> None: ...

    def judged(self, result: Played) -> None: ...


@pytest.mark.timeout(600)  # about a minute on two quiet cores
async def test_the_dialer_keeps_every_promise_whatever_twilio_and_its_callbacks_do(
    tmp_path: Path,
) -> None:
    brief = [scenario for scenario in SCENARIOS if scenario.brief]
    program = Program(brief, tmp_path, seed=7, patience_seconds=300)

    results = await perform(program, Nobody())

    assert {result.row: result.broken for result in results} == {each.row: [] for each in brief}
    assert sum(result.calls for result in results) > 10 * len(brief)
