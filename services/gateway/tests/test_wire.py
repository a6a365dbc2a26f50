"""Twilio's frames as events, and ours as Twilio reads them."""

import json
from contextlib import nullcontext, suppress

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gateway.effects import (
    AgentSpeaking,
    CallerSpeaking,
    Interrupted,
    KeyPressed,
    Prompted,
    SendEnd,
    SendLanguage,
    SendText,
    StartSound,
    TokensPlayed,
)
from gateway.wire import (
    Complaint,
    Frame,
    RoundTrip,
    Setup,
    Unknown,
    frame_of,
    parse_frame,
    text_frame,
)
from trunkline.errors import Invalid

SETUP = {
    "type": "setup",
    "sessionId": "VX1",
    "accountSid": "AC1",
    "parentCallSid": "",
    "callSid": "CA1",
    "from": "+15005550006",
    "to": "+15005550001",
    "forwardedFrom": "",
    "callType": "PSTN",
    "callerName": "",
    "direction": "inbound",
    "callStatus": "RINGING",
    "customParameters": {"ticket": "abc"},
}
INTERRUPT = {"type": "interrupt", "utteranceUntilInterrupt": "Life is a"}


def parsed(frame: object) -> Frame:
    return parse_frame(json.dumps(frame))


def test_setup_names_the_call_and_carries_our_parameters() -> None:
    assert parsed(SETUP) == Setup(
        "CA1", "VX1", "+15005550006", "+15005550001", "inbound", {"ticket": "abc"}
    )


def test_every_field_of_setup_but_the_call_may_be_null_or_missing() -> None:
    nulls = {name: None for name in SETUP if name not in ("type", "callSid")}

    assert parsed(SETUP | nulls) == Setup("CA1")
    assert parsed({"type": "setup", "callSid": "CA1"}) == Setup("CA1")
    assert parsed(SETUP | {"customParameters": {"ticket": None}}) == Setup(
        "CA1", "VX1", "+15005550006", "+15005550001", "inbound", {"ticket": ""}
    )


def test_a_parameter_may_be_a_number_or_a_truth_value() -> None:
    parameters = {"ticket": "abc", "tries": 2, "share": 0.5, "vip": True, "none": None}

    setup = parsed(SETUP | {"customParameters": parameters})

    assert isinstance(setup, Setup)
    assert setup.parameters == {
        "ticket": "abc",
        "tries": "2",
        "share": "0.5",
        "vip": "true",
        "none": "",
    }


def test_a_parameter_that_is_more_than_a_value_is_kept_as_json() -> None:
    parameters = {"ticket": "abc", "crm": {"id": 1}, "tags": ["a", None]}

    setup = parsed(SETUP | {"customParameters": parameters})

    assert isinstance(setup, Setup)
    assert setup.parameters == {"ticket": "abc", "crm": '{"id":1}', "tags": '["a",null]'}


@pytest.mark.parametrize("parameters", [[], ["ticket"], "ticket", 7, True])
def test_parameters_without_names_are_none(parameters: object) -> None:
    assert parsed(SETUP | {"customParameters": parameters}) == parsed(
        SETUP | {"customParameters": {}}
    )


def test_a_setup_tells_what_it_can_where_its_fields_are_of_another_shape() -> None:
    foreign = {name: {"a": [1]} for name in ("sessionId", "from", "to", "direction")}

    assert parsed(SETUP | foreign) == Setup("CA1", parameters={"ticket": "abc"})


@pytest.mark.parametrize("call_sid", [None, ""])
def test_a_setup_without_a_call_is_invalid(call_sid: str | None) -> None:
    with pytest.raises(Invalid):
        parsed(SETUP | {"callSid": call_sid})


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        (
            {"type": "prompt", "voicePrompt": "Hi.", "lang": "en-US", "last": True},
            Prompted("Hi.", "en-US"),
        ),
        ({"type": "prompt", "voicePrompt": "Hi", "last": False}, Prompted("Hi", last=False)),
        ({"type": "prompt", "voicePrompt": "Hi."}, Prompted("Hi.")),
        ({"type": "prompt", "voicePrompt": "Hi.", "last": None}, Prompted("Hi.")),
        ({"type": "prompt", "voicePrompt": None, "lang": None}, Prompted("")),
        ({"type": "prompt"}, Prompted("")),
        ({"type": "dtmf", "digit": "1"}, KeyPressed("1")),
        ({"type": "dtmf", "digit": "#"}, KeyPressed("#")),
        (INTERRUPT, Interrupted("Life is a")),
        (INTERRUPT | {"durationUntilInterruptMs": 460}, Interrupted("Life is a")),
        (INTERRUPT | {"durationUntilInterruptMs": "460"}, Interrupted("Life is a")),
        (INTERRUPT | {"durationUntilInterruptMs": None}, Interrupted("Life is a")),
        ({"type": "interrupt", "utteranceUntilInterrupt": None}, Interrupted("")),
        ({"type": "interrupt"}, Interrupted("")),
        ({"type": "error", "description": "Invalid message."}, Complaint("Invalid message.")),
        ({"type": "error", "description": None}, Complaint("")),
        (
            {"type": "info", "name": "agentSpeaking", "value": "on", "ts": 1_760_000_000_000},
            AgentSpeaking(on=True),
        ),
        ({"type": "info", "name": "agentSpeaking", "value": "off"}, AgentSpeaking(on=False)),
        ({"type": "info", "name": "clientSpeaking", "value": "on"}, CallerSpeaking(on=True)),
        ({"type": "info", "name": "clientSpeaking", "value": "off"}, CallerSpeaking(on=False)),
        ({"type": "info", "name": "tokensPlayed", "value": "Hello "}, TokensPlayed("Hello ")),
        ({"type": "dtmf", "digit": 5}, KeyPressed("5")),
        ({"type": "dtmf", "digit": 0}, KeyPressed("0")),
        ({"type": "dtmf", "digit": 5.0}, KeyPressed("5")),
        ({"type": "prompt", "voicePrompt": "Hi", "last": "false"}, Prompted("Hi", last=False)),
        ({"type": "prompt", "voicePrompt": "Hi.", "last": "true"}, Prompted("Hi.")),
        ({"type": "prompt", "voicePrompt": 7, "lang": False}, Prompted("7", "false")),
        ({"type": "info", "name": "tokensPlayed", "value": 7}, TokensPlayed("7")),
        ({"type": "info", "name": "agentSpeaking", "value": True}, AgentSpeaking(on=True)),
        ({"type": "info", "name": "clientSpeaking", "value": "false"}, CallerSpeaking(on=False)),
        ({"type": "error", "description": 64107}, Complaint("64107")),
        ({"type": "error", "description": {"code": 64107}}, Complaint("")),
        ({"type": "prompt", "voicePrompt": "Hi.", "lang": {"a": 1}, "last": [1]}, Prompted("Hi.")),
        ({"type": "info", "name": "roundTripDelayMs", "value": "120"}, RoundTrip(0.12)),
        ({"type": "info", "name": "roundTripDelayMs", "value": 109.5}, RoundTrip(0.1095)),
    ],
    ids=str,
)
def test_a_frame_is_read_as(frame: dict[str, object], event: Frame) -> None:
    assert parsed(frame) == event
    assert parsed(frame | {"something": {"new": [1, None]}}) == event


@pytest.mark.parametrize(
    ("frame", "type_"),
    [
        ({"type": "configUpdated", "value": {"language": "en-US"}}, "configUpdated"),
        ({"type": "new", "last": "yes", "to": [1], "lang": 5, "name": {}}, "new"),
        ({"type": ""}, ""),
        ({"type": "dtmf", "digit": None}, "dtmf"),
        ({"type": "dtmf", "digit": ""}, "dtmf"),
        ({"type": "dtmf"}, "dtmf"),
        ({"type": "info"}, "info None"),
        ({"type": "info", "name": "roundTripDelayMs", "value": "soon"}, "info roundTripDelayMs"),
        ({"type": "info", "name": "roundTripDelayMs", "value": -1}, "info roundTripDelayMs"),
        ({"type": "info", "name": "roundTripDelayMs", "value": "inf"}, "info roundTripDelayMs"),
        ({"type": "info", "name": {"a": 1}, "value": "on"}, "info {'a': 1}"),
        ({"type": "info", "name": "new", "value": {"a": [1.5]}}, "info new"),
        ({"type": "info", "name": "agentSpeaking", "value": "maybe"}, "info agentSpeaking"),
        ({"type": "info", "name": "agentSpeaking", "value": None}, "info agentSpeaking"),
        ({"type": "info", "name": "tokensPlayed", "value": ["We"]}, "info tokensPlayed"),
        ({"type": "info", "name": 7, "value": "on"}, "info 7"),
    ],
    ids=str,
)
def test_what_is_not_known_is_let_pass(frame: dict[str, object], type_: str) -> None:
    assert parsed(frame) == Unknown(type_)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "hello",
        "[]",
        "null",
        "{}",
        '{"type": null}',
        '{"type": 1}',
        '{"type": "prompt", "voicePrompt": [1]}',
        '{"type": "prompt"',
        '{"type": "prompt", "voicePrompt": "\\ud800"}',
        '{"type": "\ud800"}',
        b'{"type": "\xff"}',
        '{"type": "new", "deep": ' + "[" * 100_000,
    ],
    ids=lambda data: repr(data[:40]),
)
def test_what_is_no_frame_is_invalid(data: str | bytes) -> None:
    with pytest.raises(Invalid):
        parse_frame(data)


def test_what_is_no_frame_is_not_quoted() -> None:
    with pytest.raises(Invalid) as raised:
        parse_frame('{"type": "prompt", "voicePrompt": ["my secret"]}')

    assert "secret" not in f"{raised.value}{raised.value.__cause__}"
    assert raised.value.__suppress_context__


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(["voicePrompt", "lang", "last", "digit", "name", "value", "from", *SETUP])
frames = st.dictionaries(fields, json_values, max_size=6)
types = st.sampled_from(["setup", "prompt", "interrupt", "dtmf", "error", "info", "new"])


@given(data=st.binary() | st.text() | frames.map(json.dumps))
def test_whatever_comes_is_a_frame_or_invalid(data: str | bytes) -> None:
    with suppress(Invalid):
        parse_frame(data)


@given(frame=frames, type_=types)
def test_whatever_the_fields_of_a_known_type_are_it_is_a_frame_or_invalid(
    frame: dict[str, object], type_: str
) -> None:
    try:
        parsed(frame | {"type": type_})
    except Invalid:
        assert type_ != "new"


OWN_FIELDS = {
    "prompt": {"voicePrompt"},
    "interrupt": {"utteranceUntilInterrupt"},
    "dtmf": {"digit"},
    "error": set[str](),
    "info": set[str](),
}


@given(frame=frames, type_=st.sampled_from(sorted(OWN_FIELDS)))
def test_only_the_field_that_a_frame_is_there_for_can_make_it_invalid(
    frame: dict[str, object], type_: str
) -> None:
    others = {name: value for name, value in frame.items() if name not in OWN_FIELDS[type_]}

    parsed(others | {"type": type_})


@given(frame=frames)
def test_a_setup_that_names_its_call_is_one_whatever_else_it_says(frame: dict[str, object]) -> None:
    assert isinstance(parsed(frame | {"type": "setup", "callSid": "CA1"}), Setup)


def test_words_are_written_as_a_text_frame() -> None:
    assert json.loads(text_frame(SendText(3, 7, 'Say "hi" ☎'))) == {
        "type": "text",
        "token": 'Say "hi" ☎',
        "last": False,
    }
    assert json.loads(text_frame(SendText(3, 8, "", last=True)))["last"] is True


def test_the_end_is_written_with_what_is_to_become_of_the_call() -> None:
    assert json.loads(frame_of(SendEnd())) == {"type": "end"}


def test_words_say_their_language_and_that_they_may_be_replaced_where_it_matters() -> None:
    frame = text_frame(SendText(1, 0, "Um momento.", last=True, language="pt-BR", preemptible=True))

    assert json.loads(frame) == {
        "type": "text",
        "token": "Um momento.",
        "last": True,
        "lang": "pt-BR",
        "preemptible": True,
    }


def test_a_language_is_changed_for_both_sides_but_no_voice_is_told_to_speak_multi() -> None:
    assert json.loads(frame_of(SendLanguage("es-US"))) == {
        "type": "language",
        "ttsLanguage": "es-US",
        "transcriptionLanguage": "es-US",
    }
    assert json.loads(frame_of(SendLanguage("multi"))) == {
        "type": "language",
        "transcriptionLanguage": "multi",
    }


def test_a_sound_is_written_with_all_that_it_says() -> None:
    assert json.loads(frame_of(StartSound("https://a.example/j"))) == {
        "type": "play",
        "source": "https://a.example/j",
        "loop": 1,
    }
    assert json.loads(frame_of(StartSound("https://a.example/j", 3, True, False))) == {
        "type": "play",
        "source": "https://a.example/j",
        "loop": 3,
        "preemptible": True,
        "interruptible": False,
    }


def test_words_that_may_not_be_cut_off_say_so() -> None:
    frame = text_frame(SendText(0, 0, "I am a machine.", last=True, interruptible=False))

    assert json.loads(frame)["interruptible"] is False


def test_the_end_of_a_call_that_is_passed_on_carries_the_handoff_as_text() -> None:
    assert json.loads(frame_of(SendEnd('{"destination":"desk"}'))) == {
        "type": "end",
        "handoffData": '{"destination":"desk"}',
    }


@given(length=st.integers(0, 120))
def test_a_frame_cut_short_is_invalid(length: int) -> None:
    whole = json.dumps(
        {"type": "prompt", "voicePrompt": "Are you open on Saturdays?", "last": True}
    )

    with pytest.raises(Invalid) if length < len(whole) else nullcontext():
        parse_frame(whole[:length])


@pytest.mark.parametrize("number", [460, "460", 460.5, None])
def test_a_number_may_come_as_a_text_and_the_other_way_round(number: object) -> None:
    frame = {
        "type": "interrupt",
        "utteranceUntilInterrupt": "We",
        "durationUntilInterruptMs": number,
    }

    assert parsed(frame) == Interrupted("We")
