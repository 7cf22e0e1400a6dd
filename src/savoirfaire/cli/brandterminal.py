"""A Brand OS's page on a terminal: as wide as it is, in plain text where there is none."""

import re
import sys
import textwrap
from typing import TYPE_CHECKING

from savoirfaire.cli.brandmodel import Footnote, Grid, Line, Page
from savoirfaire.cli.messages import _, language
from savoirfaire.cli.output import coloured, printable

if TYPE_CHECKING:
    from rich.console import Console

_SIGN = re.compile(r"(?<=«) | (?=[»:;!?%])")
_WIDEST = 110  # columns: longer lines are hard to read
_NARROWEST = 40


def show(page: Page) -> None:
    """Print the page."""
    from rich.console import Console

    console = Console(no_color=not coloured(sys.stdout), highlight=False, soft_wrap=False)
    console = Console(
        no_color=not coloured(sys.stdout),
        highlight=False,
        width=max(_NARROWEST, min(_WIDEST, console.width)),
    )
    _heading(console, page.title, above=False)
    for each in page.lines:
        _text(console, each, style="dim")
    for section in page.sections:
        _heading(console, section.heading)
        for block in section.blocks:
            if isinstance(block, Grid):
                _grid(console, block)
            else:
                _line(console, block)
    _missing(console, page)
    _sources(console, page.sources)


def _heading(console: "Console", words: str, *, above: bool = True) -> None:
    from rich.text import Text

    if above:
        console.print()
    console.print(Text(printable(words), style="bold cyan"))
    console.print(Text("─" * min(len(words), console.width), style="cyan"))


def _text(
    console: "Console", words: str, *, style: str = "", first: str = "", rest: str = ""
) -> None:
    """Print words wrapped to the width, with a hanging indent."""
    from rich.text import Text

    if language() == "fr":  # a sign does not begin a line, nor a guillemet end one
        words = _SIGN.sub("\u00a0", words)
    for paragraph in printable(words).split("\n"):
        wrapped = textwrap.wrap(
            paragraph,
            console.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )
        for line in wrapped or [""]:
            console.print(Text(line, style=style), crop=False)
        first = rest


def _line(console: "Console", line: Line) -> None:
    label = _("{label}: ").format(label=line.label) if line.label else ""
    text = f"— {line.text} —" if line.head else line.text
    words = f"{label}{text}{_marks(line.marks)}"
    first, rest = ("  • ", "    ") if line.bullet else ("", "")
    _text(console, words, style="bold" if line.strong else "", first=first, rest=rest)


def _marks(marks: tuple[int, ...]) -> str:
    return f" [{', '.join(map(str, marks))}]" if marks else ""


def _grid(console: "Console", grid: Grid) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if _least_width(grid) > console.width:
        for cells, marks in grid.rows:
            said = (
                f"{name} {cell}" if place and place in grid.numeric else cell
                for place, (name, cell) in enumerate(zip(grid.columns, cells, strict=True))
            )
            words = " · ".join(filter(None, said)) + _marks(marks)
            _text(console, words, first="  • ", rest="    ")
        return
    sourced = any(marks for _cells, marks in grid.rows)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for place, name in enumerate(grid.columns):
        numeric = place in grid.numeric
        whole = numeric or place in grid.whole
        table.add_column(name, justify="right" if numeric else "left", no_wrap=whole)
    if sourced:
        table.add_column("", style="dim")
    for cells, marks in grid.rows:
        shown = [Text(printable(cell).replace("\n", " ")) for cell in cells]
        table.add_row(*shown, *([_marks(marks).strip()] if sourced else []))
    console.print()
    console.print(table)
    console.print()


def _least_width(grid: Grid) -> int:
    """What a table needs to be read: numbers whole, words cut at a third of a line."""
    widths = [
        max(len(name), *(len(cells[place]) for cells, _ignored in grid.rows))
        for place, name in enumerate(grid.columns)
    ]
    return sum(min(width, _WIDEST // 8) + 3 for width in widths)


def _missing(console: "Console", page: Page) -> None:
    if not page.missing:
        return
    _heading(console, _("What is missing, and what to do next"))
    for command, todo in page.todo().items():
        for each in todo:
            words = f"{each.said} {each.advice}".rstrip()
            _text(console, words, first="  • ", rest="    ")
        _text(console, command, style="bold", first="    $ ", rest="      ")
        console.print()


def _sources(console: "Console", notes: list[Footnote]) -> None:
    if not notes:
        return
    _heading(console, _("Sources"))
    for note in notes:
        words = f"[{note.number}] {where(note)}{f': {note.quote}' if note.quote else ''}"
        _text(console, words, style="dim", rest="    ")


def where(note: Footnote) -> str:
    """Where a source says it: its path, the place in it, and the span of its text."""
    if not note.quote:  # a person's own words
        return note.path
    span = f"{note.start}–{note.end}" if note.start is not None else _("(no longer found there)")
    return f"{note.path}{f', {note.place},' if note.place else ''} {span}"
