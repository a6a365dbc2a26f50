"""The rig, a scenario and the oracle together, on a dialer that is known to be wrong."""

import sys
from pathlib import Path

from trunkline_cli.chaos.perform import Program, perform
from trunkline_cli.chaos.result import Played
from trunkline_cli.chaos.scenarios import SCENARIOS
from trunkline_cli.chaos.tables import Progress

TOY = [sys.executable, str(Path(__file__).parent / "toy_dialer.py")]


class Diary:
    """An audience that remembers."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.last: dict[str, Progress] = {}

    def begun(self, row: str) -> None:
        self.entries.append(f"{row} begun")

    def acted(self, row: str) -> None:
        self.entries.append(f"{row} acted")

    def progressed(self, row: str, progress: Progress) -> None:
        self.last[row] = progress

    def judged(self, result: Played) -> None:
        self.entries.append(f"{result.row} judged")


async def test_the_oracle_sees_through_a_dialer_that_asks_again(tmp_path: Path) -> None:
    diary = Diary()
    program = Program(
        [scenario for scenario in SCENARIOS if scenario.row == "F24"],
        tmp_path,
        workers=0,
        dialers=2,
        patience_seconds=5,
        command=TOY,
    )

    (result,) = await perform(program, diary)

    assert diary.entries == ["F24 begun", "F24 acted", "F24 judged"]
    assert diary.last["F24"].contacts == result.contacts == 40
    assert result.double_dials > 5
    assert {"I1", "I2", "I7"} <= set(result.broken)
