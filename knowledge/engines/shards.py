"""Open shards: one per client, locked against other processes, taken in turns by threads.

A second load of a shard breaks the first owner's flush (measured on qdrant-edge 0.9), so the lock
comes before the load, and is held until the shard is closed.
"""

import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import portalocker
import qdrant_edge as edge
import structlog

from savoirfaire.knowledge.engines.locks import lock_client, unusable
from savoirfaire.knowledge.engines.seals import seal, sealed_revision
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.where import KEYWORDS, NUMBERS

TERMS, DENSE = "terms", "dense"
_LAYOUT = f"edge 4 {KEYWORDS} {NUMBERS}"
_INDEXED: dict[str, edge.KeywordIndexParams | edge.IntegerIndexParams] = {
    **dict.fromkeys(KEYWORDS, edge.KeywordIndexParams()),
    **dict.fromkeys(NUMBERS, edge.IntegerIndexParams(lookup=False, range=True)),
}

INDEXED_FROM = 1_000
"""The passages from which on what a search keeps to is indexed."""

log = structlog.get_logger(__name__)


@dataclass
class Shard:
    """A client's shard. `revision` is None while it is missing, damaged or half written.

    `size` is the number of dimensions of its dense vectors; None where it has none. `indexed` are
    the keywords and numbers that have an index.
    """

    client: str
    folder: Path
    turn: threading.RLock = field(default_factory=threading.RLock)
    users: int = 0
    lock: portalocker.Lock | None = None
    engine: edge.EdgeShard | None = None
    revision: int | None = None
    is_sealed: bool = False
    size: int | None = None
    indexed: set[str] = field(default_factory=set)

    @property
    def data(self) -> Path:
        """The engine's folder."""
        return self.folder / "shard"

    @property
    def manifest(self) -> Path:
        """The seal's file."""
        return self.folder / "manifest.json"


class Shards:
    """The shards under a folder; `keep` of them stay open when nobody uses them.

    A shard of another `form` than this one is not trusted.
    """

    def __init__(self, folder: Path, form: str, *, wait: float, keep: int) -> None:
        self._folder = folder
        self._form = f"{_LAYOUT} {form}"
        self._wait = wait
        self._keep = keep
        self._shards: OrderedDict[str, Shard] = OrderedDict()
        self._guard = threading.Lock()

    @contextmanager
    def using(self, scope: ClientScope) -> Iterator[Shard]:
        """The client's shard, for this thread alone; BusyError where a process keeps it too long.

        Other clients' threads go on meanwhile.
        """
        client = client_of(scope)
        with self._guard:
            shard = self._shards.setdefault(client, Shard(client, self._folder / client))
            self._shards.move_to_end(client)
            shard.users += 1
        try:
            with shard.turn:
                if shard.lock is None:
                    self._open(shard)
                yield shard
        finally:
            with self._guard:
                shard.users -= 1
            self._close_surplus()

    def holds(self, scope: ClientScope) -> bool:
        """Whether the client's shard is locked by this process."""
        client = client_of(scope)
        with self._guard:
            shard = self._shards.get(client)
            return shard is not None and shard.lock is not None

    def create(self, shard: Shard, size: int | None) -> edge.EdgeShard:
        """Put an empty shard in place of whatever there is; `size` is that of dense vectors."""
        self.clear(shard)
        shard.folder.mkdir(parents=True)
        engine = shard.engine = edge.EdgeShard.create(str(shard.data), _config(_dense(size)))
        shard.size = size
        return engine

    def clear(self, shard: Shard) -> None:
        """Remove every byte of the shard; its lock stays."""
        shard.revision = shard.size = None
        shard.indexed = set()
        engine, shard.engine = shard.engine, None
        if engine is not None:
            engine.close()
        try:
            if shard.folder.is_dir() and not shard.folder.is_symlink():
                shutil.rmtree(shard.folder)
            else:
                shard.folder.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(error) from error

    def release(self) -> None:
        """Close every shard and give its lock back, waiting for the threads that use one."""
        with self._guard:
            shards = list(self._shards.values())
        for shard in shards:
            with shard.turn:
                self._close(shard)

    def _open(self, shard: Shard) -> None:
        lock = lock_client(self._folder, shard.client, wait=self._wait)
        try:
            revision = sealed_revision(shard.data, shard.manifest, form=self._form)
            if revision is not None:
                self._load(shard, revision)
        except BaseException:
            lock.release()
            raise
        shard.lock = lock

    def _load(self, shard: Shard, revision: int) -> None:
        """Load a shard whose seal holds; one that the engine refuses even so is not trusted."""
        names = set(shard.data.rglob("*"))
        try:
            engine = edge.EdgeShard.load(str(shard.data), _config(None))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            # The engine's panics are no Exceptions. Whatever it says, the ledger has it all.
            log.warning("index.unreadable", client=shard.client, reason=type(error).__name__)
            return
        shard.engine, shard.revision, shard.is_sealed = engine, revision, True
        shard.size = _size(engine)
        shard.indexed = set(engine.info().payload_schema)
        if set(shard.data.rglob("*")) != names:  # a load removes the journals of the last writes
            seal(shard.data, shard.manifest, form=self._form, revision=revision)

    def _close_surplus(self) -> None:
        """Close the shards that were left alone longest, but none that somebody uses."""
        with self._guard:
            is_open = [shard for shard in self._shards.values() if shard.lock is not None]
            for shard in is_open[: max(0, len(is_open) - self._keep)]:
                # Without waiting: whoever has a turn now closes the surplus after it.
                if not shard.users and shard.turn.acquire(blocking=False):
                    try:
                        self._close(shard)
                    finally:
                        shard.turn.release()

    def _close(self, shard: Shard) -> None:
        """Seal what was written and close; a shard that cannot be sealed is built again later."""
        lock, shard.lock = shard.lock, None
        engine, shard.engine = shard.engine, None
        revision, shard.revision = shard.revision, None
        try:
            if engine is not None:
                must_seal = revision is not None and not shard.is_sealed
                if must_seal:
                    engine.flush()
                engine.close()
                if must_seal and revision is not None:
                    seal(shard.data, shard.manifest, form=self._form, revision=revision)
        except OSError as error:
            log.warning("index.unsealed", client=shard.client, reason=type(error).__name__)
        finally:
            if lock is not None:
                lock.release()


def index_for(shard: Shard, engine: edge.EdgeShard, keys: Iterable[str], least: int) -> None:
    """Index what a search keeps to, once the shard has so many points that it pays.

    Without, each leg of a search takes a microsecond more for each point. An index is made for the
    first search that needs it: it takes 30 ms of a disk, then 4 MB of memory while it is open.
    """
    missing = set(keys) - shard.indexed
    if missing and engine.info().points_count >= least:
        shard.is_sealed = False
        for key in sorted(missing):
            engine.update(edge.UpdateOperation.create_field_index(key, _INDEXED[key]))
        shard.indexed |= missing


def _size(engine: edge.EdgeShard) -> int | None:
    """How many dimensions the dense vectors have, as the engine holds them."""
    having = edge.Filter(must=[edge.HasVectorCondition(DENSE)])
    found, _ = engine.scroll(edge.ScrollRequest(limit=1, filter=having, with_vector=[DENSE]))
    vectors: list[Any] = [point.vector for point in found]
    return len(vectors[0][DENSE]) if vectors else None


def _dense(size: int | None) -> dict[str, edge.EdgeVectorParams]:
    """The dense vector, read where it is needed: otherwise a load reads the file's holes too."""
    if size is None:
        return {}
    cosine, cold = edge.Distance.Cosine, edge.Memory.Cold
    return {DENSE: edge.EdgeVectorParams(size=size, distance=cosine, memory=cold)}


def _config(vectors: dict[str, edge.EdgeVectorParams] | None) -> edge.EdgeConfig:
    """The shape of a shard; without `vectors`, those of the shard that is loaded."""
    return edge.EdgeConfig(
        vectors=vectors,
        # By the posting lists always: below 5,000 passages that are kept to, the engine would
        # rather read all their vectors (.8 ms for .3 ms, of 5,000 passages).
        sparse_vectors={TERMS: edge.EdgeSparseVectorParams(full_scan_threshold=1)},
        wal_enabled=False,
        max_search_threads=1,  # a pool for each shard, of which many are open
    )
