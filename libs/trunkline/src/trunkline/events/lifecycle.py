"""What becomes of calls. Field meanings and units: proto/trunkline/v1/lifecycle.proto."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptOutRequested:
    """The person on the other side of the line does not want to be called any more."""

    tenant_id: str
    call_sid: str
    epoch: int
    number: str
    agent_id: str
    turn: int


Lifecycle = OptOutRequested
