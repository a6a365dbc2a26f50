"""What a killed stack left is found by pid and start time, and nothing else is touched."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.leftovers import ProcessBook


@pytest.fixture
def left_over() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that nothing ties to us."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_a_process_of_an_earlier_stack_is_ended(
    tmp_path: Path, left_over: "subprocess.Popen[bytes]"
) -> None:
    ProcessBook(tmp_path).add("gateway-1", left_over.pid)

    stopped = ProcessBook(tmp_path).stop_leftovers()

    assert stopped == ["gateway-1"]
    assert left_over.wait(5) is not None


def test_a_process_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    code = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()  # from here on it ignores SIGTERM
        ProcessBook(tmp_path).add("gateway-1", stubborn.pid)

        ProcessBook(tmp_path).stop_leftovers()

        assert not psutil.pid_exists(stubborn.pid)


def test_another_process_that_was_given_the_same_pid_is_left_alone(
    tmp_path: Path, left_over: "subprocess.Popen[bytes]"
) -> None:
    started = psutil.Process(left_over.pid).create_time()
    (tmp_path / "processes.json").write_text(
        json.dumps({"gateway-1": [left_over.pid, started - 3600]})
    )

    assert ProcessBook(tmp_path).stop_leftovers() == []
    assert left_over.poll() is None


def test_a_process_that_has_ended_is_no_leftover(
    tmp_path: Path, left_over: "subprocess.Popen[bytes]"
) -> None:
    ProcessBook(tmp_path).add("gateway-1", left_over.pid)
    left_over.kill()
    left_over.wait(5)

    assert ProcessBook(tmp_path).stop_leftovers() == []


def test_a_folder_belongs_to_one_stack_at_a_time(tmp_path: Path) -> None:
    first, second = ProcessBook(tmp_path), ProcessBook(tmp_path)

    with first.opened(), pytest.raises(StackError, match="Another stack runs"), second.opened():
        pytest.fail("it is not alone")

    with second.opened():
        pass
