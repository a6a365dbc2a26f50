"""Lines of Groq's event stream as chunks; pure. Reading them raw costs half of the SDK's types."""

import msgspec

from llm_worker.model import Fault, ModelFailed
from trunkline.events.call import Usage


class _Delta(msgspec.Struct):
    """What was added. `reasoning` is left out on purpose: it is never spoken."""

    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Groq(msgspec.Struct):
    usage: _Usage | None = None
    error: str | None = None


class Chunk(msgspec.Struct):
    """One event of the stream."""

    model: str = ""
    choices: list[_Choice] = msgspec.field(default_factory=list)
    x_groq: _Groq | None = None
    error: object = None

    @property
    def text(self) -> str:
        """Words to be spoken, often none."""
        return "".join(choice.delta.content or "" for choice in self.choices)

    @property
    def finishes(self) -> bool:
        """Whether the model has said that its reply is complete."""
        return any(choice.finish_reason is not None for choice in self.choices)

    @property
    def usage(self) -> Usage | None:
        """What the reply has cost, on the last chunk only."""
        if self.x_groq is None or self.x_groq.usage is None:
            return None
        counted = self.x_groq.usage
        return Usage(f"groq/{self.model}", counted.prompt_tokens, counted.completion_tokens)


_decoder = msgspec.json.Decoder(Chunk)


def decode(line: str) -> Chunk | None:
    """Read one line; none for what carries nothing: comments, event names, `[DONE]`, blank lines.

    Raises `ModelFailed` for an error that is reported inside the stream, and for a broken line.
    """
    if not line.startswith("data:") or (data := line[5:].strip()) == "[DONE]":
        return None
    try:
        chunk = _decoder.decode(data)
    except msgspec.DecodeError:
        raise ModelFailed(Fault.CUT) from None
    if chunk.error is not None or (chunk.x_groq is not None and chunk.x_groq.error is not None):
        raise ModelFailed(Fault.UNAVAILABLE)
    return chunk
