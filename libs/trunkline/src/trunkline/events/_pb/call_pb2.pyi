from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PhraseKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHRASE_KIND_UNSPECIFIED: _ClassVar[PhraseKind]
    PHRASE_KIND_APOLOGY: _ClassVar[PhraseKind]
    PHRASE_KIND_REPROMPT: _ClassVar[PhraseKind]
    PHRASE_KIND_GOODBYE: _ClassVar[PhraseKind]

class EndReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    END_REASON_UNSPECIFIED: _ClassVar[EndReason]
    END_REASON_CALLER_HUNG_UP: _ClassVar[EndReason]
    END_REASON_AGENT_ENDED: _ClassVar[EndReason]
    END_REASON_SILENCE: _ClassVar[EndReason]
    END_REASON_TOO_LONG: _ClassVar[EndReason]
    END_REASON_LOST: _ClassVar[EndReason]

class FailureReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_REASON_UNSPECIFIED: _ClassVar[FailureReason]
    FAILURE_REASON_OVERLOADED: _ClassVar[FailureReason]
    FAILURE_REASON_EXPIRED: _ClassVar[FailureReason]
    FAILURE_REASON_MODELS_FAILED: _ClassVar[FailureReason]
    FAILURE_REASON_UNKNOWN_AGENT: _ClassVar[FailureReason]
    FAILURE_REASON_INTERNAL: _ClassVar[FailureReason]
PHRASE_KIND_UNSPECIFIED: PhraseKind
PHRASE_KIND_APOLOGY: PhraseKind
PHRASE_KIND_REPROMPT: PhraseKind
PHRASE_KIND_GOODBYE: PhraseKind
END_REASON_UNSPECIFIED: EndReason
END_REASON_CALLER_HUNG_UP: EndReason
END_REASON_AGENT_ENDED: EndReason
END_REASON_SILENCE: EndReason
END_REASON_TOO_LONG: EndReason
END_REASON_LOST: EndReason
FAILURE_REASON_UNSPECIFIED: FailureReason
FAILURE_REASON_OVERLOADED: FailureReason
FAILURE_REASON_EXPIRED: FailureReason
FAILURE_REASON_MODELS_FAILED: FailureReason
FAILURE_REASON_UNKNOWN_AGENT: FailureReason
FAILURE_REASON_INTERNAL: FailureReason

class CallRecord(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "writer", "n", "attachment_id", "epoch", "attached", "caller_spoke", "keys_pressed", "attempt_opened", "phrase_sent", "spoken", "caller_interrupted", "detached", "routed_elsewhere", "ended", "turn_started", "heartbeat", "reply_chunk", "reply_finished", "reply_failed")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    WRITER_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    ATTACHED_FIELD_NUMBER: _ClassVar[int]
    CALLER_SPOKE_FIELD_NUMBER: _ClassVar[int]
    KEYS_PRESSED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_OPENED_FIELD_NUMBER: _ClassVar[int]
    PHRASE_SENT_FIELD_NUMBER: _ClassVar[int]
    SPOKEN_FIELD_NUMBER: _ClassVar[int]
    CALLER_INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    DETACHED_FIELD_NUMBER: _ClassVar[int]
    ROUTED_ELSEWHERE_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    TURN_STARTED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    REPLY_CHUNK_FIELD_NUMBER: _ClassVar[int]
    REPLY_FINISHED_FIELD_NUMBER: _ClassVar[int]
    REPLY_FAILED_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    writer: str
    n: int
    attachment_id: str
    epoch: int
    attached: Attached
    caller_spoke: CallerSpoke
    keys_pressed: KeysPressed
    attempt_opened: AttemptOpened
    phrase_sent: PhraseSent
    spoken: Spoken
    caller_interrupted: CallerInterrupted
    detached: Detached
    routed_elsewhere: RoutedElsewhere
    ended: Ended
    turn_started: TurnStarted
    heartbeat: Heartbeat
    reply_chunk: ReplyChunk
    reply_finished: ReplyFinished
    reply_failed: ReplyFailed
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., writer: _Optional[str] = ..., n: _Optional[int] = ..., attachment_id: _Optional[str] = ..., epoch: _Optional[int] = ..., attached: _Optional[_Union[Attached, _Mapping]] = ..., caller_spoke: _Optional[_Union[CallerSpoke, _Mapping]] = ..., keys_pressed: _Optional[_Union[KeysPressed, _Mapping]] = ..., attempt_opened: _Optional[_Union[AttemptOpened, _Mapping]] = ..., phrase_sent: _Optional[_Union[PhraseSent, _Mapping]] = ..., spoken: _Optional[_Union[Spoken, _Mapping]] = ..., caller_interrupted: _Optional[_Union[CallerInterrupted, _Mapping]] = ..., detached: _Optional[_Union[Detached, _Mapping]] = ..., routed_elsewhere: _Optional[_Union[RoutedElsewhere, _Mapping]] = ..., ended: _Optional[_Union[Ended, _Mapping]] = ..., turn_started: _Optional[_Union[TurnStarted, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., reply_chunk: _Optional[_Union[ReplyChunk, _Mapping]] = ..., reply_finished: _Optional[_Union[ReplyFinished, _Mapping]] = ..., reply_failed: _Optional[_Union[ReplyFailed, _Mapping]] = ...) -> None: ...

class Attached(_message.Message):
    __slots__ = ("gateway", "tries", "agent_id", "agent_version", "language", "variables", "greeting", "to", "direction")
    class VariablesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    GREETING_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    gateway: str
    tries: int
    agent_id: str
    agent_version: str
    language: str
    variables: _containers.ScalarMap[str, str]
    greeting: str
    to: str
    direction: str
    def __init__(self, gateway: _Optional[str] = ..., tries: _Optional[int] = ..., agent_id: _Optional[str] = ..., agent_version: _Optional[str] = ..., language: _Optional[str] = ..., variables: _Optional[_Mapping[str, str]] = ..., greeting: _Optional[str] = ..., to: _Optional[str] = ..., direction: _Optional[str] = ..., **kwargs) -> None: ...

class CallerSpoke(_message.Message):
    __slots__ = ("turn", "text", "language")
    TURN_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    turn: int
    text: str
    language: str
    def __init__(self, turn: _Optional[int] = ..., text: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class KeysPressed(_message.Message):
    __slots__ = ("turn", "digits")
    TURN_FIELD_NUMBER: _ClassVar[int]
    DIGITS_FIELD_NUMBER: _ClassVar[int]
    turn: int
    digits: str
    def __init__(self, turn: _Optional[int] = ..., digits: _Optional[str] = ...) -> None: ...

class AttemptOpened(_message.Message):
    __slots__ = ("turn", "attempt", "through")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    THROUGH_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    through: int
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., through: _Optional[int] = ...) -> None: ...

class PhraseSent(_message.Message):
    __slots__ = ("turn", "through", "text", "kind")
    TURN_FIELD_NUMBER: _ClassVar[int]
    THROUGH_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    turn: int
    through: int
    text: str
    kind: PhraseKind
    def __init__(self, turn: _Optional[int] = ..., through: _Optional[int] = ..., text: _Optional[str] = ..., kind: _Optional[_Union[PhraseKind, str]] = ...) -> None: ...

class Spoken(_message.Message):
    __slots__ = ("turn", "through")
    TURN_FIELD_NUMBER: _ClassVar[int]
    THROUGH_FIELD_NUMBER: _ClassVar[int]
    turn: int
    through: int
    def __init__(self, turn: _Optional[int] = ..., through: _Optional[int] = ...) -> None: ...

class CallerInterrupted(_message.Message):
    __slots__ = ("turn", "run", "through", "heard")
    TURN_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    THROUGH_FIELD_NUMBER: _ClassVar[int]
    HEARD_FIELD_NUMBER: _ClassVar[int]
    turn: int
    run: str
    through: int
    heard: str
    def __init__(self, turn: _Optional[int] = ..., run: _Optional[str] = ..., through: _Optional[int] = ..., heard: _Optional[str] = ...) -> None: ...

class Detached(_message.Message):
    __slots__ = ("code",)
    CODE_FIELD_NUMBER: _ClassVar[int]
    code: int
    def __init__(self, code: _Optional[int] = ...) -> None: ...

class RoutedElsewhere(_message.Message):
    __slots__ = ("topic",)
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    topic: str
    def __init__(self, topic: _Optional[str] = ...) -> None: ...

class Ended(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: EndReason
    def __init__(self, reason: _Optional[_Union[EndReason, str]] = ...) -> None: ...

class TurnStarted(_message.Message):
    __slots__ = ("turn", "attempt", "worker", "partition")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    worker: str
    partition: int
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., worker: _Optional[str] = ..., partition: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("turn", "attempt")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ...) -> None: ...

class ReplyChunk(_message.Message):
    __slots__ = ("turn", "attempt", "seq", "text")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    seq: int
    text: str
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., seq: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class ReplyFinished(_message.Message):
    __slots__ = ("turn", "attempt", "chunks", "usage", "timings")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    chunks: int
    usage: Usage
    timings: Timings
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., chunks: _Optional[int] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("model", "prompt_tokens", "completion_tokens")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    model: str
    prompt_tokens: int
    completion_tokens: int
    def __init__(self, model: _Optional[str] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ...) -> None: ...

class Timings(_message.Message):
    __slots__ = ("queued_ms", "first_token_ms", "total_ms")
    QUEUED_MS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TOKEN_MS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    queued_ms: int
    first_token_ms: int
    total_ms: int
    def __init__(self, queued_ms: _Optional[int] = ..., first_token_ms: _Optional[int] = ..., total_ms: _Optional[int] = ...) -> None: ...

class ReplyFailed(_message.Message):
    __slots__ = ("turn", "attempt", "reason")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    reason: FailureReason
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., reason: _Optional[_Union[FailureReason, str]] = ...) -> None: ...
