"""Whose call it is, and which records of its log count."""

from itertools import count

from builders import ATTACHMENT, GREETING, Run, attached, record

from gateway.calllog import MAX_WRITERS, Ownership, Replay, Verdict, replay
from trunkline.events.call import (
    NO_EPOCH,
    Attached,
    CallerSpoke,
    CallRecord,
    GatewayEvent,
    KeysPressed,
    Spoken,
)
from trunkline.events.turn import TurnRef

OTHER = "attachment-2"


def by(attachment_id: str, n: int, event: GatewayEvent) -> CallRecord:
    return record(event, n, writer=attachment_id, attachment_id=attachment_id)


def run_for(attachment_id: str, name: str = "run-1") -> Run:
    return Run(TurnRef("acme", "CA1", attachment_id, 0, 1, 0), name)


def verdicts(records: list[CallRecord], attachment_id: str = ATTACHMENT) -> list[Verdict]:
    ownership = Ownership(attachment_id)
    return [ownership.judge(offset, one) for offset, one in enumerate(records)]


def test_the_epoch_is_the_offset_of_our_first_attached_as_read_back() -> None:
    ownership = Ownership(ATTACHMENT)
    mine = by(ATTACHMENT, 1, attached())

    first, again = ownership.judge(4, mine), ownership.judge(5, mine)

    assert (first, again) == (Verdict.OURS, Verdict.IGNORED)
    assert ownership.epoch == 4


def test_a_newer_attachment_takes_the_call_over() -> None:
    assert verdicts([by(ATTACHMENT, 1, attached()), by(OTHER, 1, attached(""))]) == [
        Verdict.OURS,
        Verdict.TAKEN_OVER,
    ]


def test_a_newer_attachment_of_the_same_gateway_takes_the_call_over_too() -> None:
    mine = attached()
    assert isinstance(mine, Attached)

    assert verdicts([by(ATTACHMENT, 1, mine), by("attachment-1b", 1, mine)])[-1] is (
        Verdict.TAKEN_OVER
    )


def test_what_was_attached_before_us_only_happened() -> None:
    ownership = Ownership(OTHER)

    assert ownership.judge(0, by(ATTACHMENT, 1, attached())) is Verdict.APPLIES
    assert ownership.epoch == NO_EPOCH
    assert ownership.judge(1, by(OTHER, 1, attached(""))) is Verdict.OURS


def test_a_lost_attachments_records_and_the_answers_to_it_are_ignored() -> None:
    records = [
        by(ATTACHMENT, 1, attached()),
        by(OTHER, 1, attached("")),
        by(ATTACHMENT, 2, CallerSpoke(1, "When?")),
        run_for(ATTACHMENT).started(),
        run_for(OTHER, "run-2").started(),
        by(OTHER, 2, CallerSpoke(1, "Where?")),
    ]

    assert verdicts(records, OTHER) == [
        Verdict.APPLIES,
        Verdict.OURS,
        Verdict.IGNORED,
        Verdict.IGNORED,
        Verdict.APPLIES,
        Verdict.OURS,
    ]


def test_records_before_any_attachment_are_ignored() -> None:
    assert verdicts([run_for(ATTACHMENT).started()]) == [Verdict.IGNORED]


def test_a_retried_write_counts_once_whoever_wrote_it() -> None:
    run = run_for(ATTACHMENT)
    records = [by(ATTACHMENT, 1, attached()), run.started(), run.chunk("At nine.")]

    doubled = verdicts([one for one in records for _ in range(2)])

    assert doubled[::2] == [Verdict.OURS, Verdict.APPLIES, Verdict.APPLIES]
    assert set(doubled[1::2]) == {Verdict.IGNORED}


def test_writers_are_forgotten_when_there_are_too_many_but_not_those_that_still_write() -> None:
    ownership = Ownership(ATTACHMENT)
    offsets = count()
    ownership.judge(next(offsets), by(ATTACHMENT, 1, attached()))
    for number in range(2, 3 * MAX_WRITERS):
        ownership.judge(next(offsets), run_for(ATTACHMENT, f"run-{number}").started())
        ownership.judge(next(offsets), by(ATTACHMENT, number, KeysPressed(0, "1")))

    assert ownership.judge(next(offsets), by(ATTACHMENT, 5, KeysPressed(0, "1"))) is Verdict.IGNORED


def test_replay_stops_at_our_own_attached() -> None:
    records = [
        by(ATTACHMENT, 1, attached()),
        by(ATTACHMENT, 2, CallerSpoke(1, "When?")),
        by(OTHER, 1, attached("")),
        by(OTHER, 2, CallerSpoke(2, "Where?")),
    ]

    assert [turn.asked for turn in replay(enumerate(records), OTHER).turns] == ["", "When?"]


def test_replay_ends_where_the_log_does_even_without_us() -> None:
    taking_over = Replay(Ownership(OTHER))

    assert not taking_over.read(0, by(ATTACHMENT, 1, attached()))
    assert replay([(0, by(ATTACHMENT, 1, attached()))], OTHER).turn.text == GREETING


def test_replay_believes_what_was_spoken_and_not_what_was_written() -> None:
    run = run_for(ATTACHMENT)
    records = [
        by(ATTACHMENT, 1, attached()),
        by(ATTACHMENT, 2, CallerSpoke(1, "When?")),
        run.started(),
        run.chunk("We open at nine. "),
        run.chunk("We close at five."),
        by(ATTACHMENT, 3, Spoken(1, 16)),
        by(OTHER, 1, attached("")),
    ]

    assert replay(enumerate(records), OTHER).turn.heard == "We open at nine."


def test_what_a_lost_attachment_writes_late_changes_no_story() -> None:
    run = run_for(ATTACHMENT)
    before = [
        by(ATTACHMENT, 1, attached()),
        by(ATTACHMENT, 2, CallerSpoke(1, "When?")),
        run.chunk("At nine."),
        by(OTHER, 1, attached("")),
    ]
    late = [run.chunk(" Or ten."), by(ATTACHMENT, 3, Spoken(1, 8)), run.finished()]
    third = by("attachment-3", 1, attached(""))

    assert replay(enumerate([*before, *late, third]), "attachment-3") == replay(
        enumerate([*before, third]), "attachment-3"
    )


def test_what_a_tool_did_is_true_whoever_has_the_call_by_now() -> None:
    run = run_for(ATTACHMENT)
    log = [by(ATTACHMENT, 1, attached()), by(OTHER, 1, attached())]

    found = verdicts([*log, run.intends("book"), run.returned("booked"), run.heartbeat()], OTHER)

    assert found[2:] == [Verdict.APPLIES, Verdict.APPLIES, Verdict.IGNORED]
