"""Log lines: what they hold, and what they must never hold."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from trunkline.logs import configure_logs, get_logger
from trunkline.settings import LogFormat, LogSettings

SPOKEN = "my card ends in four two"


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def test_a_line_is_json_with_the_bound_fields_and_a_constant_message() -> None:
    lines = _logging()

    get_logger(call_id="CA1").info("turn_cancelled", turn=3)

    (line,) = _read(lines)
    assert line["event"] == "turn_cancelled"
    assert (line["service"], line["call_id"], line["turn"]) == ("test", "CA1", 3)
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_fields_with_caller_data_are_dropped() -> None:
    lines = _logging()

    get_logger().info("caller_spoke", turn=1, **{"pii.text": SPOKEN})

    assert SPOKEN not in lines.getvalue()
    assert _read(lines)[0]["turn"] == 1


def test_caller_data_is_written_only_when_asked_for() -> None:
    lines = _logging(log_pii=True)

    get_logger().info("caller_spoke", **{"pii.text": SPOKEN})

    assert _read(lines)[0]["pii.text"] == SPOKEN


def test_an_exception_says_what_and_where_without_its_text() -> None:
    lines = _logging()

    _log_a_failure()

    (line,) = _read(lines)
    assert line["error"] == "LookupError"
    assert any("test_logs.py" in place and "_fail" in place for place in line["error_at"])
    assert "because of ValueError" in line["error_at"]
    assert SPOKEN not in lines.getvalue()


def test_an_exception_that_a_library_logs_loses_its_text_too() -> None:
    lines = _logging()

    try:
        _fail()
    except LookupError:
        logging.getLogger("some.library").exception("it broke")

    (line,) = _read(lines)
    assert line["event"] == "it broke"
    assert line["logger"] == "some.library"
    assert line["error"] == "LookupError"
    assert SPOKEN not in lines.getvalue()


@pytest.mark.parametrize("name", ["httpx", "aiokafka.consumer", "uvicorn.error"])
def test_libraries_that_log_urls_or_connections_are_quiet_below_warning(name: str) -> None:
    lines = _logging(log_level="debug")

    logging.getLogger(name).info("GET https://example.com/?To=%s", "+15550100")
    logging.getLogger(name).warning("lost the connection")

    assert [line["event"] for line in _read(lines)] == ["lost the connection"]


def test_lines_below_the_level_are_not_written() -> None:
    lines = _logging(log_level="warning")

    get_logger().info("turn_started")

    assert lines.getvalue() == ""


def test_a_terminal_gets_readable_lines() -> None:
    lines = _logging(log_format=LogFormat.CONSOLE)

    get_logger().info("call_ended", reason="silence")

    assert "call_ended" in lines.getvalue()
    assert not lines.getvalue().startswith("{")


def _logging(**settings: Any) -> io.StringIO:
    lines = io.StringIO()
    defaults: dict[str, Any] = {"log_format": LogFormat.JSON, "log_pii": False}
    configure_logs(LogSettings(**(defaults | settings)), stream=lines, service="test")
    return lines


def _read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def _log_a_failure() -> None:
    try:
        _fail()
    except LookupError:
        get_logger().exception("turn_failed")


def _fail() -> None:
    try:
        raise ValueError(SPOKEN)
    except ValueError as error:
        raise LookupError(SPOKEN) from error
