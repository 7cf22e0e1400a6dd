"""The tables in a source's text, read back from the lines that the readers make of them.

Sheets and CSV files have a line a row, `header: value; header: value`; Word and Markdown tables a
line a row with `|` between the cells. Each cell is given with its place. A row that cannot be read
back for sure (a name twice, or names out of their order) is left out and counted.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from savoirfaire.knowledge.brandos.structured.material import Cell, Material

MOST_ROWS = 20_000
"""Rows of one table; a longer one is left to those who measure with a database."""

MOST_NAMES = 400
"""Columns of one table, such as the days of a year."""

_ROW = re.compile(r"(?:sheet (?P<sheet>.*), )?row \d+")
_TABLE = re.compile(r"table \d+")
_NAME = re.compile(r"([^:]{1,120}?): ")
_DASHES = re.compile(r":?-+:?")
_SURE = 2  # how often a name must occur where there are rows enough to tell
_FEW = 5


@dataclass(frozen=True)
class Table:
    """A table: its names of columns in order, and its rows, cells by name.

    `title` is the name of its sheet, or empty. `unread` is how many rows were left out.
    """

    title: str
    names: Sequence[str]
    rows: Sequence[dict[str, Cell]] = field(repr=False)
    unread: int = 0
    is_sheet: bool = False

    def column(self, name: str) -> list[Cell]:
        """The cells of a column that are there."""
        return [row[name] for row in self.rows if name in row]


def tables(material: Material) -> Iterator[Table]:
    """Every table of a source with names of columns; one that is too long has no rows."""
    by_sheet: dict[str | None, list[tuple[int, int]]] = {}
    reached = 0
    for place in material.places:
        if place.start < reached or place.end > len(material.text):
            continue  # what is read once is not read again in another table
        if found := _ROW.fullmatch(place.label):
            by_sheet.setdefault(found["sheet"], []).append((place.start, place.end))
            reached = place.end
        elif _TABLE.fullmatch(place.label):
            reached = place.end
            yield from _piped(material, place.start, place.end)
    for sheet, spans in by_sheet.items():
        yield from _named(material, sheet, spans)
    if not material.places:
        for start, end in _between_rules(material.text):
            yield from _piped(material, start, end)


# --- `header: value; header: value` ---------------------------------------------------------------


def _named(material: Material, sheet: str | None, spans: list[tuple[int, int]]) -> Iterator[Table]:
    title, is_sheet = sheet or "", sheet is not None
    if len(spans) > MOST_ROWS:
        yield Table(title, (), (), unread=len(spans), is_sheet=is_sheet)
        return
    lines = [_segments(material.text, start, end) for start, end in spans]
    names = _names(lines)
    if not names:
        return
    if len(names) > MOST_NAMES:
        yield Table(title, (), (), unread=len(spans), is_sheet=is_sheet)
        return
    order = {name: place for place, name in enumerate(names)}
    read = [_cells(material.text, line, order) for line in lines]
    rows = [row for row in read if row]
    yield Table(title, names, rows, unread=sum(row is None for row in read), is_sheet=is_sheet)


def _segments(text: str, start: int, end: int) -> list[Cell]:
    found = []
    for words in text[start:end].split("; "):
        found.append(Cell(words, start))
        start += len(words) + 2
    return found


def _names(lines: Sequence[Sequence[Cell]]) -> list[str]:
    """The names of the columns, in an order that most rows have."""
    counts: Counter[str] = Counter()
    after: Counter[tuple[str, str]] = Counter()
    for line in lines:
        found = [name[1] for cell in line if (name := _NAME.match(cell.words))]
        counts.update(dict.fromkeys(found, 1))
        after.update(pairwise(found))
    enough = _SURE if len(lines) >= _FEW else 1
    known = [name for name, count in counts.items() if count >= enough]
    return known if len(known) > MOST_NAMES else _in_order(known, after)


def _in_order(names: list[str], after: Counter[tuple[str, str]]) -> list[str]:
    """Put each name before those it was seen before; a name first seen late is put in its place."""
    ordered: list[str] = []
    for name in names:
        place = next(
            (i for i, other in enumerate(ordered) if after[name, other] > after[other, name]),
            len(ordered),
        )
        ordered.insert(place, name)
    return ordered


def _cells(text: str, line: Sequence[Cell], order: dict[str, int]) -> dict[str, Cell] | None:
    """A row's cells by name; None where they cannot be told apart. Words go on after a `; `."""
    spans: dict[str, tuple[int, int]] = {}
    last, reached = "", -1
    for cell in line:
        found = _NAME.match(cell.words)
        if found and found[1] in order:
            last = found[1]
            if order[last] <= reached:
                return None
            reached = order[last]
            spans[last] = (cell.start + found.end(), cell.end)
        elif last:
            spans[last] = (spans[last][0], cell.end)
    return {name: Cell(text[start:end], start) for name, (start, end) in spans.items()}


# --- a | b | c ------------------------------------------------------------------------------------


def _between_rules(text: str) -> Iterator[tuple[int, int]]:
    """Where Markdown has tables: a row, a rule below it, and all that begins with a pipe below."""
    before, start, at, end = "", -1, 0, 0
    for line in text.split("\n"):
        if start >= 0 and not line.startswith("|"):
            yield start, end
            start = -1
        if start < 0 and before.startswith("|") and line.startswith("|") and _is_rule(line):
            start = at - len(before) - 1
        before, end = line, at + len(line)
        at = end + 1
    if start >= 0:
        yield start, end


def _is_rule(line: str) -> bool:
    """Whether a line of a table is the one below its head: dashes between pipes."""
    kept = line.strip()
    if "|" not in kept or not set(kept) <= set("|:- \t"):
        return False
    cells = kept.removeprefix("|").removesuffix("|").split("|")
    return all(_DASHES.fullmatch(cell.strip()) for cell in cells)


def _piped(material: Material, start: int, end: int) -> Iterator[Table]:
    lines = material.text[start:end].split("\n")
    if len(lines) > MOST_ROWS or lines[0].count("|") > MOST_NAMES:
        yield Table("", (), (), unread=len(lines))
        return
    rows = []
    for line in lines:
        if not _is_rule(line):
            rows.append(_between_pipes(line, start))
        start += len(line) + 1
    names = [cell.words for cell in rows[0]] if rows else []
    if len(rows) > 1 and len(set(names)) == len(names) > 1:
        whole = [row for row in rows[1:] if len(row) == len(names)]
        read = [
            {name: cell for name, cell in zip(names, row, strict=True) if name and cell.words}
            for row in whole
        ]
        yield Table("", names, read, unread=len(rows) - 1 - len(whole))


def _between_pipes(line: str, start: int) -> list[Cell]:
    cells = []
    for words in line.split("|"):
        kept = words.strip()
        cells.append(Cell(kept, start + words.find(kept)))
        start += len(words) + 1
    if line.lstrip().startswith("|"):
        cells = cells[1:]
    return cells[:-1] if line.rstrip().endswith("|") else cells
