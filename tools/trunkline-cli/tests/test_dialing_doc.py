"""The tables of docs/dialing.md are those of the code."""

from trunkline_cli import dialing_doc


def test_the_tables_are_as_the_code_has_them() -> None:
    text = dialing_doc.FILE.read_text()

    assert dialing_doc.written(text) == text, "run `python -m trunkline_cli.dialing_doc`"


def test_all_tables_are_there() -> None:
    text = dialing_doc.FILE.read_text()

    assert "| `scientific_notation` |" in text
    assert "| F24 | 500, and the call is placed | real |" in text
    assert "| US-FL | 08:00-20:00 | | 3 in 24 h |" in text
