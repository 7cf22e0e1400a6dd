"""The values of a proposal in the form of their type, each figure being one of its quotes.

Nothing is repaired but typography: `1 250,50 €` is `1250.50`, `35 %` of a whole is `0.35`, and
`27 juin 2025` is `2025-06-27`. What may be read in two ways is refused.
"""

import re
from collections.abc import Sequence

from savoirfaire.agents.figures import evidence, figures
from savoirfaire.agents.kinds import Field
from savoirfaire.agents.proposals import DroppedError
from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.times import check_date

_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-01)?")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def checked(field: Field, value: str, quotes: Sequence[str]) -> str:
    """The value in the form of its type. Raises DroppedError where its quotes do not carry it."""
    value = value.strip()
    if field.needs_quote and not any(quote.strip() for quote in quotes):
        raise DroppedError("no quote", f"{field.pointer}: {value}")
    month = _MONTH.fullmatch(value) if field.opens_period else None
    if month and f"date:{month[1]}-{int(month[2])}-*" in _known(quotes):
        return _day(f"{month[1]}-{month[2]}-01")
    if field.exact or field.type == "text":
        _check_figures(value, quotes)
    if field.type == "date":
        return _day(value)
    if field.type in {"number", "whole", "amount"}:
        return _number(value, field)
    return value


def _check_figures(value: str, quotes: Sequence[str]) -> None:
    """Every figure of a value stands in its quotes, in one reading or another."""
    known = _known(quotes)
    for figure in figures(value):
        if not figure.readings & known:
            raise DroppedError("figure", f"{figure.quote} / {' … '.join(quotes)}")


def _known(quotes: Sequence[str]) -> frozenset[str]:
    return frozenset[str]().union(*(evidence(quote) for quote in quotes))


def _day(value: str) -> str:
    """A date as `2025-06-27`, from that or from a day in words."""
    said = [reading for each in figures(value) for reading in each.readings]
    try:
        year, month, day = said[0].removeprefix("date:").split("-")
        return check_date(f"{int(year):04}-{int(month):02}-{int(day):02}")
    except (IndexError, ValueError, SavoirError) as error:
        raise DroppedError("value", value) from error


def _number(value: str, field: Field) -> str:
    """A number in plain digits; a share given in hundredths as a part of one."""
    number = value if _PLAIN_NUMBER.fullmatch(value) else _read_number(value)
    if field.fraction and "%" in value:
        return str(float(number) / 100)
    return number


def _read_number(value: str) -> str:
    """The one number in words such as `1 250,50 €`; what may be read in two ways is no number."""
    found = figures(value)
    readings = sorted(found[0].readings) if len(found) == 1 else []
    if len(readings) != 1 or not _PLAIN_NUMBER.fullmatch(readings[0]):
        raise DroppedError("value", value)
    sign = "-" if re.search(r"[-\u2212]\s*\Z", value[: value.find(found[0].quote)]) else ""
    return sign + readings[0]
