"""Whatever frames come, in whatever order, the call goes on and the next question is answered."""

import json

from fakes import Exchange, open_exchange, prompt, until
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.testing.virtual_time import run_in_virtual_time

# Frames a call may see: Twilio's own in any order and number, and what no Twilio would send.
TWILIOS = st.sampled_from(
    [
        {"type": "prompt", "voicePrompt": "Hm", "last": False},
        {"type": "prompt", "voicePrompt": "", "last": True},
        {"type": "prompt", "voicePrompt": "What now?", "lang": "en", "last": True},
        {"type": "interrupt", "utteranceUntilInterrupt": "Hel", "durationUntilInterruptMs": "12"},
        {"type": "interrupt", "utteranceUntilInterrupt": None, "durationUntilInterruptMs": None},
        {"type": "dtmf", "digit": "1"},
        {"type": "dtmf", "digit": "#"},
        {"type": "dtmf", "digit": "more than one"},
        {"type": "info", "name": "agentSpeaking", "value": "on"},
        {"type": "info", "name": "agentSpeaking", "value": "off"},
        {"type": "info", "name": "clientSpeaking", "value": "on"},
        {"type": "info", "name": "clientSpeaking", "value": "off"},
        {"type": "info", "name": "tokensPlayed", "value": "Hello."},
        {"type": "info", "name": "tokensPlayed", "value": "x" * 5000},
        {"type": "info", "name": "roundTripDelayMs", "value": 109},
        {"type": "error", "description": "Invalid message received"},
        {"type": "setup", "callSid": "CA1", "sessionId": "VX2"},
        {"type": "configUpdated"},
        {"type": "prompt", "voicePrompt": "And now?", "lang": ["en"], "last": True, "name": {}},
        {"type": "setup", "callSid": "CA1", "customParameters": [{"ticket": 1}]},
        {"type": "info", "name": "roundTripDelayMs", "value": {"p50": 109}},
    ]
).map(json.dumps)
JUNK = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["[" * 20_000, "{" * 500, '{"type":', '{"type": 7}', "null", "\ud800", ""]),
    st.sampled_from(
        ['{"type": "prompt", "voicePrompt": ' + "[" * 3000, '{"type":"dtmf","digit":{}}']
    ),
)


async def live_through(frames: list[str]) -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        for number, frame in enumerate(frames):
            socket.says(frame)
            if number % 9 == 8:  # ten malformed ones in a row rightly end the session
                socket.says({"type": "configUpdated"})
        before = len(exchange.worker.asked)
        socket.says(prompt("Are you still there?"))
        await until(lambda: _is_asked(exchange, "Are you still there?"))
        await until(lambda: socket.text.endswith("is this."))

        assert len(exchange.worker.asked) > before
        assert socket.closed_with is None
        assert exchange.value('trunkline_gateway_calls_ended_total{reason="internal_error"}') == 0


def _is_asked(exchange: Exchange, text: str) -> bool:
    asked = exchange.worker.asked
    return bool(asked) and asked[-1].history[-1].text == text


@settings(max_examples=60)
@given(st.lists(TWILIOS | JUNK, max_size=40))
def test_whatever_frames_come_the_next_question_is_answered(frames: list[str]) -> None:
    run_in_virtual_time(live_through(frames))
