"""What the emulated Twilio knows to be true, as evidence."""

import time
from collections.abc import Collection, Mapping

from trunkline.errors import Invalid
from trunkline.outbound import OUTBOUND_PATH, OutboundTicket, outbound_office
from trunkline_cli.chaos.evidence import Call, Post
from twilio_emulator.rest import CallStore, PlacedCall
from twilio_emulator.rest import placed as truth


class Ledger:
    """Reads the emulator's own records; the tickets in their URLs say which attempt they are of."""

    def __init__(self, store: CallStore, ticket_key: str) -> None:
        self._store = store
        self._office = outbound_office([ticket_key], time.time)
        self._since_boot = time.time() - time.monotonic()

    def posts(self, accounts: Collection[str]) -> list[Post]:
        """The requests that were made for these accounts."""
        posts = (self._post(post) for post in self._store.posts)
        return [post for post in posts if post.account_sid in accounts]

    def calls(self, accounts: Collection[str]) -> list[Call]:
        """The calls that these accounts placed, those of other systems left out."""
        return [self._call(call) for call in self._store.placed() if call.account_sid in accounts]

    def queued(self, accounts: Collection[str]) -> int:
        """Calls that wait to be dialled, and may ring at any time."""
        placed = self._store.placed()
        return sum(call.account_sid in accounts and call.status == "queued" for call in placed)

    def _post(self, post: truth.Post) -> Post:
        form = dict(post.form)
        ticket = self._ticket(form)
        placed = self._store.calls.get(post.call_sid or "")
        account = placed.account_sid if placed else ticket.account_sid if ticket else ""
        return Post(
            at=post.at + self._since_boot,
            attempt_id=ticket.attempt_id if ticket else "",
            account_sid=account,
            to=form.get("To", ""),
            call_sid=post.call_sid,
        )

    def _call(self, call: PlacedCall) -> Call:
        ticket = self._ticket(dict(call.form))
        return Call(
            sid=call.sid,
            attempt_id=ticket.attempt_id if ticket else "",
            account_sid=call.account_sid,
            to=call.to,
            created_at=call.created_at,
            answered_at=call.answered_at,
            ended_at=call.ended_at,
            rang=call.dialed_at is not None or not call.over,
        )

    def _ticket(self, form: Mapping[str, str]) -> OutboundTicket | None:
        url = form.get("Url", "").partition("#")[0]
        try:
            return self._office.read_expired(url.rpartition(OUTBOUND_PATH)[2])
        except Invalid:
            return None
