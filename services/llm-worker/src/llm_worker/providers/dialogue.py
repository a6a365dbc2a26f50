"""A conversation for models that are strict about its shape; pure.

They want the system's words first and nowhere else, then the caller, then both by turns, and the
caller last. An agent's conversations begin with its greeting, break off, and are continued.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from llm_worker.model import ModelMessage, Speaker

# In brackets, as everything else that the caller did not say.
BEGINNING = ModelMessage(Speaker.CALLER, "[The caller is on the line.]")
WAITING = ModelMessage(Speaker.CALLER, "[The caller waits for you to speak.]")


def split(messages: Sequence[ModelMessage]) -> tuple[str, list[ModelMessage]]:
    """The system's words, and the dialogue between caller, agent and tools."""
    leading = list(takewhile(lambda message: message.speaker is Speaker.SYSTEM, messages))
    system = "\n\n".join(message.text for message in leading)
    dialogue = _merge(map(_as_dialogue, messages[len(leading) :]))
    if not dialogue or dialogue[0].speaker is not Speaker.CALLER:
        dialogue.insert(0, BEGINNING)
    if dialogue[-1].speaker is Speaker.AGENT:
        dialogue.append(WAITING)
    return system, dialogue


def _as_dialogue(message: ModelMessage) -> ModelMessage:
    """What the system says later is told with the caller's words."""
    if message.speaker is Speaker.SYSTEM:
        return ModelMessage(Speaker.CALLER, f"[{message.text}]")
    return message


def _merge(messages: Iterable[ModelMessage]) -> list[ModelMessage]:
    merged: list[ModelMessage] = []
    for message in messages:
        if merged and _continues(merged[-1], message):
            text = f"{merged[-1].text}\n{message.text}".strip()
            merged[-1] = replace(message, text=text)
        else:
            merged.append(message)
    return merged


def _continues(last: ModelMessage, message: ModelMessage) -> bool:
    return message.speaker is last.speaker is not Speaker.TOOL and not last.calls
