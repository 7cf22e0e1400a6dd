"""What is missing in a client's Brand OS, so that a team sees what to document next.

Told from the records alone: kinds without any, what has not been added to for long, and what stands
on no ground. How long is long is told by the records' own rhythm where they have one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import PurePosixPath
from statistics import median
from types import MappingProxyType
from typing import Any, Literal

from savoirfaire.knowledge.brandos.agreeing import conflicting
from savoirfaire.knowledge.brandos.forms import (
    KINDS,
    AudiencePersona,
    ChannelPerformance,
    Strategy,
)
from savoirfaire.knowledge.brandos.records import Record
from savoirfaire.knowledge.brandos.structured.material import plain_words
from savoirfaire.knowledge.brandos.structured.words import kind_of

What = Literal[
    "waiting", "contradicted", "none", "stale", "expired", "no_evidence", "no_date", "lost"
]

FRESH: Mapping[str, int] = MappingProxyType(
    {
        "channel_performance": 60,
        "past_edition": 60,
        "feedback": 180,
        "learning": 180,
        "win": 180,
        "fail": 365,
        "strategy": 365,
        "competitor": 365,
        "offer": 365,
        "audience_persona": 730,
        "industry": 730,
        "process_step": 730,
        "case_study": 730,
    }
)
"""After how many days a kind to which nothing was added is stale; the others never are."""

_RHYTHMIC = ("channel_performance", "past_edition")
_BEATS = 3  # as many times the usual distance may pass
_ENOUGH = 4  # dates, to tell a rhythm
_LEAST = 14  # days


@dataclass(frozen=True)
class Gap:
    """Something that is missing.

    `waiting`: proposals nobody has decided on. `contradicted`: records that say otherwise of one
    matter. `none`: a kind without a record; how many are proposed. `stale`: a kind to which nothing
    was added `since`. `expired`: what held until `since`, and has no successor. `no_evidence`: a
    persona without a sourced trait. `no_date`: a strategy without the day since when it holds.
    `lost`: a record with a quote that its source no longer has. `records` are their ids, `names`
    their titles. `sources` are the paths of those that a kind without records is named in, by their
    file or title.
    """

    what: What
    kind: str = ""
    count: int = 0
    since: str | None = None
    records: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The gap as plain data."""
        return asdict(self)


def gaps(
    known: Sequence[Record], waiting: Sequence[Any], expired: Sequence[Record], today: str
) -> list[Gap]:
    """What is missing today, most urgent first.

    `known` holds today, `expired` did once; `waiting` are the rows of what is proposed.
    """
    found = [*_waiting(waiting), *_contradicted(known, waiting)]
    found += [*_stale(known, today), *_expired(known, expired), *_without(known)]
    present = {record.kind for record in known}
    proposed = Counter(row.kind for row in waiting)
    none = [Gap("none", kind, proposed[kind]) for kind in KINDS if kind not in present]
    return found + sorted(none, key=lambda gap: not gap.count)


def pointed(found: Sequence[Gap], sources: Iterable[tuple[str, str]]) -> list[Gap]:
    """The gaps, those of a kind without a ground with the sources (path, title) named after it."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for path, title in sources:
        for kind in _named_after(path, title):
            by_kind[kind].append(path)
    return [
        replace(gap, sources=tuple(by_kind.get(gap.kind, ())))
        if gap.what == "no_evidence" or (gap.what == "none" and not gap.count)
        else gap
        for gap in found
    ]


def _named_after(path: str, title: str) -> set[str]:
    """The kinds that the name of a file, or the beginning of its title, is made of."""
    name, begins = plain_words(PurePosixPath(path).stem), plain_words(title).split()[:1]
    words = [name, *name.split(), *begins]
    return {kind for word in words if (kind := kind_of(word))}


def dates_of(record: Record) -> list[str]:
    """The days that a record speaks of; those of its validity or its entry where it names none."""
    data = record.data
    if isinstance(data, ChannelPerformance):
        return [point.date for point in data.points]
    told = [getattr(data, "date", None), data.since]
    if isinstance(data, Strategy):
        told += [change.date for change in data.changes]
    said = [day for day in told if day]
    return said or [record.valid_from or (record.known_from or record.proposed_at)[:10]]


def _waiting(rows: Sequence[Any]) -> Iterator[Gap]:
    if rows:
        yield Gap("waiting", count=len(rows), records=tuple(row.id for row in rows))


def _contradicted(known: Sequence[Record], waiting: Sequence[Any]) -> Iterator[Gap]:
    """Matters of which two records say different things, and a person has to say which holds."""
    said: dict[tuple[str, str], list[tuple[str, Any]]] = defaultdict(list)
    titles = {}
    for record in known:
        said[record.kind, record.key].append((record.id, record.data.plain()))
        titles[record.kind, record.key] = record.title
    for row in waiting:
        if (row.kind, row.key) in said:
            said[row.kind, row.key].append((row.id, row.data))
    for (kind, key), each in said.items():
        if _in_conflict(kind, [data for _, data in each]):
            ids = tuple(identity for identity, _ in each)
            yield Gap("contradicted", kind, len(each), records=ids, names=(titles[kind, key],))


def _in_conflict(kind: str, told: Sequence[Any]) -> bool:
    """Whether any two contradict each other; what is equal to another needs no look."""
    other = [data for at, data in enumerate(told) if data not in told[:at]]
    return any(conflicting(kind, a, b) for at, a in enumerate(other) for b in other[:at])


def _stale(known: Sequence[Record], today: str) -> Iterator[Gap]:
    days: dict[str, list[str]] = defaultdict(list)
    for record in known:
        days[record.kind] += dates_of(record)
    for kind in KINDS:
        past = sorted(day for day in set(days.get(kind, ())) if day <= today)
        if kind in FRESH and past and _distance(past[-1], today) > _patience(kind, past):
            yield Gap("stale", kind, since=past[-1])


def _patience(kind: str, past: Sequence[str]) -> float:
    """How many days may pass: some beats of the usual rhythm, where there is one."""
    if kind not in _RHYTHMIC or len(past) < _ENOUGH:
        return FRESH[kind]
    usual = median(_distance(one, other) for one, other in pairwise(past))
    return max(_LEAST, _BEATS * usual)


def _distance(one: str, other: str) -> int:
    return (date.fromisoformat(other) - date.fromisoformat(one)).days


def _expired(known: Sequence[Record], expired: Sequence[Record]) -> Iterator[Gap]:
    held = {(record.kind, record.key) for record in known}
    last = {(record.kind, record.key): record for record in expired}
    for matter, record in last.items():
        if matter not in held:
            ids, names = (record.id,), (record.title,)
            yield Gap("expired", record.kind, 1, since=record.valid_to, records=ids, names=names)


def _without(known: Sequence[Record]) -> Iterator[Gap]:
    bare = [each for each in known if isinstance(each.data, AudiencePersona) and _is_bare(each)]
    undated = [each for each in known if isinstance(each.data, Strategy) and not each.valid_from]
    lost = [each for each in known if any(citation.lost for citation in each.citations)]
    named: tuple[tuple[What, list[Record]], ...] = (
        ("no_evidence", bare),
        ("no_date", undated),
        ("lost", lost),
    )
    for what, found in named:
        for kind in dict.fromkeys(record.kind for record in found):
            of_kind = [record for record in found if record.kind == kind]
            ids = tuple(record.id for record in of_kind)
            names = tuple(record.title for record in of_kind)
            yield Gap(what, kind, len(of_kind), records=ids, names=names)


def _is_bare(record: Record) -> bool:
    return not any(citation.field.startswith("/traits/") for citation in record.citations)
