"""Revisions whose SQL stands in files of its own, to be read as SQL."""

import re
from pathlib import Path

from sqlalchemy import Connection


def run_sql(connection: Connection, folder: Path) -> None:
    """Run the folder's SQL files in their order, statement by statement.

    A statement ends with a semicolon at the end of a line that an empty line follows, because the
    driver takes one at a time. Nothing is substituted: a colon is a colon.
    """
    for path in sorted(folder.glob("*.sql")):
        for statement in re.split(r";\n(?:\n|$)", path.read_text()):
            if statement.strip():
                connection.exec_driver_sql(statement)
