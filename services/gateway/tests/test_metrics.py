"""What the gateway counts, as Prometheus reads it."""

import pytest
from fakes import open_exchange, prompt, until

from gateway.metrics import GatewayMetrics, Refusal
from gateway.slots import Slots
from trunkline.events.call import EndReason
from trunkline.metrics import Registry
from trunkline.testing.virtual_time import in_virtual_time


def lines_of(registry: Registry) -> list[str]:
    return registry.exposition().decode().splitlines()


def test_slots_are_read_when_they_are_asked_for() -> None:
    registry, slots = Registry(), Slots(5)
    GatewayMetrics(registry).watch_slots(lambda: slots.used, slots.total)
    slots.take()

    assert "trunkline_gateway_live_calls 1.0" in lines_of(registry)
    assert "trunkline_gateway_slots 5.0" in lines_of(registry)


def test_people_who_may_call_back_are_counted_when_they_are_asked_for() -> None:
    registry = Registry()
    GatewayMetrics(registry).watch_callers(lambda: 3)

    assert "trunkline_gateway_known_people 3.0" in lines_of(registry)


@pytest.mark.parametrize("reason", Refusal)
def test_refusals_are_counted_by_reason(reason: Refusal) -> None:
    registry = Registry()
    GatewayMetrics(registry).refused(reason)

    assert f'trunkline_gateway_refused_total{{reason="{reason.value}"}} 1.0' in lines_of(registry)


def test_ends_are_counted_by_reason() -> None:
    registry = Registry()
    metrics = GatewayMetrics(registry)
    metrics.call_ended(EndReason.CALLER_HUNG_UP)
    metrics.call_ended("internal_error")

    for reason in ("caller_hung_up", "internal_error"):
        assert f'trunkline_gateway_calls_ended_total{{reason="{reason}"}} 1.0' in lines_of(registry)


def test_labels_have_few_values() -> None:
    registry = Registry()
    GatewayMetrics(registry)

    assert {label for metric in registry.declared for label in metric.labels} == {
        "kind",
        "outcome",
        "reason",
    }


@in_virtual_time
async def test_the_first_words_of_each_turn_are_timed_from_its_prompt() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")
        socket.says(prompt("And tomorrow?"))
        await until(lambda: socket.text.endswith("Answer 2 is this."))

    name = "trunkline_gateway_first_token_seconds"
    assert exchange.value(f"{name}_count") == 2
    assert 0 < exchange.value(f"{name}_sum") < 0.02


@in_virtual_time
async def test_what_a_call_did_is_counted_when_it_ends() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")
        socket.says({"type": "interrupt", "utteranceUntilInterrupt": "Answer"})
        socket.says({"type": "error", "description": "Invalid message received"})
        socket.ends()
        await until(lambda: exchange.slots.used == 0)

    for name in ("turns", "interrupts", "complaints"):
        assert exchange.value(f"trunkline_gateway_{name}_total") == 1
    ended = 'trunkline_gateway_calls_ended_total{reason="caller_hung_up"}'
    assert exchange.value(ended) == 1
