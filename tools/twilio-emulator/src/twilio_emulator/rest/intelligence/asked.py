"""A request to Intelligence as its routes see it, and their answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from twilio_emulator.rest.accounts import Account
from twilio_emulator.rest.errors import invalid, not_found
from twilio_emulator.rest.intelligence.paging import Json, Row, page_json
from twilio_emulator.rest.listing import read_position


@dataclass(frozen=True, slots=True)
class Answered:
    """A status and what is shown with it."""

    status: int = 200
    content: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of an account that may make it. `at` is Unix time."""

    account: Account
    method: str
    path: str
    base: str
    """Where this version of the API is."""

    query: tuple[tuple[str, str], ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    """`If-Match`, where the client wants to change only what it knows."""

    at: float
    lag: float = 0.0
    """Lists lack what is younger, in seconds."""

    def param(self, name: str) -> str:
        return dict(self.query).get(name, "")

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean of the query."""
        value = self.param(name).lower()
        return value == "true" if value in ("true", "false") else default

    def missing(self) -> Exception:
        """What to raise if there is nothing here that the account may see."""
        return not_found(self.path)

    def require(self, name: str) -> str:
        """A field of the form; raises `ApiError`."""
        if not (value := self.form.get(name, "")):
            raise invalid(20001, f"Missing required parameter {name} in the post body")
        return value

    def page(self, key: str, rows: Iterable[Row]) -> Answered:
        """A page of a list; raises `ApiError`."""
        position = read_position(dict(self.query))
        url = self.base + self.path.removeprefix("/v2")
        return Answered(200, page_json(key, rows, position, url, self.query))
