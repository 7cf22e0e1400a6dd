"""The command `savoir`."""

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from savoirfaire.cli.app import run
from savoirfaire.cli.invocation import Invocation
from savoirfaire.cli.messages import _, guess_language, hint, say, speak, usage
from savoirfaire.cli.output import printable
from savoirfaire.errors import SavoirError

FAILED, INTERRUPTED = 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code.

    0: done. 1: refused or failed, with one line that says why and one that says what to do.
    2: wrong usage. 130: interrupted.
    """
    wanted = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    speak(guess_language(Path.cwd(), os.environ))
    return guarded(lambda given: run(wanted, given))


def guarded(command: Callable[[Invocation], int]) -> int:
    """Run a command; whatever ends it becomes an exit code and a sentence to the person."""
    given = Invocation()
    try:
        code = command(given)
        sys.stdout.flush()
    except SavoirError as error:
        code = _refused(error, given)
    except typer.TyperException as error:
        code = _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        code = _unread()
    except Exception as error:  # noqa: BLE001 - shown and kept: nothing is swallowed
        code = _crashed(error, given)
    if code == INTERRUPTED:
        _tell(
            _("Interrupted. A run that had begun can go on: `savoir runs`, `savoir resume RUN`."),
            _("Anything else goes on, with what is done already, when the command is given again."),
        )
    return code


def _tell(*lines: str) -> None:
    # An error may quote an endpoint or a document.
    print(*(printable(line) for line in lines if line), sep="\n", file=sys.stderr)


def _refused(error: SavoirError, given: Invocation) -> int:
    if given.debug:
        traceback.print_exception(error)
    _tell(_("error: {message}").format(message=say(error)), hint(error))
    return FAILED


def _misused(error: typer.TyperException) -> int:
    context: Any = getattr(error, "ctx", None)
    if context is not None:
        command = context.command_path
        _tell(context.get_usage(), _("Try `{command} --help`.").format(command=command), "")
    _tell(_("error: {message}").format(message=usage(error.format_message())))
    return error.exit_code


def _unread() -> int:
    """Whoever read the output has stopped: end quietly, also when Python flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _crashed(error: Exception, given: Invocation) -> int:
    """Say that savoirfaire itself failed, and keep where, without the words of any document."""
    if given.debug:
        traceback.print_exception(error)
    kind = f"{type(error).__name__}: {error}"
    _tell(_("error: savoirfaire failed, by a fault of its own: {message}").format(message=kind))
    report = _keep_report(error, given)
    if report is not None:
        _tell(_("Where it failed is written in {file}.").format(file=report))
    elif not given.debug:
        _tell(_("`savoir --debug …` shows where it failed."))
    return FAILED


def _keep_report(error: Exception, given: Invocation) -> Path | None:
    if given.workspace is None:
        return None
    from savoirfaire.cli.logs import places

    folder = given.workspace.logs
    report = folder / f"failed-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        report.write_text(f"savoir {sys.argv[1:2]}\n{places(error)}\n", encoding="utf-8")
    except OSError:
        return None
    return report
