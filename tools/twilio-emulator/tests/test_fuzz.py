"""Whatever a server sends and a caller does: no surprise, and no time that runs backwards."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from twilio_emulator import protocol, twiml
from twilio_emulator.events import Event
from twilio_emulator.ledger import CallLedger
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.session import Close, RelaySession

SETUP = protocol.Setup("VX1", "AC1", "CA1", "+1", "+2", "RINGING", "inbound", {})

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1", "true", "any", "none", "multi", "en-GB", "\ud800", "9w#", "text"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
texts = ["token", "lang", "source", "digits", "ttsLanguage", "transcriptionLanguage", "handoffData"]
names = st.sampled_from([*texts, "last", "interruptible", "preemptible", "loop", "new"])
types = st.sampled_from(["text", "play", "sendDigits", "language", "end", "prompt", "", "config"])
fields = st.dictionaries(names, odd, max_size=4)
objects = st.builds(lambda kind, more: json.dumps({"type": kind, **more}), types, fields)
sensible = st.one_of(
    st.builds(
        lambda token, last, preemptible: json.dumps(
            {"type": "text", "token": token, "last": last, "preemptible": preemptible}
        ),
        st.text(max_size=12),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(
        lambda loop, mode: json.dumps(
            {"type": "play", "source": "tune", "loop": loop, "interruptible": mode}
        ),
        st.integers(0, 3),
        st.sampled_from(["any", "none", "speech", "dtmf", True, False]),
    ),
    st.just('{"type":"sendDigits","digits":"1w2#"}'),
    st.just('{"type":"language","ttsLanguage":"es-MX","transcriptionLanguage":"multi"}'),
)
deep = st.builds(
    lambda head, depth: head + "[" * depth,
    st.sampled_from(["", '{"type":"text","token":"a","new":', '{"type":']),
    st.sampled_from([500, 5_000, 100_000]),
)
frames = st.one_of(objects, sensible, deep, st.text(max_size=20), st.binary(max_size=20))
deeds = st.one_of(
    st.tuples(st.just("receive"), frames),
    st.tuples(st.sampled_from(["say", "murmur", "press", "cut_in", "audible", "advance"]), frames),
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "welcomeGreeting": st.just("Hello there, caller."),
        "interruptible": st.sampled_from(["any", "none", "speech", "dtmf"]),
        "reportInputDuringAgentSpeech": st.sampled_from(["any", "none"]),
        "dtmfDetection": st.sampled_from(["true", "false"]),
        "partialPrompts": st.just("true"),
        "preemptible": st.just("true"),
        "events": st.just("speaker-events tokens-played"),
        "language": st.sampled_from(["en-US", "multi"]),
    },
)


@given(frames)
def test_a_frame_is_read_or_malformed_and_nothing_else(frame: str | bytes) -> None:
    try:
        message = protocol.decode(frame)
    except protocol.Malformed:
        return
    assert isinstance(message, protocol.FromServer)


@given(st.one_of(st.text(), st.text("<>/&\"'= ResponseDialSayTask{}:", max_size=60)))
def test_an_answer_is_twiml_or_refused_and_nothing_else(body: str) -> None:
    for text in (body, f"<Response>{body}</Response>"):
        with suppress(twiml.TwimlRejected):
            assert isinstance(twiml.parse(text), twiml.Document)


@given(attributes, st.lists(st.tuples(deeds, st.floats(0, 3)), max_size=25), st.floats(0, 0.4))
def test_a_session_lives_through_anything_and_its_times_never_go_backwards(
    relay: dict[str, str], played: list[tuple[tuple[str, str | bytes], float]], latency: float
) -> None:
    ledger, events, now = CallLedger(), list[Event](), 0.0

    def note(event: Event) -> None:
        events.append(event)
        ledger.add(event)

    session = RelaySession(
        "VX1", ConversationRelay("wss://a/b", relay), ledger, note, 15.0, latency
    )
    sent = session.open(SETUP, now)
    for (deed, frame), pause in played:
        now += pause
        out = do(session, deed, frame, now)
        sent += out
        due = session.speaker.next_change()
        assert due is None or due >= now
        if any(isinstance(item, Close) for item in out):
            break
    session.hang_up(now)

    times = [event.at for event in events]
    assert times == sorted(times)
    assert all(protocol.encode(item) for item in sent if not isinstance(item, Close))
    assert all(spoken.text.startswith(spoken.heard) for spoken in ledger.spoken)
    assert not session.speaker.audible


def do(
    session: RelaySession, deed: str, frame: str | bytes, now: float
) -> list[protocol.ToServer | Close]:
    match deed:
        case "say":
            return session.say("Well?", now, clear=bool(session.cut_in(now)))
        case "murmur":
            return session.murmur("We", now)
        case "press":
            return session.press("5", now)
        case "cut_in":
            return session.cut_in(now)
        case "audible":
            return session.caller_audible(True, now)
        case "advance":
            return session.advance(now)
        case _:
            return session.receive(frame, now)
