"""The stream of Anthropic's Messages API as deltas; pure."""

from collections.abc import Iterator

import msgspec

from llm_worker.model import CallBegun, Delta, Fault, Finished, ModelFailed, TextDelta
from llm_worker.providers import faults
from llm_worker.providers.calls import AskedCall, keep, told
from llm_worker.providers.sse import EventLines
from trunkline.events.call import Usage

ENDED_WELL = ("end_turn", "tool_use", "stop_sequence")  # the model itself has come to its end


class _Details(msgspec.Struct, gc=False):
    thinking_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    """Counted so far; what is missing has not changed. Cached tokens are no part of the input."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    output_tokens_details: _Details | None = None


class _Message(msgspec.Struct, gc=False):
    usage: _Usage | None = None


class _Block(msgspec.Struct, gc=False):
    type: str
    name: str = ""
    text: str = ""


class _Delta(msgspec.Struct, gc=False):
    """What was added. Thoughts and their signatures are left out: they are never spoken."""

    type: str = ""
    text: str = ""
    partial_json: str = ""
    stop_reason: str | None = None


class _Event(msgspec.Struct, gc=False):
    type: str
    index: int = 0
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None
    error: object = None


_decoder = msgspec.json.Decoder(_Event)


class AnthropicReply:
    """One reply while it comes. `model` is what its usage is counted under."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._lines = EventLines()
        self._calls: list[AskedCall] = []
        self._by_index: dict[int, AskedCall] = {}
        self._said = False
        self._stop: str | None = None
        self._counted = _Usage()

    def feed(self, data: bytes) -> Iterator[Delta]:
        """The words in these bytes. Raises `ModelFailed` for an error within the stream."""
        for line in self._lines.feed(data):
            before = len(self._calls)
            if text := self._read(_decode(line)):
                self._said = True
                yield TextDelta(text)
            if len(self._calls) > before:
                yield CallBegun()

    def end(self) -> Iterator[Delta]:
        """The calls, and the end; raises `ModelFailed` if the model had not come to it."""
        if self._stop is None:
            raise ModelFailed(Fault.CUT)
        if self._stop == "refusal" and not self._said and not self._calls:
            raise ModelFailed(Fault.REFUSED, retryable=False)
        yield from told(self._calls, ended_well=self._stop in ENDED_WELL)
        yield Finished(_usage(self._model, self._counted))

    def _read(self, event: _Event) -> str:
        """Take in one event; the words it adds, often none. Unknown kinds are passed over."""
        match event:
            case _Event(type="content_block_delta", delta=_Delta() as delta):
                if delta.type == "input_json_delta" and event.index in self._by_index:
                    self._by_index[event.index].add(delta.partial_json)
                return delta.text
            case _Event(type="content_block_start", content_block=_Block() as block):
                return self._begin(event.index, block)
            case _Event(type="message_start", message=_Message(usage=_Usage() as usage)):
                self._count(usage)
            case _Event(type="message_delta", delta=_Delta() as delta):
                self._stop = delta.stop_reason or self._stop
                self._count(event.usage or _Usage())
        return ""

    def _begin(self, index: int, block: _Block) -> str:
        if block.type == "tool_use":
            self._by_index[index] = keep(self._calls, AskedCall(block.name))
        # Words after a thought or a call begin without a space before them.
        return " " + block.text if block.type == "text" and self._said else block.text

    def _count(self, usage: _Usage) -> None:
        for name in usage.__struct_fields__:
            if (value := getattr(usage, name)) is not None:
                setattr(self._counted, name, value)


def _decode(line: bytes) -> _Event:
    try:
        event = _decoder.decode(line)
    except msgspec.DecodeError:
        raise ModelFailed(Fault.CUT) from None
    if event.error is not None:
        raise faults.streamed(event.error)
    return event


def _usage(model: str, counted: _Usage) -> Usage:
    cached = counted.cache_read_input_tokens or 0
    details = counted.output_tokens_details or _Details()
    return Usage(
        model,
        (counted.input_tokens or 0) + (counted.cache_creation_input_tokens or 0) + cached,
        counted.output_tokens or 0,
        cached_tokens=cached,
        reasoning_tokens=details.thinking_tokens or 0,
    )
