"""A model that says what it is told to: by rules, or words that name their own turn for tests.

With `rules` in the agent file it follows the first one that fits; where none does, the next model
is asked. Without them the model's name in the agent file is the script: `24x50ms` are 24 tokens,
one every 50 ms, the first one without delay. It may be followed by

    first=2000ms    the first token comes this late
    fail            an error instead of the first token
    cut=5           the stream breaks off after 5 tokens
    end=5           the stream ends after 5 tokens without saying that it is finished

Token i of turn t, counted from 1, reads `t{t}.{i} `: a token in the wrong place is recognised.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache

from llm_worker.model import Delta, Fault, Finished, ModelFailed, Question, TextDelta
from llm_worker.providers.offline import Pace
from llm_worker.providers.rules import follow
from trunkline.agents import Agent, Rule
from trunkline.errors import Invalid
from trunkline.events.call import Usage

DEFAULT = "24x50ms"  # a usual spoken answer at a usual model's pace

EVERYDAY = Pace()

_TOKEN = re.compile(r"\S+\s*")
_PACE = re.compile(r"(?P<tokens>\d+)x(?P<every_ms>\d+)ms")
_OPTION = re.compile(r"fail|first=(?P<first_ms>\d+)ms|cut=(?P<cut>\d+)|end=(?P<end>\d+)")


@dataclass(frozen=True, slots=True)
class Script:
    """What is said, and what goes wrong."""

    tokens: int
    every_seconds: float
    first_seconds: float = 0.0
    fails: bool = False
    cut: int | None = None
    end: int | None = None


class ScriptedModel:
    """Follows the rules of the agent file, or plays the script that the model's name is."""

    def __init__(self, pace: Pace = EVERYDAY) -> None:
        self._pace = pace

    def prepare(self, agent: Agent) -> None:
        """Nothing to do."""

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        rules = question.choice.rules
        deltas = self._follow(rules, question) if rules else self._play(question)
        async with aclosing(deltas):
            async for delta in deltas:
                yield delta

    async def _follow(
        self, rules: Sequence[Rule], question: Question
    ) -> AsyncGenerator[Delta, None]:
        act = follow(rules, question)
        if act is None:
            raise ModelFailed(Fault.EMPTY, retryable=False)
        tokens = _TOKEN.findall(act.say)
        spoken = len(question.prefix)
        await asyncio.sleep(self._pace.first_seconds)
        for token in tokens:
            spoken -= len(token)
            if spoken < 0:  # what the caller has heard already takes no time again
                await asyncio.sleep(self._pace.token_seconds)
            yield TextDelta(token)
        if act.call is not None:
            yield act.call
        yield Finished(Usage("scripted/rules", 0, len(tokens)))

    async def _play(self, question: Question) -> AsyncGenerator[Delta, None]:
        try:
            script = parse(question.choice.name)
        except Invalid:
            raise ModelFailed(Fault.REFUSED, retryable=False) from None
        await asyncio.sleep(script.first_seconds)
        if script.fails:
            raise ModelFailed(Fault.UNAVAILABLE)
        spoken = len(question.prefix)
        for i in range(script.tokens):
            if i == script.cut:
                raise ModelFailed(Fault.CUT)
            if i == script.end:
                return
            token = f"t{question.turn}.{i + 1} "
            spoken -= len(token)
            if i and spoken < 0:  # what the caller has heard already takes no time again
                await asyncio.sleep(script.every_seconds)
            yield TextDelta(token)
        yield Finished(Usage(f"scripted/{question.choice.name or DEFAULT}", 0, script.tokens))


@cache
def parse(name: str) -> Script:
    """Read a script. Raises `Invalid` with a sentence if it is none."""
    pace, *options = (name or DEFAULT).split()
    if (paced := _PACE.fullmatch(pace)) is None:
        raise Invalid(f"{name!r} is no script: it must begin like {DEFAULT}")
    values: dict[str, int] = {}
    for option in options:
        if (found := _OPTION.fullmatch(option)) is None:
            raise Invalid(f"{option!r} is no part of a script")
        values |= {key: int(value) for key, value in found.groupdict().items() if value}
    return Script(
        tokens=int(paced["tokens"]),
        every_seconds=int(paced["every_ms"]) / 1000,
        first_seconds=values.get("first_ms", 0) / 1000,
        fails="fail" in options,
        cut=values.get("cut"),
        end=values.get("end"),
    )
