from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NotificationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_KIND_UNSPECIFIED: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_TWILIO_V2: _ClassVar[NotificationKind]
    NOTIFICATION_KIND_TWILIO_V3: _ClassVar[NotificationKind]
NOTIFICATION_KIND_UNSPECIFIED: NotificationKind
NOTIFICATION_KIND_TWILIO_V2: NotificationKind
NOTIFICATION_KIND_TWILIO_V3: NotificationKind

class Notification(_message.Message):
    __slots__ = ("kind", "subject_id", "account_sid", "service_id", "received_ms", "content_type", "body", "body_unsigned")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_SID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_MS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    BODY_UNSIGNED_FIELD_NUMBER: _ClassVar[int]
    kind: NotificationKind
    subject_id: str
    account_sid: str
    service_id: str
    received_ms: int
    content_type: str
    body: bytes
    body_unsigned: bool
    def __init__(self, kind: _Optional[_Union[NotificationKind, str]] = ..., subject_id: _Optional[str] = ..., account_sid: _Optional[str] = ..., service_id: _Optional[str] = ..., received_ms: _Optional[int] = ..., content_type: _Optional[str] = ..., body: _Optional[bytes] = ..., body_unsigned: _Optional[bool] = ...) -> None: ...
