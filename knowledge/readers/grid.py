"""The tables of a sheet, which may hold several, among titles and remarks: rows as lines.

Rows are one table as long as no row between them is blank. Its header is the first row as wide as
the table that reads like one; a row above it whose cells span several columns becomes a part of
their names. What stands above the header, and rows of one cell, stay lines of their own. Rows that
go on below a blank one under the columns of the last header belong to it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from savoirfaire.knowledge.readers.cells import Kind

_SAMPLE_ROWS = 60
_HEADER_WITHIN = 12
_LONGEST_NAME = 120
_YEAR = re.compile(r"(?:19|20)\d\d")
_WIDE_ENOUGH = 0.6
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank: its cells by column, from 1.

    `kinds` has what each cell is; `spans` the columns that a merged cell covers, with its text;
    `bold` whether all its cells are in bold type.
    """

    number: int
    cells: Mapping[int, str]
    kinds: Mapping[int, Kind] = field(default_factory=dict)
    spans: Mapping[int, str] = field(default_factory=dict)
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a table's columns, and which of these hold numbers only."""

    names: Mapping[int, str] = field(default_factory=dict)
    numeric: frozenset[int] = frozenset()


def lines(rows: Iterable[Row]) -> Iterator[tuple[int, str]]:
    """Give the number and the text of each row; one that became a header gives none."""
    header = Header()
    for block in _blocks(iter(rows)):
        sample = list(islice(block, _SAMPLE_ROWS))
        place = _header_place(sample)
        if place is None:
            known = header if _goes_on(sample, header.names) else Header()
            yield from ((row.number, _line(row, known, apart=True)) for row in chain(sample, block))
            continue
        groups = sample[place - 1] if place and _groups(sample[place - 1]) else None
        header = _header(sample[place], groups, sample[place + 1 :])
        plain = sample[: place - 1] if groups else sample[:place]
        yield from ((row.number, _line(row, Header())) for row in plain)
        if _has_empty_columns(header, sample[place + 1 :]):
            yield sample[place].number, "; ".join(header.names.values())
        for row in chain(sample[place + 1 :], block):
            yield row.number, _line(row, header)


def _blocks(rows: Iterator[Row]) -> Iterator[Iterator[Row]]:
    """Give runs of rows with no blank row between them; each is to be used up before the next."""
    waiting = list(islice(rows, 1))

    def block() -> Iterator[Row]:
        while waiting:
            row = waiting.pop()
            yield row
            following = next(rows, None)
            if following is not None:
                waiting.append(following)
                if following.number != row.number + 1:
                    return

    while waiting:
        yield block()


def _header_place(rows: Sequence[Row]) -> int | None:
    """Give the place of the header, None if these rows have none."""
    widest = max(len(row.cells) for row in rows)
    for place, row in enumerate(rows[:_HEADER_WITHIN]):
        following = rows[place + 1 :]
        wide = len(row.cells) >= max(_PAIR, widest * _WIDE_ENOUGH)
        if not wide or not following or _stands_over_names(row, following):
            continue
        named = _reads_like_names(row, following[0])
        return place if named and (len(row.cells) > _PAIR or _differs(row, following)) else None
    return None


def _stands_over_names(row: Row, following: Sequence[Row]) -> bool:
    """Tell whether a row groups the names that stand in the row below it."""
    return (
        bool(_groups(row))
        and len(following) > 1
        and all(following[0].kinds.get(column, "text") == "text" for column in row.spans)
        and _reads_like_names(following[0], following[1])
    )


def _reads_like_names(row: Row, following: Row) -> bool:
    """Tell names of columns from values: none is a number but a year, or a date above none."""
    for column, text in row.cells.items():
        kind = row.kinds.get(column, "text")
        if kind == "number" and not _YEAR.fullmatch(text):
            return False
        if kind == "date" and following.kinds.get(column, "text") == "date":
            return False
        if len(text) > _LONGEST_NAME or text.endswith(":"):
            return False
    shared = sum(column in row.cells for column in following.cells)
    return shared * 2 >= len(following.cells)


def _differs(row: Row, following: Sequence[Row]) -> bool:
    """Tell whether two cells are names rather than a pair like the pairs below them."""
    if row.bold and not following[0].bold:
        return True
    second = max(row.cells)
    values = [each.kinds[second] for each in following if second in each.kinds]
    return bool(values) and "text" not in values


def _groups(row: Row) -> Mapping[int, str]:
    """Give the names that stand over several columns each, if there are two such names or more."""
    return row.spans if len(set(row.spans.values())) > 1 else {}


def _header(row: Row, groups: Row | None, following: Sequence[Row]) -> Header:
    names = dict(row.cells)
    if groups:
        # What is no group there is a name of its own, one row higher than the others.
        alone = {at: text for at, text in groups.cells.items() if at not in groups.spans}
        grouped = {
            at: f"{groups.spans[at]} {text}" for at, text in names.items() if at in groups.spans
        }
        names = dict(sorted((alone | names | grouped).items()))
    kinds = {column: {each.kinds.get(column, "number") for each in following} for column in names}
    return Header(names, frozenset(column for column in names if kinds[column] == {"number"}))


def _has_empty_columns(header: Header, following: Sequence[Row]) -> bool:
    """Tell whether some names stand above nothing: no row would show them."""
    return not header.names.keys() <= {column for row in following for column in row.cells}


def _goes_on(rows: Sequence[Row], header: Mapping[int, str]) -> bool:
    """Tell whether rows after a blank one stand under the columns of the last header."""
    wide = [row for row in rows if len(row.cells) > 1]
    return bool(wide) and all(set(row.cells) <= set(header) for row in wide)


def _line(row: Row, header: Header, *, apart: bool = False) -> str:
    """Give a row as text; `apart`: a blank row stands between it and the table it belongs to."""
    if len(row.cells) == 1 and (row.spans or "number" not in row.kinds.values()):
        return next(iter(row.cells.values()))
    if not header.names:
        return _unnamed(row)
    names = dict(header.names)
    first = next(iter(row.cells))
    if apart and first in header.numeric and row.kinds.get(first) == "text":
        names[first] = ""  # such as "Total", which no column of numbers is the name of
    return "; ".join(
        f"{names[column]}: {text}" if names.get(column) else text
        for column, text in row.cells.items()
    )


def _unnamed(row: Row) -> str:
    """Give a row without names; of two cells, the first is the name of the second."""
    texts = list(row.cells.values())
    if len(texts) == _PAIR and "number" not in list(row.kinds.values())[:1]:
        return f"{texts[0].rstrip(': ')}: {texts[1]}"
    return "; ".join(texts)
