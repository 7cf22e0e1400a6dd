"""Merged cells, and formulas without a value: what openpyxl does not tell of a sheet it streams."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from openpyxl.utils.cell import range_boundaries

from savoirfaire.knowledge.readers.grid import Row

_CHUNK = 1_000_000
_OVERLAP = 4_000
_CELL_END = b"</c>"
_MOST_RANGES = 20_000
_WIDEST = 1_000
_RANGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
# A formula whose result is an empty text has no value either, and is of the type "str".
_UNSAVED = re.compile(
    rb'<(?:\w+:)?c(?:\s(?![^<>]*\bt="str")[^<>]*+)?>\s*+<(?:\w+:)?f\b[^<]*+(?:</(?:\w+:)?f>)?'
    rb"\s*+(?:<(?:\w+:)?v\s*+/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"
)


class Range(NamedTuple):
    """The first and last column and row of merged cells."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What the XML of a sheet says besides its cells."""

    ranges: list[Range]
    unsaved: int


def scan(sheet: Any) -> Scan:
    """Look through the XML of a sheet for merged cells and formulas that were never reckoned."""
    ranges: list[Range] = []
    unsaved = 0
    for chunk in _chunks(sheet):
        unsaved += sum(1 for _ in _UNSAVED.finditer(chunk))
        for found in _RANGE.finditer(chunk):
            if len(ranges) < _MOST_RANGES:
                ranges.append(Range(*range_boundaries(found[1].decode())))
    return Scan(ranges, unsaved)


def _chunks(sheet: Any) -> Iterator[bytes]:
    """Give the XML in pieces that end between two elements."""
    with sheet._get_source() as source:  # noqa: SLF001 - its only way to the XML
        rest = b""
        while data := source.read(_CHUNK):
            chunk = rest + data
            cell, tag = chunk.rfind(_CELL_END), chunk.rfind(b">")
            end = cell + len(_CELL_END) if cell >= 0 else max(tag + 1, len(chunk) - _OVERLAP)
            yield chunk[:end]
            rest = chunk[end:]
        yield rest


class Merged:
    """Fills in merged cells, row by row from the top."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._starting: dict[int, list[Range]] = {}
        self._open: list[tuple[Range, str]] = []
        for each in ranges:
            self._starting.setdefault(each.top, []).append(each)

    def row(self, row: Row) -> Row:
        """Give a row with what cells merged from above say in it, and what spans its columns."""
        if not self._starting:
            return row
        self._open = [(each, text) for each, text in self._open if each.bottom >= row.number]
        cells, kinds = dict(row.cells), dict(row.kinds)
        for each, text in self._open:
            if each.left not in cells:
                cells[each.left], kinds[each.left] = text, "text"
        spans: dict[int, str] = {}
        for each in self._starting.get(row.number, ()):
            text = row.cells.get(each.left, "")
            if text and each.bottom > each.top:
                self._open.append((each, text))
            if text and each.right > each.left:
                columns = range(each.left, min(each.right, each.left + _WIDEST) + 1)
                spans |= dict.fromkeys(columns, text)
        if cells.keys() == row.cells.keys():
            return replace(row, spans=spans)
        ordered = dict(sorted(cells.items()))
        return replace(row, cells=ordered, kinds={key: kinds[key] for key in ordered}, spans=spans)
