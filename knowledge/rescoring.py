"""The best candidates weighed again, with what an index cannot know.

BM25 over stems, prefixes and character 4-grams, counted in the candidates' sketches, and

- each candidate's neighbours in its own sequence: a term that stands nearby counts as a fraction of
  an occurrence, the more so the shorter the passage. It is added before saturation, term by term,
  as a weighted field is in BM25F (Robertson, Zaragoza & Taylor, "Simple BM25 extension to multiple
  weighted fields", 2004): on single turns of a dialogue, adding scores instead gives 2 points less;
- the client's usual length, which is twice as long for a turn, since it hears its neighbours.

Answers are the same to the last digit for any order of the candidates, on any run: rows are summed
one by one, since a matrix product may add in another order for another number of rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from savoirfaire.knowledge.asking import Query
from savoirfaire.knowledge.bm25 import K1, B
from savoirfaire.knowledge.matching import Matches, Occurrences
from savoirfaire.knowledge.tallies import Statistics

REACH = 3  # neighbours on each side; their share falls evenly with the distance
SHORT = 20.0  # content words; a longer passage hears its neighbours in proportion SHORT / length
DIGITS = 4

_COLUMNS = 2048  # terms counted at a time: a question may be a whole document
_SEQUENCE_BITS = 40

Numbers = NDArray[np.float64]


class Row(NamedTuple):
    """A candidate, or a neighbour of one: its place in its sequence, if any, and its sketch."""

    id: int
    sequence: str | None
    position: int | None
    sketch: bytes


class _Link(NamedTuple):
    """Rows that hear other rows, with what share of them."""

    listeners: NDArray[np.intp]
    speakers: NDArray[np.intp]
    share: float


@dataclass(frozen=True)
class Part:
    """What a term gives to a passage's score: by its own words, and by those of its neighbours."""

    is_gram: bool
    term: int
    own: float
    near: float


class Weighing:
    """The rows of one search, ready to be weighed. `near`: the share of a neighbour next door."""

    def __init__(
        self, query: Query, rows: Sequence[Row], statistics: Statistics, near: float
    ) -> None:
        self._rows = sorted(rows, key=lambda row: row.id)
        blobs = [row.sketch for row in self._rows]
        self._matches = Matches.of(blobs, list(query.stems), list(query.grams))
        self._query = query
        self._links = list(_links(self._rows, near)) if near else []
        own = self._matches.lengths.astype(np.float64)
        self._heard = np.minimum(1.0, SHORT / np.maximum(own, 1.0))
        self.lengths = own + self._nearby(own)
        is_turn = np.array([row.sequence is not None for row in self._rows], bool)
        self.usual = np.where(is_turn, statistics.usual_turn, statistics.usual_length)
        self._norms = K1 * (1 - B + B * self.lengths / self.usual)

    def scores(self) -> dict[int, float]:
        """The score of each row that has any, by id."""
        total = np.zeros(len(self._rows))
        for _is_gram, _terms, weights, counts in self._blocks():
            full = counts + self._nearby(counts) if self._links else counts
            total += (full * (K1 + 1) / (full + self._norms[:, None]) * weights).sum(axis=1)
        rounded = np.round(total, DIGITS).tolist()
        return {row.id: score for row, score in zip(self._rows, rounded, strict=True) if score > 0}

    def parts(self, identity: int) -> Iterator[Part]:
        """What each term gives to one row; the sum is its score, but for rounding."""
        place = next(place for place, row in enumerate(self._rows) if row.id == identity)
        for is_gram, terms, weights, counts in self._blocks():
            near = self._nearby(counts)[place]
            norm = near + counts[place] + self._norms[place]
            own_part = counts[place] * (K1 + 1) / norm * weights
            near_part = near * (K1 + 1) / norm * weights
            for each in np.flatnonzero(own_part + near_part).tolist():
                yield Part(is_gram, terms[each], float(own_part[each]), float(near_part[each]))

    def length(self, identity: int) -> tuple[float, float]:
        """How long a row counts as, in content words, neighbours included; and what is usual."""
        place = next(place for place, row in enumerate(self._rows) if row.id == identity)
        return float(self.lengths[place]), float(self.usual[place])

    def _blocks(self) -> Iterator[tuple[bool, list[int], Numbers, Numbers]]:
        """The query's terms, some at a time, with their weights and counts in each row."""
        asked: tuple[tuple[Mapping[int, float], Occurrences], ...] = (
            (self._query.stems, self._matches.stems),
            (self._query.grams, self._matches.grams),
        )
        for is_gram, (weights, terms) in enumerate(asked):
            wanted = list(weights)
            for at in range(0, len(wanted), _COLUMNS):
                part = wanted[at : at + _COLUMNS]
                yield (
                    bool(is_gram),
                    part,
                    np.array([weights[each] for each in part]),
                    terms.counts(part),
                )

    def _nearby(self, values: Numbers) -> Numbers:
        """What each row hears of its neighbours' values."""
        nearby = np.zeros_like(values)
        for listeners, speakers, share in self._links:
            nearby[listeners] += share * values[speakers]
        return nearby * (self._heard if values.ndim == 1 else self._heard[:, None])


def _links(rows: Sequence[Row], near: float) -> Iterator[_Link]:
    """Which rows hear which: those up to REACH places away in the same sequence."""
    numbers: dict[str, int] = {}
    keys = np.array([_key(row, numbers, index) for index, row in enumerate(rows)], np.int64)
    inside = np.flatnonzero(keys >= 0)
    if len(inside) < 2:  # noqa: PLR2004 - nobody hears anybody
        return
    order = np.argsort(keys, kind="stable")
    for step in range(1, REACH + 1):
        share = near * (REACH + 1 - step) / REACH
        for shift in (-step, step):
            wanted = keys[inside] + shift
            found = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(rows) - 1)
            speakers = order[found]
            there = keys[speakers] == wanted
            yield _Link(inside[there], speakers[there], share)


def _key(row: Row, numbers: dict[str, int], index: int) -> int:
    """A number that is one more for the next row of a sequence; negative for one without any."""
    if row.sequence is None or row.position is None:
        return -1 - index
    number = numbers.setdefault(row.sequence, len(numbers))
    return (number << _SEQUENCE_BITS) + REACH + row.position
