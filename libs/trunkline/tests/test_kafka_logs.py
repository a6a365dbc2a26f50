"""What is left of aiokafka's log."""

import logging
from collections.abc import Iterator

import pytest

from trunkline.bus.kafka_logs import LEVELS, quiet_aiokafka


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The levels and filters, and afterwards those from before."""
    loggers = [logging.getLogger(name) for name in LEVELS]
    before = [(logger.level, list(logger.filters)) for logger in loggers]
    quiet_aiokafka()
    yield
    for logger, (level, filters) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.filters[:] = filters


def test_payloads_are_not_logged_even_if_everything_is_at_debug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("aiokafka.producer.producer").debug("Sending (key=%s value=%s)", "k", "v")

    assert caplog.records == []


def test_a_line_per_retry_becomes_a_line_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    for node in range(100):
        logging.getLogger("aiokafka").error("Unable connect to node with id %s", node)

    assert len(caplog.records) == 1


def test_quieting_twice_adds_nothing() -> None:
    quiet_aiokafka()

    assert all(len(logging.getLogger(name).filters) <= 1 for name in LEVELS)
