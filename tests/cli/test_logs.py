import io
import json
import logging
import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import pytest
import structlog

from savoirfaire.cli.logs import configure, places
from savoirfaire.settings import LogSettings

SECRET = "what the client wrote"  # noqa: S105 - no password


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@contextmanager
def logging_to(
    stream: io.StringIO, settings: LogSettings | None = None, **how: bool
) -> Iterator[None]:
    """Set the log up with a stream as standard error."""
    handlers = logging.getLogger().handlers
    with redirect_stderr(stream):
        configure(settings or LogSettings(), **how)
        yield
    logging.getLogger().handlers = handlers


def fail() -> None:
    """Raise with client text in the message, from another error that has it too."""
    raise RuntimeError(SECRET) from ValueError(SECRET)


def test_json_lines_off_a_terminal() -> None:
    """Off a terminal each event is one JSON line with its keys, the bound ids, level and time."""
    stream = io.StringIO()
    with logging_to(stream), structlog.contextvars.bound_contextvars(client="maison", run="r1"):
        structlog.get_logger().info("approval.asked", gate="publish")
        structlog.get_logger().debug("hidden")
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "approval.asked",
        "gate": "publish",
        "client": "maison",
        "run": "r1",
        "level": "info",
    }


@pytest.mark.parametrize(
    ("level", "how", "shown"),
    [
        ("auto", {}, "we"),
        ("auto", {"verbose": True}, "iwe"),
        ("auto", {"debug": True}, "diwe"),
        ("error", {}, "e"),
        ("info", {}, "iwe"),
        ("debug", {"verbose": True}, "diwe"),
    ],
)
def test_levels_on_a_terminal(level: str, how: dict[str, bool], shown: str) -> None:
    """On a terminal only warnings show, unless more is asked for."""
    stream = Terminal()
    with logging_to(stream, LogSettings(level=level), **how):
        log = structlog.get_logger()
        for name in ("debug", "info", "warning", "error"):
            getattr(log, name)(f"event.{name}")
    letters = [
        name[0]
        for name in ("debug", "info", "warning", "error")
        if f"event.{name}" in stream.getvalue()
    ]
    assert "".join(letters) == shown


def test_text_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal events are for people, coloured unless NO_COLOR is set."""
    for value, coloured in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", value)
        stream = Terminal()
        with logging_to(stream):
            structlog.get_logger().warning("index.rebuilt", client="maison")
        assert "index.rebuilt" in stream.getvalue()
        assert ("\x1b[" in stream.getvalue()) is coloured


@pytest.mark.parametrize(("form", "stream"), [("json", Terminal()), ("text", io.StringIO())])
def test_the_form_can_be_chosen(form: str, stream: io.StringIO) -> None:
    """The form asked for holds, on a terminal or not; text off a terminal has no colours."""
    with logging_to(stream, LogSettings(level="info", format=form)):
        structlog.get_logger().info("run.done")
    assert stream.getvalue().startswith("{") is (form == "json")
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_an_exception_is_logged_without_its_words(stream: io.StringIO) -> None:
    """The log says which error and where, for a whole chain, and never the message."""
    with logging_to(stream):
        try:
            fail()
        except RuntimeError:
            structlog.get_logger().exception("node.failed")
    said = stream.getvalue()
    assert "builtins.RuntimeError" in said
    assert "builtins.ValueError" in said
    assert "in fail" in said
    assert SECRET not in said


def test_a_ring_of_errors_ends() -> None:
    """An error that is its own cause, at a distance, is told a bounded number of times."""
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert 1 < places(first).count("ValueError") < 10


@pytest.mark.parametrize("debug", [False, True])
def test_the_lines_of_libraries(debug: bool) -> None:  # noqa: FBT001
    """A library's own log line, which may quote a document, shows only when debugging."""
    stream = io.StringIO()
    with logging_to(stream, debug=debug):
        logging.getLogger("somelibrary").error(SECRET)
    assert (SECRET in stream.getvalue()) is debug


@pytest.mark.parametrize("loud", [False, True])
def test_a_real_terminal(loud: bool) -> None:  # noqa: FBT001
    """On a pseudo-terminal the same holds: quiet below warnings."""
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream, redirect_stderr(stream):
        configure(LogSettings(), verbose=loud)
        structlog.get_logger().info("step.done")
        stream.write(".")
    assert (b"step.done" in os.read(controller, 1000)) is loud
    os.close(controller)
