"""What the dialing commands have in common: a client, answers as JSON, errors as sentences."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from trunkline_cli.dialing.client import DialerClient, DialerError, open_client

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


class Desk:
    """A client, and where its answers are shown."""

    def __init__(self, client: DialerClient, *, as_json: bool) -> None:
        self.client = client
        self.as_json = as_json
        self.console = Console(soft_wrap=True, highlight=False)

    def show(self, answer: Any, seen: RenderableType) -> None:
        """For programs as it is, for people as it is best seen."""
        if self.as_json:
            self.console.print(json.dumps(answer, indent=2), markup=False)
        else:
            self.console.print(seen)


@contextmanager
def at_desk(*, as_json: bool) -> Iterator[Desk]:
    """Ask the dialer; whatever it refuses is told on standard error, with exit status 1."""
    try:
        with open_client() as client:
            yield Desk(client, as_json=as_json)
    except DialerError as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print(Text(error.sentence, style="red"))
        for field in error.fields:
            console.print(Text(f"  {field}"))
        raise typer.Exit(1) from None
