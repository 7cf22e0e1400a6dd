"""Dates and periods as people write them in French and English, read where there is one reading.

`2025-03-01`, `27/06/2025`, `1er mars 2025`, `March 1, 2025`, `mars 2025`, `2025-03`, `T1 2025`,
`Q1 2025`, `2025-W12`, `S12 2025`, `2025`. Of `03/04/2025` a column tells by its other dates which
number is the month; where it does not, the table's language does, and else nothing is read. Of
`31/03/25` the last number is the year where the column has no more of these than of the others.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from savoirfaire.knowledge.analysis import fold

Period = Literal["day", "week", "month", "quarter", "year"]
_NAMES = (
    ("january", "janvier", "jan", "janv"),
    ("february", "fevrier", "feb", "fev", "fevr"),
    ("march", "mars", "mar"),
    ("april", "avril", "apr", "avr"),
    ("may", "mai"),
    ("june", "juin", "jun"),
    ("july", "juillet", "jul", "juil"),
    ("august", "aout", "aug"),
    ("september", "septembre", "sep", "sept"),
    ("october", "octobre", "oct"),
    ("november", "novembre", "nov"),
    ("december", "decembre", "dec"),
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_CLOCK = r"(?:[ t,]+(?:a |at )?\d{1,2}[:h]\d{0,2}.{0,20})?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ISO = re.compile(rf"{_YEAR}[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?){_CLOCK}")
_SLASHED = re.compile(rf"(?P<one>\d\d?)(?P<sign>[-/.])(?P<two>\d\d?)(?P=sign){_YEAR}{_CLOCK}")
_SHORT = re.compile(rf"(?P<one>\d\d?)(?P<sign>[/.])(?P<two>\d\d?)(?P=sign)(?P<year>\d\d){_CLOCK}")
_OLDEST = 70  # of a year's last two digits; below, it is of this century
_DAY_FIRST = re.compile(rf"(?:\w{{2,10}}\.?,? )?(?P<d>\d\d?)(?:er|st|nd|rd|th)? {_MONTH},? {_YEAR}")
_MONTH_FIRST = re.compile(rf"(?:\w{{2,10}}\.?,? )?{_MONTH} (?P<d>\d\d?)(?:st|nd|rd|th)?,? {_YEAR}")
_OF_MONTH = re.compile(rf"{_MONTH}[ -]{_YEAR}")
_NUMBERED = re.compile(rf"(?:{_YEAR}[-/.](?P<m>\d\d?)|(?P<m2>\d\d?)[/.](?P<year2>(?:19|20)\d\d))")
_QUARTER = re.compile(
    rf"(?:[qt](?P<q>[1-4])[ -]?{_YEAR}|(?P<year2>(?:19|20)\d\d)[ -]?[qt](?P<q2>[1-4]))"
)
_WEEK = re.compile(
    rf"(?:(?:s|w|sem|semaine|week)\.? ?(?P<w>\d\d?)[ ,/-]*{_YEAR}"
    rf"|(?P<year2>(?:19|20)\d\d)[ -]?[sw](?P<w2>\d\d?))"
)
# In French the first or second half of a year too, where no other week tells.
_HALF = re.compile(r"s\.? ?[12][ ,/-]*(?:19|20)\d\d|(?:19|20)\d\d[ -]?s[12]")
_ONLY_YEAR = re.compile(_YEAR)
_LONGEST = 40


class Moment(NamedTuple):
    """The first day of a period."""

    day: str
    period: Period


def moments(written: Sequence[str], *, day_first: bool | None = None) -> list[Moment | None]:
    """The dates of a column; None for each that is none, or may be read two ways.

    `day_first`: how `03/04/2025` is read where no date of the column tells; None: not at all.
    """
    folded = _long_years([_words(words) for words in written])
    order = _told(folded)
    day_first = order if order is not None else day_first
    halves = {words for words in folded if _HALF.fullmatch(words)}
    if any(_WEEK.fullmatch(words) for words in set(folded) - halves):
        halves = set()
    return [None if words in halves else _moment(words, day_first=day_first) for words in folded]


def moment(written: str, *, day_first: bool | None = None) -> Moment | None:
    """One date."""
    return moments([written], day_first=day_first)[0]


def _words(written: str) -> str:
    return " ".join(fold(written).split()) if len(written) <= _LONGEST else ""


def _long_years(folded: list[str]) -> list[str]:
    """The dates with their years in full, where the last number can only be the year."""
    short = [found for words in folded if (found := _SHORT.fullmatch(words))]
    years, firsts = ({found[name] for found in short} for name in ("year", "one"))
    if not short or len(years) > len(firsts):
        return folded
    return [_SHORT.sub(_in_full, words) if _SHORT.fullmatch(words) else words for words in folded]


def _in_full(found: re.Match[str]) -> str:
    century = "19" if int(found["year"]) >= _OLDEST else "20"
    return found["sign"].join((found["one"], found["two"], century + found["year"]))


def _told(folded: Sequence[str]) -> bool | None:
    """Whether days come first, told by those that no month could be."""
    pairs = [(int(f["one"]), int(f["two"])) for words in folded if (f := _SLASHED.fullmatch(words))]
    first, second = (any(pair[at] > 12 for pair in pairs) for at in (0, 1))  # noqa: PLR2004 - months
    return None if first == second else first


def _moment(words: str, *, day_first: bool | None) -> Moment | None:
    if found := _SLASHED.fullmatch(words):
        return _slashed(found, day_first=day_first)
    for form, read in _FORMS:
        if found := form.fullmatch(words):
            return read(found)
    return None


def _slashed(found: re.Match[str], *, day_first: bool | None) -> Moment | None:
    one, two = found["one"], found["two"]
    if found["sign"] == "." or one == two:  # only days come first there
        day_first = True
    if day_first is None:
        return None
    return _day(found["year"], *((two, one) if day_first else (one, two)))


def _day(year: str, month: str | int, day: str | int, period: Period = "day") -> Moment | None:
    try:
        return Moment(date(int(year), int(month), int(day)).isoformat(), period)
    except ValueError:
        return None


def _week(year: str, week: str) -> Moment | None:
    try:
        return Moment(date.fromisocalendar(int(year), int(week), 1).isoformat(), "week")
    except ValueError:
        return None


_FORMS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Moment | None]]] = (
    (_ISO, lambda f: _day(f["year"], f["m"], f["d"])),
    (_DAY_FIRST, lambda f: _day(f["year"], _MONTHS[f["month"]], f["d"])),
    (_MONTH_FIRST, lambda f: _day(f["year"], _MONTHS[f["month"]], f["d"])),
    (_OF_MONTH, lambda f: _day(f["year"], _MONTHS[f["month"]], 1, "month")),
    (_NUMBERED, lambda f: _day(f["year"] or f["year2"], f["m"] or f["m2"], 1, "month")),
    (
        _QUARTER,
        lambda f: _day(f["year"] or f["year2"], 3 * int(f["q"] or f["q2"]) - 2, 1, "quarter"),
    ),
    (_WEEK, lambda f: _week(f["year"] or f["year2"], f["w"] or f["w2"])),
    (_ONLY_YEAR, lambda f: _day(f["year"], 1, 1, "year")),
)
