"""Helpers of the tests of all packages are imported by their bare names, so each has its own."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_no_two_packages_have_helpers_of_one_name() -> None:
    folders = [*ROOT.glob("*/*/tests"), ROOT / "tests"]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    helpers = [path.stem for path in files if not path.stem.startswith(("test_", "__"))]
    own = [name for name in helpers if name != "conftest"]

    assert [name for name, count in Counter(own).items() if count > 1] == []
