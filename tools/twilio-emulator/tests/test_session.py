"""One session without a socket: frames and deeds in, Twilio's messages out."""

from __future__ import annotations

import json

import pytest

from twilio_emulator import protocol
from twilio_emulator.events import AgentSpoke, Event
from twilio_emulator.ledger import CallLedger
from twilio_emulator.quirks import Quirks
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.session import Close, Output, RelaySession

SETUP = protocol.Setup("VX1", "AC1", "CA1", "+1", "+2", "RINGING", "inbound", {})


class Talk:
    """A session of an agent that speaks ten characters a second, with its ledger."""

    def __init__(
        self,
        quirks: Quirks | None = None,
        languages: tuple[str, ...] = (),
        sounds: dict[str, float] | None = None,
        **attributes: str,
    ) -> None:
        self.ledger = CallLedger()
        self.events: list[Event] = []
        relay = ConversationRelay(
            "wss://a.example/relay", attributes, tuple({"code": code} for code in languages)
        )
        self.session = RelaySession(
            "VX1", relay, self.ledger, self.note, 10.0, quirks=quirks, sounds=sounds
        )
        self.session.open(SETUP, 0.0)

    def note(self, event: Event) -> None:
        self.events.append(event)
        self.ledger.add(event)

    def get(self, now: float, **message: object) -> list[Output]:
        return self.session.receive(json.dumps(message), now)

    def tell(self, token: str, now: float, last: bool = True, **more: object) -> list[Output]:
        return self.get(now, type="text", token=token, last=last, **more)

    def ended(self) -> list[AgentSpoke]:
        return self.ledger.spoken


def prompts(out: list[Output]) -> list[tuple[str, str, bool]]:
    found = [message for message in out if isinstance(message, protocol.Prompt)]
    return [(prompt.voice_prompt, prompt.lang, prompt.last) for prompt in found]


def infos(out: list[Output]) -> list[str]:
    return [f"{info.name}={info.value}" for info in out if isinstance(info, protocol.Info)]


def test_a_session_speaks_and_understands_what_the_twiml_says_until_a_message_changes_it() -> None:
    talk = Talk(language="en-US", transcriptionLanguage="en-GB", languages=("es-MX",))
    first = talk.session.say("Hello?", 1.0)

    talk.get(2.0, type="language", ttsLanguage="es-MX")
    second = talk.session.say("Hello?", 3.0)
    talk.get(4.0, type="language", transcriptionLanguage="es-MX")
    third = talk.session.say("Hola", 5.0)

    assert prompts(first + second + third) == [
        ("Hello?", "en-GB", True),
        ("Hello?", "en-GB", True),
        ("Hola", "es-MX", True),
    ]
    assert [(item.tts, item.transcription) for item in talk.ledger.languages] == [
        ("en-US", "en-GB"),
        ("es-MX", "en-GB"),
        ("es-MX", "es-MX"),
    ]
    assert talk.ledger.notes == []


def test_a_language_without_an_element_of_its_own_is_taken_and_noted() -> None:
    talk = Talk(languages=("fr-FR",))

    talk.get(1.0, type="language", ttsLanguage="de-DE", transcriptionLanguage="de-DE")
    talk.get(2.0, type="language", ttsLanguage="en-US", transcriptionLanguage="fr-FR")

    assert [note.text for note in talk.ledger.notes] == [
        "there is no <Language> for de-DE: the provider's defaults are used"
    ]
    assert talk.ledger.tts_language == "en-US"


def test_a_reply_is_in_the_language_that_it_is_spoken_in() -> None:
    talk = Talk(language="de-DE", languages=("en-US",))
    talk.session.say("Hallo", 1.0)
    talk.tell("Guten Tag. ", 1.1)
    talk.session.say("English please", 5.0)
    talk.get(5.1, type="language", ttsLanguage="en-US")
    talk.tell("Of course. ", 5.2)
    talk.session.say("Bonjour", 9.0)
    talk.tell("Bonjour. ", 9.1, lang="fr-FR")
    talk.session.advance(20.0)

    assert [turn.reply_lang for turn in talk.ledger.turns] == ["de-DE", "en-US", "fr-FR"]
    assert [spoken.langs for spoken in talk.ended()] == [("de-DE",), ("en-US",), ("fr-FR",)]
    assert [frame.lang for frame in talk.ledger.frames if frame.type == "text"] == [
        None,
        None,
        "fr-FR",
    ]


def test_where_languages_are_detected_a_prompt_tells_the_primary_tag_alone() -> None:
    talk = Talk(language="multi", ttsLanguage="es-MX")

    heard = talk.session.say("Hola", 1.0) + talk.session.say("Hello", 2.0, lang="en-GB")

    assert prompts(heard) == [("Hola", "es", True), ("Hello", "en", True)]


def test_a_change_to_a_language_that_the_providers_cannot_detect_ends_the_session() -> None:
    talk = Talk(ttsProvider="Google", languages=("multi",))

    out = talk.get(1.0, type="language", transcriptionLanguage="multi")

    assert [type(message) for message in out] == [Close]
    assert talk.session.failure == (
        64101,
        "multi needs ElevenLabs and Deepgram, not Google and Deepgram",
    )


def test_partial_prompts_come_where_the_twiml_wants_them_and_begin_no_turn() -> None:
    keen, plain = Talk(partialPrompts="true"), Talk()

    out = keen.session.murmur("I would", 1.0) + keen.session.murmur("I would like", 1.1)

    assert prompts(out) == [("I would", "en-US", False), ("I would like", "en-US", False)]
    assert keen.ledger.turns == []
    assert plain.session.murmur("I would", 1.0) == []


def test_partial_prompts_over_an_agent_that_may_not_be_interrupted_are_not_delivered() -> None:
    talk = Talk(partialPrompts="true", interruptible="none")
    talk.tell("A long sentence.", 0.0)

    assert talk.session.murmur("I", 0.5) == []
    assert prompts(talk.session.murmur("I", 0.5, clear=True)) != []


@pytest.mark.parametrize("final", [True, False])
def test_words_that_a_hang_up_cut_off_come_where_the_twiml_wants_them(final: bool) -> None:
    keen = Talk(Quirks(final_partial_on_hangup=final), partialPromptOnHangup="true")

    assert prompts(keen.session.break_off("I would li", 1.0)) == [("I would li", "en-US", final)]
    assert keen.session.break_off("", 1.1) == []
    assert Talk().session.break_off("I would li", 1.0) == []
    assert keen.ledger.turns == []


def test_a_sound_is_audible_for_its_stated_time_and_as_often_as_it_is_to_be_repeated() -> None:
    talk = Talk(sounds={"jingle": 3.0}, events="speaker-events")
    talk.session.say("Play it.", 1.0)

    began = talk.get(1.0, type="play", source="https://a.example/jingle.mp3", loop=2)
    still = talk.session.advance(6.9)
    over = talk.session.advance(7.1)

    assert (infos(began), infos(still), infos(over)) == (
        ["agentSpeaking=on"],
        [],
        ["agentSpeaking=off"],
    )
    assert [(s.kind, s.heard, s.how, s.at) for s in talk.ended()] == [
        ("play", "https://a.example/jingle.mp3", "finished", 7.0)
    ]
    assert [sound.source for sound in talk.ledger.played] == ["https://a.example/jingle.mp3"]
    assert talk.ledger.turns[0].answered
    assert talk.ledger.turns[0].heard == ""


def test_a_sound_without_end_lasts_a_thousand_times_two_seconds_and_can_be_cut_off() -> None:
    talk = Talk()
    talk.get(0.0, type="play", source="tune", loop=0)

    assert talk.session.speaker.next_change() == 2000.0
    assert talk.session.speaker.seconds_left() == 0.0
    out = talk.session.cut_in(100.0)

    assert out == [protocol.Interrupt("", 100_000)]
    assert [(spoken.how, spoken.at) for spoken in talk.ended()] == [("interrupted", 100.0)]


def test_a_sound_follows_the_rules_of_interruption_and_replacement() -> None:
    talk = Talk(interruptible="none")
    talk.get(0.0, type="play", source="stays")
    assert talk.session.cut_in(0.1) == []

    talk.get(0.2, type="play", source="goes", preemptible=True, interruptible=True)
    talk.tell("Here.", 2.5)

    assert [(spoken.text, spoken.how) for spoken in talk.ended()] == [
        ("stays", "finished"),
        ("goes", "preempted"),
    ]


def test_the_twiml_may_make_all_speech_replaceable() -> None:
    talk = Talk(preemptible="true")
    talk.session.say("Hello?", 0.0)
    talk.tell("One.", 0.0)
    talk.tell("Two.", 0.1)

    assert [(spoken.text, spoken.how) for spoken in talk.ended()] == [("One.", "preempted")]
    assert talk.ledger.turns[0].text == "One.Two."  # no word of it is a filler
    assert talk.ledger.turns[0].complete


def test_a_filler_is_no_reply() -> None:
    talk = Talk()
    talk.session.say("What does it cost?", 0.0)
    talk.tell("One moment. ", 0.1, preemptible=True)
    turn = talk.ledger.turns[0]
    assert (turn.answered, turn.filler) == (False, "One moment. ")
    assert not talk.ledger.answer_closed

    talk.tell("Thirty ", 0.5, last=False)
    talk.tell("dollars.", 0.6)

    assert turn.complete
    assert turn.text == talk.ledger.answer == "Thirty dollars."
    assert turn.first_token_ms == 500.0
    assert "One moment. Thirty dollars." in talk.ledger.said


def test_keys_of_the_agent_are_heard_by_the_other_side() -> None:
    talk = Talk()
    talk.get(0.0, type="sendDigits", digits="12ww3#")
    talk.session.advance(10.0)

    assert talk.ledger.keys_heard == "123#"
    assert [(spoken.kind, spoken.text) for spoken in talk.ended()] == [("keys", "12ww3#")]


def test_a_key_cuts_the_agent_off_where_it_may_and_is_told_after_the_interrupt() -> None:
    for mode in ("dtmf", "any"):
        talk = Talk(dtmfDetection="true", interruptible=mode)
        talk.tell("Press a key.", 0.0)

        out = talk.session.press("1", 0.5)

        assert out == [protocol.Interrupt("Press", 500), protocol.Dtmf("1")]
        assert talk.ledger.interrupts[0].by == "dtmf"


@pytest.mark.parametrize(("report", "told"), [("none", 0), ("speech", 0), ("dtmf", 1), ("any", 1)])
def test_a_key_that_cuts_the_agent_off_may_do_that_alone(report: str, told: int) -> None:
    quirks = Quirks(interrupting_keys_unreported=True)
    talk = Talk(quirks, dtmfDetection="true", reportInputDuringAgentSpeech=report)
    talk.tell("Press a key.", 0.0)

    out = talk.session.press("1", 0.5)

    assert out == [protocol.Interrupt("Press", 500), *[protocol.Dtmf("1")] * told]
    assert talk.session.press("2", 0.6) == [protocol.Dtmf("2")]  # nobody speaks any more


@pytest.mark.parametrize(("report", "told"), [("none", 0), ("speech", 0), ("dtmf", 1), ("any", 1)])
def test_a_key_over_an_agent_that_speaks_on_is_told_if_the_twiml_asks(
    report: str, told: int
) -> None:
    talk = Talk(dtmfDetection="true", interruptible="speech", reportInputDuringAgentSpeech=report)
    talk.tell("Press a key.", 0.0)

    out = talk.session.press("1", 0.5)

    assert out == [protocol.Dtmf("1")] * told
    assert len(talk.ledger.notes) == 1 - told
    assert talk.session.speaker.audible


def test_without_detection_keys_neither_interrupt_nor_arrive() -> None:
    talk = Talk()
    talk.tell("Press a key.", 0.0)

    assert talk.session.press("1", 0.5) == []
    assert talk.session.speaker.audible
    assert [note.text for note in talk.ledger.notes] == [
        "a key was pressed, but dtmfDetection is off"
    ]


def test_sounds_and_keys_that_were_on_their_way_at_an_interrupt_fall_with_the_queue() -> None:
    talk = Talk()
    talk.tell("A long sentence.", 0.0)
    talk.session.cut_in(0.5)

    talk.get(0.52, type="play", source="tune")
    talk.get(0.53, type="sendDigits", digits="1")

    assert [(spoken.kind, spoken.how) for spoken in talk.ended()] == [
        ("text", "interrupted"),
        ("play", "dropped"),
        ("keys", "dropped"),
    ]
    assert talk.session.speaker.idle


def test_the_tenth_malformed_frame_in_a_row_closes_with_1007_and_a_good_one_starts_over() -> None:
    talk = Talk()
    for _ in range(9):
        talk.session.receive("{", 1.0)
    talk.tell("Yes.", 1.0)

    nine = [talk.session.receive(b"\x00\xff", 2.0) for _ in range(9)]
    last = talk.session.receive("[" * 100_000, 2.0)

    assert {type(out[0]) for out in nine} == {protocol.Error}
    assert last == [Close(1007, "Too many consecutive malformed messages")]


def test_words_that_were_left_open_end_with_the_caller_s_next_words() -> None:
    talk = Talk()
    talk.session.say("One?", 0.0)
    talk.tell("Yes.", 0.0, last=False)
    talk.session.say("Two?", 2.0)
    talk.tell("No.", 2.0, last=False)
    talk.session.advance(2.2)

    assert talk.session.cut_in(2.2) == [protocol.Interrupt("No", 200)]
    assert [turn.heard for turn in talk.ledger.turns] == ["Yes.", "No"]
