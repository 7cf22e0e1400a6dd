"""How records follow each other, and where two of them differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any


def versions(rows: Iterable[Any], record: str) -> list[Any]:
    """Of these rows, those that follow each other and lead to or from a record, oldest first."""
    known = {row.id: row for row in rows}
    near: dict[str, set[str]] = defaultdict(set)
    for row in known.values():
        for other in (row.supersedes, row.superseded_by):
            if other in known:
                near[row.id].add(other)
                near[other].add(row.id)
    reached, waiting = {record}, [record]
    while waiting:
        new = near[waiting.pop()] - reached
        reached |= new
        waiting += new
    return sorted((known[each] for each in reached), key=_when)


def edited(rows: Iterable[Any], row: Any) -> list[Any]:
    """The versions that a row was edited from, the newest first.

    An edit has the moment of its decision as that of its making; what was proposed before does not.
    """
    known = {each.id: each for each in rows}
    found: list[Any] = []
    while row is not None and row.supersedes and row.proposed_at == row.known_from:
        row = known.get(row.supersedes)
        if row is None or row in found:
            break
        found.append(row)
    return found


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The fields in which two records' data differ, in the order of their form."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


def _when(row: Any) -> tuple[str, str, str]:
    return row.known_from or row.proposed_at, row.valid_from or "", row.id
