from . import call_pb2 as _call_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_CALLER: _ClassVar[Role]
    ROLE_AGENT: _ClassVar[Role]
    ROLE_SUMMARY: _ClassVar[Role]
ROLE_UNSPECIFIED: Role
ROLE_CALLER: Role
ROLE_AGENT: Role
ROLE_SUMMARY: Role

class Prompt(_message.Message):
    __slots__ = ("turn_requested", "call_opened")
    TURN_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    CALL_OPENED_FIELD_NUMBER: _ClassVar[int]
    turn_requested: TurnRequested
    call_opened: CallOpened
    def __init__(self, turn_requested: _Optional[_Union[TurnRequested, _Mapping]] = ..., call_opened: _Optional[_Union[CallOpened, _Mapping]] = ...) -> None: ...

class TurnRequested(_message.Message):
    __slots__ = ("ref", "reply_topic", "deadline_ms", "agent_id", "agent_version", "language", "variables", "history", "spoken_prefix", "uses", "calls")
    class VariablesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REF_FIELD_NUMBER: _ClassVar[int]
    REPLY_TOPIC_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    VARIABLES_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    SPOKEN_PREFIX_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    ref: TurnRef
    reply_topic: str
    deadline_ms: int
    agent_id: str
    agent_version: str
    language: str
    variables: _containers.ScalarMap[str, str]
    history: _containers.RepeatedCompositeFieldContainer[Message]
    spoken_prefix: str
    uses: _containers.RepeatedCompositeFieldContainer[ToolUse]
    calls: _containers.RepeatedCompositeFieldContainer[ToolCall]
    def __init__(self, ref: _Optional[_Union[TurnRef, _Mapping]] = ..., reply_topic: _Optional[str] = ..., deadline_ms: _Optional[int] = ..., agent_id: _Optional[str] = ..., agent_version: _Optional[str] = ..., language: _Optional[str] = ..., variables: _Optional[_Mapping[str, str]] = ..., history: _Optional[_Iterable[_Union[Message, _Mapping]]] = ..., spoken_prefix: _Optional[str] = ..., uses: _Optional[_Iterable[_Union[ToolUse, _Mapping]]] = ..., calls: _Optional[_Iterable[_Union[ToolCall, _Mapping]]] = ...) -> None: ...

class TurnRef(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "attachment_id", "epoch", "turn", "attempt")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    attachment_id: str
    epoch: int
    turn: int
    attempt: int
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., attachment_id: _Optional[str] = ..., epoch: _Optional[int] = ..., turn: _Optional[int] = ..., attempt: _Optional[int] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("role", "text", "turn", "keys")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    role: Role
    text: str
    turn: int
    keys: str
    def __init__(self, role: _Optional[_Union[Role, str]] = ..., text: _Optional[str] = ..., turn: _Optional[int] = ..., keys: _Optional[str] = ...) -> None: ...

class ToolCall(_message.Message):
    __slots__ = ("tool", "arguments")
    TOOL_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    tool: str
    arguments: str
    def __init__(self, tool: _Optional[str] = ..., arguments: _Optional[str] = ...) -> None: ...

class ToolUse(_message.Message):
    __slots__ = ("use_id", "turn", "round", "tool", "arguments", "status", "result", "model", "extra")
    USE_ID_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    EXTRA_FIELD_NUMBER: _ClassVar[int]
    use_id: str
    turn: int
    round: int
    tool: str
    arguments: str
    status: _call_pb2.ToolStatus
    result: str
    model: str
    extra: str
    def __init__(self, use_id: _Optional[str] = ..., turn: _Optional[int] = ..., round: _Optional[int] = ..., tool: _Optional[str] = ..., arguments: _Optional[str] = ..., status: _Optional[_Union[_call_pb2.ToolStatus, str]] = ..., result: _Optional[str] = ..., model: _Optional[str] = ..., extra: _Optional[str] = ...) -> None: ...

class CallOpened(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "agent_id", "agent_version", "reply_topic")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    REPLY_TOPIC_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    agent_id: str
    agent_version: str
    reply_topic: str
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., agent_id: _Optional[str] = ..., agent_version: _Optional[str] = ..., reply_topic: _Optional[str] = ...) -> None: ...

class Interrupt(_message.Message):
    __slots__ = ("turn_cancelled",)
    TURN_CANCELLED_FIELD_NUMBER: _ClassVar[int]
    turn_cancelled: TurnCancelled
    def __init__(self, turn_cancelled: _Optional[_Union[TurnCancelled, _Mapping]] = ...) -> None: ...

class TurnCancelled(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "attachment_id", "turn", "through_attempt")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    THROUGH_ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    attachment_id: str
    turn: int
    through_attempt: int
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., attachment_id: _Optional[str] = ..., turn: _Optional[int] = ..., through_attempt: _Optional[int] = ...) -> None: ...

class TurnFinished(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "epoch", "agent_id", "agent_version", "turn", "language", "asked", "keys", "said", "heard", "interrupted", "attempts", "fillers", "apologised", "uses", "usage", "timings", "asked_ms", "first_words_ms", "finished_ms")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    SAID_FIELD_NUMBER: _ClassVar[int]
    HEARD_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    FILLERS_FIELD_NUMBER: _ClassVar[int]
    APOLOGISED_FIELD_NUMBER: _ClassVar[int]
    USES_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    ASKED_MS_FIELD_NUMBER: _ClassVar[int]
    FIRST_WORDS_MS_FIELD_NUMBER: _ClassVar[int]
    FINISHED_MS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    epoch: int
    agent_id: str
    agent_version: str
    turn: int
    language: str
    asked: str
    keys: str
    said: str
    heard: str
    interrupted: bool
    attempts: int
    fillers: int
    apologised: bool
    uses: _containers.RepeatedCompositeFieldContainer[ToolUse]
    usage: _call_pb2.Usage
    timings: _call_pb2.Timings
    asked_ms: int
    first_words_ms: int
    finished_ms: int
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., epoch: _Optional[int] = ..., agent_id: _Optional[str] = ..., agent_version: _Optional[str] = ..., turn: _Optional[int] = ..., language: _Optional[str] = ..., asked: _Optional[str] = ..., keys: _Optional[str] = ..., said: _Optional[str] = ..., heard: _Optional[str] = ..., interrupted: _Optional[bool] = ..., attempts: _Optional[int] = ..., fillers: _Optional[int] = ..., apologised: _Optional[bool] = ..., uses: _Optional[_Iterable[_Union[ToolUse, _Mapping]]] = ..., usage: _Optional[_Union[_call_pb2.Usage, _Mapping]] = ..., timings: _Optional[_Union[_call_pb2.Timings, _Mapping]] = ..., asked_ms: _Optional[int] = ..., first_words_ms: _Optional[int] = ..., finished_ms: _Optional[int] = ...) -> None: ...
