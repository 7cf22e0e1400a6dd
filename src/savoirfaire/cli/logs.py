"""The log: structlog to the standard error stream, for people on a terminal, else JSON lines.

Events carry ids and hashes, never client text. An exception is logged by its type and the places
it passed, without its message or any variable, both of which may quote a document. For the same
reason the log lines of libraries show only with --debug.
"""

import logging
import sys
import traceback
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from savoirfaire.settings import LogSettings


def configure(settings: LogSettings, *, verbose: bool = False, debug: bool = False) -> None:
    """Set the log up for this process."""
    stream = sys.stderr
    level = _level(settings.level, terminal=stream.isatty(), verbose=verbose, debug=debug)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _places,
            _renderer(settings.format, stream),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [logging.StreamHandler(stream) if debug else logging.NullHandler()]


def _level(name: str, *, terminal: bool, verbose: bool, debug: bool) -> int:
    """The level asked for; on a terminal only warnings, unless more was asked for."""
    if debug:
        return logging.DEBUG
    if name == "auto":
        name = "warning" if terminal else "info"
    level = logging.getLevelNamesMapping()[name.upper()]
    return min(level, logging.INFO) if verbose else level


def _renderer(form: str, stream: TextIO) -> Processor:
    if form == "json" or (form == "auto" and not stream.isatty()):
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    from savoirfaire.cli.output import coloured

    return structlog.dev.ConsoleRenderer(colors=coloured(stream))


def _places(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an exception's type and places where structlog would put its message and variables."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exception() if given else None
    if error is not None:
        event["exception"] = places(error)
    return event


def places(error: BaseException) -> str:
    """The type of an error and of what led to it, each with the lines it passed: no message."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < 10:  # noqa: PLR2004 - a chain may be a ring
        lines = "".join(traceback.format_tb(seen.__traceback__))
        parts.append(f"{lines}{type(seen).__module__}.{type(seen).__qualname__}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n\nafter\n\n".join(parts)
