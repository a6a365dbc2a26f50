"""An agent and a conversation as the messages that any chat model understands; pure."""

from collections.abc import Iterator

from llm_worker.model import ModelMessage, Question, Speaker
from trunkline.agents import Agent, ModelChoice
from trunkline.agents.variables import render
from trunkline.events.turn import Role, TurnRequested

_SPOKEN = (
    "You are on the telephone: everything you write is spoken to the caller. "
    "Answer in the language {language}."
)
_KNOWLEDGE = "These documents are all you know about this subject:"
_GO_ON = (
    "You were cut off in the middle of your answer. The caller has already heard the words above. "
    "Go on exactly where they stop; repeat none of them and do not mention the interruption."
)
_SPEAKERS = {Role.CALLER: Speaker.CALLER, Role.AGENT: Speaker.AGENT, Role.SUMMARY: Speaker.SYSTEM}


def ask(agent: Agent, request: TurnRequested, choice: ModelChoice, prefix: str) -> Question:
    """Put the question for one model, `prefix` being what the caller has heard of its answer."""
    return Question(
        agent=agent,
        choice=choice,
        turn=request.ref.turn,
        language=request.language or agent.language,
        messages=tuple(_messages(agent, request, prefix)),
        prefix=prefix,
    )


def _messages(agent: Agent, request: TurnRequested, prefix: str) -> Iterator[ModelMessage]:
    """System first and unchanging within a call, so that providers can cache it."""
    yield ModelMessage(Speaker.SYSTEM, _system(agent, request))
    for message in request.history:
        if message.text.strip() and message.role in _SPEAKERS:
            yield ModelMessage(_SPEAKERS[message.role], message.text)
    if prefix.strip():
        yield ModelMessage(Speaker.AGENT, prefix)
        yield ModelMessage(Speaker.SYSTEM, _GO_ON)


def _system(agent: Agent, request: TurnRequested) -> str:
    variables = {**agent.variables, **request.variables}
    language = request.language or agent.language
    parts = [render(agent.instructions, variables).strip(), _SPOKEN.format(language=language)]
    if agent.knowledge:
        parts.append(_KNOWLEDGE)
        parts += [
            f'<document source="{document.source}">\n{document.text.strip()}\n</document>'
            for document in agent.knowledge
        ]
    return "\n\n".join(parts)


def caller_words(messages: tuple[ModelMessage, ...]) -> list[str]:
    """What the caller has said, the latest first."""
    return [m.text for m in reversed(messages) if m.speaker is Speaker.CALLER]
