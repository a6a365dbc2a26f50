"""No agent that may be loaded makes an answer that Twilio would not take."""

from collections.abc import Sequence

import pytest
from builders import agent
from hypothesis import given
from hypothesis import strategies as st

from gateway.beginning import MAX_GREETING
from gateway.substitutes import substituted
from gateway.twiml import RelayUrls, filled, relay_answer
from trunkline.agents import Agent, Fallback, Language, Relay
from trunkline.agents.checks_size import MAX_TWIML_BYTES, size_findings, twiml_bytes
from trunkline.agents.relay import MAX_OF_CALL

MAX_BYTES = 64 * 1024
TICKET = "t" * 3584
URLS = RelayUrls(f"wss://{'v' * 200}/twilio/relay", f"https://{'v' * 200}/twilio/{TICKET}")
WORST = '"' * MAX_GREETING  # each is written with six characters
FULL = {
    "tts_provider": "ElevenLabs",
    "transcription_provider": "Deepgram",
    "smart_format": False,
    "text_normalization": "auto",
    "language_text_normalization": False,
}
FALLBACK = Fallback(tts_provider="Google", voice="v" * 80)
HINT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=","), min_size=1, max_size=30
)
HINTS = st.lists(HINT, max_size=9)


def with_hints(shared: Sequence[str], *own: Sequence[str], **options: object) -> Agent:
    """An agent with everything set, one language for each list of hints."""
    languages = [Language.model_validate({**FULL, "code": "en-US", "hints": one}) for one in own]
    languages = [one.model_copy(update={"fallback": FALLBACK}) for one in languages]
    relay = {
        "debug": True,
        "eot_threshold": 0.55,
        "eager_eot_threshold": 0.35,
        "speech_timeout_ms": 1000,
        "customer_name": "{{name}}",
        "conversation_id": "{{name}}",
        "hints": shared,
        **options,
    }
    changes = {"languages": tuple(languages), "relay": Relay.model_validate(relay)}
    return agent().model_copy(update=changes)


def answer(model: Agent, greeting: str = "") -> bytes:
    told = filled(substituted(model, 1, 1), {"name": '"' * MAX_OF_CALL})
    return relay_answer(told, URLS, TICKET, greeting=greeting).encode()


@given(shared=HINTS, own=st.lists(HINTS, min_size=1, max_size=4), parameter=st.text(max_size=50))
def test_an_agent_is_never_larger_than_it_is_taken_for(
    shared: list[str], own: list[list[str]], parameter: str
) -> None:
    model = with_hints(shared, *own, parameters={"source": parameter})
    plain = agent().model_copy(update={"languages": (Language(code="en-US"),)})

    assert len(answer(model)) - len(answer(plain)) <= twiml_bytes(model) + 512


@pytest.mark.parametrize("languages", [1, 2, 8])
@pytest.mark.parametrize("sign", ['"', "&", "☎", "x"])
def test_the_largest_agent_that_may_be_loaded_fits_with_the_longest_greeting(
    sign: str, languages: int
) -> None:
    size = 500
    while list(size_findings(with_hints([sign * 40] * size, *[["own"]] * languages))):
        size -= 1
    largest = with_hints([sign * 40] * size, *[["own"]] * languages)

    assert size > 0
    assert len(answer(largest, WORST)) < MAX_BYTES


def test_the_longest_greeting_and_the_largest_agent_nearly_fill_the_answer() -> None:
    """Otherwise the bound would be stricter than Twilio's is."""
    parameters = {f"a{n}": "x" * 500 for n in range(48)}
    model = with_hints(["x" * 40] * 30, ["own"], parameters=parameters)

    assert MAX_TWIML_BYTES - 2000 < twiml_bytes(model) <= MAX_TWIML_BYTES
    assert MAX_BYTES * 0.9 < len(answer(model, WORST)) < MAX_BYTES
