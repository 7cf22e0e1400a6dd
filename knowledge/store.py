"""Knowledge: the ledger and its index as one thing.

A store that cannot be reached raises. A client with nothing to recall gives an empty list, and
roles say so instead of inventing. Whatever is found carries its source and span, and the quote is
the ledger's text at that span.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from savoirfaire.knowledge.analysis import analyse
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.index import EdgeIndex, Item, query_weights
from savoirfaire.knowledge.ledger import Change, Ledger, Source, StoredPassage, source_id
from savoirfaire.knowledge.scope import ClientScope

BRAND_FILE = "brand.toml"


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
        """Open the knowledge under a workspace's data folder. `wait`: seconds for a busy index."""
        return cls(Ledger(open_database(data / "ledger.db")), EdgeIndex(data / "index", wait=wait))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give every lock and connection back."""
        self._index.release()
        self.ledger.close()

    def release(self) -> None:
        """Let other processes use the index; the next search takes it again."""
        self._index.release()

    def put(self, scope: ClientScope, batch: Sequence[Source]) -> Change:
        """Record sources and index their passages. Once this returns, they are kept and found."""
        change = self.ledger.put(scope, batch)
        if (self._index.revision(scope) or 0) == change.revision - 1:
            self._index.update(scope, _items(scope, batch, change), change.removed, change.revision)
        else:
            self._refresh(scope)
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

        `kinds` keeps to sources of these kinds; scores are BM25 over French and English stems.
        """
        self._refresh(scope)
        counts = analyse(question).counts
        weights = query_weights(counts, *self.ledger.term_statistics(scope, counts))
        where = {"kind": list(kinds)} if kinds else None
        hits = self._index.search(scope, weights, limit=limit, where=where)
        stored = self.ledger.passages(scope, [hit.id for hit in hits])
        return [Found(stored[hit.id], hit.score) for hit in hits if hit.id in stored]

    def brand(self, scope: ClientScope) -> BrandPack | None:
        """The client's brand pack; None where none was ingested."""
        packs = self.ledger.sources(scope, kind="brand")
        return BrandPack.parse(self.ledger.text(scope, packs[0].id)) if packs else None

    def _refresh(self, scope: ClientScope) -> None:
        """Rebuild the client's shard unless it stands at the ledger's revision."""
        revision = self.ledger.revision(scope)
        if self._index.revision(scope) != revision:
            self._index.rebuild(scope, self._all_items(scope), revision)

    def _all_items(self, scope: ClientScope) -> Iterator[Item]:
        for identity, source, kind, terms in self.ledger.all_terms(scope):
            yield Item(identity, terms, {"source": source, "kind": kind})


def _items(scope: ClientScope, batch: Sequence[Source], change: Change) -> Iterator[Item]:
    for source in batch:
        keywords = {"source": source_id(scope, source.path), "kind": source.kind}
        for span in source.spans:
            if span.id in change.added:
                yield Item(span.id, change.added[span.id], keywords)
