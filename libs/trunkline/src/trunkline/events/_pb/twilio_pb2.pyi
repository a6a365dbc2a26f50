from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Callback(_message.Message):
    __slots__ = ("tenant_id", "attempt_id", "account_sid", "call_sid", "received_ms", "status_reported", "machine_judged", "outbound_answered")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_SID_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_MS_FIELD_NUMBER: _ClassVar[int]
    STATUS_REPORTED_FIELD_NUMBER: _ClassVar[int]
    MACHINE_JUDGED_FIELD_NUMBER: _ClassVar[int]
    OUTBOUND_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    attempt_id: str
    account_sid: str
    call_sid: str
    received_ms: int
    status_reported: StatusReported
    machine_judged: MachineJudged
    outbound_answered: OutboundAnswered
    def __init__(self, tenant_id: _Optional[str] = ..., attempt_id: _Optional[str] = ..., account_sid: _Optional[str] = ..., call_sid: _Optional[str] = ..., received_ms: _Optional[int] = ..., status_reported: _Optional[_Union[StatusReported, _Mapping]] = ..., machine_judged: _Optional[_Union[MachineJudged, _Mapping]] = ..., outbound_answered: _Optional[_Union[OutboundAnswered, _Mapping]] = ...) -> None: ...

class StatusReported(_message.Message):
    __slots__ = ("status", "sequence", "fields")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    status: str
    sequence: int
    fields: _containers.ScalarMap[str, str]
    def __init__(self, status: _Optional[str] = ..., sequence: _Optional[int] = ..., fields: _Optional[_Mapping[str, str]] = ...) -> None: ...

class MachineJudged(_message.Message):
    __slots__ = ("answered_by", "detection_ms", "fields")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ANSWERED_BY_FIELD_NUMBER: _ClassVar[int]
    DETECTION_MS_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    answered_by: str
    detection_ms: int
    fields: _containers.ScalarMap[str, str]
    def __init__(self, answered_by: _Optional[str] = ..., detection_ms: _Optional[int] = ..., fields: _Optional[_Mapping[str, str]] = ...) -> None: ...

class OutboundAnswered(_message.Message):
    __slots__ = ("connected", "answered_by")
    CONNECTED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_BY_FIELD_NUMBER: _ClassVar[int]
    connected: bool
    answered_by: str
    def __init__(self, connected: _Optional[bool] = ..., answered_by: _Optional[str] = ...) -> None: ...

class Capacity(_message.Message):
    __slots__ = ("gateway", "slots", "used", "kept_for_inbound", "draining", "at_ms")
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    KEPT_FOR_INBOUND_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    gateway: str
    slots: int
    used: int
    kept_for_inbound: int
    draining: bool
    at_ms: int
    def __init__(self, gateway: _Optional[str] = ..., slots: _Optional[int] = ..., used: _Optional[int] = ..., kept_for_inbound: _Optional[int] = ..., draining: _Optional[bool] = ..., at_ms: _Optional[int] = ...) -> None: ...
