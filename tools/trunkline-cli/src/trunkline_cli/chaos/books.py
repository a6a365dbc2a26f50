"""Promises about what the dialer has in its books: I3, I6, I7, I9 and I10: pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from trunkline_cli.chaos.evidence import LIVE, NO_CALL, OVER, Evidence

SPOKEN_TO = frozenset({"human", "machine"})
UNANSWERED = frozenset({"busy", "no_answer", "invalid_number", "blocked", "rejected_by_carrier"})


def everybody_done(evidence: Evidence) -> Iterator[str]:
    """I3."""
    for contact, why in without_end(evidence):
        yield f"contact {contact}: {why}"
    accepted = set(evidence.accepted)
    for contact_id, count in Counter(contact.id for contact in evidence.contacts).items():
        if count > 1:
            yield f"contact {contact_id}: is there {count} times"
        if contact_id not in accepted:
            yield f"contact {contact_id}: nobody gave it to the dialer"
    yield from _untrue(evidence)
    yield from _denied(evidence)


def without_end(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Contacts that were accepted and have come to no end, and what they are instead."""
    contacts = {contact.id: contact for contact in evidence.contacts}
    for each in evidence.accepted:
        contact = contacts.get(each)
        if contact is None:
            yield each, "is gone"
        elif contact.state not in OVER:
            yield each, f"is still {contact.state}"
        elif contact.disposition is None:
            yield each, f"is {contact.state}, and nobody says why"


def nothing_held(evidence: Evidence) -> Iterator[str]:
    """I6."""
    for attempt in evidence.attempts:
        if attempt.state in LIVE:
            yield f"attempt {attempt.id}: is still {attempt.state}"
        elif attempt.holds_number:
            yield f"attempt {attempt.id}: is {attempt.state} and still holds its number"
    for gateway, used in evidence.slots_used.items():
        if used:
            yield f"{gateway}: {used} slots are still taken"


def all_told(evidence: Evidence) -> Iterator[str]:
    """I7."""
    told: defaultdict[str, set[str]] = defaultdict(set)
    for event in evidence.finished:
        told[event.attempt_id].add(event.event_id)
    for attempt in evidence.attempts:
        ids = told.pop(attempt.id, set())
        if attempt.settled and len(ids) != 1:
            yield f"attempt {attempt.id}: its end was told under {len(ids)} event ids"
        if not attempt.settled and ids:
            yield f"attempt {attempt.id}: its end was told, and it has none"
    if not evidence.forgetful:
        yield from (
            f"attempt {stranger}: its end was told, and nobody knows it" for stranger in told
        )


def affordable(evidence: Evidence) -> Iterator[str]:
    """I9."""
    for cost in evidence.costs:
        if cost.spent > cost.cap + cost.reserve:
            beyond = cost.spent - cost.cap - cost.reserve
            yield f"campaign {cost.campaign_id}: {beyond} millionths too much"


def no_alarm(evidence: Evidence) -> Iterator[str]:
    """I10."""
    if evidence.alarms:
        yield f"the alarm rang {evidence.alarms} times"
    for attempt in evidence.attempts:
        if attempt.second_sid:
            yield f"attempt {attempt.id}: {attempt.second_sid} is its second call"


def _untrue(evidence: Evidence) -> Iterator[str]:
    """Contacts whose end tells what the telephone knows to be false."""
    contact_of = evidence.contact_of()
    answered: defaultdict[str, bool] = defaultdict(bool)
    for call in evidence.calls:
        contact = contact_of.get(call.attempt_id, "")
        answered[contact] = answered[contact] or call.answered_at is not None
    for each in evidence.contacts:
        if each.disposition in SPOKEN_TO and not answered[each.id] and not evidence.forgetful:
            yield f"contact {each.id}: is {each.disposition}, and never answered"
        if each.disposition in UNANSWERED and answered[each.id]:
            yield f"contact {each.id}: is {each.disposition}, and answered"


def _denied(evidence: Evidence) -> Iterator[str]:
    """Calls whose attempt says that there was none."""
    called = {call.attempt_id: call.sid for call in evidence.calls}
    for attempt in evidence.attempts:
        if attempt.state in NO_CALL and attempt.id in called:
            yield f"attempt {attempt.id}: is {attempt.state}, and {called[attempt.id]} was placed"
