"""The registry: names, units and one declaration each."""

import pytest

from trunkline.metrics import Kind, Metric, Registry


def test_a_declared_metric_is_exposed_under_exactly_its_name() -> None:
    registry = Registry()
    calls = registry.counter("trunkline_test_calls_total", "Calls.", labels=("outcome",))
    registry.gauge("trunkline_test_slots_calls", "Slots.", unit="calls", read=lambda: 7.0)
    wait = registry.histogram("trunkline_test_wait_seconds", "Waiting.", unit="seconds")

    calls.labels("answered").inc()
    wait.observe(0.3)

    text = registry.exposition().decode()
    assert 'trunkline_test_calls_total{outcome="answered"} 1.0' in text
    assert "trunkline_test_slots_calls 7.0" in text
    assert "trunkline_test_wait_seconds_count 1.0" in text


def test_the_registry_says_what_each_metric_means() -> None:
    registry = Registry()
    registry.counter("trunkline_test_calls_total", "Calls.", labels=("outcome",))

    expected = Metric("trunkline_test_calls_total", Kind.COUNTER, "total", "Calls.", ("outcome",))
    assert registry.declared == (expected,)


@pytest.mark.parametrize("name", ["calls_total", "trunkline_calls", "trunkline_Calls_total"])
def test_a_name_must_say_whose_it_is_and_end_in_its_unit(name: str) -> None:
    with pytest.raises(ValueError, match="must be trunkline_"):
        Registry().counter(name, "Calls.")


def test_a_name_is_declared_once() -> None:
    registry = Registry()
    registry.counter("trunkline_test_calls_total", "Calls.")

    with pytest.raises(ValueError, match="declared twice"):
        registry.counter("trunkline_test_calls_total", "Calls again.")


def test_processor_time_and_memory_of_the_process_are_always_there() -> None:
    text = Registry().exposition().decode()

    assert "process_cpu_seconds_total" in text
    assert "process_resident_memory_bytes" in text
