"""A child process is watched, stopped, and never outlives its parent."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from trunkline_cli.stack.child import Child

STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
FOREVER = "import time; time.sleep(600)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_the_exit_status_and_the_last_lines_are_kept(tmp_path: Path) -> None:
    child = Child.launch(python("print('a'); print('b'); exit(3)"), log=tmp_path / "log")

    assert await child.wait() == 3
    assert child.returncode == 3
    assert child.last_lines(1) == ["b"]


async def test_a_child_that_ignores_the_request_is_killed_after_the_grace(tmp_path: Path) -> None:
    child = Child.launch(python(f"{STUBBORN}; {FOREVER}"), log=tmp_path / "log")
    with psutil.Popen(["tail", "-F", "-n", "+1", child.log], stdout=subprocess.PIPE) as tail:
        assert tail.stdout.readline() == b"up\n"  # from here on it ignores SIGTERM
        tail.kill()

    await child.stop(grace_seconds=0.2)

    assert child.returncode == -9


async def test_waiting_for_a_child_that_has_ended_returns_at_once(tmp_path: Path) -> None:
    child = Child.launch(python("pass"), log=tmp_path / "log")
    await child.wait()

    assert await child.wait() == 0
    await child.stop(grace_seconds=1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from trunkline_cli.stack.child import Child\n"
        f"child = Child.launch({python(FOREVER)!r}, log=Path({str(tmp_path / 'log')!r}))\n"
        f"print(child.pid, flush=True); {FOREVER}"
    )
    with subprocess.Popen(python(program), stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))

        parent.kill()

    gone, _alive = psutil.wait_procs([child], timeout=10)
    assert gone == [child]
