from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Lifecycle(_message.Message):
    __slots__ = ("opt_out_requested",)
    OPT_OUT_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    opt_out_requested: OptOutRequested
    def __init__(self, opt_out_requested: _Optional[_Union[OptOutRequested, _Mapping]] = ...) -> None: ...

class OptOutRequested(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "epoch", "number", "agent_id", "turn")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    epoch: int
    number: str
    agent_id: str
    turn: int
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., epoch: _Optional[int] = ..., number: _Optional[str] = ..., agent_id: _Optional[str] = ..., turn: _Optional[int] = ...) -> None: ...
