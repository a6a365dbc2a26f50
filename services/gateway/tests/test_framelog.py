"""The frame log: a line per frame, and not a word in it."""

import json
import stat
from pathlib import Path

from gateway.effects import Interrupted, KeyPressed, Prompted
from gateway.framelog import FrameLog


def test_each_frame_leaves_a_line_without_its_words(tmp_path: Path) -> None:
    path = tmp_path / "frames.jsonl"
    with FrameLog(path, lambda: 12.5) as log:
        call = log.of_call("CA1")
        call.read(Prompted("my secret"), 1)
        call.sent("text", 2, 7, 5)
        call.read(Interrupted("secret"), 2)
        call.read(KeyPressed("4"), 2)
        call.sent("end")

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [
        (line["direction"], line["type"], line["turn"], line["seq"], line["length"])
        for line in lines
    ] == [
        ("in", "prompt", 1, 0, 9),
        ("out", "text", 2, 7, 5),
        ("in", "interrupt", 2, 0, 6),
        ("in", "dtmf", 2, 0, 1),
        ("out", "end", 0, 0, 0),
    ]
    assert {(line["time"], line["call"]) for line in lines} == {(12.5, "CA1")}
    assert "secret" not in path.read_text()


def test_it_is_for_its_owner_alone_and_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "frames.jsonl"
    for _ in range(2):
        with FrameLog(path, lambda: 0.0) as log:
            log.of_call("CA1").sent("end")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().splitlines()) == 2


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    with FrameLog(None, lambda: 0.0) as log:
        log.of_call("CA1").sent("end")

    assert list(tmp_path.iterdir()) == []
