"""The acts of the demo: who calls whom, how many, what is to be seen, and what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

from trunkline_cli.demo.clinic_service import ClinicService
from twilio_emulator import CallLedger, Scenario, load_scenario

RECEPTIONIST = "receptionist"
EVENT_HOST = "event-host"


@dataclass(frozen=True, slots=True)
class Act:
    """One act: callers who follow a script, all at once."""

    title: str
    about: str
    shows: str
    """What is proved if it goes as expected."""
    script: Scenario
    agent: str = RECEPTIONIST
    callers: int = 1
    bookings: int = 0
    """How many lines the clinic's book must have gained."""
    asks: tuple[str, ...] = ()
    """What the clinic must have been asked."""
    clinic_seconds: float = 0.0
    """How long the clinic's answers take."""


def acts() -> list[Act]:
    """The acts in their order."""
    return [
        Act(
            "Three questions",
            "The answers stand only in the agent's documents (agents/receptionist/).",
            "It knows its documents.",
            _script("documents"),
        ),
        Act(
            "An interruption",
            "The caller cuts the agent off in mid-sentence; no stale word may follow.",
            "After an interruption not a word more, and the next question is answered.",
            _script("barge-in"),
        ),
        Act(
            "Two languages",
            "Asked in Portuguese, then asked for English: voice, words and documents change.",
            "A caller changes the language in mid-call.",
            _script("languages"),
            agent=EVENT_HOST,
        ),
        Act(
            "An appointment",
            "Two tools of a calendar that answers late; the caller is told so meanwhile.",
            "The clinic's book has one appointment, and the agent ended the call.",
            _script("booking"),
            bookings=1,
            asks=("/slots", "/appointments"),
            clinic_seconds=1.5,
        ),
        Act(
            "Keys",
            "The caller types a referral's number, finished with the hash key.",
            "What is typed reaches a tool as one number.",
            _script("keys"),
            asks=("/referrals/48215",),
        ),
        Act(
            "A person, please",
            "The front desk is busy: the agent has the call again, and knows what it was about.",
            "A call is passed on, taken back, and queued with its task's attributes.",
            _script("transfer"),
        ),
        Act(
            "Ten callers at once",
            "Each asks, interrupts and asks again; each call has a Kafka topic of its own.",
            "Ten conversations at once disturb none of them.",
            _script("ten-callers"),
            callers=10,
        ),
    ]


def problems(act: Act, ledgers: Sequence[CallLedger], clinic: ClinicService) -> list[str]:
    """What did not go as expected in this act."""
    ours = {ledger.call_sid for ledger in ledgers}
    booked = sum(booking.call in ours for booking in clinic.clinic.ledger)
    asked = {one.path for one in clinic.requests if one.call in ours}
    found = [f"{call.name}: {failure.text}" for call in ledgers for failure in call.failures]
    found += [f"{call.name}: {call.end_reason}" for call in ledgers if call.ended_by == "error"]
    found += [f"the clinic was not asked for {path}" for path in act.asks if path not in asked]
    if booked != act.bookings:
        found.append(f"the clinic's book gained {booked} appointments, not {act.bookings}")
    return found


def story_script() -> Scenario:
    """What the caller does whose call is told of at the end."""
    return _script("story")


def _script(name: str) -> Scenario:
    with as_file(files("trunkline_cli.demo") / "scripts" / f"{name}.yaml") as path:
        return load_scenario(path)
