"""What is weighed for one question: the candidates, and the short messages around the best of them.

What a filter excludes may be heard as context, but is never returned; what `as_of` excludes was not
there to be heard.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from savoirfaire.knowledge.rescoring import REACH, Row
from savoirfaire.knowledge.sketches import length_of
from savoirfaire.knowledge.snapshot import Snapshot
from savoirfaire.knowledge.where import Where, keywords, numbers

EXPAND = 10  # the best so many bring their neighbours in, where they are short:
EXPAND_LENGTH = 40  # content words
_START = 32  # bytes


class Pool:
    """The rows to weigh, and the source of each that may be returned."""

    def __init__(self, known: Snapshot, where: Where, candidates: Iterable[int]) -> None:
        self._known = known
        self._where = where
        found = known.candidates(candidates)
        self.rows = [Row._make(each[:-1]) for each in found]  # all but its source
        self.sources: dict[int, str] = {each[0]: each[-1] for each in found}

    @property
    def has_sequences(self) -> bool:
        """Whether any row stands in a conversation."""
        return any(row.position is not None for row in self.rows)

    @cached_property
    def _by_id(self) -> dict[int, Row]:
        return {row.id: row for row in self.rows}

    @cached_property
    def _by_start(self) -> dict[bytes, list[Row]]:
        """The rows by how their sketches start: the size, and the first words."""
        found: dict[bytes, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.sketch[:_START]].append(row)
        return found

    def alike(self, identity: int) -> list[int]:
        """The other rows with the same words as this one, by their sketches."""
        sketch, likely = self._by_id[identity].sketch, self._by_start
        return [
            row.id for row in likely[sketch[:_START]] if row.id != identity and row.sketch == sketch
        ]

    def expand(self, best: Iterable[int]) -> None:
        """Bring in the passages up to REACH places from the short ones among the best."""
        there = {row.id: row for row in self.rows}
        wanted: dict[str, set[int]] = defaultdict(set)
        for row in map(there.__getitem__, best):
            if row.sequence is not None and row.position is not None and _is_short(row):
                places = range(row.position - REACH, row.position + REACH + 1)
                wanted[row.sequence].update(places)
        for sequence, positions in sorted(wanted.items()):
            for each in self._known.neighbours(sequence, sorted(positions)):
                if each.id not in there:
                    self._add(each)

    def _add(self, neighbour: Any) -> None:
        if _admits(Where(as_of=self._where.as_of), neighbour):
            self.rows.append(_row(neighbour))
        if _admits(self._where, neighbour):
            self.sources[neighbour.id] = neighbour.source


def _row(found: Any) -> Row:
    return Row(found.id, found.sequence, found.position, found.sketch)


def _is_short(row: Row) -> bool:
    return length_of(row.sketch) <= EXPAND_LENGTH


def _admits(where: Where, row: Any) -> bool:
    """Whether a passage meets the conditions, as an index would say."""
    words = keywords(row.kind, row.channel, row.author)
    places = numbers(row.date, row.recorded_at)
    return all(words.get(key) in values for key, values in where.keywords().items()) and all(
        first <= places[key] <= last for key, (first, last) in where.ranges().items()
    )
