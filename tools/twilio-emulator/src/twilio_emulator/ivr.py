"""What TwiML says and plays without any session, and the keys or words that it gathers."""

from __future__ import annotations

import time
from collections.abc import Callable

from twilio_emulator.events import VerbRun
from twilio_emulator.protocol import MOST_LOOPS
from twilio_emulator.state import CallState
from twilio_emulator.utterance import key_seconds
from twilio_emulator.verbs import Gather, Pause, Play, Say
from twilio_emulator.voice import sound_seconds

Prompt = Say | Play | Pause


async def play(state: CallState, verb: Prompt) -> None:
    """What is said, played or kept silent takes its time; a `<Gather>` is cut in on."""
    state.note(_shown(verb))

    def cut_short() -> bool:
        return state.hung_up or bool(state.gathering and (state.keys or state.words))

    await state.wait(cut_short, _seconds(state, verb))


async def gather(state: CallState, verb: Gather) -> dict[str, str] | None:
    """Speak the prompts, then collect keys or words, each with the whole pause to come.

    The parameters of the action; None when there was nothing, and it need not be told.
    """
    state.keys = state.words = ""
    state.gathering = verb.inputs
    try:
        for prompt in verb.prompts:
            await play(state, prompt)
        while not _complete(state, verb):
            if not await state.wait(_more(state), verb.seconds / state.plan.pace):
                break
    finally:
        state.gathering = frozenset()
    state.note(VerbRun(time.monotonic(), "Gather", state.keys or state.words))
    if not state.keys and not state.words and not verb.act_on_empty:
        return None
    params = {"Digits": state.keys.rstrip(verb.finish_on or None)} if state.keys else {}
    if state.words:
        params |= {"SpeechResult": state.words, "Confidence": "0.9"}
    return params


def _complete(state: CallState, verb: Gather) -> bool:
    finished = bool(verb.finish_on) and state.keys.endswith(verb.finish_on)
    enough = verb.digits is not None and len(state.keys) >= verb.digits
    return finished or enough or bool(state.words) or state.hung_up


def _more(state: CallState) -> Callable[[], bool]:
    """Tells of a key more than there are now, of words, or of the hang-up."""
    pressed = len(state.keys)
    return lambda: len(state.keys) > pressed or bool(state.words) or state.hung_up


def _seconds(state: CallState, verb: Prompt) -> float:
    match verb:
        case Say(text, loop=loop):
            return len(text) / state.plan.speaking_cps * (loop or MOST_LOOPS)
        case Play(digits=digits) if digits:
            return sum(map(key_seconds, digits))
        case Play(source, loop=loop):
            return sound_seconds(state.sounds, source) * (loop or MOST_LOOPS)
        case Pause(seconds):
            return seconds / state.plan.pace


def _shown(verb: Prompt) -> VerbRun:
    now = time.monotonic()
    match verb:
        case Say(text, language, voice):
            return VerbRun(now, "Say", text, (), {"language": language, "voice": voice})
        case Play(source, _, digits):
            return VerbRun(now, "Play", source or digits)
        case Pause(seconds):
            return VerbRun(now, "Pause", f"{seconds:g} s")
