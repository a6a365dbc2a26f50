"""Deaths on purpose happen where they are asked for, and nowhere else."""

import os
import signal
import subprocess
import sys

import pytest

from dialer.crash import EXIT_CODE, Point, crash_points, never


def test_without_a_setting_every_point_does_nothing() -> None:
    assert crash_points(()) is never


def test_a_process_dies_at_the_point_it_was_told_and_closes_nothing() -> None:
    script = (
        "import atexit; atexit.register(print, 'closed');"
        "from dialer.crash import Point, crash_points;"
        "crash = crash_points(['after_sent:1']);"
        "crash(Point.AFTER_RESERVED); print('reserved', flush=True); crash(Point.AFTER_SENT)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stdout) == (EXIT_CODE, "reserved\n")


def test_a_process_stands_still_at_the_point_it_was_told_until_it_is_continued() -> None:
    script = (
        "from dialer.crash import Point, crash_points;"
        "crash_points(['after_sent:1:freeze'])(Point.AFTER_SENT); print('goes on')"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        process.send_signal(signal.SIGCONT)
        told, _ = process.communicate(timeout=30)

    assert (os.WIFSTOPPED(status), told, process.returncode) == (True, b"goes on\n", 0)


def test_a_point_of_no_probability_is_passed() -> None:
    crash = crash_points(["after_slot:0"])

    for point in Point:
        crash(point)


@pytest.mark.parametrize(
    "setting", ["nowhere:1", "after_slot:2", "after_slot:often", "after_slot:1:dance"]
)
def test_a_wrong_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        crash_points([setting])
