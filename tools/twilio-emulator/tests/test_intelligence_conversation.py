"""What Intelligence hears of a session: who said what, when, and what nobody heard."""

from __future__ import annotations

from twilio_emulator.events import AgentSpoke, CallerSpoke, CallPlaced, SessionClosed, SessionOpened
from twilio_emulator.ledger import CallLedger
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.rest.intelligence.conversation import Conversation, conversation_of

RELAY = ConversationRelay("wss://a.example/relay", {"intelligenceService": "clinic"})


def ledger(*events: object) -> CallLedger:
    made = CallLedger()
    made.add(CallPlaced(90.0, "CA1", "+15005550006", "+15005550001"))
    for event in events:
        made.add(event)  # type: ignore[arg-type]  # all are events
    return made


def agent(began: float | None, ended: float, text: str, heard: str | None = None) -> AgentSpoke:
    said = text if heard is None else heard
    return AgentSpoke(ended, 0, text, said, began, "finished", "text", ("en-US",))


def opened(at: float, session: str = "VX1") -> SessionOpened:
    return SessionOpened(at, session, "wss://a.example/relay", "")


def closed(at: float, seconds: float, session: str = "VX1") -> SessionClosed:
    return SessionClosed(at, session, "completed", seconds)


def heard(*events: object, pace: float = 1.0) -> Conversation | None:
    return conversation_of(
        ledger(*events), RELAY, account_sid="AC1", inbound=True, pace=pace, epoch=1000.0
    )


def spoken(conversation: Conversation | None) -> list[tuple[int, float, float, str]]:
    assert conversation is not None
    return [(each.channel, each.start, each.end, each.text) for each in conversation.sentences]


def test_utterances_become_sentences_that_share_their_time() -> None:
    made = heard(opened(100), agent(100, 104, "I see. I did."), closed(110, 10))

    assert spoken(made) == [(1, 0.0, 2.0, "I see."), (1, 2.0, 4.0, "I did.")]
    assert made is not None
    assert (made.started_at, made.seconds, made.customer) == (1100.0, 10.0, "+15005550006")


def test_the_callers_words_end_when_the_server_gets_them() -> None:
    words = "x" * 30
    made = heard(opened(100), CallerSpoke(106, 1, words, "en-US"), closed(110, 10))

    assert spoken(made) == [(2, 4.0, 6.0, words)]


def test_no_utterance_begins_before_the_one_that_was_over_first() -> None:
    caller = CallerSpoke(105, 1, "x" * 300, "en-US")
    made = heard(opened(100), agent(104, 105, "Yes?"), caller, closed(110, 10))

    assert [(start, end) for _, start, end, _ in spoken(made)] == [(4.0, 5.0), (4.0, 5.0)]


def test_only_what_was_heard_of_the_agent_was_said() -> None:
    made = heard(
        opened(100),
        agent(101, 103, "Let me tell you a story.", "Let me tell"),
        agent(None, 103, "Once upon a time"),
        agent(103, 103, "And so on.", ""),
        closed(110, 10),
    )

    assert [text for *_, text in spoken(made)] == ["Let me tell"]


def test_each_session_of_a_call_has_its_own_words() -> None:
    made = heard(
        opened(100),
        agent(100, 102, "First."),
        closed(103, 3),
        opened(104, "VX2"),
        agent(104, 106, "Second."),
        closed(107, 3, "VX2"),
    )

    assert made is not None
    assert made.session_id == "VX2"
    assert spoken(made) == [(1, 0.0, 2.0, "Second.")]


def test_a_session_that_never_opened_was_not_heard() -> None:
    assert heard(closed(103, 3)) is None
    assert heard(opened(100), closed(103, 3), closed(110, 2, "VX2")) is None


def test_what_went_by_faster_takes_as_long_as_on_a_telephone() -> None:
    made = heard(opened(100), agent(100, 100.5, "Yes."), closed(101, 1), pace=10.0)

    assert made is not None
    assert made.seconds == 10.0
    assert spoken(made) == [(1, 0.0, 5.0, "Yes.")]
