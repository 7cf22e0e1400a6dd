"""CSV and TSV: one line for each row, `header: value; header: value`.

The delimiter is the one that cuts most rows into the same number of cells. The header is the
first row as wide as the table, if it reads like one; lines above it stay lines of their own.
Cells keep their words as written: `1 234,56 €` and `27/06/2025` mean what their reader knows.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from savoirfaire.knowledge.readers.canonical import Pieces, clean, one_line
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.encoding import decode

# In this order where two cut equally well: commas stand in numbers and names too.
_DELIMITERS = "\t;|,"
_DECLARED = re.compile(r"sep=(.)\n", re.IGNORECASE)
_SAMPLE_CHARACTERS = 64_000
_SAMPLE_ROWS = 200
_MONEY = r"(?:[€$£%]|EUR|USD|GBP|CHF|[kM]€)"
_NUMBER = re.compile(rf"\(?[-+−]?\s?{_MONEY}?\s?[-+−]?\d[\d\s.,'’]*\s?{_MONEY}?\)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DAY = (
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d"
    r"|\d{1,2}(?:er|st|nd|rd|th)?[\s-][^\W\d]{3,9}\.?[\s-]\d{4}"  # 27 juin 2025
)
_DATE = re.compile(rf"(?:{_DAY})(?:[ T]\d\d?[:h].*)?")


def read(data: bytes, limits: Limits) -> Document:
    """Give the table as lines; each row's locator counts rows as a spreadsheet does, from 1."""
    decoded, encoding = decode(data)
    text = clean(decoded)
    declared = _DECLARED.match(text)
    delimiter = declared[1] if declared else _delimiter(text)
    pieces = Pieces(limits, joint="\n")
    rows = _rows(text[declared.end() :] if declared else text, delimiter)
    for number, line in _lines(rows):
        pieces.add(line, f"row {number}")
    meta = {"encoding": encoding, "delimiter": delimiter}
    return Document(pieces.text(), kind="table", locators=pieces.locators, meta=meta)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    # The csv module's limit on a field is one for the whole process: it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, row in enumerate(reader, 1):
        if any(row):
            yield number, [one_line(cell) for cell in row]


def _delimiter(text: str) -> str:
    sample = text[:_SAMPLE_CHARACTERS]
    if len(text) > len(sample) and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    return max(_DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter))


def _regularity(sample: str, delimiter: str) -> float:
    widths = [len(row) for _, row in islice(_rows(sample, delimiter), _SAMPLE_ROWS)]
    width, count = _commonest(widths)
    return count / len(widths) if width > 1 else 0.0


def _commonest(widths: Sequence[int]) -> tuple[int, int]:
    """Give the commonest width, the larger of two, and how many rows have it."""
    counts = Counter(widths)
    return max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))


def _lines(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, str]]:
    sample = list(islice(rows, _SAMPLE_ROWS))
    first = _first_of_table([row for _, row in sample])
    for number, row in sample[:first]:
        yield number, "; ".join(filter(None, row))
    header: list[str] = []
    # A header with nothing under it is all there is to know: it stays a row.
    if first < len(sample) - 1 and _is_header(sample[first][1], sample[first + 1][1]):
        header = sample[first][1]
        first += 1
    for number, row in chain(sample[first:], rows):
        yield number, _line(header, row)


def _first_of_table(rows: Sequence[Sequence[str]]) -> int:
    """Give the place of the first row that is as wide as most, and no title in its first cell."""
    width, _ = _commonest([len(row) for row in rows])
    wide = [place for place, row in enumerate(rows) if len(row) == width]
    named = (place for place in wide if width == 1 or sum(map(bool, rows[place])) > 1)
    return next(named, wide[0] if wide else 0)


def _is_header(row: Sequence[str], following: Sequence[str]) -> bool:
    """Tell names of columns from values.

    A value is often a number, though a year may be a name; a date is a name above what is none.
    """
    below = chain(following, [""] * len(row))
    return not any(
        (_NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell) and not _DATE.fullmatch(cell))
        or (_DATE.fullmatch(cell) and _DATE.fullmatch(under))
        for cell, under in zip(row, below, strict=False)
    )


def _line(header: Sequence[str], row: Sequence[str]) -> str:
    names = chain(header, [""] * len(row))
    cells = [
        f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell
    ]
    return "; ".join(cells)
