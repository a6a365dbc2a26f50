"""Lines out of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.importer.lines import MAX_LINE, Line, Lines, Overlong

TEXT = "number,name\n+12025550143,Zoë\n+12025550144,李\n"


def lines(*parts: bytes, encoding: str = "") -> list[Line]:
    cut = Lines(encoding)
    return [line for part in parts for line in cut.feed(part)] + cut.finish()


@pytest.mark.parametrize(
    "encoded",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.rstrip("\n").encode(),
    ],
)
def test_encoding_mark_and_line_ends_make_no_difference(encoded: bytes) -> None:
    assert lines(encoded) == TEXT.splitlines()


def test_an_encoding_that_cannot_be_seen_can_be_named() -> None:
    assert lines("Zoë".encode("windows-1252"), encoding="windows-1252") == ["Zoë"]


def test_bytes_that_are_no_text_are_marked() -> None:
    assert lines(b"Zo\xeb,1\nAna,2") == ["Zo\ufffd,1", "Ana,2"]


@given(st.text(alphabet="ab\n\r,é", max_size=40), st.integers(1, 7))
def test_how_a_file_was_cut_into_parts_makes_no_difference(text: str, size: int) -> None:
    encoded = text.encode()
    parts = [encoded[at : at + size] for at in range(0, len(encoded), size)]

    assert lines(*parts) == lines(encoded)


@pytest.mark.parametrize("size", [1024, MAX_LINE * 3])
def test_of_an_overlong_line_only_its_length_is_read(size: int) -> None:
    text = b"short\n" + b"x" * (MAX_LINE * 2) + b"\nafter"
    parts = [text[at : at + size] for at in range(0, len(text), size)]

    assert lines(*parts) == ["short", Overlong(), "after"]


def test_a_hundred_megabytes_in_one_line_take_no_memory() -> None:
    cut = Lines()
    for _ in range(100):
        assert cut.feed(b"x" * 1024 * 1024) == []

    assert sum(map(len, cut._rest)) <= MAX_LINE
    assert cut.finish() == [Overlong()]
