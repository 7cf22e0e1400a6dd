"""Knowledge: the ledger and its index as one thing.

A store that cannot be reached raises. A client with nothing to recall gives an empty list, and
roles say so instead of inventing. Whatever is found carries its source and span, and the quote is
the ledger's text at that span.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

from savoirfaire.knowledge.analysis import analyse
from savoirfaire.knowledge.bm25 import query_weights
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.index import EdgeIndex, Item
from savoirfaire.knowledge.ledger import Change, Ledger, Source, StoredPassage, source_id
from savoirfaire.knowledge.schema import EVERY
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import Snapshot

BRAND_FILE = "brand.toml"
BRAND_KIND = "brand"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """A passage and how well it answers the question."""

    passage: StoredPassage
    score: float


class Knowledge:
    """What a workspace knows of its clients. `close` it, or use it in a `with` block."""

    def __init__(self, ledger: Ledger, index: EdgeIndex) -> None:
        self.ledger = ledger
        self._index = index

    @classmethod
    def open(cls, data: Path, *, wait: float = 30.0) -> "Knowledge":
        """Open the knowledge under a workspace's data folder. `wait`: seconds for a busy one."""
        return cls(
            Ledger(open_database(data / "ledger.db", wait=wait)),
            EdgeIndex(data / "index", wait=wait),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give every lock and connection back."""
        try:
            self._index.release()
        finally:
            self.ledger.close()

    def release(self) -> None:
        """Let other processes use the index; the next search takes it again."""
        self._index.release()

    def put(self, scope: ClientScope, batch: Sequence[Source]) -> Change:
        """Record sources and index their passages. Once this returns, they are kept and found.

        Raises BusyError, with nothing recorded, where another process uses the client's knowledge.
        """
        self.ledger.check(scope)
        with self._index.using(scope):
            change = self.ledger.put(scope, batch)
            if change.revision != change.previous:
                self._follow(scope, batch, change)
        return change

    def search(
        self,
        scope: ClientScope,
        question: str,
        *,
        limit: int = 8,
        kinds: Sequence[str] = (),
    ) -> list[Found]:
        """The passages that answer best, best first; only the client's own.

        `kinds` keeps to sources of these kinds, none named means every kind. Scores are BM25 over
        French and English stems.
        """
        where = {"kind": kinds} if kinds else None
        counts = analyse(question).counts
        self.ledger.check(scope)
        with self._index.using(scope), self._indexed(scope) as known:
            if not known.revision:
                return []
            weights = query_weights(counts, *known.statistics(counts))
            hits = self._index.search(scope, weights, limit=limit, where=where)
            stored = known.passages([hit.id for hit in hits])
        return [Found(stored[hit.id], hit.score) for hit in hits if hit.id in stored]

    def brand(self, scope: ClientScope) -> BrandPack | None:
        """The client's brand pack; None where none was ingested.

        Of several, it is the one nearest to the top of the folders, then the first by path.
        """
        path = nearest_top(source.path for source in self.ledger.sources(scope, kind=BRAND_KIND))
        if path is None:
            return None
        return BrandPack.parse(self.ledger.text(scope, source_id(scope, path)))

    @contextmanager
    def _indexed(self, scope: ClientScope) -> Iterator[Snapshot]:
        """A moment of the ledger, with the client's shard brought to it where it was not."""
        counts: Counter[int] = Counter()
        with self.ledger.snapshot(scope) as known:
            revision = known.revision
            if not revision or self._index.revision(scope) == revision:
                yield known
                return
            self._index.rebuild(scope, _all_items(known, counts), revision)
        log.info("index.rebuilt", client=scope.client, passages=counts[EVERY])
        # Another analyser's terms may have been counted; the shard is sealed only after this.
        self.ledger.recount(scope, revision, counts)
        with self.ledger.snapshot(scope) as known:
            yield known

    def _follow(self, scope: ClientScope, batch: Sequence[Source], change: Change) -> None:
        """Bring the shard from the revision before a change to the one after it."""
        if not change.previous:
            self._index.rebuild(scope, _items(batch, change), change.revision)
        elif self._index.revision(scope) == change.previous:
            self._index.update(scope, _items(batch, change), change.removed, change.revision)
        else:
            with self._indexed(scope):
                pass


def nearest_top(packs: Iterable[str]) -> str | None:
    """Which of several brand packs counts, by their paths."""
    return min(packs, key=lambda path: (path.count("/"), path), default=None)


def _items(batch: Sequence[Source], change: Change) -> Iterator[Item]:
    for source in batch:
        keywords = {"kind": source.kind}
        for span in source.spans:
            if span.id in change.added:
                yield Item(span.id, change.added[span.id], keywords)


def _all_items(known: Snapshot, counts: Counter[int]) -> Iterator[Item]:
    """Every passage of the client, its terms counted on the way."""
    for identity, _source, kind, terms in known.analysed():
        counts.update(terms.counts.keys())
        counts[EVERY] += 1
        yield Item(identity, terms, {"kind": kind})
