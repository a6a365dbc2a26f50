"""Tickets: what a URL or a parameter carries through Twilio, encrypted and with an expiry.

Whoever is asked next needs no memory of the call: the ticket says what it is about. It may hold
what is personal: hence encrypted and not only signed.
"""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from trunkline.errors import Invalid


class Expiring(Protocol):
    """What a ticket may be: a frozen dataclass that knows when it expires."""

    @property
    def expires_at(self) -> int:
        """Unix time in seconds."""


T = TypeVar("T", bound=Expiring)


class Expired(Invalid):
    """The ticket has expired."""


class TicketOffice(Generic[T]):
    """Issues and reads tickets of one type. The first key encrypts, all of them decrypt.

    `marker` stands in every ticket before its content: no office reads a ticket of another marker,
    though the keys are the same.
    """

    def __init__(
        self, kind: type[T], keys: Sequence[str], clock: Callable[[], float], *, marker: str = ""
    ) -> None:
        self._kind = kind
        self._marker = marker.encode()
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._clock = clock

    def issue(self, ticket: T) -> str:
        """The ticket as text that is safe in a URL path."""
        return self._fernet.encrypt(self._marker + msgspec.json.encode(ticket)).decode()

    def read(self, text: str) -> T:
        """Raises `Expired` if the ticket has expired, `Invalid` if the text is none of ours."""
        ticket = self.read_expired(text)
        if ticket.expires_at < self._clock():
            raise Expired
        return ticket

    def read_expired(self, text: str) -> T:
        """Read a ticket whether it has expired or not; raises `Invalid` if it is none of ours."""
        try:
            plain = self._fernet.decrypt(text.encode())
            if not plain.startswith(self._marker):
                raise Invalid("Not a ticket of ours.")
            return msgspec.json.decode(plain.removeprefix(self._marker), type=self._kind)
        except (InvalidToken, msgspec.MsgspecError, UnicodeError):
            raise Invalid("Not a ticket of ours.") from None


def no_clock() -> float:
    """The clock of an office that only issues: time is asked for when a ticket is read."""
    raise NotImplementedError
