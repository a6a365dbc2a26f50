"""What people see of a stack."""

import asyncio
import io
from pathlib import Path

from rich.console import Console

from trunkline_cli.stack.follow import follow
from trunkline_cli.stack.narrator import InShort, OnScreen


def test_lines_are_shown_as_they_are_whatever_the_width() -> None:
    output = io.StringIO()
    line = "gateway-1 | [red]not markup[/] " + "x" * 200

    OnScreen(Console(file=output, width=40)).say(line)

    assert output.getvalue() == f"{line}\n"


def test_what_happens_can_be_told_in_one_line_each() -> None:
    output = io.StringIO()

    InShort(Console(file=output)).say("dialer-1 has ended with status -9.\n  | its last words")

    assert output.getvalue() == "dialer-1 has ended with status -9.\n"


def test_the_download_is_shown_while_it_lasts() -> None:
    output = io.StringIO()
    screen = OnScreen(Console(file=output, force_terminal=True, width=120))

    for done in range(47):
        screen.downloading(done, 46)
    screen.downloaded()
    screen.say("Starting")

    assert "Downloading Apache Kafka, once per machine (43 MiB)" in output.getvalue()
    assert "46/46" in output.getvalue()
    assert output.getvalue().endswith("Starting\n")


async def test_a_log_is_followed_line_by_line(tmp_path: Path) -> None:
    path, said = tmp_path / "log", asyncio.Queue[str](10)
    path.write_text("old\nhalf a ")
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(10):
        following = tasks.create_task(follow(path, "gateway-1", said.put_nowait), name="follow")
        assert await said.get() == "gateway-1 | old"

        with path.open("a") as log:
            log.write("line\nnext")

        assert await said.get() == "gateway-1 | half a line"
        assert said.empty()
        following.cancel()
