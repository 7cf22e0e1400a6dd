"""Keys and answers of a person at a terminal, or the same as lines where there is none."""

import os
import re
import sys
from contextlib import suppress
from typing import Protocol

import typer

from savoirfaire.cli.output import printable

_INTERRUPT = "\x03"
_KEY = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|.", re.DOTALL)


class Keys(Protocol):
    """Where keys come from."""

    def key(self, prompt: str) -> str:
        """The next key, an arrow as its escape sequence; empty at the end of the input."""

    def line(self, prompt: str) -> str | None:
        """An answer of one line; None at the end of the input."""


class TerminalKeys:
    """Keys as they are pressed, on a terminal; what is typed ahead is kept."""

    def __init__(self) -> None:
        self._ahead = ""

    def key(self, prompt: str) -> str:
        """The next key, without waiting for Enter."""
        typer.echo(printable(prompt), nl=False)
        if not self._ahead:
            self._ahead = _pressed()
        found = _KEY.match(self._ahead)
        pressed = found[0] if found else ""
        self._ahead = self._ahead[len(pressed) :]
        if pressed == _INTERRUPT:
            raise KeyboardInterrupt
        typer.echo(pressed if pressed.isprintable() else "")
        return pressed

    def line(self, prompt: str) -> str | None:
        """A line, edited as the terminal does it."""
        ahead, end, self._ahead = re.split(r"([\r\n]|\Z)", self._ahead, maxsplit=1)
        if end:
            typer.echo(printable(prompt + ahead))
            return ahead
        try:
            return ahead + input(printable(prompt + ahead))
        except EOFError:
            return None


def _pressed() -> str:
    """What is pressed next; also what was pressed before anybody asked, which `getchar` drops."""
    try:
        import termios
        import tty
    except ImportError:  # no such terminals here
        with suppress(EOFError):
            return str(typer.getchar())
        return ""
    terminal = sys.stdin.fileno()
    kept = termios.tcgetattr(terminal)
    sys.stdout.flush()
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        return os.read(terminal, 64).decode("utf-8", "replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, kept)


class LineKeys:
    """Keys as lines, the first sign of each counting: for pipes and simple terminals."""

    def key(self, prompt: str) -> str:
        """The first sign of the next line; an empty line is Enter."""
        said = self.line(prompt)
        return "" if said is None else said.strip()[:1] or "\n"

    def line(self, prompt: str) -> str | None:
        """The next line, without its end."""
        typer.echo(printable(prompt), nl=False)
        said = sys.stdin.readline()
        typer.echo()
        return said.rstrip("\r\n") if said else None


def open_keys() -> Keys:
    """Keys as they are pressed where both ends are a terminal, else lines."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return TerminalKeys()
    return LineKeys()
