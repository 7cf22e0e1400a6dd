"""Time on two axes: when something held in the world, and when the ledger said so.

Both are half-open intervals, `[from, to)`, open where null. Valid time is in dates (`2025-03-01`),
known time in instants of the database's clock (`2025-03-01T09:30:00.000Z`); both compare as text.
The words are those of bitemporal databases (Snodgrass, "Developing Time-Oriented Database
Applications in SQL", 1999; SQL:2011 calls them application time and system time).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_

from savoirfaire.errors import SavoirError

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True)
class AsOf:
    """A point on both axes: a date in the world, and an instant of what was known.

    `known=None` is all that is known now. Raises SavoirError for what is no date or instant.
    """

    valid: str
    known: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would compare wrongly."""
        check_date(self.valid)
        if self.known is not None:
            check_instant(self.known)

    @classmethod
    def at(cls, valid: str, known: str | None = None) -> "AsOf":
        """A point whose known time may be given as a day, which counts to its end."""
        if known is not None and len(known) == len("2025-03-01"):
            known = f"{check_date(known)}T23:59:59.999Z"
        return cls(valid, known)


def check_date(value: str) -> str:
    """Return a date such as `2025-03-01`; SavoirError for anything else."""
    try:
        if date.fromisoformat(value).isoformat() == value:
            return value
    except (ValueError, TypeError):
        pass
    raise SavoirError("{value} is not a date such as 2025-03-01", value=repr(value))


def check_instant(value: str) -> str:
    """Return an instant as the ledger writes it; SavoirError for anything else."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise SavoirError("{value} is not an instant such as 2025-03-01T09:30:00.000Z", value=value)


def holds(table: Table, point: AsOf) -> ColumnElement[bool]:
    """What rows of `table` said at `point.known` to be so at `point.valid`.

    The table has the columns `valid_from`, `valid_to`, `known_from`, `known_to`; a row without
    `known_from` was never said.
    """
    c: Any = table.c
    known = (
        c.known_to.is_(None)
        if point.known is None
        else and_(c.known_from <= point.known, or_(c.known_to.is_(None), c.known_to > point.known))
    )
    return and_(
        c.known_from.is_not(None),
        known,
        or_(c.valid_from.is_(None), c.valid_from <= point.valid),
        or_(c.valid_to.is_(None), c.valid_to > point.valid),
    )
