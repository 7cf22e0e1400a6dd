"""The index: one Qdrant Edge shard per client, in process, rebuilt from the ledger when in doubt.

Hazards that shaped it, each measured on qdrant-edge 0.9:

- Its IDF counts deleted points until a reload (2.26 for 2.83): IDF comes from the ledger and
  travels in the query's weights.
- Its sums differ in the last bits with the layout of the segments, and ties come in random order:
  the best are summed again here, exactly, and ordered by score, then by id.
- Deleted text would stay in its log and segments: no text is stored, and no log is kept.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import qdrant_edge as edge

from savoirfaire.errors import IndexMismatchError
from savoirfaire.knowledge.analysis import Terms
from savoirfaire.knowledge.bm25 import passage_weights
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.shards import KEYWORDS, VECTOR, Shard, Shards

_BATCH = 512
_CANDIDATES = 100
_WIDER = 4
# More than the engine's single precision can be wrong by, relative and absolute.
_RELATIVE, _ABSOLUTE = 1e-4, 1e-4


@dataclass(frozen=True)
class Item:
    """What the index knows of a passage: its id, its terms, and keywords to filter by."""

    id: int
    terms: Terms
    keywords: Mapping[str, str]


@dataclass(frozen=True)
class Hit:
    """A passage found, and its BM25 score."""

    id: int
    score: float


class EdgeIndex:
    """Embedded index of every client of a workspace, under one folder; threads may share it.

    `wait` is how many seconds to wait for another process; `keep` how many shards stay open
    (loading one takes tens of milliseconds). Every method waits at most that long, then raises
    BusyError. What was written is on disk after `release`; a shard that was not released in order
    is not trusted, and has no revision.
    """

    def __init__(self, folder: Path, *, wait: float = 30.0, keep: int = 16) -> None:
        self._shards = Shards(folder, wait=wait, keep=keep)

    def using(self, scope: ClientScope) -> AbstractContextManager[object]:
        """Keep one client's shard to this thread for several calls in a `with` block.

        One client at a time: two threads that each hold what the other wants wait for ever.
        """
        return self._shards.using(scope)

    def revision(self, scope: ClientScope) -> int | None:
        """The ledger revision the client's shard stands at; None where it must be rebuilt."""
        with self._shards.using(scope) as shard:
            return shard.revision

    def rebuild(self, scope: ClientScope, items: Iterable[Item], revision: int) -> None:
        """Drop the client's shard and build it again from `items`."""
        with self._shards.using(scope) as shard, _writing(shard, revision):
            _upsert(self._shards.create(shard), items)

    def update(
        self, scope: ClientScope, added: Iterable[Item], removed: set[int], revision: int
    ) -> None:
        """Apply one ledger change to a shard that `revision` says is up to date."""
        with self._shards.using(scope) as shard:
            engine = _trusted(shard)
            with _writing(shard, revision):
                if removed:
                    engine.update(edge.UpdateOperation.delete_points(sorted(removed)))
                _upsert(engine, added)

    def search(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        *,
        limit: int,
        where: Mapping[str, Sequence[str]] | None = None,
    ) -> list[Hit]:
        """The passages with the highest sum of term weights, best first, ties by id.

        `where` keeps to passages that have one of the values for each key. Raises
        IndexMismatchError where the shard has no revision.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        condition = None if where is None else _filter(where)
        with self._shards.using(scope) as shard:
            engine = _trusted(shard)
            best = _best(engine, weights, limit, condition) if weights else []
            points = engine.retrieve(best, with_payload=False, with_vector=True)
        hits = [Hit(int(point.id), _exact(point.vector, weights)) for point in points]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]

    def drop(self, scope: ClientScope) -> None:
        """Remove every byte of the client's shard."""
        with self._shards.using(scope) as shard:
            self._shards.clear(shard)

    def release(self) -> None:
        """Close every shard and give its lock back, so that other processes may have a turn."""
        self._shards.release()


def _trusted(shard: Shard) -> edge.EdgeShard:
    if shard.engine is None or shard.revision is None:
        raise IndexMismatchError("the index of {client} is not built", client=shard.client)
    return shard.engine


@contextmanager
def _writing(shard: Shard, revision: int) -> Iterator[None]:
    """Distrust the shard until everything is written, whatever interrupts it."""
    shard.revision = None
    shard.is_sealed = False
    yield
    shard.revision = revision


def _upsert(engine: edge.EdgeShard, items: Iterable[Item]) -> None:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        engine.update(edge.UpdateOperation.upsert_points([_point(item) for item in batch]))


def _point(item: Item) -> edge.Point:
    vector = edge.SparseVector(*passage_weights(item.terms))
    return edge.Point(item.id, {VECTOR: vector}, dict(item.keywords))


def _best(
    engine: edge.EdgeShard,
    weights: Mapping[int, float],
    limit: int,
    condition: edge.Filter | None,
) -> list[int | UUID | str]:
    """The ids that can be among the `limit` best, however the engine rounds and orders ties."""
    dimensions = sorted(weights)
    vector = edge.SparseVector(dimensions, [weights[each] for each in dimensions])
    nearest = edge.Query.Nearest(vector, using=VECTOR)
    window = max(_CANDIDATES, 2 * limit)
    while True:
        found = engine.query(edge.QueryRequest(query=nearest, limit=window, filter=condition))
        last = found[min(limit, len(found)) - 1].score if found else 0.0
        enough = last * (1 - _RELATIVE) - _ABSOLUTE
        if len(found) < window or found[-1].score < enough:
            return [point.id for point in found if point.score >= enough]
        window *= _WIDER


def _exact(vectors: Any, weights: Mapping[int, float]) -> float:
    """The score, the same whatever the order of the terms."""
    terms = zip(vectors[VECTOR].indices, vectors[VECTOR].values, strict=True)
    return round(math.fsum(weights[term] * value for term, value in terms if term in weights), 4)


def _filter(where: Mapping[str, Sequence[str]]) -> edge.Filter:
    """A filter of at least one condition: an empty one would match everything."""
    conditions: list[edge.FieldCondition] = []
    for key, values in where.items():
        if key not in KEYWORDS:
            raise ValueError(f"passages have no {key} to filter by")
        if isinstance(values, str) or not values or not all(isinstance(v, str) for v in values):
            raise ValueError(f"a filter on {key} needs a list of keywords")
        conditions.append(edge.FieldCondition(key, match=edge.MatchAny(list(values))))
    if not conditions:
        raise ValueError("a filter needs a condition: an empty one would match everything")
    return edge.Filter(must=list(conditions))
