"""The routes of operators, Twilio's and the account's own, and of their types. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

import msgspec

from twilio_emulator.rest.errors import invalid
from twilio_emulator.rest.intelligence.asked import Answered, Asked
from twilio_emulator.rest.intelligence.operators import Operator, OperatorType
from twilio_emulator.rest.intelligence.resources import operator_json, type_json
from twilio_emulator.rest.intelligence.sids import derived_sid
from twilio_emulator.rest.intelligence.store import IntelligenceStore

CUSTOM, PREBUILT = "Custom/", "PreBuilt/"


class OperatorRoutes:
    """Every method answers a request or raises `ApiError`. `kind`: which part of all operators."""

    def __init__(self, store: IntelligenceStore) -> None:
        self._store = store

    def list(self, asked: Asked, kind: str | None) -> Answered:
        part = f"{kind}/" if kind else ""
        found = [each for each in self._of(asked, part) if _is_wanted(each, asked)]
        shown = [operator_json(each, asked.account.sid, asked.base, part) for each in found]
        return asked.page("operators", list(enumerate(shown)))

    def fetch(self, asked: Asked, kind: str | None, sid: str) -> Answered:
        operator = self._operator(asked, kind or "", sid)
        return Answered(200, operator_json(operator, asked.account.sid, asked.base, kind or ""))

    def create(self, asked: Asked) -> Answered:
        name, account = asked.require("FriendlyName"), asked.account.sid
        operator = Operator(
            sid=derived_sid("LY", account, name, str(self._store.next_number())),
            name=name,
            type=_type(asked.require("OperatorType")),
            account_sid=account,
            config=_config(asked.require("Config")),
            availability="internal",
            created_at=asked.at,
            updated_at=asked.at,
        )
        return self._kept(operator, asked, 202)

    def update(self, asked: Asked, sid: str) -> Answered:
        operator = self._operator(asked, CUSTOM, sid)
        changed = replace(
            operator,
            name=asked.require("FriendlyName"),
            config=_config(asked.require("Config")),
            version=operator.version + 1,
            updated_at=asked.at,
        )
        return self._kept(changed, asked, 200)

    def delete(self, asked: Asked, sid: str) -> Answered:
        self._store.remove_operator(self._operator(asked, CUSTOM, sid).sid)
        return Answered(204)

    def types(self, asked: Asked) -> Answered:
        shown = [type_json(name, asked.base) for name in get_args(OperatorType)]
        return asked.page("operator_types", list(enumerate(shown)))

    def type(self, asked: Asked, name: str) -> Answered:
        """By its name or its sid."""
        for each in get_args(OperatorType):
            if name in (each, derived_sid("EY", each)):
                return Answered(200, type_json(each, asked.base))
        raise asked.missing()

    def _kept(self, operator: Operator, asked: Asked, status: int) -> Answered:
        self._store.put_operator(operator)
        return Answered(status, operator_json(operator, asked.account.sid, asked.base, CUSTOM))

    def _of(self, asked: Asked, kind: str) -> Iterable[Operator]:
        for operator in self._store.operators(asked.account.sid):
            if kind in ("", CUSTOM if operator.custom else PREBUILT):
                yield operator

    def _operator(self, asked: Asked, kind: str, sid: str) -> Operator:
        for operator in self._of(asked, kind):
            if operator.sid == sid:
                return operator
        raise asked.missing()


def _is_wanted(operator: Operator, asked: Asked) -> bool:
    language = asked.param("LanguageCode").partition("-")[0]
    return asked.param("Availability") in ("", operator.availability) and (
        language in ("", "en", "es")
    )


def _type(name: str) -> OperatorType:
    found: OperatorType | None = next(
        (each for each in get_args(OperatorType) if each == name), None
    )
    if found is None:
        raise invalid(20001, "OperatorType is not known")
    return found


def _config(text: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.MsgspecError:
        raise invalid(20001, "Config must be a JSON object") from None
