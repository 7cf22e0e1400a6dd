"""Periods of validity, `[start, end)` in dates, open where null, and what one leaves of another."""

from typing import NamedTuple

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.times import check_date

_LAST = "~"  # after every date


class Period(NamedTuple):
    """From the first day up to but not including the second; null where it is open."""

    start: str | None = None
    end: str | None = None

    @classmethod
    def of(cls, start: str | None, end: str | None) -> "Period":
        """A period of two dates. Raises SavoirError for no date, and where it would be empty."""
        for day in (start, end):
            if day is not None:
                check_date(day)
        if start is not None and end is not None and end <= start:
            raise SavoirError(
                "{end} is not after {start}",
                end=end,
                start=start,
                hint="A period ends on the first day on which it no longer holds.",
            )
        return cls(start, end)

    def overlaps(self, other: "Period") -> bool:
        """Whether some day is in both."""
        return _first(self) < _end(other) and _first(other) < _end(self)

    def without(self, other: "Period") -> list["Period"]:
        """What is left of it: nothing, the part before `other`, the part after, or both."""
        if not self.overlaps(other):
            return [self]
        left = []
        if _first(self) < _first(other):
            left.append(Period(self.start, other.start))
        if _end(other) < _end(self):
            left.append(Period(other.end, self.end))
        return left


def _first(period: Period) -> str:
    return period.start or ""


def _end(period: Period) -> str:
    return period.end or _LAST
