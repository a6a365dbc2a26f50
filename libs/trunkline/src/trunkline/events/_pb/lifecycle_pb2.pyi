from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Lifecycle(_message.Message):
    __slots__ = ("opt_out_requested", "call_started", "call_resumed", "call_ended")
    OPT_OUT_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    CALL_STARTED_FIELD_NUMBER: _ClassVar[int]
    CALL_RESUMED_FIELD_NUMBER: _ClassVar[int]
    CALL_ENDED_FIELD_NUMBER: _ClassVar[int]
    opt_out_requested: OptOutRequested
    call_started: CallStarted
    call_resumed: CallResumed
    call_ended: CallEnded
    def __init__(self, opt_out_requested: _Optional[_Union[OptOutRequested, _Mapping]] = ..., call_started: _Optional[_Union[CallStarted, _Mapping]] = ..., call_resumed: _Optional[_Union[CallResumed, _Mapping]] = ..., call_ended: _Optional[_Union[CallEnded, _Mapping]] = ...) -> None: ...

class OptOutRequested(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "epoch", "number", "agent_id", "turn", "attempt_id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    epoch: int
    number: str
    agent_id: str
    turn: int
    attempt_id: str
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., epoch: _Optional[int] = ..., number: _Optional[str] = ..., agent_id: _Optional[str] = ..., turn: _Optional[int] = ..., attempt_id: _Optional[str] = ...) -> None: ...

class CallStarted(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "epoch", "attempt_id", "session_id", "agent_id", "agent_version", "direction", "to", "at_ms")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    epoch: int
    attempt_id: str
    session_id: str
    agent_id: str
    agent_version: str
    direction: str
    to: str
    at_ms: int
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., epoch: _Optional[int] = ..., attempt_id: _Optional[str] = ..., session_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., agent_version: _Optional[str] = ..., direction: _Optional[str] = ..., to: _Optional[str] = ..., at_ms: _Optional[int] = ..., **kwargs) -> None: ...

class CallResumed(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "epoch", "attempt_id", "session_id", "at_ms")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    epoch: int
    attempt_id: str
    session_id: str
    at_ms: int
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., epoch: _Optional[int] = ..., attempt_id: _Optional[str] = ..., session_id: _Optional[str] = ..., at_ms: _Optional[int] = ...) -> None: ...

class CallEnded(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "epoch", "attempt_id", "reason", "transferred_to", "turns", "duration_ms", "at_ms")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TRANSFERRED_TO_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    epoch: int
    attempt_id: str
    reason: str
    transferred_to: str
    turns: int
    duration_ms: int
    at_ms: int
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., epoch: _Optional[int] = ..., attempt_id: _Optional[str] = ..., reason: _Optional[str] = ..., transferred_to: _Optional[str] = ..., turns: _Optional[int] = ..., duration_ms: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...
