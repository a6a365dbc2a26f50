"""What ends a call or passes it on, in Twilio's words; pure."""

import json
import re
from collections.abc import Mapping

from twilio.twiml import voice_response as twiml
from twilio.twiml.voice_response import VoiceResponse

from trunkline.agents import Dial, Enqueue, TransferTo
from trunkline.agents.relay import MULTI
from trunkline.twilio import TWIML_RETRIES

MAX_SAY = 4096  # characters of one <Say>
MAX_TASK = 4000  # characters of a task's attributes

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(response: VoiceResponse) -> str:
    """The answer as text. Characters that XML cannot hold are left out: they would void it all."""
    return _NOT_XML.sub("", str(response))


def say_and_hang_up(words: str, language: str) -> str:
    """Say something that every account's voice can, and end the call."""
    response = VoiceResponse()
    _say(response, words, language)
    response.hangup()
    return document(response)


def _say(response: VoiceResponse, words: str, language: str) -> None:
    response.say(words[:MAX_SAY], language=None if language == MULTI else language)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return document(response)


def nothing() -> str:
    """Leave things as they are."""
    return document(VoiceResponse())


def transfer_answer(
    to: TransferTo, task: str, action: str, *, words: str = "", language: str = ""
) -> str:
    """Pass the call on; Twilio asks the action URL when that is over or has failed.

    `words` are said before, unless the session has said its own. `task` is the JSON of a task's
    attributes, which only a workflow takes.
    """
    response = VoiceResponse()
    if words:
        _say(response, words, language)
    asked = {"action": action + TWIML_RETRIES, "method": "POST"}
    if to.dial is not None:
        response.append(_dial(to.dial, asked))
    if to.enqueue is not None:
        response.append(_enqueue(to.enqueue, task, asked))
    return document(response)


def _dial(to: Dial, asked: Mapping[str, str]) -> twiml.Dial:
    dial = twiml.Dial(
        timeout=to.timeout_seconds, answer_on_bridge=True, caller_id=to.caller_id or None, **asked
    )
    (dial.sip if to.number.startswith("sip:") else dial.number)(to.number)
    return dial


def _enqueue(to: Enqueue, task: str, asked: Mapping[str, str]) -> twiml.Enqueue:
    if to.queue:
        return twiml.Enqueue(to.queue, **asked)
    enqueue = twiml.Enqueue(workflow_sid=to.workflow_sid, **asked)
    enqueue.task(task, priority=to.priority, timeout=to.timeout_seconds)
    return enqueue


def task_attributes(call: Mapping[str, str], attributes: Mapping[str, str]) -> str:
    """The JSON of a task: what is to be said of the call, and the agent file's attributes.

    A workflow routes by them: one that is too long for a task is left out, never cut.
    """
    task: dict[str, str] = {}
    for name, value in {**call, **attributes, **call}.items():
        longer = {**task, name: value}
        if len(json.dumps(longer)) <= MAX_TASK:
            task = longer
    return json.dumps(task)
