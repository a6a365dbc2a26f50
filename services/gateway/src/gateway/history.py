"""The conversation as a worker is shown it: bounded, and never without what was said last."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from gateway.story import TurnStory
from trunkline.events.turn import Message, Role, ToolUse

SUMMARY_CHARACTERS = 600
REMEMBERED_CHARACTERS = 80  # of each utterance that is left out


def history(
    turns: Sequence[TurnStory],
    max_turns: int,
    max_characters: int,
    uses: Collection[ToolUse] = (),
) -> tuple[Message, ...]:
    """The turns as messages, oldest first; the last one is what the caller has just said.

    Turns that do not fit, with the tools used in them, are replaced by one line that says what the
    caller wanted in them.
    """
    kept = _fitting(turns, max_turns, max_characters, uses)
    left_out = turns[: len(turns) - kept]
    messages = [message for turn in turns[len(left_out) :] for message in _messages(turn)]
    if messages and messages[-1].role is Role.AGENT:
        messages.pop()  # words of the turn being answered: they go along as its spoken prefix
    if any(turn.asked for turn in left_out):
        messages.insert(0, Message(Role.SUMMARY, _summary(left_out)))
    return tuple(messages)


def remembered(uses: Collection[ToolUse], messages: Sequence[Message]) -> tuple[ToolUse, ...]:
    """All uses of tools; what was asked and answered only where the turn is still shown."""
    shown = {message.turn for message in messages}
    return tuple(
        use if use.turn in shown else replace(use, arguments="", result="", extra="")
        for use in uses
    )


def _fitting(
    turns: Sequence[TurnStory], max_turns: int, max_characters: int, uses: Collection[ToolUse]
) -> int:
    """How many turns fit, counted from the last; the last always does."""
    used: dict[int, int] = {}
    for use in uses:
        used[use.turn] = used.get(use.turn, 0) + len(use.arguments) + len(use.result)
    characters = 0
    for kept, turn in enumerate(reversed(turns)):
        characters += len(turn.asked) + len(turn.heard) + used.get(turn.number, 0)
        if kept and (kept >= max_turns or characters > max_characters):
            return kept
    return len(turns)


def _messages(turn: TurnStory) -> list[Message]:
    said = (
        Message(Role.CALLER, turn.asked, turn.number, turn.entered),
        Message(Role.AGENT, turn.heard, turn.number),
    )
    return [message for message in said if message.text.strip() or message.keys]


def _summary(turns: Sequence[TurnStory]) -> str:
    """The most recent of what was left out, as far as there is room."""
    line = "; ".join(turn.asked[:REMEMBERED_CHARACTERS] for turn in turns if turn.asked)
    return f"Earlier in this call the caller said: {line[-SUMMARY_CHARACTERS:]}"
