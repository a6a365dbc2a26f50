"""Log lines: JSON for machines or a readable form for a terminal, with caller data kept out.

A message is a constant in the past tense (`turn_cancelled`), all else is a field. What a caller
said or dialled goes only into fields whose name begins with `pii.`: they are dropped unless
LOG_PII is set. The text of an exception counts as caller data too, since it may quote what failed.
"""

import logging
import sys
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from trunkline.settings import LogFormat, LogSettings

# httpx logs each URL at INFO, and URLs hold numbers and tokens; the others log per connection.
QUIET = (
    *("httpx", "httpx2", "httpcore", "httpcore2", "groq", "openai", "anthropic"),
    *("aiokafka", "uvicorn", "asyncio"),
)
FRAMES = 20  # of the deepest calls of a traceback; more says little and costs a screen

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure_logs(settings: LogSettings, *, stream: TextIO | None = None, **bound: object) -> None:
    """Set up logging of this process; `bound` fields, such as `service`, are in every line.

    Lines of libraries take the same way as ours. Written to standard error.
    """
    stream = stream or sys.stderr
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared = _shared(settings, bound)
    structlog.configure(
        processors=[*shared, _renderer(settings, stream)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,  # loggers of modules live longer than a test's set-up
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_library_formatter(settings, shared, stream))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def get_logger(**bound: object) -> FilteringBoundLogger:
    """A logger whose lines all have these fields."""
    logger: FilteringBoundLogger = structlog.get_logger(**bound)
    return logger


def drop_caller_data(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Leave out every field whose name begins with `pii.`."""
    return {name: value for name, value in line.items() if not name.startswith("pii.")}


def describe_exception(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Say what was raised and where, with its text only in a `pii.` field."""
    found = line.pop("exc_info", None)
    raised = _as_exception(found)
    if raised is not None:
        line["error"] = type(raised).__qualname__
        line["error_at"] = _places(raised)
        line["pii.error_text"] = str(raised)
    return line


def _as_exception(found: object) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    info = found if isinstance(found, tuple) else sys.exc_info() if found else (None, None, None)
    return info[1] if isinstance(info[1], BaseException) else None


def _places(raised: BaseException) -> list[str]:
    """The traceback without any text of the exception, deepest call last; then its causes."""
    frames = extract_tb(raised.__traceback__)[-FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    cause = raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)
    if isinstance(raised, BaseExceptionGroup):
        cause = raised.exceptions[0]
    if cause is not None:
        places += [f"because of {type(cause).__qualname__}", *_places(cause)]
    return places


def _shared(settings: LogSettings, bound: dict[str, object]) -> list[Processor]:
    def add_bound(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        return {**bound, **line}

    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_bound,
        describe_exception,
    ]
    return steps if settings.log_pii else [*steps, drop_caller_data]


def _renderer(settings: LogSettings, stream: TextIO) -> Processor:
    terminal = stream.isatty()
    if settings.log_format is LogFormat.CONSOLE or (
        settings.log_format is LogFormat.AUTO and terminal
    ):
        return structlog.dev.ConsoleRenderer(colors=terminal)
    return structlog.processors.JSONRenderer()


def _library_formatter(
    settings: LogSettings, shared: list[Processor], stream: TextIO
) -> logging.Formatter:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            *shared,
        ],
        processors=[strip, _renderer(settings, stream)],
    )
