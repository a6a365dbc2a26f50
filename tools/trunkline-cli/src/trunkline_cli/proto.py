"""Generates the protobuf code from proto/ into the shared library: `python -m trunkline_cli.proto`.

With `--check` nothing is written; exit status 1 says that the committed code is not what
proto/ yields.
"""

import re
import sys
import tempfile
from pathlib import Path

from trunkline_cli.paths import ROOT

SOURCES = ROOT / "proto"
TARGET = ROOT / "libs/trunkline/src/trunkline/events/_pb"

_PACKAGE = "trunkline.v1"
_MODULE = "trunkline.events._pb"
_INIT = '"""Generated from proto/ by `make proto`; never edited."""\n'


def generate() -> dict[str, str]:
    """Return the generated files: name inside the target folder -> content."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        _run_protoc(out)
        files = {path.name: _relocate(path.read_text()) for path in out.rglob("*_pb2.py*")}
    return {"__init__.py": _INIT, **files}


def differences() -> list[str]:
    """Return the names of files whose committed content is not the generated one."""
    wanted = generate()
    found = {path.name: path.read_text() for path in TARGET.glob("*.py*")}
    return sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )


def write() -> None:
    """Make the committed files what proto/ yields; delete those that it no longer does."""
    TARGET.mkdir(parents=True, exist_ok=True)
    wanted = generate()
    for path in TARGET.glob("*.py*"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (TARGET / name).write_text(content)


def main(arguments: list[str]) -> int:
    """Write the generated code, or with `--check` compare; return the exit status."""
    if "--check" not in arguments:
        write()
        return 0
    stale = differences()
    if stale:
        sys.stderr.write(f"Not current, run `make proto`: {', '.join(stale)}\n")
    return 1 if stale else 0


def _run_protoc(out: Path) -> None:
    from grpc_tools import protoc  # a development tool: `trunkline` itself runs without it

    well_known = Path(protoc.__file__).parent / "_proto"
    sources = sorted(str(path) for path in SOURCES.rglob("*.proto"))
    includes = [f"-I{SOURCES}", f"-I{well_known}"]
    outputs = [f"--python_out={out}", f"--pyi_out={out}"]
    if protoc.main(["protoc", *includes, *outputs, *sources]) != 0:
        raise SystemExit("protoc refused the files in proto/; its message stands above.")


def _relocate(text: str) -> str:
    """Make imports relative and name the module that the classes really live in.

    protoc derives both from the path of the .proto file, which is the wire's package; in Python
    the code belongs to the shared library.
    """
    relative = re.sub(rf"^from {re.escape(_PACKAGE)} import", "from . import", text, flags=re.M)
    return relative.replace(f"'{_PACKAGE}.", f"'{_MODULE}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
