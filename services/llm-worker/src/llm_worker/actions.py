"""Actions on the call itself, as a model is shown them and as it asks for them; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from llm_worker.model import ToolSpec
from trunkline.agents import ActionName, Agent
from trunkline.events.call import (
    Action,
    CollectDigits,
    EndCall,
    OptOut,
    PlaySound,
    SendDigits,
    SwitchLanguage,
    Transfer,
)

ENDING = frozenset({ActionName.END_CALL, ActionName.TRANSFER})
"""Actions after which there is nothing more to say."""

REPEATABLE = frozenset(ActionName) - {ActionName.SEND_DIGITS, ActionName.PLAY_SOUND}
"""Actions that do no more when they are done twice."""

_REASON = {"type": "string", "maxLength": 200, "description": "Why, in a few words."}

_DONE = {
    ActionName.COLLECT_DIGITS: "The keys will come as the caller's next message.",
    ActionName.SWITCH_LANGUAGE: "Done. Speak that language from now on.",
}


def action_specs(agent: Agent) -> Iterator[ToolSpec]:
    """What this agent's model may do with the call, left out what could not work."""
    for name in dict.fromkeys(agent.actions):
        if _can_work(name, agent):
            yield ToolSpec(str(name), _describe(name, agent), _parameters(name, agent))


def to_action(name: ActionName, values: Mapping[str, Any], agent: Agent) -> Action:
    """The action that valid arguments ask for; what they leave open, the agent's keypad says."""
    match name:
        case ActionName.END_CALL:
            return EndCall(values.get("reason", ""))
        case ActionName.TRANSFER:
            return Transfer(values["destination"], values.get("reason", ""))
        case ActionName.SWITCH_LANGUAGE:
            return SwitchLanguage(values["language"])
        case ActionName.COLLECT_DIGITS:
            return _collect(values, agent)
        case ActionName.SEND_DIGITS:
            return SendDigits(values["digits"])
        case ActionName.PLAY_SOUND:
            return PlaySound(values["sound"])
        case ActionName.OPT_OUT:
            return OptOut()


def result_of(name: ActionName) -> str:
    """What the model is told at once."""
    return _DONE.get(name, "Done.")


def _collect(values: Mapping[str, Any], agent: Agent) -> CollectDigits:
    keypad = agent.keypad
    return CollectDigits(
        max_digits=values.get("max_digits", keypad.max_digits),
        finish_key=values.get("finish_key", keypad.finish_key),
        timeout_ms=round(values.get("timeout_seconds", keypad.timeout_seconds) * 1000),
    )


def _can_work(name: ActionName, agent: Agent) -> bool:
    match name:
        case ActionName.TRANSFER:
            return bool(agent.transfers)
        case ActionName.SWITCH_LANGUAGE:
            return agent.can_switch
        case ActionName.PLAY_SOUND:
            return bool(agent.sounds)
        case _:
            return True


def _describe(name: ActionName, agent: Agent) -> str:
    match name:
        case ActionName.END_CALL:
            return (
                "Hang up, once your words have been heard. Say goodbye in the same answer. Only "
                "when the caller has said goodbye or wants nothing more."
            )
        case ActionName.TRANSFER:
            places = [f"- {place}: {to.about.strip()}" for place, to in agent.transfers.items()]
            return "\n".join(
                [
                    "Pass the call on, once your words have been heard. Tell the caller so in the "
                    "same answer. Destinations:",
                    *places,
                ]
            )
        case ActionName.SWITCH_LANGUAGE:
            return (
                "Go on in another language, when the caller speaks it or asks for it. Write "
                "nothing in the same answer: speak in the new language after it."
            )
        case ActionName.COLLECT_DIGITS:
            return (
                "Take the keys that the caller presses next as one input, such as a number. Ask "
                "for them in the same answer. They come as the caller's next message."
            )
        case ActionName.SEND_DIGITS:
            return (
                "Press keys of the telephone towards the other side, as in a menu. "
                "w waits half a second."
            )
        case ActionName.PLAY_SOUND:
            return "Play a sound to the caller, after your words so far."
        case ActionName.OPT_OUT:
            return "Note that the person does not want to be called any more. Always when asked to."


def _parameters(name: ActionName, agent: Agent) -> Mapping[str, object]:
    match name:
        case ActionName.END_CALL:
            return _object({"reason": _REASON})
        case ActionName.TRANSFER:
            return _object({"destination": {"enum": [*agent.transfers]}, "reason": _REASON}, 1)
        case ActionName.SWITCH_LANGUAGE:
            return _object({"language": {"enum": [*agent.switch_targets]}}, 1)
        case ActionName.COLLECT_DIGITS:
            return _object(_KEYS)
        case ActionName.SEND_DIGITS:
            return _object({"digits": {"pattern": "^[0-9*#w]{1,64}$"}}, 1)
        case ActionName.PLAY_SOUND:
            return _object({"sound": {"enum": [*agent.sounds]}}, 1)
        case ActionName.OPT_OUT:
            return _object({})


_KEYS: Mapping[str, Mapping[str, object]] = {
    "max_digits": {
        "type": "integer",
        "minimum": 1,
        "maximum": 64,
        "description": "The input is complete after so many.",
    },
    "finish_key": {"enum": [*"#*0123456789"], "description": "The key that completes the input."},
    "timeout_seconds": {
        "type": "number",
        "minimum": 1,
        "maximum": 30,
        "description": "The input is complete after so long without a key.",
    },
}


def _object(
    properties: Mapping[str, Mapping[str, object]], needed: int = 0
) -> Mapping[str, object]:
    """The schema of an object of which the first `needed` properties must be there."""
    return {
        "type": "object",
        "properties": {name: {"type": "string", **one} for name, one in properties.items()},
        "required": [*properties][:needed],
        "additionalProperties": False,
    }
