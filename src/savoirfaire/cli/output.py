"""What commands print: JSON for programs, tables and progress for people.

Off a terminal everything is plain text, without a control character. What comes from documents
is made printable first, since a document may hold sequences that drive a terminal, or signs that
make a text read differently from what it is.
"""

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import typer

# The terminal's commands above ASCII, marks that turn a text's direction, unusual line ends.
_UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def emit_json(value: Any) -> None:
    """Print one JSON value on the standard output stream."""
    readable = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not readable, indent=2, allow_nan=False)
    print(_UNSEEN.sub(_escaped, text))


def printable(text: str) -> str:
    """The text without control characters; those that turn or break it unseen are spelt out."""
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")
    return _UNSEEN.sub(_escaped, "".join(kept))


def line(text: str) -> None:
    """Print a line of a command's result, made printable."""
    typer.echo(printable(text))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def coloured(stream: TextIO) -> bool:
    """Whether colours may be written to a stream: a terminal, and no NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their column titles."""
    clean = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(columns, clean)
    else:
        _plain_table([columns, *clean])


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*columns, box=SIMPLE, pad_edge=False)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    Console(no_color=not coloured(sys.stdout)).print(shown)


def _plain_table(rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns, one line a row, whatever its length: made for grep and for files."""
    flat = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*flat, strict=True)]
    for row in flat:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def note(text: str) -> None:
    """Tell the person something that is not the command's result, on standard error."""
    print(printable(text), file=sys.stderr, flush=True)


@contextmanager
def progress(text: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far a command is, on a terminal; gives the function that says so many more."""
    if not sys.stderr.isatty():
        yield lambda _more: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True, no_color=not coloured(sys.stderr))
    with Progress(console=console, transient=True) as shown:
        task = shown.add_task(printable(text), total=total)
        yield lambda more: shown.advance(task, more)
