"""How much of Twilio's answer an agent takes up; pure.

Twilio ends a call whose TwiML is larger than 64 kB (11750), whatever was in it.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from trunkline.agents import AgentBody, Language
from trunkline.agents.positions import Finding
from trunkline.agents.relay import MAX_OF_CALL

# Of 64 KiB: a greeting of 4,096 characters, each written with six, takes 24 KiB, the ticket, which
# is there twice, 7 KiB with the most variables, and all that is the same for every agent 2 KiB.
MAX_TWIML_BYTES = 31 * 1024

_LANGUAGE_BYTES = 240  # <Language> with all its attributes' names, and values from lists of ours
_PARAMETER_BYTES = 32
_OF_CALL_BYTES = 6 * MAX_OF_CALL  # with whatever a call fills in
_AS_IN_ATTRIBUTES = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"}


def size_findings(agent: AgentBody) -> Iterator[Finding]:
    """Whether the agent is too large for Twilio."""
    size = twiml_bytes(agent)
    if size > MAX_TWIML_BYTES:
        yield (
            ("relay",),
            f"languages, hints and parameters take {size} bytes of TwiML, more than "
            f"{MAX_TWIML_BYTES}: shorten the hints; a language with its own repeats the relay's",
        )


def twiml_bytes(agent: AgentBody) -> int:
    """Bytes that the languages, hints, names and parameters take at the most."""
    relay = agent.relay
    names = (
        *(relay.background_noise_reduction, relay.intelligence_service),
        *(relay.conversation_configuration, relay.tts_language, relay.transcription_language),
    )
    of_call = [text for text in (relay.conversation_id, relay.customer_name) if text]
    parameters = (pair for item in relay.parameters.items() for pair in item)
    return sum(
        [
            _bytes(*relay.hints, *names, *parameters),
            _OF_CALL_BYTES * len(of_call),
            _PARAMETER_BYTES * len(relay.parameters),
            *(_language(agent, language) for language in agent.languages),
            max(_bytes(*_values(language)) for language in agent.languages),
        ]
    )


def _language(agent: AgentBody, language: Language) -> int:
    """Bytes of one <Language>."""
    repeated = agent.relay.hints if language.hints else ()
    return _LANGUAGE_BYTES + _bytes(*repeated, *_values(language))


def _values(language: Language) -> tuple[str, ...]:
    instead = language.fallback
    declared = language.code, language.voice, language.speech_model
    return *declared, instead.voice, instead.speech_model, *language.hints


def _bytes(*texts: str) -> int:
    """Bytes of texts in attributes, each with a comma or a quotation mark."""
    return sum(len(escape(text, _AS_IN_ATTRIBUTES).encode()) + 1 for text in texts)
