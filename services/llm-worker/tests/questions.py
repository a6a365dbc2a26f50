"""Questions and replies that the tests of several providers share."""

from collections.abc import Iterable, Sequence

from llm_worker.model import Delta, ModelCall, ModelMessage, Question, Speaker, ToolSpec
from llm_worker.providers.streamed import Reply
from trunkline.agents import Agent, Language, ModelChoice, Provider

NAMES = {
    Provider.GROQ: "openai/gpt-oss-20b",
    Provider.OPENAI: "gpt-6-luna",
    Provider.ANTHROPIC: "claude-haiku-5-5",
    Provider.GEMINI: "gemini-3-flash",
    Provider.DEEPSEEK: "deepseek-flash",
    Provider.OLLAMA: "qwen3",
    Provider.VLLM: "served",
}

SYSTEM = ModelMessage(Speaker.SYSTEM, "You are a clinic's receptionist.")
GREETING = ModelMessage(Speaker.AGENT, "Hello, this is the clinic.")
CALLER = ModelMessage(Speaker.CALLER, "When are you open?")
PARAMETERS = {"type": "object", "properties": {"day": {"type": "string"}}}
TOOLS = (
    ToolSpec("opening_hours", "Looks up when we are open.", PARAMETERS),
    ToolSpec("end_call", "Ends the call.", {"type": "object", "properties": {}}),
)


def question(
    provider: Provider,
    messages: Sequence[ModelMessage] = (SYSTEM, GREETING, CALLER),
    *,
    tools: tuple[ToolSpec, ...] = (),
    may_call: bool = True,
    effort: str = "",
    temperature: float | None = None,
) -> Question:
    choice = ModelChoice.model_validate(
        {
            "provider": provider,
            "name": NAMES[provider],
            "reasoning_effort": effort,
            "temperature": temperature,
        }
    )
    agent = Agent(
        id="clinic",
        greeting="Hello.",
        instructions="Help.",
        languages=(Language(code="en-US"),),
        models=(choice,),
    )
    return Question(
        agent,
        choice,
        turn=1,
        language="en-US",
        messages=tuple(messages),
        tools=tools,
        may_call=may_call,
    )


def used(
    *calls: ModelCall, words: str = "", results: Sequence[str] = (), failed: bool = False
) -> list[ModelMessage]:
    """A message of the agent that asks for tools, and what each of them has answered."""
    answers = [
        ModelMessage(Speaker.TOOL, result, call_id=call.id, is_error=failed)
        for call, result in zip(calls, results, strict=True)
    ]
    return [ModelMessage(Speaker.AGENT, words, calls=calls), *answers]


def play(reply: Reply, data: Iterable[bytes]) -> list[Delta]:
    """Feed a reply to its end."""
    deltas = [delta for piece in data for delta in reply.feed(piece)]
    return [*deltas, *reply.end()]
