"""What was told by webhooks of v3, as far as it can be listed and deleted afterwards.

Results are Intelligence's; the conversation they are about is another product's, with a host of its
own, which deletes it and everything in it some time after it was asked to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from twilio_emulator.rest import errors
from twilio_emulator.rest.accounts import Accounts
from twilio_emulator.rest.errors import ApiError
from twilio_emulator.rest.http_server import Reply, Request

RESULTS = "/v3/OperatorResults"
RESULT = re.compile(RESULTS + r"/(intelligence_operatorresult_\w+)")
CONVERSATION = re.compile(r"/v2/Conversations/(conv_conversation_\w+)")

Told = Mapping[str, Any]
"""The body of a webhook."""


def is_v3(target: str) -> bool:
    """Whether a request is for here."""
    path = urlsplit(target).path
    return path.startswith("/v3/") or path.startswith("/v2/Conversations/")


class V3Api:
    """Answers requests about what `told` has: webhooks' bodies, by conversation."""

    def __init__(self, accounts: Accounts, told: dict[str, Told]) -> None:
        self._accounts = accounts
        self._told = told
        self._deleted: set[str] = set()

    async def answer(self, request: Request) -> Reply:
        try:
            return self._answer(request)
        except ApiError as error:
            return Reply(error.status, msgspec.json.encode(error.body()), {})

    def _answer(self, request: Request) -> Reply:
        account = self._accounts.authenticate(request.headers.get("authorization", ""))[0]
        parts = urlsplit(request.target)
        mine = {sid: told for sid, told in self._told.items() if told["accountId"] == account.sid}
        if request.method == "GET" and parts.path == RESULTS:
            wanted = dict(parse_qsl(parts.query)).get("conversationId", "")
            items = self._results(mine[wanted]) if wanted in mine else []
            body = {"items": items, "meta": {"key": "items", "pageSize": len(items)}}
            return Reply(200, msgspec.json.encode(body), {})
        if request.method == "DELETE" and (found := RESULT.fullmatch(parts.path)):
            self._delete(found[1], mine, parts.path)
            return Reply(204, b"", {})
        if request.method == "DELETE" and (found := CONVERSATION.fullmatch(parts.path)):
            if found[1] not in mine:
                raise errors.not_found(parts.path)
            del self._told[found[1]]
            return Reply(202, b"", {})
        raise errors.not_found(parts.path)

    def _results(self, told: Told) -> Sequence[Any]:
        return [each for each in told["operatorResults"] if each["id"] not in self._deleted]

    def _delete(self, sid: str, mine: Mapping[str, Told], path: str) -> None:
        there = {each["id"] for told in mine.values() for each in self._results(told)}
        if sid not in there:
            raise errors.not_found(path)
        self._deleted.add(sid)
