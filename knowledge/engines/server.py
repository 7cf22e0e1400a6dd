"""The server engine: one collection of a Qdrant server, single node or cluster, for every client.

As with the embedded engine, IDF comes with the query's weights, the best are summed again exactly,
and no text is stored. Processes of one workspace take turns at a client by a lock in its data
folder. A client's part says at which revision it stands, and nothing while it is being written: a
process that dies half way leaves a part that the next one builds again. Two workspaces need two
collections.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

from qdrant_client import QdrantClient, models

from savoirfaire.errors import IndexMismatchError
from savoirfaire.knowledge.engines import EVERYTHING, Hit, Item, Legs, SparseVector
from savoirfaire.knowledge.engines.collection import PASSAGE, Collection, Part
from savoirfaire.knowledge.engines.exact import (
    OF_COSINES,
    best,
    candidates,
    check_limit,
    cosines,
    of_terms,
    weighed,
    window_of,
)
from savoirfaire.knowledge.engines.locks import lock_client
from savoirfaire.knowledge.engines.options import CLIENT, TERMS, Options, dense_name
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.where import NUMBERS, Where

_BATCH = 256
_LAYOUT = "server 1"
DEFAULT = Options()

_Found: TypeAlias = list[tuple[int, Any]]  # ids, each with its vector


class ServerIndex:
    """Index of every client of a workspace in one collection; threads may share it.

    `form` says what its items are made of: a part of another form is rebuilt. `locks` is a folder
    that every process of the workspace shares; `wait` how many seconds to wait for another.
    Every method raises IndexServerError where the server does not answer, or refuses.
    """

    def __init__(
        self,
        client: QdrantClient,
        collection: str,
        form: str,
        *,
        locks: Path,
        options: Options = DEFAULT,
        wait: float = 30.0,
    ) -> None:
        self._collection = Collection(client, collection, options)
        self._form = f"{_LAYOUT} {form}"
        self._turns = _Turns(locks, wait)

    @contextmanager
    def using(self, scope: ClientScope) -> Iterator[None]:
        """Keep one client's part to this thread for several calls in a `with` block."""
        with self._turns.of(client_of(scope)):
            yield

    def holds(self, scope: ClientScope) -> bool:
        """Never: a part is locked for one call."""
        client_of(scope)
        return False

    def revision(self, scope: ClientScope) -> int | None:
        """The ledger revision the client's part stands at; None where it must be rebuilt."""
        with self.using(scope):
            return self._state(scope)[0]

    def rebuild(self, scope: ClientScope, items: Iterable[Item], revision: int) -> None:
        """Drop what there is of the client and build it again from `items`."""
        iterator = iter(items)
        first = list(islice(iterator, _BATCH))
        with self._changing(scope):
            self._collection.make(next(iter(_sizes(first)), None))
            part = self._part(scope)
            part.mark({})  # what is cleared by half must not be vouched for
            part.clear()
            self._write(part, chain(first, iterator), revision, None)

    def update(
        self, scope: ClientScope, added: Iterable[Item], removed: set[int], revision: int
    ) -> None:
        """Apply one ledger change to a part that `revision` says is up to date."""
        with self._changing(scope):
            size = self._trusted(scope)
            part = self._part(scope)
            part.mark({})
            part.remove(sorted(removed))
            self._write(part, added, revision, size)

    def search(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> list[Hit]:
        """The passages with the highest sum of term weights, best first, ties by id.

        Raises IndexMismatchError where the client's part has no revision.
        """
        terms, _ = self._asked(scope, weights, None, limit, where)
        return _by_terms(terms, weights, limit)

    def nearest(
        self,
        scope: ClientScope,
        vector: Sequence[float],
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> list[Hit]:
        """The passages whose dense vector has the highest cosine, best first, ties by id.

        Passages without one are never found. Raises IndexMismatchError where the client's part has
        no revision, or has vectors of another size.
        """
        _, dense = self._asked(scope, {}, vector, limit, where)
        return _by_vector(dense, vector, limit)

    def legs(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        vector: Sequence[float] | None,
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> Legs:
        """The ids that `search` and, with a vector, `nearest` would find, in one request."""
        terms, dense = self._asked(scope, weights, vector, limit, where)
        sparse = sorted(hit.id for hit in _by_terms(terms, weights, limit))
        return Legs(sparse, [hit.id for hit in _by_vector(dense, vector or (), limit)])

    def ids(self, scope: ClientScope) -> set[int]:
        """The ids of all passages of the client's part."""
        with self.using(scope):
            self._trusted(scope)
            points = self._part(scope).points(vectors=False)
            return {int(point.payload[PASSAGE]) for point in points}

    def bare(self, scope: ClientScope) -> set[int]:
        """The ids of the passages that have no dense vector."""
        with self.using(scope):
            size = self._trusted(scope)
            without = None if size is None else dense_name(size)
            points = self._part(scope).points(vectors=False, without=without)
            return {int(point.payload[PASSAGE]) for point in points}

    def items(self, scope: ClientScope) -> Iterator[Item]:
        """All that is held of the client, in no order."""
        with self.using(scope):
            self._trusted(scope)
            yield from map(_item, self._part(scope).points(vectors=True))

    def drop(self, scope: ClientScope) -> None:
        """Remove every point of the client."""
        with self._changing(scope):
            if self._collection.exists():
                self._part(scope).clear()

    def release(self) -> None:
        """Nothing is kept between calls: what was written is on the server, the locks are free."""

    @contextmanager
    def _changing(self, scope: ClientScope) -> Iterator[None]:
        """A turn after which, whatever happened, the part's state is asked for again."""
        with self._turns.of(client_of(scope)) as seen:
            try:
                yield
            finally:
                seen.clear()

    def _part(self, scope: ClientScope) -> Part:
        return self._collection.part(client_of(scope))

    def _state(self, scope: ClientScope) -> tuple[int | None, int | None]:
        """The revision of the client's part, and the size of its dense vectors."""
        with self._turns.of(scope.client) as seen:
            if not seen:  # asked for once in a turn: nobody else can change it
                seen["state"] = self._part(scope).state() if self._collection.exists() else {}
            state = seen["state"]
        if state.get("form") != self._form:
            return None, None
        return state["revision"], state["size"]

    def _trusted(self, scope: ClientScope) -> int | None:
        revision, size = self._state(scope)
        if revision is None:
            raise IndexMismatchError("the index of {client} is not built", client=scope.client)
        return size

    def _write(self, part: Part, items: Iterable[Item], revision: int, size: int | None) -> None:
        """Write the items, and only then where the part stands."""
        iterator = iter(items)
        while batch := list(islice(iterator, _BATCH)):
            for other in _sizes(batch):
                if size is None:
                    self._collection.make_room(other)
                    size = other
                _require_size(part.client, size, other)
            part.put((item.id, _vectors(item), _payload(item)) for item in batch)
        part.mark({"form": self._form, "revision": revision, "size": size})

    def _asked(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        vector: Sequence[float] | None,
        limit: int,
        where: Where,
    ) -> tuple[_Found, _Found]:
        """What can be among the best by terms, and by the vector."""
        check_limit(limit)
        with self.using(scope):
            size = self._trusted(scope)
            asked: dict[str, Any] = {}
            if weights:
                asked[TERMS] = _terms(weights)
            if vector is not None and size is not None:
                _require_size(scope.client, size, len(vector))
                asked[dense_name(size)] = list(vector)
            found = self._found(scope, asked, limit, where)
        return found.pop(TERMS, []), next(iter(found.values()), [])

    def _found(
        self, scope: ClientScope, asked: Mapping[str, Any], limit: int, where: Where
    ) -> dict[str, _Found]:
        """The ids that can be among the best by each vector, and that vector of each."""
        part, found = self._part(scope), dict[str, _Found]()

        def wider(using: str) -> Callable[[int], list[Any]]:
            return lambda window: part.query({using: asked[using]}, window, where)[0]

        first = part.query(asked, window_of(limit), where)
        for using, points in zip(asked, first, strict=True):
            slack = of_terms(len(asked[TERMS].indices)) if using == TERMS else OF_COSINES
            held = candidates(wider(using), limit, points, slack)
            found[using] = [(int(each.payload[PASSAGE]), each.vector[using]) for each in held]
        return found


class _Turns:
    """One thread of one process at a time for each client, as often over as it likes."""

    def __init__(self, folder: Path, wait: float) -> None:
        self._folder = folder
        self._wait = wait
        self._guard = threading.Lock()
        self._mine: dict[str, threading.RLock] = {}
        self._depth: dict[str, int] = defaultdict(int)
        self._seen: dict[str, dict[str, Any]] = defaultdict(dict)

    @contextmanager
    def of(self, client: str) -> Iterator[dict[str, Any]]:
        """A turn at a client, and what was seen in it so far. Raises BusyError."""
        with self._guard:
            mine = self._mine.setdefault(client, threading.RLock())
        with mine:
            lock = None
            if not self._depth[client]:
                lock = lock_client(self._folder, client, wait=self._wait)
            self._depth[client] += 1
            try:
                yield self._seen[client]
            finally:
                self._depth[client] -= 1
                if lock is not None:
                    self._seen[client].clear()
                    lock.release()


def _terms(weights: Mapping[int, float]) -> models.SparseVector:
    dimensions = sorted(weights)
    return models.SparseVector(indices=dimensions, values=[weights[d] for d in dimensions])


def _by_terms(found: _Found, weights: Mapping[int, float], limit: int) -> list[Hit]:
    return best((Hit(each, weighed(v.indices, v.values, weights)) for each, v in found), limit)


def _by_vector(found: _Found, vector: Sequence[float], limit: int) -> list[Hit]:
    scores = cosines([held for _, held in found], vector)
    return best((Hit(f[0], score) for f, score in zip(found, scores, strict=True)), limit)


def _sizes(items: Iterable[Item]) -> set[int]:
    return {len(item.dense) for item in items if item.dense is not None}


def _require_size(client: str, size: int, other: int) -> None:
    if size != other:
        raise IndexMismatchError(
            "the index of {client} has vectors of {size} numbers, not {other}",
            client=client,
            size=size,
            other=other,
        )


def _vectors(item: Item) -> dict[str, Any]:
    terms = models.SparseVector(
        indices=list(item.vector.dimensions), values=list(item.vector.weights)
    )
    if item.dense is None:
        return {TERMS: terms}
    return {TERMS: terms, dense_name(len(item.dense)): list(item.dense)}


def _payload(item: Item) -> dict[str, Any]:
    return {**item.keywords, **item.numbers}


def _item(point: Any) -> Item:
    """An item as it is held."""
    payload = {key: value for key, value in point.payload.items() if key != CLIENT}
    identity = int(payload.pop(PASSAGE))
    vectors = dict(point.vector)
    terms = vectors.pop(TERMS)
    return Item(
        identity,
        SparseVector(terms.indices, terms.values),
        {key: value for key, value in payload.items() if key not in NUMBERS},
        {key: value for key, value in payload.items() if key in NUMBERS},
        next(iter(vectors.values()), None),
    )
