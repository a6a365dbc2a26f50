from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DialEvent(_message.Message):
    __slots__ = ("event_id", "tenant_id", "campaign_id", "campaign_version", "at_ms", "attempt_finished", "contact_finished", "campaign_changed", "contact_opted_out")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_VERSION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FINISHED_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FINISHED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CONTACT_OPTED_OUT_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    tenant_id: str
    campaign_id: str
    campaign_version: int
    at_ms: int
    attempt_finished: AttemptFinished
    contact_finished: ContactFinished
    campaign_changed: CampaignChanged
    contact_opted_out: ContactOptedOut
    def __init__(self, event_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., campaign_version: _Optional[int] = ..., at_ms: _Optional[int] = ..., attempt_finished: _Optional[_Union[AttemptFinished, _Mapping]] = ..., contact_finished: _Optional[_Union[ContactFinished, _Mapping]] = ..., campaign_changed: _Optional[_Union[CampaignChanged, _Mapping]] = ..., contact_opted_out: _Optional[_Union[ContactOptedOut, _Mapping]] = ...) -> None: ...

class AttemptFinished(_message.Message):
    __slots__ = ("attempt_id", "contact_id", "attempt_no", "outcome", "reason", "counted", "call_sid")
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_NO_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    CALL_SID_FIELD_NUMBER: _ClassVar[int]
    attempt_id: str
    contact_id: str
    attempt_no: int
    outcome: str
    reason: str
    counted: bool
    call_sid: str
    def __init__(self, attempt_id: _Optional[str] = ..., contact_id: _Optional[str] = ..., attempt_no: _Optional[int] = ..., outcome: _Optional[str] = ..., reason: _Optional[str] = ..., counted: _Optional[bool] = ..., call_sid: _Optional[str] = ...) -> None: ...

class ContactFinished(_message.Message):
    __slots__ = ("contact_id", "disposition", "detail", "attempts_used")
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    DISPOSITION_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_USED_FIELD_NUMBER: _ClassVar[int]
    contact_id: str
    disposition: str
    detail: str
    attempts_used: int
    def __init__(self, contact_id: _Optional[str] = ..., disposition: _Optional[str] = ..., detail: _Optional[str] = ..., attempts_used: _Optional[int] = ...) -> None: ...

class CampaignChanged(_message.Message):
    __slots__ = ("state", "reason")
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    state: str
    reason: str
    def __init__(self, state: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ContactOptedOut(_message.Message):
    __slots__ = ("attempt_id", "contact_id")
    ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    attempt_id: str
    contact_id: str
    def __init__(self, attempt_id: _Optional[str] = ..., contact_id: _Optional[str] = ...) -> None: ...

class PersonCalled(_message.Message):
    __slots__ = ("person", "ticket", "until_ms", "placed_ms")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    PLACED_MS_FIELD_NUMBER: _ClassVar[int]
    person: str
    ticket: str
    until_ms: int
    placed_ms: int
    def __init__(self, person: _Optional[str] = ..., ticket: _Optional[str] = ..., until_ms: _Optional[int] = ..., placed_ms: _Optional[int] = ...) -> None: ...
