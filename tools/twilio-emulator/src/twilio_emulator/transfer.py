"""A call that is passed on: the time it takes, and what Twilio tells the action URL of it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from twilio_emulator import outcomes
from twilio_emulator.events import Noted, PassedOn, VerbRun
from twilio_emulator.outcomes import SIP_CODES
from twilio_emulator.plan import new_sid
from twilio_emulator.state import CallState
from twilio_emulator.verbs import Dial, Enqueue

Params = dict[str, str]


async def dial(state: CallState, verb: Dial) -> Params:
    """Ring, talk and come back; the parameters of the action URL."""
    began = time.monotonic()
    targets = tuple(leg.address for leg in verb.legs)
    state.note(VerbRun(began, "Dial", ", ".join(targets), targets, verb.attributes))
    rung = outcomes.ring(verb, state.callees)
    answered = not await _caller_left(state, rung.ring_seconds) and rung.status == "completed"
    answered_at = time.monotonic()
    if answered:
        await _caller_left(state, rung.talk_seconds)
    seconds = time.monotonic() - answered_at
    status = "canceled" if state.hung_up and not answered else rung.status
    state.note(PassedOn(time.monotonic(), "Dial", status, answered, seconds))
    params = {
        "DialCallStatus": status,
        "DialCallSid": new_sid("CA"),
        "DialBridged": str(answered).lower(),
    }
    if answered:
        params["DialCallDuration"] = str(round(seconds))
    if rung.leg.kind == "sip":
        params["DialSipResponseCode"] = SIP_CODES[status]
    return params


async def enqueue(state: CallState, verb: Enqueue) -> Params:
    """Wait, talk and come back; the parameters of the action URL."""
    began = time.monotonic()
    attributes = _task(state, verb)
    state.note(VerbRun(began, "Enqueue", verb.target, (verb.target,), attributes or {}))
    met = outcomes.queue(state.queues, verb.target)
    result = met.result if attributes is not None else "error"
    if result not in ("queue-full", "error"):
        await _caller_left(state, met.wait_seconds)
    waited = time.monotonic() - began
    if result == "hangup":
        state.hung_up = True
    if state.hung_up:
        result = "hangup"
    reached = result == "bridged"
    if reached:
        await _caller_left(state, met.talk_seconds)
    talked = time.monotonic() - began - waited
    state.note(PassedOn(time.monotonic(), "Enqueue", result, reached, talked))
    return {"QueueResult": result, "QueueSid": new_sid("QU"), "QueueTime": str(round(waited))}


async def _caller_left(state: CallState, seconds: float) -> bool:
    return await state.wait(lambda: state.hung_up, seconds / state.plan.pace)


def _task(state: CallState, verb: Enqueue) -> Mapping[str, object] | None:
    """The attributes of a `<Task>`; None when they are not what Twilio takes."""
    if not verb.task:
        return {}
    try:
        attributes = json.loads(verb.task)
    except (ValueError, RecursionError):
        attributes = None
    if not isinstance(attributes, dict):
        state.note(Noted(time.monotonic(), "the attributes of a <Task> must be a JSON object"))
        return None
    if any("-" in name for name in attributes):
        state.note(Noted(time.monotonic(), "workflows cannot use task attributes with hyphens"))
    return attributes
