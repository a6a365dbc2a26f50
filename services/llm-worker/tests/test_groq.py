"""What only Groq's models do."""

import pytest
from chat_chunks import BEGIN, GROQ_END, WORDS, chunk, event
from questions import NAMES, question
from stream_server import StreamServer, listening

from llm_worker.model import Fault, Finished, ModelFailed, TextDelta
from llm_worker.providers.groq import GroqModel
from trunkline.agents import Provider
from trunkline.events.call import Usage

BAD_CALL = {"error": {"code": "tool_use_failed", "failed_generation": "<function"}}


async def test_the_words_are_streamed_and_reasoning_is_never_spoken() -> None:
    thought = chunk({"reasoning": "The caller asks for hours."}, x_groq={"id": "req_1"})
    server = StreamServer([*BEGIN, thought, *WORDS, *GROQ_END])

    async with listening(server) as url, GroqModel.open("gsk-test", url) as model:
        deltas = [delta async for delta in model.reply(question(Provider.GROQ))]

    usage = Usage(f"groq/{NAMES[Provider.GROQ]}", 80, 5, cached_tokens=64, reasoning_tokens=3)
    assert deltas == [TextDelta("We open"), TextDelta(" at eight."), Finished(usage)]


@pytest.mark.parametrize("status", [400, 200])
async def test_a_call_that_groq_cannot_read_is_a_fault_of_its_own(status: int) -> None:
    """It comes as a status, or in the stream when words came before it."""
    error = event(BAD_CALL)
    body = error.removeprefix(b"data: ") if status == 400 else b"event: error\n" + error
    server = StreamServer([body], status=status)

    async with listening(server) as url, GroqModel.open("gsk-test", url) as model:
        with pytest.raises(ModelFailed) as failed:
            _ = [delta async for delta in model.reply(question(Provider.GROQ))]

    assert failed.value.fault is Fault.BAD_CALL
