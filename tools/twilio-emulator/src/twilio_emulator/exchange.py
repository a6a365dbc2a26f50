"""Twilio's side of an emulated call: webhooks and TwiML, one session after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urljoin

from twilio_emulator import ivr, transfer, twiml, verbs
from twilio_emulator.events import (
    CallEnded,
    CallPlaced,
    EndedBy,
    Noted,
    SessionClosed,
    VerbRun,
    WebhookAnswered,
    WebhookKind,
)
from twilio_emulator.line import Line
from twilio_emulator.state import CallState
from twilio_emulator.verbs import Verb
from twilio_emulator.webhooks import Answer, Webhooks

MAX_DOCUMENTS = 100  # a server that answers every failure with the same TwiML would go on for ever

Verbs = tuple[Verb, ...]


class _Ended(Exception):
    """The call is over."""

    def __init__(self, by: EndedBy, reason: str) -> None:
        super().__init__(reason)
        self.by = by


class Exchange:
    """Follows a call's TwiML until nothing is left of it or the caller hangs up."""

    def __init__(self, state: CallState, webhooks: Webhooks) -> None:
        self._state = state
        self._plan = state.plan
        self._webhooks = webhooks
        self._documents = 0
        self._passed_on = False  # somebody else than the agent was the last to talk to the caller
        self._base = ""  # the URL of the current document, to which relative ones are resolved

    async def live(self) -> None:
        """Place the call and stay with it to its end."""
        plan, note = self._plan, self._state.note
        if not self._state.ledger.call_sid:  # a redirected call goes on in a second exchange
            note(CallPlaced(time.monotonic(), plan.call_sid, plan.from_number, plan.to_number))
        by: EndedBy = "error"
        reason = f"the call was cut off after {plan.max_seconds:g} s"
        try:
            async with asyncio.timeout(plan.max_seconds):
                await self._follow()
        except _Ended as ended:
            by, reason = ended.by, str(ended)
        except TimeoutError:
            pass
        finally:
            self._state.line = None
        note(CallEnded(time.monotonic(), by, reason))

    async def _follow(self) -> None:
        left = await self._begin()
        while left:
            self._stop_if_hung_up()
            left = await self._run(left[0], left[1:])
        self._stop_if_hung_up()
        raise self._end("no TwiML was left")

    def _end(self, reason: str) -> _Ended:
        """TwiML ends the call; when it had been passed on, that was its end."""
        if self._passed_on:
            return _Ended("transfer", f"after it was passed on, {reason}")
        return _Ended("agent", reason)

    async def _begin(self) -> Verbs:
        """The call's first TwiML: the plan's own, else what the voice webhook answers."""
        plan = self._plan
        if plan.twiml is None:
            status = "ringing" if plan.direction == "inbound" else "in-progress"
            url, method, params = plan.voice_url, plan.voice_method, plan.voice_params
            return await self._fetch("voice", url, method, params, status)
        try:
            return self._parse(plan.twiml)
        except twiml.TwimlRejected as rejected:
            raise _Ended("error", f"{rejected.code}: {rejected}") from rejected

    async def _run(self, verb: Verb, rest: Verbs) -> Verbs:
        """Carry out a verb; returns the verbs that come next."""
        match verb:
            case verbs.Connect():
                return await self._connect(verb, rest)
            case verbs.Redirect(url, method):
                return await self._fetch("redirect", url, method, {})
            case verbs.Gather():
                return await self._gather(verb, rest)
            case verbs.Hangup():
                raise self._end("TwiML hung up")
            case verbs.Record(attributes):
                self._state.note(VerbRun(time.monotonic(), "Recording", attributes=attributes))
                return rest
            case verbs.Dial() | verbs.Enqueue():
                return await self._pass_on(verb, rest)
            case verbs.Say() | verbs.Play() | verbs.Pause():
                await ivr.play(self._state, verb)
                return rest

    async def _pass_on(self, verb: verbs.Dial | verbs.Enqueue, rest: Verbs) -> Verbs:
        """The other side talks to the caller; then the action decides, or the next verb."""
        kind: WebhookKind = "dial" if isinstance(verb, verbs.Dial) else "enqueue"
        if isinstance(verb, verbs.Dial):
            params = await transfer.dial(self._state, verb)
        else:
            params = await transfer.enqueue(self._state, verb)
        self._passed_on = self._state.ledger.passed_on[-1].reached
        if verb.action:
            return await self._fetch(kind, verb.action, verb.method, params)
        self._stop_if_hung_up()
        return rest

    async def _connect(self, connect: verbs.Connect, rest: Verbs) -> Verbs:
        closed = await self._session(connect)
        if connect.action:
            await self._state.wait(lambda: False, self._plan.action_delay_ms / 1000)
            params = self._session_params(closed)
            return await self._fetch("action", connect.action, connect.method, params)
        self._stop_if_hung_up()
        if closed.status == "failed" and not rest:
            raise _Ended("error", f"the session failed ({closed.error_code}), without an action")
        return rest

    async def _session(self, connect: verbs.Connect) -> SessionClosed:
        state = self._state
        self._passed_on = False
        resumed = bool(state.ledger.opened)
        line = Line(self._plan, connect.relay, state.ledger, state.note, resumed, state.sounds)

        def connected() -> bool:
            state.line = line
            state.touch()
            return not state.hung_up

        try:
            closed = await line.run(connected)
        finally:
            state.line = None
        state.note(closed)
        if self._plan.listener is not None:
            self._plan.listener.session_over(self._plan, connect.relay, state.ledger)
        return closed

    def _session_params(self, closed: SessionClosed) -> dict[str, str]:
        params = {
            "SessionId": closed.session_id,
            "SessionStatus": closed.status,
            "SessionDuration": str(round(closed.seconds)),
        }
        if closed.handoff_data is not None:
            params["HandoffData"] = closed.handoff_data
        if closed.error_code is not None:
            params["ErrorCode"] = str(closed.error_code)
            params["ErrorMessage"] = closed.error_message or ""
        return params

    async def _gather(self, gather: verbs.Gather, rest: Verbs) -> Verbs:
        """The action is told what was gathered; silence falls through."""
        params = await ivr.gather(self._state, gather)
        if params is None:
            self._stop_if_hung_up()
            return rest
        action = gather.action or self._base
        return await self._fetch("gather", action, gather.method, params)

    async def _fetch(
        self, kind: WebhookKind, url: str, method: str, extra: Mapping[str, str], status: str = ""
    ) -> Verbs:
        """The verbs that a webhook answers with; its fallback's if it fails."""
        self._documents += 1
        if self._documents > MAX_DOCUMENTS:
            raise _Ended("error", f"more than {MAX_DOCUMENTS} TwiML documents in one call")
        params = {**self._call_params(status), **extra}
        answer = await self._request(kind, urljoin(self._base, url), method, params)
        self._base = answer.url
        try:
            if answer.error is None:
                return self._parse(answer.body)
            problem, code = f"HTTP {answer.status}", answer.error
        except twiml.TwimlRejected as rejected:
            problem, code = str(rejected), rejected.code
        if self._state.hung_up:
            return ()
        self._state.note(Noted(time.monotonic(), f"{code}: {kind} webhook: {problem}"))
        return await self._fall_back(kind, answer.url, code, params)

    async def _fall_back(
        self, kind: WebhookKind, url: str, code: int, params: Mapping[str, str]
    ) -> Verbs:
        fallback = self._plan.fallback_url
        if fallback is None or kind == "fallback":
            raise _Ended("error", f"the {kind} webhook failed ({code})")
        extra = {**params, "ErrorCode": str(code), "ErrorUrl": url}
        return await self._fetch("fallback", fallback, "POST", extra, params["CallStatus"])

    async def _request(
        self, kind: WebhookKind, url: str, method: str, params: Mapping[str, str]
    ) -> Answer:
        answer = await self._webhooks.request(url, method, params)
        self._state.note(
            WebhookAnswered(
                time.monotonic(),
                kind,
                answer.url,
                params,
                answer.status,
                answer.tries,
                answer.seconds,
                answer.body,
            )
        )
        return answer

    def _parse(self, body: str) -> Verbs:
        document = twiml.parse(body)
        for text in document.notes:
            self._state.note(Noted(time.monotonic(), text))
        return document.verbs

    def _call_params(self, status: str) -> dict[str, str]:
        plan = self._plan
        now = "completed" if self._state.hung_up else status or "in-progress"
        return {
            "AccountSid": plan.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": plan.call_sid,
            "CallStatus": now,
            "Called": plan.to_number,
            "Caller": plan.from_number,
            "Direction": plan.direction,
            "From": plan.from_number,
            "To": plan.to_number,
        }

    def _stop_if_hung_up(self) -> None:
        if self._state.hung_up:
            raise _Ended("caller", "the caller hung up")
