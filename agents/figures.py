"""Numbers, versions, amounts and dates in a text, compared digit by digit.

A figure is read in every way its typography allows: `1,000`, `1 000` and `1.000` may be one
thousand, `3,5` may be `3.5`, `27 June 2025` is `2025-06-27`. Digits themselves are never
changed, rounded or padded.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from savoirfaire.agents.prose import hide_urls
from savoirfaire.knowledge.terms import SPACES

_SPACE = re.compile(f"[{SPACES}]")
_MONTHS = [
    "January Jan janvier",
    "February Feb février",
    "March Mar mars",
    "April Apr avril",
    "May mai",
    "June Jun juin",
    "July Jul juillet",
    "August Aug août",
    "September Sept septembre",
    "October Oct octobre",
    "November Nov novembre",
    "December Dec décembre",
]
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH |= {name.capitalize(): number for name, number in _MONTH.items()}
_NAMES = rf"(?:{'|'.join(_MONTH)})\b(?:(?<=\b[A-Z][a-z][a-z])\.(?= \d))?"
_DAY = r"(?<![\d.,])\d{1,2}(?:st|nd|rd|th|er)?"
_DATE = re.compile(
    rf"(?P<day>{_DAY}) (?:of )?(?P<month>{_NAMES})(?:,? (?P<year>\d{{4}})(?!\d|[.,]\d))?"
    rf"|(?P<month2>\b{_NAMES}) (?P<year2>\d{{4}})(?!\d|[.,]\d)"
    rf"|(?P<month3>\b{_NAMES}) (?P<day3>\d{{1,2}}(?:st|nd|rd|th)?)(?!\d|[.,]\d|\w)"
    r"(?:,? (?P<year3>\d{4})(?!\d|[.,]\d))?"
    r"|(?<!\d)(?P<year4>\d{4})[-/](?P<month4>\d{2})[-/](?P<day4>\d{2})(?!\d)"
)
_NUMBER = re.compile(
    r"(?<!\d)(?P<digits>(?:[1-9]\d{0,2}(?: \d{3})+(?!\d)|\d+)(?:[.,]\d+)*)(?:[kKMBG](?!\w))?"
)
_GROUP = 3  # digits between two thousands separators


class Figure(NamedTuple):
    """A figure as written, and every way to read it."""

    quote: str
    readings: frozenset[str]


def figures(text: str) -> list[Figure]:
    """The figures of `text`, in order; addresses have none, nor have words such as `P2P`."""
    level = _SPACE.sub(" ", hide_urls(text))
    found, end = [], 0
    for date in _DATE.finditer(level):
        found += _numbers(text, level, end, date.start())
        found.append(Figure(text[date.start() : date.end()], frozenset({_date(date)})))
        end = date.end()
    return found + _numbers(text, level, end, len(level))


def evidence(text: str) -> frozenset[str]:
    """Every reading that `text` supports: its figures, and the numbers and parts of its dates."""
    level = _SPACE.sub(" ", hide_urls(text))
    readings = {r for each in _numbers(text, level, 0, len(level)) for r in each.readings}
    for date in _DATE.finditer(level):
        readings.update(_parts(_date(date)))
    return frozenset(readings)


def _numbers(text: str, level: str, start: int, end: int) -> list[Figure]:
    found = []
    for number in _NUMBER.finditer(level, start, end):
        named = level[max(number.start() - 1, 0) : number.start()].isalpha()
        stop = number.end("digits") if named else number.end()
        digits = level[number.start() : stop]
        if not (named and digits == "2" and level[stop : stop + 1].isalpha()):  # P2P: `to`
            readings = frozenset(_readings(digits))
            found.append(Figure(text[number.start() : stop], readings))
    return found


def _readings(number: str) -> Iterator[str]:
    """The values a number may have, `.` being the decimal mark."""
    number, marks = number.replace(" ", ""), re.findall(r"[.,]", number)
    parts = re.split(r"[.,]", number)
    if len(set(marks)) > 1:  # 1,234.56: the last mark is the decimal one
        yield "".join(parts[:-1]) + "." + parts[-1]
        return
    yield ".".join(parts)
    digits = [*parts[:-1], parts[-1].rstrip("kKMBG")]
    if marks and _grouped(digits):
        yield "".join(parts)


def _grouped(parts: list[str]) -> bool:
    head, *groups = parts
    return len(head) <= _GROUP and head[0] != "0" and {len(g) for g in groups} == {_GROUP}


def _date(match: re.Match[str]) -> str:
    """A date as `date:YEAR-MONTH-DAY`, `*` for what is not said."""
    said = {name.rstrip("234"): value for name, value in match.groupdict().items() if value}
    month = said["month"].rstrip(".")
    number = int(month) if month.isdigit() else _MONTH[month]
    day = re.match(r"\d+", said.get("day", ""))
    return f"date:{said.get('year', '*')}-{number}-{int(day.group()) if day else '*'}"


def _parts(date: str) -> set[str]:
    """A full date supports its year, its day and month, its month and year."""
    year, month, day = date.removeprefix("date:").split("-")
    return {date, f"date:*-{month}-{day}", f"date:{year}-{month}-*", year}
