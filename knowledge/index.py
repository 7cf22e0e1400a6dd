"""The index: one Qdrant Edge shard per client, in process, rebuilt from the ledger when in doubt.

Hazards that shaped it, each measured on qdrant-edge 0.9:

- A second load of a shard breaks the first owner's flush: an OS lock is taken before any load, and
  given back by `release`.
- Its IDF counts deleted points until a reload (2.26 for 2.83): IDF comes from the ledger and
  travels in the query's weights.
- Ties come in random order: results are ordered here, by score, then by id.
- Deleted text would stay in its log and segments: no text is stored, and no log is kept. A shard
  that was not flushed at the ledger's revision is dropped and built again.
"""

import json
import math
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import portalocker
import qdrant_edge as edge
import structlog

from savoirfaire.errors import BusyError
from savoirfaire.knowledge.analysis import ANALYSER, Terms
from savoirfaire.knowledge.scope import ClientScope

# BM25 (Robertson & Zaragoza 2009, eq. 3.15). The usual length is a constant, so that adding one
# passage never changes the weights of another.
K1 = 1.2
B = 0.75
USUAL_LENGTH = 64  # content words

_VECTOR = "terms"
_BATCH = 512
_CANDIDATES = 100

log = structlog.get_logger(__name__)


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


@dataclass
class _Shard:
    engine: edge.EdgeShard
    lock: portalocker.Lock
    revision: int


class EdgeIndex:
    """Embedded index of every client of a workspace, under one folder.

    `wait` is how many seconds to wait for another process; `keep` how many shards stay open
    (loading one takes tens of milliseconds).
    """

    def __init__(self, folder: Path, *, wait: float = 30.0, keep: int = 16) -> None:
        self._folder = folder
        self._wait = wait
        self._keep = keep
        self._open: OrderedDict[str, _Shard] = OrderedDict()
        self._guard = threading.RLock()

    def revision(self, scope: ClientScope) -> int | None:
        """The ledger revision the client's shard was flushed at; None where it must be rebuilt."""
        with self._guard:
            shard = self._load(scope)
            return shard.revision if shard else None

    def rebuild(self, scope: ClientScope, items: Iterable[Item], revision: int) -> None:
        """Drop the client's shard and build it again from `items`."""
        with self._guard:
            shard = self._create(scope)
            self._write(scope, shard, items, set(), revision)
        log.info("index.rebuilt", client=scope.client, revision=revision)

    def update(
        self, scope: ClientScope, added: Iterable[Item], removed: set[int], revision: int
    ) -> None:
        """Apply one ledger change to a shard that `revision` says is up to date."""
        with self._guard:
            shard = self._load(scope) or self._create(scope)
            self._write(scope, shard, added, removed, revision)

    def search(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        *,
        limit: int,
        where: Mapping[str, Sequence[str]] | None = None,
    ) -> list[Hit]:
        """The passages with the highest sum of term weights, best first, ties by id."""
        with self._guard:
            shard = self._load(scope)
            if shard is None or not weights:
                return []
            dims = sorted(weights)
            vector = edge.SparseVector(dims, [weights[each] for each in dims])
            found = shard.engine.query(
                edge.QueryRequest(
                    query=edge.Query.Nearest(vector, using=_VECTOR),
                    limit=max(_CANDIDATES, 2 * limit),
                    filter=_filter(where) if where else None,
                )
            )
        hits = [Hit(int(point.id), round(point.score, 4)) for point in found]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]

    def drop(self, scope: ClientScope) -> None:
        """Remove every byte of the client's shard."""
        with self._guard:
            lock = self._take(scope)
            try:
                shutil.rmtree(self._folder / scope.client, ignore_errors=True)
            finally:
                lock.release()

    def release(self) -> None:
        """Close every shard and give its lock back, so that other processes may have a turn."""
        with self._guard:
            while self._open:
                _, shard = self._open.popitem()
                self._close(shard)

    # --- shards ---------------------------------------------------------------------------------

    def _load(self, scope: ClientScope) -> _Shard | None:
        if scope.client in self._open:
            self._open.move_to_end(scope.client)
            return self._open[scope.client]
        folder = self._folder / scope.client
        if not folder.exists():
            return None
        lock = self._take(scope)
        revision = _read_manifest(folder)
        if revision is None:
            lock.release()
            return None
        try:
            engine = edge.EdgeShard.load(str(folder / "shard"))
        except Exception as error:  # noqa: BLE001 - whatever the engine says, the ledger has it all
            log.warning("index.unreadable", client=scope.client, reason=type(error).__name__)
            lock.release()
            return None
        return self._keep_open(scope, _Shard(engine, lock, revision))

    def _create(self, scope: ClientScope) -> _Shard:
        if scope.client in self._open:
            self._close(self._open.pop(scope.client))
        lock = self._take(scope)
        folder = self._folder / scope.client
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        engine = edge.EdgeShard.create(
            str(folder / "shard"),
            edge.EdgeConfig(
                vectors={},
                sparse_vectors={_VECTOR: edge.EdgeSparseVectorParams()},
                wal_enabled=False,
            ),
        )
        for key in ("source", "kind"):
            engine.update(
                edge.UpdateOperation.create_field_index(key, edge.PayloadSchemaType.Keyword)
            )
        return self._keep_open(scope, _Shard(engine, lock, 0))

    def _keep_open(self, scope: ClientScope, shard: _Shard) -> _Shard:
        self._open[scope.client] = shard
        while len(self._open) > self._keep:
            _, oldest = self._open.popitem(last=False)
            self._close(oldest)
        return shard

    def _take(self, scope: ClientScope) -> portalocker.Lock:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = portalocker.Lock(self._folder / f"{scope.client}.lock", timeout=self._wait)
        try:
            lock.acquire()
        except portalocker.LockException as error:
            raise BusyError(
                "another command is using the knowledge of {client} (waited {seconds} s)",
                client=scope.client,
                seconds=f"{self._wait:g}",
            ) from error
        return lock

    @staticmethod
    def _close(shard: _Shard) -> None:
        shard.engine.close()
        shard.lock.release()

    def _write(
        self,
        scope: ClientScope,
        shard: _Shard,
        added: Iterable[Item],
        removed: set[int],
        revision: int,
    ) -> None:
        manifest = self._folder / scope.client / "manifest.json"
        manifest.unlink(missing_ok=True)  # until the flush below, the shard is not to be trusted
        if removed:
            shard.engine.update(edge.UpdateOperation.delete_points(sorted(removed)))
        for batch in _batches(added):
            shard.engine.update(edge.UpdateOperation.upsert_points([_point(i) for i in batch]))
        shard.engine.flush()
        shard.revision = revision
        temporary = manifest.with_suffix(".new")
        temporary.write_text(json.dumps({"analyser": ANALYSER, "revision": revision}))
        temporary.replace(manifest)


def query_weights(
    counts: Mapping[int, int], passages: int, holding: Mapping[int, int]
) -> dict[int, float]:
    """The BM25 weight of each query term: how often it is asked times its IDF.

    `passages` is the client's number of passages and `holding` how many hold each term; a term that
    no passage holds is left out. IDF is ln(1 + (N - n + 0.5) / (n + 0.5)), never negative.
    """
    return {
        term: times * math.log(1 + (passages - holding[term] + 0.5) / (holding[term] + 0.5))
        for term, times in counts.items()
        if holding.get(term)
    }


def _point(item: Item) -> edge.Point:
    counts = item.terms.counts
    norm = K1 * (1 - B + B * item.terms.length / USUAL_LENGTH)
    dims = sorted(counts)
    values = [counts[each] * (K1 + 1) / (counts[each] + norm) for each in dims]
    return edge.Point(item.id, {_VECTOR: edge.SparseVector(dims, values)}, dict(item.keywords))


def _filter(where: Mapping[str, Sequence[str]]) -> edge.Filter:
    conditions: list[edge.FieldCondition] = []
    for key, values in where.items():
        if not values or not all(isinstance(value, str) for value in values):
            raise ValueError(
                f"a filter on {key} needs keywords: an empty one would match everything"
            )
        conditions.append(edge.FieldCondition(key, match=edge.MatchAny(list(values))))
    return edge.Filter(must=list(conditions))


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _read_manifest(folder: Path) -> int | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError):
        return None
    return int(manifest["revision"]) if manifest.get("analyser") == ANALYSER else None
