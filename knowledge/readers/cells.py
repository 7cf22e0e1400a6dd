"""The values of a spreadsheet's cells as text, the same on every machine and in every language.

Dates are ISO dates; numbers have no separators but the decimal point, with a `%` or the currency of
their format. What the format would round away is kept, the noise of a float's last digits is not.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Literal, NamedTuple

from savoirfaire.knowledge.readers.canonical import one_line

Kind = Literal["text", "number", "date"]
Value = str | float | bool | datetime | date | time | timedelta | None

_DIGITS = 12
_LONGEST_FORMAT = 255  # as Excel has it
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_LOCALE = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_NOT_SHOWN = re.compile(r"\[[^\]]*\]|_.|\*.")
_PLACES = re.compile(r"[0#?](?:.*[0#?])?")
_UNIT_EDGES = " \u00a0\u202f()+-,.'"


class _Shape(NamedTuple):
    """What a number format says of a number: a percentage, a unit, leading zeros."""

    percent: bool = False
    before: str = ""
    after: str = ""
    places: int = 0


def text_of(value: Value, number_format: str) -> tuple[str, Kind]:
    """Give a cell's value as text, and what kind of value it is."""
    if isinstance(value, str):
        return _said(value), "text"
    if isinstance(value, bool):
        return str(value).upper(), "text"
    if isinstance(value, int | float):
        return _number(value, _shape(number_format)), "number"
    if isinstance(value, date):
        return _moment(value), "date"
    if isinstance(value, time | timedelta):
        return _clock(value), "date"
    return "", "text"


@lru_cache(maxsize=10_000)
def _said(text: str) -> str:
    """Give the text of a cell as one line; in a table, the same words come again and again."""
    return one_line(text)


@lru_cache(maxsize=1_000)
def _shape(number_format: str) -> _Shape:
    number_format = number_format[:_LONGEST_FORMAT]
    shape = _NOT_SHOWN.sub("", _LOCALE.sub(r"\1", number_format.split(";", maxsplit=1)[0]))
    if "%" in _LITERAL.sub("", shape):
        return _Shape(percent=True)
    written = _LITERAL.sub(lambda found: found[1] or found[2] or "", shape)
    places = _PLACES.search(written)
    # A comma after the last place shows thousands: "12 k€" would be said of 12000 here.
    if not places or written[places.end() :].startswith(","):
        return _Shape()
    before = written[: places.start()].strip(_UNIT_EDGES)
    after = written[places.end() :].strip(_UNIT_EDGES)
    return _Shape(
        before=f"{before} " if before[-1:].isalpha() else before,
        after=f" {after}" if after else "",
        places=len(places[0]) if set(places[0]) == {"0"} else 0,
    )


def _number(value: float, shape: _Shape) -> str:
    if shape.percent:
        return f"{_digits(value * 100)}%"
    sign = "-" if value < 0 else ""
    return f"{sign}{shape.before}{_digits(abs(value)).zfill(shape.places)}{shape.after}"


def _digits(value: float) -> str:
    """Give a number without an exponent, with as many digits as a person would care for."""
    if isinstance(value, int):
        return str(value)
    if not isfinite(value):
        return str(value)
    digits = format(Decimal(f"{value:.{_DIGITS}g}"), "f")
    plain = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if plain == "-0" else plain


def _moment(value: date) -> str:
    day = value.isoformat()[:10]
    clock = _clock(value.time()) if isinstance(value, datetime) else "00:00"
    return day if clock == "00:00" else f"{day} {clock}"


def _clock(value: time | timedelta) -> str:
    """Give a time of day or a length of time in hours and minutes, and seconds if there are any."""
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    else:
        sign, seconds = "", value.hour * 3600 + value.minute * 60 + value.second
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{sign}{hours:02}:{minutes:02}" + (f":{left:02}" if left else "")
