"""What each provider streams, in its own shape and with its own oddities.

Every one thinks, says the same words, and asks for the same two tools.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import anthropic_events
from chat_chunks import COMMENT, DONE, event
from groq.types.chat import ChatCompletionChunk as GroqChunk
from openai.types.chat import ChatCompletionChunk
from pydantic import TypeAdapter

from llm_worker.model import CallDelta, Fault, TextDelta
from trunkline.agents import Provider

SAID = [TextDelta("We open"), TextDelta(" at eight.")]
MONDAY = '{"day":"Monday"}'
ASKED = (CallDelta("opening_hours", MONDAY), CallDelta("end_call", "{}"))

_USAGE = {"prompt_tokens": 80, "completion_tokens": 5, "total_tokens": 85}
_SIGNATURE = {"google": {"thought_signature": "c2ln"}}
_OPENAI = TypeAdapter(ChatCompletionChunk)
_GROQ = TypeAdapter(GroqChunk)

Delta = Mapping[str, object]
NOTHING: Delta = {}


@dataclass(frozen=True)
class Wire:
    """The events of one provider; `end` follows words, `call_end` calls."""

    begin: Sequence[bytes]
    thoughts: Sequence[bytes]
    words: Sequence[bytes]
    end: Sequence[bytes]
    calls: Sequence[bytes]
    call_end: Sequence[bytes]
    broken: Sequence[bytes]
    """A failure within the stream."""
    fault: Fault
    """What that means."""
    too_many: object
    """The body of a 429."""
    asked: Sequence[CallDelta] = ASKED

    @property
    def reply(self) -> list[bytes]:
        """Words after thoughts, from the beginning to the end."""
        return [*self.begin, *self.thoughts, *self.words, *self.end]


def chunk(
    delta: Delta,
    finish: str | None = None,
    *,
    judge: TypeAdapter[ChatCompletionChunk] | TypeAdapter[GroqChunk] | None = _OPENAI,
    choice: Delta = NOTHING,
    beside: Delta = NOTHING,
) -> bytes:
    """One chunk, which the SDK's types pass; no `judge` where a provider strays from them."""
    only = {"index": 0, "delta": delta, "finish_reason": finish, **choice}
    return _event({"choices": [only], **beside}, judge)


def usage_alone() -> bytes:
    return _event({"choices": [], "usage": _USAGE}, _OPENAI)


def _event(
    body: Delta, judge: TypeAdapter[ChatCompletionChunk] | TypeAdapter[GroqChunk] | None
) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000}
    whole = {**head, "model": "a-model", **body}
    if judge is not None:
        judge.validate_python(whole)
    return event(whole)


def in_fragments() -> list[Delta]:
    """Both calls, each in parts that only its index holds together."""

    def begun(index: int, name: str) -> Delta:
        function = {"name": name, "arguments": ""}
        return {"index": index, "id": f"call_{index}", "type": "function", "function": function}

    def more(index: int, arguments: str) -> Delta:
        return {"index": index, "function": {"arguments": arguments}}

    parts = [begun(0, "opening_hours"), more(0, MONDAY[:7]), more(0, MONDAY[7:])]
    return [{"tool_calls": [part]} for part in [*parts, begun(1, "end_call"), more(1, "{}")]]


def at_once(*beside: Delta) -> list[Delta]:
    """Both calls, each in one delta, with what the provider writes beside it."""
    functions = [
        {"name": "opening_hours", "arguments": MONDAY},
        {"name": "end_call", "arguments": "{}"},
    ]
    return [
        {"tool_calls": [{"type": "function", "function": function, **more}]}
        for function, more in zip(functions, beside, strict=True)
    ]


def openai() -> Wire:
    """Usage is null until the last chunk, which has nothing else; thoughts are never shown."""
    beside = {"service_tier": "default", "system_fingerprint": None, "usage": None}
    logprobs = {"logprobs": None}

    def one(delta: Delta, finish: str | None = None) -> bytes:
        return chunk(delta, finish, choice=logprobs, beside=beside)

    last = [usage_alone(), DONE]
    return Wire(
        begin=[one({"role": "assistant", "content": "", "refusal": None})],
        thoughts=[],
        words=[one({"content": said.text}) for said in SAID],
        end=[one({}, "stop"), *last],
        calls=[one(part) for part in in_fragments()],
        call_end=[one({}, "tool_calls"), *last],
        broken=[event({"error": {"message": "Sorry.", "type": "server_error", "code": None}})],
        fault=Fault.UNAVAILABLE,
        too_many={"error": {"type": "requests", "code": "rate_limit_exceeded", "param": None}},
    )


def groq() -> Wire:
    """Reasoning comes before words, calls come whole, usage in a field of its own."""
    usage = {**_USAGE, "queue_time": 0.01, "prompt_time": 0.02, "completion_time": 0.1}
    last = {"id": "req_1", "usage": usage}
    failed = {"message": "Sorry.", "type": "server_error", "code": "500", "status_code": 500}

    def one(delta: Delta, finish: str | None = None, x_groq: Delta | None = None) -> bytes:
        return chunk(delta, finish, judge=_GROQ, beside={"x_groq": x_groq} if x_groq else {})

    return Wire(
        begin=[one({"role": "assistant", "content": ""}, x_groq={"id": "req_1"})],
        thoughts=[one({"reasoning": "Hours?", "channel": "analysis"})],
        words=[one({"content": said.text}) for said in SAID],
        end=[one({}, "stop", x_groq=last), DONE],
        calls=[
            one(part) for part in at_once({"id": "fc_1", "index": 0}, {"id": "fc_2", "index": 1})
        ],
        call_end=[one({}, "tool_calls", x_groq=last), DONE],
        broken=[b"event: error\n" + event({"error": failed})],
        fault=Fault.UNAVAILABLE,
        too_many={"error": {"type": "tokens", "code": "rate_limit_exceeded"}},
    )


def gemini() -> Wire:
    """Calls have no index and end with `stop`; a signature comes with the first of them."""

    def one(delta: Delta, finish: str | None = None) -> bytes:
        return chunk({"role": "assistant", **delta}, finish, judge=None, beside={"usage": _USAGE})

    signed: Delta = {"id": "function-call-1", "extra_content": _SIGNATURE}
    overloaded = {"code": 503, "message": "Sorry.", "status": "UNAVAILABLE"}
    spent = {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "17s"}]}
    extra = json.dumps(_SIGNATURE, separators=(",", ":"))
    return Wire(
        begin=[],
        thoughts=[one({"extra_content": _SIGNATURE})],
        words=[one({"content": said.text}) for said in SAID],
        end=[one({}, "stop"), DONE],
        calls=[one(part) for part in at_once(signed, {"id": "function-call-2"})],
        call_end=[one({}, "stop"), DONE],
        broken=[event({"error": overloaded})],
        fault=Fault.UNAVAILABLE,
        too_many=[{"error": spent}],
        asked=(CallDelta("opening_hours", MONDAY, extra), ASKED[1]),
    )


def deepseek() -> Wire:
    """Under load only comments come at first; what it could not finish, its last reason says."""
    usage = {**_USAGE, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 16}

    def one(delta: Delta, finish: str | None = None, usage: object = None) -> bytes:
        empty = {"content": None, "reasoning_content": None}
        return chunk({**empty, **delta}, finish, beside={"usage": usage})

    gave_up = chunk({"content": ""}, "insufficient_system_resource", judge=None)
    return Wire(
        begin=[COMMENT, COMMENT, one({"role": "assistant", "reasoning_content": ""})],
        thoughts=[one({"reasoning_content": "Hours?"})],
        words=[one({"content": said.text}) for said in SAID],
        end=[one({"content": ""}, "stop", usage), DONE],
        calls=[one(part) for part in in_fragments()],
        call_end=[one({"content": ""}, "tool_calls", usage), DONE],
        broken=[gave_up, DONE],
        fault=Fault.CUT,
        too_many={"error": {"message": "Slow down.", "type": "rate_limit_error"}},
    )


def ollama() -> Wire:
    """Every delta has role and content; calls come whole, in older versions without an index."""

    def one(delta: Delta, finish: str | None = None, *, usual: bool = True) -> bytes:
        empty = {"role": "assistant", "content": ""}
        judge = _OPENAI if usual else None
        beside = {"system_fingerprint": "fp_ollama"}
        return chunk({**empty, **delta}, finish, judge=judge, beside=beside)

    calls = at_once({"id": "call_1"}, {"id": "call_2"})
    return Wire(
        begin=[],
        thoughts=[one({"reasoning": "Hours?"})],
        words=[one({"content": said.text}) for said in SAID],
        end=[one({}, "stop"), usage_alone(), DONE],
        calls=[one(part, usual=False) for part in calls],
        call_end=[one({}, "stop"), usage_alone(), DONE],
        broken=[event({"error": {"message": "Sorry.", "type": "api_error", "code": None}})],
        fault=Fault.UNAVAILABLE,
        too_many={"error": {"message": "Busy.", "type": "api_error"}},
    )


def vllm() -> Wire:
    """A failure in the stream is followed by the usual end; counts may come with every chunk."""
    counted = {"prompt_tokens": 80, "completion_tokens": 1, "total_tokens": 81}

    def one(delta: Delta, finish: str | None = None) -> bytes:
        choice = {"logprobs": None, "stop_reason": None, "token_ids": None}
        return chunk(delta, finish, choice=choice, beside={"usage": counted})

    failed = {"object": "error", "message": "Sorry.", "type": "InternalServerError", "code": 500}
    return Wire(
        begin=[one({"role": "assistant", "content": ""})],
        thoughts=[one({"reasoning_content": "Hours?"}), one({"reasoning": "Hours."})],
        words=[one({"content": said.text}) for said in SAID],
        end=[one({"content": ""}, "stop"), usage_alone(), DONE],
        calls=[one(part) for part in in_fragments()],
        call_end=[one({"content": ""}, "tool_calls"), usage_alone(), DONE],
        broken=[event({"error": failed}), DONE],
        fault=Fault.UNAVAILABLE,
        too_many={"error": {"object": "error", "type": "TooManyRequests", "code": 429}},
    )


def anthropic() -> Wire:
    """Blocks, each with its beginning and end, and pings between them."""
    calls = [
        *anthropic_events.call(1, "opening_hours", "", MONDAY[:7], MONDAY[7:]),
        *anthropic_events.call(2, "end_call", ""),
    ]
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Sorry."}}
    return Wire(
        begin=anthropic_events.BEGIN,
        thoughts=anthropic_events.thought(0),
        words=anthropic_events.text(1, *(said.text for said in SAID)),
        end=anthropic_events.END,
        calls=calls,
        call_end=anthropic_events.stop("tool_use"),
        broken=[anthropic_events.raw("error", overloaded)],
        fault=Fault.UNAVAILABLE,
        too_many={"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down."}},
    )


WIRES: Mapping[Provider, Wire] = {
    Provider.GROQ: groq(),
    Provider.OPENAI: openai(),
    Provider.GEMINI: gemini(),
    Provider.DEEPSEEK: deepseek(),
    Provider.OLLAMA: ollama(),
    Provider.VLLM: vllm(),
    Provider.ANTHROPIC: anthropic(),
}
