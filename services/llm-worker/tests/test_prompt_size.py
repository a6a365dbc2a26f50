"""A prompt with everything in it at its bound still fits into one record of Kafka."""

from dataclasses import replace

import pytest
from clinic import request

from llm_worker.arguments import MAX_CHARACTERS
from llm_worker.ledger import MAX_USES, Allowed, Ledger
from llm_worker.tools import MAX_RESULT
from llm_worker.turn import MAX_CHARACTERS as MAX_REPLY
from trunkline.agents.manners import MAX_HISTORY_CHARACTERS, MAX_HISTORY_TURNS
from trunkline.events.call import ToolStatus
from trunkline.events.turn import Message, Role, ToolCall, ToolUse
from trunkline.events.wire import encode_prompt
from trunkline.outbound import MAX_VARIABLES_BYTES

KAFKA_BYTES = 1_048_576
HEADERS_BYTES = 1000  # trace, time, key and what Kafka adds
WIDE = "語"  # three bytes, as many as any spoken language needs
REPLIES = 2  # one before the worker was lost, and one after


def use_all(arguments: str) -> list[ToolUse]:
    """Use a tool with arguments and results of the largest size, as often as a call may."""
    ledger = Ledger("CA1", 1, [])
    uses: list[ToolUse] = []
    while isinstance(
        verdict := ledger.look_up(f"tool_{len(uses):043}", arguments, idempotent=True), Allowed
    ):
        one = ToolUse(verdict.use_id, 1, 0, f"tool_{len(uses):043}", arguments, model="m" * 64)
        ledger.add(one)
        ledger.settle(one.use_id, ToolStatus.SUCCEEDED, WIDE * MAX_RESULT)
        uses.append(replace(one, status=ToolStatus.SUCCEEDED, result=WIDE * MAX_RESULT))
    return uses


@pytest.mark.parametrize("arguments", ["{}", WIDE * MAX_CHARACTERS, "x" * (MAX_CHARACTERS // 8)])
def test_a_prompt_with_everything_at_its_bound_is_below_a_mebibyte(arguments: str) -> None:
    messages = 2 * MAX_HISTORY_TURNS
    words = WIDE * (MAX_HISTORY_CHARACTERS // messages)
    history = [Message(Role.CALLER, words, turn, keys="1" * 64) for turn in range(messages)]
    uses = use_all(arguments)
    largest = replace(
        request(
            history=history,
            uses=uses,
            calls=[ToolCall("t" * 48, "1" * 100)],
            spoken_prefix=WIDE * MAX_REPLY * REPLIES,
        ),
        variables={"name": "x" * MAX_VARIABLES_BYTES},
    )

    assert 0 < len(uses) <= MAX_USES
    assert len(encode_prompt(largest)) + HEADERS_BYTES < KAFKA_BYTES
