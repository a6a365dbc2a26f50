"""Lets the tests of the gateway import what they share, and hear what it logs."""

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from trunkline.logs import configure_logs
from trunkline.settings import LogFormat, LogSettings

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode leaves the tests' folder out


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as JSON lines."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    configure_logs(LogSettings(log_format=LogFormat.JSON), stream=stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()
