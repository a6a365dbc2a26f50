"""The stream of a chat completion as deltas, whichever provider sends it; pure."""

from collections.abc import Iterator

import msgspec

from llm_worker.model import CallBegun, Delta, Fault, Finished, ModelFailed, TextDelta
from llm_worker.providers import faults
from llm_worker.providers.calls import AskedCall, keep, told
from llm_worker.providers.sse import EventLines
from llm_worker.providers.thinking import ThoughtFilter
from trunkline.events.call import Usage

ENDED_WELL = ("stop", "tool_calls", "function_call")  # the model itself has come to its end
FILTERED = "content_filter"
# DeepSeek's "no resources left", and vLLM's words for a reply that it gave up.
BROKEN = ("insufficient_system_resource", "abort", "error")


class _Function(msgspec.Struct, gc=False):
    """Some servers write the arguments as the object that they are, and not as its text."""

    name: str | None = None
    arguments: str | dict[str, object] | None = None


class _Call(msgspec.Struct, gc=False):
    """A part of a call. Gemini sends no `index`; its signature is in `extra_content`."""

    index: int | None = None
    id: str | None = None
    function: _Function | None = None
    extra_content: object = None


class _Delta(msgspec.Struct, gc=False):
    """What was added. `reasoning` and `reasoning_content` are left out: they are never spoken."""

    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class _CompletionDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Groq(msgspec.Struct, gc=False):
    usage: _Usage | None = None
    error: object = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    x_groq: _Groq | None = None
    error: object = None


_decoder = msgspec.json.Decoder(_Chunk)


class ChatReply:
    """One reply while it comes. `model` is what its usage is counted under."""

    def __init__(self, model: str) -> None:
        self._lines = EventLines()
        self._thoughts = ThoughtFilter()
        self._calls: list[AskedCall] = []
        self._by_key: dict[int | str | None, AskedCall] = {}
        self._last_key: int | str | None = None
        self._said = False
        self._finish: str | None = None
        self._usage = Usage(model)

    def feed(self, data: bytes) -> Iterator[Delta]:
        """The words in these bytes. Raises `ModelFailed` for an error within the stream."""
        for line in self._lines.feed(data):
            if line != b"[DONE]":
                yield from self._read(_decode(line))

    def end(self) -> Iterator[Delta]:
        """The calls, and the end; raises `ModelFailed` if the model had not come to it."""
        yield from self._speak(self._thoughts.end())
        if self._finish is None or self._finish in BROKEN:
            raise ModelFailed(Fault.CUT)  # a stream cut between two events looks complete
        if self._finish == FILTERED and not self._said and not self._calls:
            raise ModelFailed(Fault.REFUSED, retryable=False)
        yield from told(self._calls, ended_well=self._finish in ENDED_WELL)
        yield Finished(self._usage)

    def _read(self, chunk: _Chunk) -> Iterator[Delta]:
        for choice in chunk.choices or ():
            if choice.delta is not None:
                yield from self._take(choice.delta)
            self._finish = choice.finish_reason or self._finish
        counted = chunk.usage or (chunk.x_groq and chunk.x_groq.usage)
        if counted:
            self._usage = _usage(self._usage.model, counted)

    def _take(self, delta: _Delta) -> Iterator[Delta]:
        if delta.content:
            yield from self._speak(self._thoughts.add(delta.content))
        before = len(self._calls)
        for part in delta.tool_calls or ():
            self._collect(part)
        if len(self._calls) > before:
            yield CallBegun()

    def _speak(self, text: str) -> Iterator[Delta]:
        if text:
            self._said = True
            yield TextDelta(text)

    def _collect(self, part: _Call) -> None:
        function = part.function or _Function()
        call = self._call_of(part, function.name)
        call.id = call.id or part.id or ""
        call.name = call.name or function.name or ""
        call.add(_text(function.arguments))
        if part.extra_content is not None:
            call.extra = msgspec.json.encode(part.extra_content).decode()

    def _call_of(self, part: _Call, name: str | None) -> AskedCall:
        """The call that a part belongs to: by its index, else by its id, else the last one."""
        key = part.id if part.index is None else part.index
        key = self._last_key if key is None else key
        call = self._by_key.get(key)
        if call is None or (name and call.name and _is_another(part, call)):
            call = self._by_key[key] = keep(self._calls, AskedCall())
        self._last_key = key
        return call


def _text(arguments: str | dict[str, object] | None) -> str:
    if isinstance(arguments, dict):
        return msgspec.json.encode(arguments).decode()
    return arguments or ""


def _is_another(part: _Call, call: AskedCall) -> bool:
    """Whether a part that has a name begins a call of its own: by another id (some servers number
    every call 0), or because nothing else tells calls apart. Some repeat the name in each part."""
    return part.id != call.id if part.id else part.index is None


def _decode(line: bytes) -> _Chunk:
    try:
        chunk = _decoder.decode(line)
    except msgspec.DecodeError:
        raise ModelFailed(Fault.CUT) from None
    groq = chunk.x_groq.error if chunk.x_groq else None
    if chunk.error is not None or groq is not None:
        raise faults.streamed(chunk.error or groq)
    return chunk


def _usage(model: str, counted: _Usage) -> Usage:
    prompt, completion = counted.prompt_tokens_details, counted.completion_tokens_details
    return Usage(
        model,
        counted.prompt_tokens or 0,
        counted.completion_tokens or 0,
        cached_tokens=(prompt and prompt.cached_tokens) or 0,
        reasoning_tokens=(completion and completion.reasoning_tokens) or 0,
    )
