"""The embedded engine: one Qdrant Edge shard per client, in process.

Hazards that shaped it, each measured on qdrant-edge 0.9:

- Its IDF counts deleted points until a reload (2.26 for 2.83): IDF comes from the ledger and
  travels in the query's weights.
- Its sums differ in the last bits with the layout of the segments, and ties come in random order:
  the best are summed again, exactly, and ordered by score, then by id.
- Deleted text would stay in its log and segments: no text is stored, and no log is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from savoirfaire.errors import IndexMismatchError
from savoirfaire.knowledge.engines import EVERYTHING, Hit, Item, Legs, SparseVector
from savoirfaire.knowledge.engines.exact import (
    OF_COSINES,
    Slack,
    best,
    candidates,
    certain,
    check_limit,
    cosines,
    of_terms,
    settled,
    weighed,
    window_of,
)
from savoirfaire.knowledge.engines.shards import (
    DENSE,
    INDEXED_FROM,
    TERMS,
    Shard,
    Shards,
    index_for,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.where import NUMBERS, Where

_BATCH = 512
_FEW = 4  # words
_PARAMETERS = {TERMS: None, DENSE: edge.SearchParams(exact=True)}  # sparse search is exact anyway


class EdgeIndex:
    """Embedded index of every client of a workspace, under one folder; threads may share it.

    `form` says what its items are made of: a shard of another form is rebuilt. `wait` is how many
    seconds to wait for another process; `keep` how many shards stay open (loading one takes tens of
    milliseconds). Every method waits at most that long, then raises BusyError. What was written is
    on disk after `release`; a shard that was not released in order is not trusted, and has no
    revision.
    """

    def __init__(
        self,
        folder: Path,
        form: str,
        *,
        wait: float = 30.0,
        keep: int = 64,
        indexed_from: int = INDEXED_FROM,
    ) -> None:
        self._shards = Shards(folder, form, wait=wait, keep=keep)
        self._indexed_from = indexed_from

    def using(self, scope: ClientScope) -> AbstractContextManager[object]:
        """Keep one client's shard to this thread for several calls in a `with` block.

        One client at a time: two threads that each hold what the other wants wait for ever.
        """
        return self._shards.using(scope)

    def holds(self, scope: ClientScope) -> bool:
        """Whether the client's shard is open, and so locked."""
        return self._shards.holds(scope)

    def revision(self, scope: ClientScope) -> int | None:
        """The ledger revision the client's shard stands at; None where it must be rebuilt."""
        with self._shards.using(scope) as shard:
            return shard.revision

    def rebuild(self, scope: ClientScope, items: Iterable[Item], revision: int) -> None:
        """Drop the client's shard and build it again from `items`."""
        with self._shards.using(scope) as shard, _writing(shard, revision):
            iterator = iter(items)
            first = list(islice(iterator, _BATCH))
            size = next((len(item.dense) for item in first if item.dense is not None), None)
            engine = self._shards.create(shard, size)
            _upsert(shard, engine, chain(first, iterator))

    def update(
        self, scope: ClientScope, added: Iterable[Item], removed: set[int], revision: int
    ) -> None:
        """Apply one ledger change to a shard that `revision` says is up to date."""
        with self._shards.using(scope) as shard:
            engine = _trusted(shard)
            with _writing(shard, revision):
                if removed:
                    engine.update(edge.UpdateOperation.delete_points(sorted(removed)))
                _upsert(shard, engine, added)

    def search(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> list[Hit]:
        """The passages with the highest sum of term weights, best first, ties by id.

        Raises IndexMismatchError where the shard has no revision.
        """
        check_limit(limit)
        with self._shards.using(scope) as shard:
            engine = self._ready(shard, where)
            points = _found(engine, _queries(shard, weights, None), limit, where)[TERMS]
            return best(_weighed(engine, points, weights), limit)

    def nearest(
        self,
        scope: ClientScope,
        vector: Sequence[float],
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> list[Hit]:
        """The passages whose dense vector has the highest cosine, best first, ties by id.

        Passages without one are never found. Raises IndexMismatchError where the shard has no
        revision, or has vectors of another size.
        """
        check_limit(limit)
        with self._shards.using(scope) as shard:
            engine = self._ready(shard, where)
            points = _found(engine, _queries(shard, {}, vector), limit, where)[DENSE]
            return best(_cosines(engine, points, vector), limit)

    def legs(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        vector: Sequence[float] | None,
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> Legs:
        """The ids that `search` and, with a vector, `nearest` would find, asked for together.

        The engine looks once at what both are kept to; of the sparse leg few are summed again.
        """
        check_limit(limit)
        with self._shards.using(scope) as shard:
            engine = self._ready(shard, where)
            found = _found(engine, _queries(shard, weights, vector), limit, where)
            sure, open_ = settled(found[TERMS], limit, of_terms(len(weights)))
            rest = best(_weighed(engine, open_, weights), limit - len(sure)) if open_ else []
            near = best(_cosines(engine, found[DENSE], vector or ()), limit)
        sparse = sorted([*(int(point.id) for point in sure), *(hit.id for hit in rest)])
        return Legs(sparse, [hit.id for hit in near])

    def ids(self, scope: ClientScope) -> set[int]:
        """The ids of all passages of the client's shard."""
        with self._shards.using(scope) as shard:
            return {int(point.id) for point in _all(_trusted(shard), whole=False)}

    def bare(self, scope: ClientScope) -> set[int]:
        """The ids of the passages that have no dense vector."""
        with self._shards.using(scope) as shard:
            engine = _trusted(shard)
            having = edge.Filter(must_not=[edge.HasVectorCondition(DENSE)])
            without = having if shard.size is not None else None
            return {int(point.id) for point in _all(engine, whole=False, having=without)}

    def items(self, scope: ClientScope) -> Iterator[Item]:
        """All that is held of the client, in no order; the shard is kept to this thread."""
        with self._shards.using(scope) as shard:
            yield from map(_item, _all(_trusted(shard), whole=True))

    def drop(self, scope: ClientScope) -> None:
        """Remove every byte of the client's shard."""
        with self._shards.using(scope) as shard:
            self._shards.clear(shard)

    def release(self) -> None:
        """Close every shard and give its lock back, so that other processes may have a turn."""
        self._shards.release()

    def _ready(self, shard: Shard, where: Where) -> edge.EdgeShard:
        """The shard's engine, with an index of what is kept to."""
        engine = _trusted(shard)
        index_for(shard, engine, (*where.keywords(), *where.ranges()), self._indexed_from)
        return engine


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


def _upsert(shard: Shard, engine: edge.EdgeShard, items: Iterable[Item]) -> None:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        for size in {len(item.dense) for item in batch if item.dense is not None}:
            _make_room(shard, engine, size)
        engine.update(edge.UpdateOperation.upsert_points([_point(item) for item in batch]))


def _make_room(shard: Shard, engine: edge.EdgeShard, size: int) -> None:
    """Let the shard hold dense vectors of a size, which the first one decides."""
    if shard.size is None:
        cosine = edge.Distance.Cosine
        engine.update(edge.UpdateOperation.create_dense_vector(DENSE, size, cosine))
        shard.size = size
    _require_size(shard, size)


def _require_size(shard: Shard, size: int) -> None:
    if size != shard.size:
        raise IndexMismatchError(
            "the index of {client} has vectors of {size} numbers, not {other}",
            client=shard.client,
            size=shard.size,
            other=size,
        )


def _sparse(item: Item) -> edge.SparseVector:
    return edge.SparseVector(*item.vector)


def _point(item: Item) -> edge.Point:
    vectors: dict[str, edge.NamedVector] = {TERMS: _sparse(item)}
    if item.dense is not None:
        vectors[DENSE] = list(item.dense)
    return edge.Point(item.id, vectors, {**item.keywords, **item.numbers})


def _item(point: Any) -> Item:
    """An item as it is held."""
    terms = point.vector[TERMS]
    return Item(
        int(point.id),
        SparseVector(terms.indices, terms.values),
        {key: value for key, value in point.payload.items() if key not in NUMBERS},
        {key: value for key, value in point.payload.items() if key in NUMBERS},
        point.vector.get(DENSE),
    )


def _queries(
    shard: Shard, weights: Mapping[int, float], vector: Sequence[float] | None
) -> dict[str, tuple[edge.Query, Slack]]:
    """What to ask of each leg, and its slack; nothing of one that has nothing to find."""
    queries: dict[str, tuple[edge.Query, Slack]] = {}
    if weights:
        dimensions = sorted(weights)
        terms = edge.SparseVector(dimensions, [weights[each] for each in dimensions])
        queries[TERMS] = edge.Query.Nearest(terms, using=TERMS), of_terms(len(weights))
    if vector is not None and shard.size is not None:
        _require_size(shard, len(vector))
        queries[DENSE] = edge.Query.Nearest(list(vector), using=DENSE), OF_COSINES
    return queries


def _found(
    engine: edge.EdgeShard,
    queries: Mapping[str, tuple[edge.Query, Slack]],
    limit: int,
    where: Where,
) -> dict[str, list[Any]]:
    """For each leg the points that can be among the best, best first as the engine sees it."""
    found: dict[str, list[Any]] = {TERMS: [], DENSE: []}
    conditions = {leg: _filter(where, alone=leg == DENSE) for leg in queries}

    def ask(legs: Iterable[str], window: int) -> list[list[edge.ScoredPoint]]:
        asked = [
            edge.QueryRequest(
                query=queries[leg][0],
                limit=window,
                filter=conditions[leg],
                params=_PARAMETERS[leg],
            )
            for leg in legs
        ]
        return engine.query_batch(edge.QueryBatchRequest(asked)) if asked else []

    def wider(leg: str) -> Callable[[int], list[edge.ScoredPoint]]:
        return lambda window: ask([leg], window)[0]

    for leg, points in zip(queries, ask(queries, window_of(limit)), strict=True):
        found[leg] = candidates(wider(leg), limit, points, queries[leg][1])
    return found


def _vectors(
    engine: edge.EdgeShard, points: Iterable[Any], name: str
) -> tuple[list[int], list[Any]]:
    """The ids of points, in the engine's order, and a vector of each."""
    asked = [point.id for point in points]
    held: list[Any] = engine.retrieve(asked, with_payload=False, with_vector=[name])
    return [int(point.id) for point in held], [point.vector[name] for point in held]


def _cosines(
    engine: edge.EdgeShard, points: Sequence[Any], asked: Sequence[float]
) -> Iterator[Hit]:
    """The cosine of each point; only of those that rounding could move is the vector fetched."""
    open_ = []
    scores = certain([point.score for point in points])
    for point, score in zip(points, scores, strict=True):
        if score is None:
            open_.append(point)
        else:
            yield Hit(int(point.id), score)
    if open_:
        ids, vectors = _vectors(engine, open_, DENSE)
        yield from map(Hit, ids, cosines(vectors, asked))


def _weighed(
    engine: edge.EdgeShard, points: Iterable[Any], weights: Mapping[int, float]
) -> Iterator[Hit]:
    ids, vectors = _vectors(engine, points, TERMS)
    for each, vector in zip(ids, vectors, strict=True):
        yield Hit(each, weighed(vector.indices, vector.values, weights))


def _all(
    engine: edge.EdgeShard, *, whole: bool, having: edge.Filter | None = None
) -> Iterator[Any]:
    offset = None
    while True:
        found, offset = engine.scroll(
            edge.ScrollRequest(
                offset=offset, limit=_BATCH, filter=having, with_payload=whole, with_vector=whole
            )
        )
        yield from found
        if offset is None:
            return


def _filter(where: Where, *, alone: bool) -> edge.Filter | None:
    """The conditions; None for none, because an empty filter is no honest way to say so.

    `alone`: each of a few words is a condition of its own. Where all that is kept to is gone
    through, as the dense leg does, that is quicker than looking each up in a set of words.
    """
    conditions: list[edge.ConditionType] = [
        _each(key, values) if alone and len(values) <= _FEW else _any(key, values)
        for key, values in where.keywords().items()
    ]
    conditions += [
        edge.FieldCondition(key, range=edge.RangeFloat(gte=least, lte=greatest))
        for key, (least, greatest) in where.ranges().items()
    ]
    return edge.Filter(must=conditions) if conditions else None


def _any(key: str, values: Iterable[str]) -> edge.FieldCondition:
    return edge.FieldCondition(key, match=edge.MatchAny(list(values)))


def _each(key: str, values: Iterable[str]) -> edge.Filter:
    return edge.Filter(
        should=[edge.FieldCondition(key, match=edge.MatchValue(value)) for value in values]
    )
