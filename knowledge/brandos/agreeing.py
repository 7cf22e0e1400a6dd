"""Series of one metric from several sources: where they contradict each other, and put together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from savoirfaire.knowledge.brandos.forms import ChannelPerformance
from savoirfaire.knowledge.brandos.records import Citation, Record
from savoirfaire.knowledge.brandos.versions import differing

SERIES = "channel_performance"


def conflicting(kind: str, one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The fields in which two records of one kind and key contradict each other.

    Two series do only where they have other units, or other values for one date: of other dates,
    they go on where the other ends.
    """
    if kind != SERIES:
        return differing(one, other)
    fields = ["unit"] if one["unit"] != other["unit"] else []
    mine, theirs = _values(one["points"]), _values(other["points"])
    said = any(_differ(mine[day], theirs[day]) for day in mine.keys() & theirs.keys())
    return [*fields, "points"] if said else fields


def merged(records: Sequence[Record]) -> list[Record]:
    """Series, those of one channel, metric, unit and period put together where none contradicts."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.key].append(record)
    found: list[Record] = []
    for group in groups.values():
        found += [_together(group)] if _agree(group) else group
    return found


def _agree(group: Sequence[Record]) -> bool:
    plain = [record.data.plain() for record in group]
    return not any(
        conflicting(SERIES, one, other) for at, one in enumerate(plain) for other in plain[:at]
    )


def _together(group: Sequence[Record]) -> Record:
    """One record with every point of the others once, by date, and with all their citations."""
    if len(group) == 1:
        return group[0]
    points: dict[tuple[str, float], Any] = {}
    for record in group:
        for point in _points(record):
            known = points.get((point.date, point.value))
            if known is None or not known.label:
                points[point.date, point.value] = point
    order = sorted(points, key=lambda each: each[0])
    places = {key: place for place, key in enumerate(order)}
    cited = [each for record in group for each in _cited(record, places)]
    data = group[0].data.model_copy(update={"points": tuple(points[key] for key in order)})
    return group[0].model_copy(update={"data": data, "citations": list(dict.fromkeys(cited))})


def _cited(record: Record, places: dict[tuple[str, float], int]) -> Iterable[Citation]:
    points = _points(record)
    for each in record.citations:
        parts = each.field.split("/")
        if parts[1:2] != ["points"] or len(parts) < 3:  # noqa: PLR2004 - /points/N
            yield each
            continue
        point = points[int(parts[2])]
        parts[2] = str(places[point.date, point.value])
        yield each.model_copy(update={"field": "/".join(parts)})


def _points(record: Record) -> Sequence[Any]:
    assert isinstance(record.data, ChannelPerformance)
    return record.data.points


def _values(points: Iterable[dict[str, Any]]) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for point in points:
        found[point["date"]].append((point["label"], point["value"]))
    return found


def _differ(mine: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> bool:
    """Whether two say otherwise of one day: of what has one name, or has none on a side."""
    pairs = ((one, other) for one in mine for other in theirs if _alike(one[0], other[0]))
    clash = any(one[1] != other[1] for one, other in pairs)
    return clash and sorted(value for _, value in mine) != sorted(value for _, value in theirs)


def _alike(one: str, other: str) -> bool:
    return not one or not other or one == other
