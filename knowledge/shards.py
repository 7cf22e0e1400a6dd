"""Open shards: one per client, locked against other processes, taken in turns by threads.

A second load of a shard breaks the first owner's flush (measured on qdrant-edge 0.9), so the lock
comes before the load, and is held until the shard is closed.
"""

import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import portalocker
import qdrant_edge as edge
import structlog

from savoirfaire.errors import BusyError, WorkspaceError
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.seals import seal, sealed_revision

VECTOR = "terms"
KEYWORDS = ("kind",)
_CHECK_SECONDS = 0.05

log = structlog.get_logger(__name__)


@dataclass
class Shard:
    """A client's shard. `revision` is None while it is missing, damaged or half written."""

    client: str
    folder: Path
    turn: threading.RLock = field(default_factory=threading.RLock)
    users: int = 0
    lock: portalocker.Lock | None = None
    engine: edge.EdgeShard | None = None
    revision: int | None = None
    is_sealed: bool = False

    @property
    def data(self) -> Path:
        """The engine's folder."""
        return self.folder / "shard"

    @property
    def manifest(self) -> Path:
        """The seal's file."""
        return self.folder / "manifest.json"


class Shards:
    """The shards under a folder; `keep` of them stay open when nobody uses them."""

    def __init__(self, folder: Path, *, wait: float, keep: int) -> None:
        self._folder = folder
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

    def create(self, shard: Shard) -> edge.EdgeShard:
        """Put an empty shard in place of whatever there is."""
        self.clear(shard)
        shard.folder.mkdir(parents=True)
        engine = shard.engine = edge.EdgeShard.create(str(shard.data), _config())
        for key in KEYWORDS:
            engine.update(
                edge.UpdateOperation.create_field_index(key, edge.PayloadSchemaType.Keyword)
            )
        return engine

    def clear(self, shard: Shard) -> None:
        """Remove every byte of the shard; its lock stays."""
        shard.revision = None
        engine, shard.engine = shard.engine, None
        if engine is not None:
            engine.close()
        try:
            if shard.folder.is_dir() and not shard.folder.is_symlink():
                shutil.rmtree(shard.folder)
            else:
                shard.folder.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(error) from error

    def release(self) -> None:
        """Close every shard and give its lock back, waiting for the threads that use one."""
        with self._guard:
            shards = list(self._shards.values())
        for shard in shards:
            with shard.turn:
                self._close(shard)

    def _open(self, shard: Shard) -> None:
        lock = self._locked(shard.client)
        try:
            revision = sealed_revision(shard.data, shard.manifest, form=FORM)
            if revision is not None:
                _load(shard, revision)
        except BaseException:
            lock.release()
            raise
        shard.lock = lock

    def _locked(self, client: str) -> portalocker.Lock:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = portalocker.Lock(
                self._folder / f"{client}.lock", timeout=self._wait, check_interval=_CHECK_SECONDS
            )
            lock.acquire()
        except portalocker.AlreadyLocked as error:
            raise BusyError(
                "another command is using the knowledge of {client} (waited {seconds} s)",
                client=client,
                seconds=f"{self._wait:g}",
            ) from error
        except (OSError, portalocker.LockException) as error:
            raise _unusable(error) from error
        return lock

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
                    seal(shard.data, shard.manifest, form=FORM, revision=revision)
        except OSError as error:
            log.warning("index.unsealed", client=shard.client, reason=type(error).__name__)
        finally:
            if lock is not None:
                lock.release()


def _load(shard: Shard, revision: int) -> None:
    """Load a shard whose seal holds; one that the engine refuses all the same has no revision."""
    names = set(shard.data.rglob("*"))
    try:
        engine = edge.EdgeShard.load(str(shard.data), _config())
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        # The engine's panics are no Exceptions. Whatever it says, the ledger has it all.
        log.warning("index.unreadable", client=shard.client, reason=type(error).__name__)
        return
    shard.engine, shard.revision, shard.is_sealed = engine, revision, True
    if set(shard.data.rglob("*")) != names:  # a load removes the journals of the last writes
        seal(shard.data, shard.manifest, form=FORM, revision=revision)


def _config() -> edge.EdgeConfig:
    return edge.EdgeConfig(
        vectors={}, sparse_vectors={VECTOR: edge.EdgeSparseVectorParams()}, wal_enabled=False
    )


def _unusable(error: Exception) -> WorkspaceError:
    return WorkspaceError(
        "the index cannot be written: {reason}",
        reason=error,
        hint="Make the workspace's data folder writable, then try again.",
    )
