"""Which passages of a client a search keeps to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.times import AsOf, check_date

KEYWORDS = ("kind", "channel", "author")
NUMBERS = ("date", "known")
"""What the index keeps of a passage besides its words: `keywords` and `numbers` give it."""

UNDATED = 0
_LAST_DAY = 99_991_231
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Where:
    """Conditions that all hold; one that is empty keeps everything.

    Of several kinds, channels or authors any one will do; channels and authors are compared
    without case and accents. `since` and `until` are dates, both included: a passage without a date
    is in no period. `as_of` leaves out what was dated or recorded later; what has no date stays.
    Raises SavoirError for a date that is none, for a period without a day, and for an empty
    keyword.
    """

    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    as_of: AsOf | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be compared."""
        for day in (self.since, self.until):
            if day is not None:
                check_date(day)
        if self.since and self.until and self.since > self.until:
            raise SavoirError(
                "no day is both from {since} on and up to {until}",
                since=self.since,
                until=self.until,
            )
        for values in (self.kinds, self.channels, self.authors):
            if isinstance(values, str) or not all(isinstance(v, str) and v for v in values):
                raise SavoirError("a filter needs words, not {values}", values=repr(values))

    def keywords(self) -> dict[str, tuple[str, ...]]:
        """The values of which a passage must have one, by keyword."""
        wanted = {
            "kind": self.kinds,
            "channel": tuple(fold(value) for value in self.channels),
            "author": tuple(fold(value) for value in self.authors),
        }
        return {key: values for key, values in wanted.items() if values}

    def ranges(self) -> dict[str, tuple[int, int]]:
        """The least and the greatest value that a passage may have, both included, by number."""
        wanted: dict[str, tuple[int, int]] = {}
        first = day_number(self.since) if self.since else UNDATED
        last = day_number(self.until) if self.until else _LAST_DAY
        if self.until and not self.since:
            first = UNDATED + 1
        if self.as_of:
            last = min(last, day_number(self.as_of.valid))
        if first > UNDATED or last < _LAST_DAY:
            wanted["date"] = (first, last)
        if self.as_of and self.as_of.known:
            wanted["known"] = (0, instant_number(self.as_of.known))
        return wanted


EVERYTHING = Where()
"""No condition: all passages of the client that is asked for."""


def day_number(day: str | None) -> int:
    """A date as a number that orders as it does: 20250301; UNDATED for none."""
    return int(day.replace("-", "")) if day else UNDATED


def instant_number(instant: str) -> int:
    """An instant of the ledger as milliseconds since 1970, which a double holds exactly."""
    return (datetime.fromisoformat(instant) - _EPOCH) // timedelta(milliseconds=1)


def keywords(kind: str, channel: str | None, author: str | None) -> Mapping[str, str]:
    """What a passage can be kept by, as the index holds it."""
    found = {"kind": kind, "channel": fold(channel or ""), "author": fold(author or "")}
    return {key: value for key, value in found.items() if value}


def numbers(date: str | None, ingested_at: str) -> Mapping[str, int]:
    """A passage's place in time, as the index holds it."""
    return {"date": day_number(date), "known": instant_number(ingested_at)}
