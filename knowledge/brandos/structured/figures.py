"""Numbers as people write them in French and English: read where there is one reading, else asked.

`1 234,5`, `1,234.5`, `24,5 %`, `€1.2`, `(12)`. What decides whether a comma or a point ends the
whole part is the column, then the table: `24.500` alone may be read two ways, and is not.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.brandos.structured.material import Cell

SIGNS = (".", ",")
_MISSING = {"", "-", "–", "—", "/", "n/a", "na", "nd", "n.d.", "nc", "n.c.", "null", "none", "?"}
_SAID = re.compile(r"[^\W\d_]")
_UNITS = r"%|‰|[€$£]|[kM]€|EUR|USD|GBP|CHF|CAD|h|s|min|ms"
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<minus>[-+−])?\s*(?P<before>{_UNITS})?\s*(?P<minus2>[-−])?"
    rf"(?P<digits>\d[\d.,'’\u00a0\u202f ]{{0,40}})(?P<after>{_UNITS})?\s*(?P<close>\))?"
    r"\s*(?:\(?(?P<tax>HT|TTC|H\.T\.?|T\.T\.C\.?|excl\. VAT|incl\. VAT)\)?)?",
    re.ASCII,
)
_SPACES = "[ \u00a0\u202f'’]"
_WRITTEN = {
    ".": re.compile(
        rf"(?:[1-9]\d{{0,2}}(?:(?:{_SPACES}|,)\d{{3}})+|\d+)(?:\.\d+)?|\.\d+", re.ASCII
    ),
    ",": re.compile(rf"(?:[1-9]\d{{0,2}}(?:(?:{_SPACES}|\.)\d{{3}})+|\d+)(?:,\d+)?|,\d+", re.ASCII),
}
_LONGEST = 100  # characters of a number, with space around
_ODD = 0.2  # of a column's cells that may be no numbers
MIXED = Phrase("its cells have different units")
TWO_WAYS = "{cell} may be read two ways: write 1234 for a thousand, 1.5 or 1,5 for a half"
NO_NUMBERS = Phrase("it holds no numbers")


class Figure(NamedTuple):
    """A number with its unit, by each sign that may end its whole part."""

    readings: dict[str, Decimal]
    unit: str


class Column(NamedTuple):
    """The numbers of a column, by the place of their cell; `why`, where it cannot be read."""

    values: dict[Cell, Decimal]
    unit: str
    odd: list[Cell]
    why: Phrase | None = None


def unsaid(cells: Iterable[Cell]) -> list[Cell]:
    """The cells that say in words that there is no number, such as `n.c.`."""
    return [cell for cell in cells if _SAID.search(cell.words) and is_missing(cell.words)]


def tax(words: str) -> str:
    """What an amount says of the value-added tax: excluded, included, or nothing."""
    found = _NUMBER.fullmatch(words.strip()) if len(words) <= _LONGEST else None
    said = (found["tax"] or "").replace(".", "").casefold() if found else ""
    if said:
        return "excluded" if said in {"ht", "excl vat"} else "included"
    return ""


def is_missing(words: str) -> bool:
    """Whether a cell says that there is nothing to say."""
    return fold(words.strip()) in _MISSING


def figure(words: str) -> Figure | None:
    """The number that words are, in every way it may be read; None where they are none."""
    found = _NUMBER.fullmatch(words.strip()) if len(words) <= _LONGEST else None
    if not found or (found["before"] and found["after"]) or _is_half_open(found):
        return None
    digits = found["digits"].strip()
    negative = bool(found["minus"] in {"-", "−"} or found["minus2"] or found["open"])
    readings = {}
    for sign in SIGNS:
        if _WRITTEN[sign].fullmatch(digits):
            bare = re.sub(rf"{_SPACES}|{re.escape(',' if sign == '.' else '.')}", "", digits)
            value = Decimal(bare.replace(",", "."))
            readings[sign] = -value if negative else value
    return Figure(readings, found["before"] or found["after"] or "") if readings else None


def _is_half_open(found: re.Match[str]) -> bool:
    """Whether only one of two brackets is there: `(12` is no amount below zero."""
    return (found["open"] is None) != (found["close"] is None)


def decimal_sign(columns: Iterable[Sequence[Cell]]) -> str | None:
    """The sign that ends whole parts in a table, where a number tells; None where none does."""
    told = {
        next(iter(found.readings))
        for cells in columns
        for cell in cells
        if (found := figure(cell.words)) and len(found.readings) == 1
    }
    return told.pop() if len(told) == 1 else None


def column(
    cells: Sequence[Cell], sign: str | None, *, odd_ones: float = _ODD, whole: bool = False
) -> Column:
    """Read a column. `sign`: what the table has told, for numbers that their column cannot tell.

    `odd_ones`: the share of its cells that may be no numbers. `whole`: it counts something, so that
    a part of one is no reading.
    """
    said = [cell for cell in cells if not is_missing(cell.words)]
    read = {cell: found for cell in said if (found := figure(cell.words))}
    odd = [cell for cell in said if cell not in read]
    if not read or len(odd) > odd_ones * len(said):
        return Column({}, "", odd, NO_NUMBERS)
    units = {found.unit for found in read.values()}
    if len(units) > 1:
        return Column({}, "", odd, MIXED)
    own = [each for each in SIGNS if all(each in found.readings for found in read.values())]
    if whole and _is_open(read.values()):
        own = [each for each in own if all(_is_whole(f.readings[each]) for f in read.values())]
    if len(own) > 1 and _is_open(read.values()):
        own = [each for each in own if each == sign]
    if not own:
        return Column({}, "", odd, Phrase(TWO_WAYS, cell=_open_cell(read).words[:40]))
    values = {cell: found.readings[own[0]] for cell, found in read.items()}
    return Column(values, units.pop(), odd)


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def _open_cell(read: dict[Cell, Figure]) -> Cell:
    """One that may be read two ways, else the first."""
    return next((cell for cell, found in read.items() if _is_open([found])), next(iter(read)))


def _is_open(read: Iterable[Figure]) -> bool:
    return any(len(set(found.readings.values())) > 1 for found in read)
