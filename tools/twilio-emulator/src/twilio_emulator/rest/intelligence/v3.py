"""What was told by webhooks of v3, as far as it can be listed and deleted afterwards.

Results are Intelligence's; the conversation they are about is another product's, with a host of its
own, which deletes it and everything in it some time after it was asked to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from twilio_emulator.rest import errors
from twilio_emulator.rest.accounts import Accounts
from twilio_emulator.rest.errors import ApiError
from twilio_emulator.rest.http_server import Reply, Request
from twilio_emulator.rest.intelligence.sids import derived_id

RESULTS = "/v3/OperatorResults"
CONVERSATIONS = "/v2/Conversations"
RESULT = re.compile(RESULTS + r"/(intelligence_operatorresult_\w+)")
CONVERSATION = re.compile(CONVERSATIONS + r"/(conv_conversation_\w+)")
COMMUNICATIONS = re.compile(CONVERSATION.pattern + "/Communications")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook's body, and the call that its conversation is about."""

    body: Mapping[str, Any]
    call_sid: str

    @property
    def account_sid(self) -> str:
        return str(self.body["accountId"])

    @property
    def results(self) -> Sequence[Any]:
        found: Sequence[Any] = self.body["operatorResults"]
        return found


def is_v3(target: str) -> bool:
    """Whether a request is for here."""
    path = urlsplit(target).path
    return path.startswith(("/v3/", CONVERSATIONS))


class V3Api:
    """Answers requests about what `told` has, by conversation."""

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
        mine = {sid: told for sid, told in self._told.items() if told.account_sid == account.sid}
        if request.method == "DELETE":
            return self._removed(parts.path, mine)
        if request.method != "GET":
            raise errors.not_found(parts.path)
        items = self._listed(parts.path, dict(parse_qsl(parts.query)), mine)
        body = {"items": items, "meta": {"key": "items", "pageSize": len(items)}}
        return Reply(200, msgspec.json.encode(body), {})

    def _listed(
        self, path: str, query: Mapping[str, str], mine: Mapping[str, Told]
    ) -> Sequence[Any]:
        if path == RESULTS:
            wanted = mine.get(query.get("conversationId", ""))
            return self._results(wanted) if wanted else []
        if path == CONVERSATIONS:
            call_sid = query.get("channelId")
            return [
                {"id": sid, "accountId": told.account_sid}
                for sid, told in mine.items()
                if call_sid in (None, told.call_sid)
            ]
        if (found := COMMUNICATIONS.fullmatch(path)) and found[1] in mine:
            return [_communication(found[1], mine[found[1]])]
        raise errors.not_found(path)

    def _removed(self, path: str, mine: Mapping[str, Told]) -> Reply:
        if found := RESULT.fullmatch(path):
            self._delete(found[1], mine, path)
            return Reply(204, b"", {})
        if (found := CONVERSATION.fullmatch(path)) and found[1] in mine:
            del self._told[found[1]]
            return Reply(202, b"", {})
        raise errors.not_found(path)

    def _results(self, told: Told) -> Sequence[Any]:
        return [each for each in told.results if each["id"] not in self._deleted]

    def _delete(self, sid: str, mine: Mapping[str, Told], path: str) -> None:
        there = {each["id"] for told in mine.values() for each in self._results(told)}
        if sid not in there:
            raise errors.not_found(path)
        self._deleted.add(sid)


def _communication(conversation: str, told: Told) -> Json:
    """What was said first: on a voice channel its id there is the call's sid."""
    return {
        "id": derived_id("conv_communication", conversation),
        "conversationId": conversation,
        "accountId": told.account_sid,
        "channelId": told.call_sid,
    }
