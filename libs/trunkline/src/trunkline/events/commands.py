"""What the gateway that has a call is to act on. Fields: proto/trunkline/v1/commands.proto."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MachineAnswered:
    """Twilio has judged who or what has answered a call that was placed."""

    tenant_id: str
    call_sid: str
    answered_by: str


Command = MachineAnswered
