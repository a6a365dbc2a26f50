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
    PHRASE_KIND_FILLER: _ClassVar[PhraseKind]
    PHRASE_KIND_WARNING: _ClassVar[PhraseKind]
    PHRASE_KIND_GREETING: _ClassVar[PhraseKind]
    PHRASE_KIND_VOICEMAIL: _ClassVar[PhraseKind]
    PHRASE_KIND_OPTED_OUT: _ClassVar[PhraseKind]
    PHRASE_KIND_TRANSFER: _ClassVar[PhraseKind]
    PHRASE_KIND_TRANSFER_FAILED: _ClassVar[PhraseKind]
    PHRASE_KIND_RESUMED: _ClassVar[PhraseKind]
    PHRASE_KIND_DISCLOSURE: _ClassVar[PhraseKind]
    PHRASE_KIND_LOST_TRACK: _ClassVar[PhraseKind]

class EndReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    END_REASON_UNSPECIFIED: _ClassVar[EndReason]
    END_REASON_CALLER_HUNG_UP: _ClassVar[EndReason]
    END_REASON_AGENT_ENDED: _ClassVar[EndReason]
    END_REASON_SILENCE: _ClassVar[EndReason]
    END_REASON_TOO_LONG: _ClassVar[EndReason]
    END_REASON_LOST: _ClassVar[EndReason]
    END_REASON_TRANSFERRED: _ClassVar[EndReason]
    END_REASON_VOICEMAIL: _ClassVar[EndReason]

class FailureReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_REASON_UNSPECIFIED: _ClassVar[FailureReason]
    FAILURE_REASON_OVERLOADED: _ClassVar[FailureReason]
    FAILURE_REASON_EXPIRED: _ClassVar[FailureReason]
    FAILURE_REASON_MODELS_FAILED: _ClassVar[FailureReason]
    FAILURE_REASON_UNKNOWN_AGENT: _ClassVar[FailureReason]
    FAILURE_REASON_INTERNAL: _ClassVar[FailureReason]

class ToolStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOOL_STATUS_UNSPECIFIED: _ClassVar[ToolStatus]
    TOOL_STATUS_SUCCEEDED: _ClassVar[ToolStatus]
    TOOL_STATUS_FAILED: _ClassVar[ToolStatus]
    TOOL_STATUS_NOT_RUN: _ClassVar[ToolStatus]
    TOOL_STATUS_UNKNOWN: _ClassVar[ToolStatus]
PHRASE_KIND_UNSPECIFIED: PhraseKind
PHRASE_KIND_APOLOGY: PhraseKind
PHRASE_KIND_REPROMPT: PhraseKind
PHRASE_KIND_GOODBYE: PhraseKind
PHRASE_KIND_FILLER: PhraseKind
PHRASE_KIND_WARNING: PhraseKind
PHRASE_KIND_GREETING: PhraseKind
PHRASE_KIND_VOICEMAIL: PhraseKind
PHRASE_KIND_OPTED_OUT: PhraseKind
PHRASE_KIND_TRANSFER: PhraseKind
PHRASE_KIND_TRANSFER_FAILED: PhraseKind
PHRASE_KIND_RESUMED: PhraseKind
PHRASE_KIND_DISCLOSURE: PhraseKind
PHRASE_KIND_LOST_TRACK: PhraseKind
END_REASON_UNSPECIFIED: EndReason
END_REASON_CALLER_HUNG_UP: EndReason
END_REASON_AGENT_ENDED: EndReason
END_REASON_SILENCE: EndReason
END_REASON_TOO_LONG: EndReason
END_REASON_LOST: EndReason
END_REASON_TRANSFERRED: EndReason
END_REASON_VOICEMAIL: EndReason
FAILURE_REASON_UNSPECIFIED: FailureReason
FAILURE_REASON_OVERLOADED: FailureReason
FAILURE_REASON_EXPIRED: FailureReason
FAILURE_REASON_MODELS_FAILED: FailureReason
FAILURE_REASON_UNKNOWN_AGENT: FailureReason
FAILURE_REASON_INTERNAL: FailureReason
TOOL_STATUS_UNSPECIFIED: ToolStatus
TOOL_STATUS_SUCCEEDED: ToolStatus
TOOL_STATUS_FAILED: ToolStatus
TOOL_STATUS_NOT_RUN: ToolStatus
TOOL_STATUS_UNKNOWN: ToolStatus

class CallRecord(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "writer", "n", "attachment_id", "epoch", "attached", "caller_spoke", "keys_pressed", "attempt_opened", "phrase_sent", "spoken", "caller_interrupted", "detached", "routed_elsewhere", "ended", "action_done", "turn_started", "heartbeat", "reply_chunk", "reply_finished", "reply_failed", "tool_intended", "tool_returned", "action_requested")
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
    ACTION_DONE_FIELD_NUMBER: _ClassVar[int]
    TURN_STARTED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    REPLY_CHUNK_FIELD_NUMBER: _ClassVar[int]
    REPLY_FINISHED_FIELD_NUMBER: _ClassVar[int]
    REPLY_FAILED_FIELD_NUMBER: _ClassVar[int]
    TOOL_INTENDED_FIELD_NUMBER: _ClassVar[int]
    TOOL_RETURNED_FIELD_NUMBER: _ClassVar[int]
    ACTION_REQUESTED_FIELD_NUMBER: _ClassVar[int]
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
    action_done: ActionDone
    turn_started: TurnStarted
    heartbeat: Heartbeat
    reply_chunk: ReplyChunk
    reply_finished: ReplyFinished
    reply_failed: ReplyFailed
    tool_intended: ToolIntended
    tool_returned: ToolReturned
    action_requested: ActionRequested
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., writer: _Optional[str] = ..., n: _Optional[int] = ..., attachment_id: _Optional[str] = ..., epoch: _Optional[int] = ..., attached: _Optional[_Union[Attached, _Mapping]] = ..., caller_spoke: _Optional[_Union[CallerSpoke, _Mapping]] = ..., keys_pressed: _Optional[_Union[KeysPressed, _Mapping]] = ..., attempt_opened: _Optional[_Union[AttemptOpened, _Mapping]] = ..., phrase_sent: _Optional[_Union[PhraseSent, _Mapping]] = ..., spoken: _Optional[_Union[Spoken, _Mapping]] = ..., caller_interrupted: _Optional[_Union[CallerInterrupted, _Mapping]] = ..., detached: _Optional[_Union[Detached, _Mapping]] = ..., routed_elsewhere: _Optional[_Union[RoutedElsewhere, _Mapping]] = ..., ended: _Optional[_Union[Ended, _Mapping]] = ..., action_done: _Optional[_Union[ActionDone, _Mapping]] = ..., turn_started: _Optional[_Union[TurnStarted, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., reply_chunk: _Optional[_Union[ReplyChunk, _Mapping]] = ..., reply_finished: _Optional[_Union[ReplyFinished, _Mapping]] = ..., reply_failed: _Optional[_Union[ReplyFailed, _Mapping]] = ..., tool_intended: _Optional[_Union[ToolIntended, _Mapping]] = ..., tool_returned: _Optional[_Union[ToolReturned, _Mapping]] = ..., action_requested: _Optional[_Union[ActionRequested, _Mapping]] = ...) -> None: ...

class Attached(_message.Message):
    __slots__ = ("gateway", "tries", "agent_id", "agent_version", "language", "variables", "greeting", "to", "direction", "at_ms")
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
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    gateway: str
    tries: int
    agent_id: str
    agent_version: str
    language: str
    variables: _containers.ScalarMap[str, str]
    greeting: str
    to: str
    direction: str
    at_ms: int
    def __init__(self, gateway: _Optional[str] = ..., tries: _Optional[int] = ..., agent_id: _Optional[str] = ..., agent_version: _Optional[str] = ..., language: _Optional[str] = ..., variables: _Optional[_Mapping[str, str]] = ..., greeting: _Optional[str] = ..., to: _Optional[str] = ..., direction: _Optional[str] = ..., at_ms: _Optional[int] = ..., **kwargs) -> None: ...

class CallerSpoke(_message.Message):
    __slots__ = ("turn", "text", "language", "keys")
    TURN_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    turn: int
    text: str
    language: str
    keys: str
    def __init__(self, turn: _Optional[int] = ..., text: _Optional[str] = ..., language: _Optional[str] = ..., keys: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("model", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHED_TOKENS_FIELD_NUMBER: _ClassVar[int]
    REASONING_TOKENS_FIELD_NUMBER: _ClassVar[int]
    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    def __init__(self, model: _Optional[str] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., cached_tokens: _Optional[int] = ..., reasoning_tokens: _Optional[int] = ...) -> None: ...

class Timings(_message.Message):
    __slots__ = ("queued_ms", "first_token_ms", "total_ms", "tools_ms")
    QUEUED_MS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TOKEN_MS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    TOOLS_MS_FIELD_NUMBER: _ClassVar[int]
    queued_ms: int
    first_token_ms: int
    total_ms: int
    tools_ms: int
    def __init__(self, queued_ms: _Optional[int] = ..., first_token_ms: _Optional[int] = ..., total_ms: _Optional[int] = ..., tools_ms: _Optional[int] = ...) -> None: ...

class ReplyFailed(_message.Message):
    __slots__ = ("turn", "attempt", "reason")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    reason: FailureReason
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., reason: _Optional[_Union[FailureReason, str]] = ...) -> None: ...

class ToolIntended(_message.Message):
    __slots__ = ("turn", "attempt", "use_id", "round", "tool", "arguments", "model", "extra")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    USE_ID_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    EXTRA_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    use_id: str
    round: int
    tool: str
    arguments: str
    model: str
    extra: str
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., use_id: _Optional[str] = ..., round: _Optional[int] = ..., tool: _Optional[str] = ..., arguments: _Optional[str] = ..., model: _Optional[str] = ..., extra: _Optional[str] = ...) -> None: ...

class ToolReturned(_message.Message):
    __slots__ = ("turn", "attempt", "use_id", "status", "result")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    USE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    use_id: str
    status: ToolStatus
    result: str
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., use_id: _Optional[str] = ..., status: _Optional[_Union[ToolStatus, str]] = ..., result: _Optional[str] = ...) -> None: ...

class ActionRequested(_message.Message):
    __slots__ = ("turn", "attempt", "use_id", "end_call", "transfer", "switch_language", "collect_digits", "send_digits", "play_sound", "opt_out", "round")
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    USE_ID_FIELD_NUMBER: _ClassVar[int]
    END_CALL_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    SWITCH_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    COLLECT_DIGITS_FIELD_NUMBER: _ClassVar[int]
    SEND_DIGITS_FIELD_NUMBER: _ClassVar[int]
    PLAY_SOUND_FIELD_NUMBER: _ClassVar[int]
    OPT_OUT_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    turn: int
    attempt: int
    use_id: str
    end_call: EndCall
    transfer: Transfer
    switch_language: SwitchLanguage
    collect_digits: CollectDigits
    send_digits: SendDigits
    play_sound: PlaySound
    opt_out: OptOut
    round: int
    def __init__(self, turn: _Optional[int] = ..., attempt: _Optional[int] = ..., use_id: _Optional[str] = ..., end_call: _Optional[_Union[EndCall, _Mapping]] = ..., transfer: _Optional[_Union[Transfer, _Mapping]] = ..., switch_language: _Optional[_Union[SwitchLanguage, _Mapping]] = ..., collect_digits: _Optional[_Union[CollectDigits, _Mapping]] = ..., send_digits: _Optional[_Union[SendDigits, _Mapping]] = ..., play_sound: _Optional[_Union[PlaySound, _Mapping]] = ..., opt_out: _Optional[_Union[OptOut, _Mapping]] = ..., round: _Optional[int] = ...) -> None: ...

class ActionDone(_message.Message):
    __slots__ = ("turn", "use_id", "end_call", "transfer", "switch_language", "collect_digits", "send_digits", "play_sound", "opt_out", "round")
    TURN_FIELD_NUMBER: _ClassVar[int]
    USE_ID_FIELD_NUMBER: _ClassVar[int]
    END_CALL_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    SWITCH_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    COLLECT_DIGITS_FIELD_NUMBER: _ClassVar[int]
    SEND_DIGITS_FIELD_NUMBER: _ClassVar[int]
    PLAY_SOUND_FIELD_NUMBER: _ClassVar[int]
    OPT_OUT_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    turn: int
    use_id: str
    end_call: EndCall
    transfer: Transfer
    switch_language: SwitchLanguage
    collect_digits: CollectDigits
    send_digits: SendDigits
    play_sound: PlaySound
    opt_out: OptOut
    round: int
    def __init__(self, turn: _Optional[int] = ..., use_id: _Optional[str] = ..., end_call: _Optional[_Union[EndCall, _Mapping]] = ..., transfer: _Optional[_Union[Transfer, _Mapping]] = ..., switch_language: _Optional[_Union[SwitchLanguage, _Mapping]] = ..., collect_digits: _Optional[_Union[CollectDigits, _Mapping]] = ..., send_digits: _Optional[_Union[SendDigits, _Mapping]] = ..., play_sound: _Optional[_Union[PlaySound, _Mapping]] = ..., opt_out: _Optional[_Union[OptOut, _Mapping]] = ..., round: _Optional[int] = ...) -> None: ...

class EndCall(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class Transfer(_message.Message):
    __slots__ = ("destination", "reason")
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    destination: str
    reason: str
    def __init__(self, destination: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SwitchLanguage(_message.Message):
    __slots__ = ("language",)
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    language: str
    def __init__(self, language: _Optional[str] = ...) -> None: ...

class CollectDigits(_message.Message):
    __slots__ = ("max_digits", "finish_key", "timeout_ms")
    MAX_DIGITS_FIELD_NUMBER: _ClassVar[int]
    FINISH_KEY_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    max_digits: int
    finish_key: str
    timeout_ms: int
    def __init__(self, max_digits: _Optional[int] = ..., finish_key: _Optional[str] = ..., timeout_ms: _Optional[int] = ...) -> None: ...

class SendDigits(_message.Message):
    __slots__ = ("digits",)
    DIGITS_FIELD_NUMBER: _ClassVar[int]
    digits: str
    def __init__(self, digits: _Optional[str] = ...) -> None: ...

class PlaySound(_message.Message):
    __slots__ = ("sound",)
    SOUND_FIELD_NUMBER: _ClassVar[int]
    sound: str
    def __init__(self, sound: _Optional[str] = ...) -> None: ...

class OptOut(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
