"""An agent and a conversation as the messages that any chat model understands; pure."""

from collections.abc import Iterator, Sequence
from itertools import count, groupby

from llm_worker.effects import Round
from llm_worker.model import ModelCall, ModelMessage, Question, Speaker
from llm_worker.toolbox import tool_specs
from trunkline.agents import Agent, ModelChoice
from trunkline.agents.relay import MULTI
from trunkline.agents.variables import render
from trunkline.events.call import ToolStatus
from trunkline.events.turn import Message, Role, ToolUse, TurnRequested

KEYS = "(keys pressed: {keys})"
UNKNOWN = (
    "It is not known whether this was done. It must not be tried again. Say so if it matters, and "
    "how the caller can make sure."
)
NOT_RUN = "This was not done."

_SPOKEN = (
    "You are on the telephone: everything you write is spoken to the caller. Answer in {language}."
)
_KNOWLEDGE = "These documents are all you know about this subject:"
_GO_ON = (
    "You were cut off in the middle of your answer. The caller has already heard the words above. "
    "Go on exactly where they stop; repeat none of them and do not mention the interruption."
)
_SPEAKERS = {Role.CALLER: Speaker.CALLER, Role.AGENT: Speaker.AGENT, Role.SUMMARY: Speaker.SYSTEM}


def ask(
    agent: Agent,
    request: TurnRequested,
    choice: ModelChoice,
    prefix: str,
    rounds: Sequence[Round] = (),
    may_call: bool = True,
) -> Question:
    """Put the question for one model.

    `rounds` are this attempt's, after those that `request` tells of; `prefix` is what the caller
    has heard of the answer that the model is to go on with.
    """
    language = _language(agent, request, rounds)
    transcript = _Transcript(choice)
    return Question(
        agent=agent,
        choice=choice,
        turn=request.ref.turn,
        language=language,
        messages=(
            ModelMessage(Speaker.SYSTEM, _system(agent, request, language)),
            *transcript.history(request),
            *(message for one in rounds for message in transcript.round(one)),
            *_go_on(prefix),
        ),
        prefix=prefix,
        tools=tool_specs(agent),
        may_call=may_call,
        variables={**agent.variables, **request.variables},
    )


class _Transcript:
    """Writes messages; each call in them has a name of its own."""

    def __init__(self, choice: ModelChoice) -> None:
        self._model = f"{choice.provider}/{choice.name}"
        self._numbers = count(1)

    def history(self, request: TurnRequested) -> Iterator[ModelMessage]:
        """What was said, and between question and answer what was used; the open turn's last.

        Uses of turns that the history has no more are left out.
        """
        by_turn: dict[int, list[ToolUse]] = {}
        for use in request.uses:
            by_turn.setdefault(use.turn, []).append(use)
        for message in request.history:
            if message.role is Role.AGENT:
                yield from self._uses(by_turn.pop(message.turn, ()))
            yield from _utterance(message)
            if message.role is Role.CALLER:
                yield from self._uses(by_turn.pop(message.turn, ()))
        yield from self._uses(by_turn.pop(request.ref.turn, ()))

    def round(self, one: Round) -> Iterator[ModelMessage]:
        """One answer with its calls, and the result of each: no provider takes one without."""
        named = [(f"call_{next(self._numbers)}", use) for use in one.uses]
        yield ModelMessage(
            Speaker.AGENT, one.words, calls=tuple(self._call(name, use) for name, use in named)
        )
        for name, use in named:
            text, is_error = _result(use)
            yield ModelMessage(Speaker.TOOL, text, call_id=name, is_error=is_error)

    def _uses(self, uses: Sequence[ToolUse]) -> Iterator[ModelMessage]:
        for _, together in groupby(uses, key=lambda use: use.round):
            yield from self.round(Round("", tuple(together)))

    def _call(self, name: str, use: ToolUse) -> ModelCall:
        extra = use.extra if use.model == self._model else ""
        return ModelCall(name, use.tool, use.arguments or "{}", use.model, extra)


def _utterance(message: Message) -> Iterator[ModelMessage]:
    keys = [KEYS.format(keys=message.keys)] if message.keys else []
    text = " ".join([*keys, *([message.text] if message.text.strip() else [])])
    if text and message.role in _SPEAKERS:
        yield ModelMessage(_SPEAKERS[message.role], text)


def _result(use: ToolUse) -> tuple[str, bool]:
    """What a model is told about a use, and whether it failed."""
    match use.status:
        case ToolStatus.SUCCEEDED:
            return use.result or "Done.", False
        case ToolStatus.FAILED:
            return use.result or "It failed.", True
        case ToolStatus.NOT_RUN:
            return f"{NOT_RUN} {use.result}".strip(), True
        case ToolStatus.UNKNOWN | ToolStatus.UNSPECIFIED:
            return f"{UNKNOWN} {use.result}".strip(), True


def _go_on(prefix: str) -> Iterator[ModelMessage]:
    if prefix.strip():
        yield ModelMessage(Speaker.AGENT, prefix)
        yield ModelMessage(Speaker.SYSTEM, _GO_ON)


def _language(agent: Agent, request: TurnRequested, rounds: Sequence[Round]) -> str:
    """The language to answer in, which an earlier answer of this attempt may have changed."""
    languages = [one.language for one in rounds if one.language]
    return languages[-1] if languages else request.language or agent.language


def _system(agent: Agent, request: TurnRequested, language: str) -> str:
    """First and unchanging while the language is the same, so that providers can cache it."""
    variables = {**agent.variables, **request.variables}
    parts = [
        render(agent.instructions, variables).strip(),
        _SPOKEN.format(language=_named(language)),
    ]
    if documents := agent.knows(language):
        parts.append(_KNOWLEDGE)
        parts += [
            f'<document source="{document.source}">\n{document.text.strip()}\n</document>'
            for document in documents
        ]
    return "\n\n".join(parts)


def _named(language: str) -> str:
    """A language as a model is told of it."""
    return "the caller's language" if language == MULTI else f"the language {language}"


def caller_words(messages: tuple[ModelMessage, ...]) -> list[str]:
    """What the caller has said, the latest first."""
    return [m.text for m in reversed(messages) if m.speaker is Speaker.CALLER]
