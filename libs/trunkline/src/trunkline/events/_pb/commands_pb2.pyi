from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Command(_message.Message):
    __slots__ = ("machine_answered",)
    MACHINE_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    machine_answered: MachineAnswered
    def __init__(self, machine_answered: _Optional[_Union[MachineAnswered, _Mapping]] = ...) -> None: ...

class MachineAnswered(_message.Message):
    __slots__ = ("tenant_id", "call_sid", "answered_by")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_BY_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    call_sid: str
    answered_by: str
    def __init__(self, tenant_id: _Optional[str] = ..., call_sid: _Optional[str] = ..., answered_by: _Optional[str] = ...) -> None: ...
