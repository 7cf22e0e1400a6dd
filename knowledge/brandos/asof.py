"""Records as they could be told on a day: without what their own dates put after it.

A record holds from its `valid_from` on. Within it, points of a series, changes of a strategy and
the day on which something was said or published have dates of their own.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from savoirfaire.knowledge.brandos.forms import ChannelPerformance, Point, Strategy
from savoirfaire.knowledge.brandos.records import Citation, Record

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def told_by(records: Iterable[Record], day: str, today: str) -> list[Record]:
    """The records as far as their own dates are not after a day.

    Of a day before `today`, a value for a week, month, quarter or year is left out that was not
    over by then. A series without any point left is left out, as is what was said later.
    """
    found = (_told_by(record, day, whole=day < today) for record in records)
    return [record for record in found if record is not None]


def without(record: Record, field: str, kept: Sequence[int]) -> Record:
    """A record with only these items of a field, and the citations that are of what is left."""
    items = getattr(record.data, field)
    data = record.data.model_copy(update={field: tuple(items[place] for place in kept)})
    now = {place: str(at) for at, place in enumerate(kept)}
    moved = (_moved(each, f"/{field}/", now) for each in record.citations)
    return record.model_copy(update={"data": data, "citations": [each for each in moved if each]})


def _moved(citation: Citation, prefix: str, now: dict[int, str]) -> Citation | None:
    if not citation.field.startswith(prefix):
        return citation
    place, slash, rest = citation.field[len(prefix) :].partition("/")
    if int(place) not in now:
        return None
    return citation.model_copy(update={"field": f"{prefix}{now[int(place)]}{slash}{rest}"})


def _told_by(record: Record, day: str, *, whole: bool) -> Record | None:
    data: Any = record.data
    if isinstance(data, ChannelPerformance):
        kept = [
            place
            for place, point in enumerate(data.points)
            if (_last_day(point, data.period) if whole else point.date) <= day
        ]
        return _some(record, "points", kept, data.points) if kept else None
    if (getattr(data, "date", None) or "") > day:
        return None
    if isinstance(data, Strategy):
        kept = [place for place, each in enumerate(data.changes) if (each.date or "") <= day]
        return _some(record, "changes", kept, data.changes)
    return record


def _some(record: Record, field: str, kept: Sequence[int], items: Sequence[Any]) -> Record:
    return record if len(kept) == len(items) else without(record, field, kept)


def _last_day(point: Point, period: str) -> str:
    first = date.fromisoformat(point.date)
    if period == "week":
        return (first + timedelta(days=6)).isoformat() if first.year < date.max.year else point.date
    if period not in _MONTHS:
        return point.date
    months = first.year * 12 + first.month - 1 + _MONTHS[period]
    year, month = divmod(months, 12)
    if year > date.max.year:
        return date.max.isoformat()
    return (date(year, month + 1, 1) - timedelta(days=1)).isoformat()
