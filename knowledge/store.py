"""Knowledge: the ledger and its index as one thing.

A store that cannot be reached raises. A client with nothing to recall gives an empty list, and
roles say so instead of inventing. Whatever is found carries its source and span, and the quote is
the ledger's text at that span.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import structlog

from savoirfaire.knowledge.analysis import ANALYSER
from savoirfaire.knowledge.brand import BrandPack, CheckedRule
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.doubting import Scale
from savoirfaire.knowledge.embedding import Embedder, Vectors
from savoirfaire.knowledge.engines import EVERYTHING, Index
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.facts import Facts
from savoirfaire.knowledge.indexing import added_items, all_items, form_of
from savoirfaire.knowledge.ledger import Change, Ledger, Source, Then, source_id
from savoirfaire.knowledge.retrieval import Retrieval
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.searching import Found, Question, Searcher
from savoirfaire.knowledge.snapshot import Snapshot
from savoirfaire.knowledge.uncollected import uncollected
from savoirfaire.knowledge.verifying import Verification, verified
from savoirfaire.knowledge.where import Where

__all__ = ["BRAND_FILE", "BRAND_KIND", "Found", "Knowledge", "nearest_top"]

BRAND_FILE = "brand.toml"
BRAND_KIND = "brand"

log = structlog.get_logger(__name__)


class Knowledge:
    """What a workspace knows of its clients. `close` it, or use it in a `with` block.

    With an `embedder`, passages have vectors too, which a client is searched by once its settings
    give them a weight. While the embedder is out of reach, what is written goes without, and
    `complete` adds what is missing.
    """

    def __init__(self, ledger: Ledger, index: Index, embedder: Embedder | None = None) -> None:
        self.ledger = ledger
        self.brand_os = BrandOS(ledger.engine)
        self.facts = Facts(ledger.engine)
        self._index = index
        self._embedder = embedder
        self._vectors = Vectors(embedder) if embedder else None
        self._searcher = Searcher(index, self._vectors)

    @classmethod
    def open(
        cls, data: Path, *, wait: float = 30.0, embedder: Embedder | None = None
    ) -> "Knowledge":
        """Open the knowledge under a workspace's data folder. `wait`: seconds for a busy one."""
        return cls(
            Ledger(open_database(data / "ledger.db", wait=wait)),
            EdgeIndex(data / "index", form_of(embedder), wait=wait),
            embedder,
        )

    @property
    def index(self) -> Index:
        """The index, for what is done to it alone."""
        return self._index

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def embedder(self) -> Embedder | None:
        """What gives texts their vectors; None where there is nothing that does."""
        return self._embedder

    @property
    def has_vectors(self) -> bool:
        """Whether passages have vectors: there is an embedder."""
        return self._embedder is not None

    def close(self) -> None:
        """Give every lock and connection back."""
        try:
            self._index.release()
        finally:
            self.ledger.close()

    def release(self) -> None:
        """Let other processes use the index; the next search takes it again."""
        self._index.release()

    @uncollected()
    def put(
        self, scope: ClientScope, batch: Sequence[Source], *, first: Sequence[Then] = ()
    ) -> Change:
        """Record sources and index their passages. Once this returns, they are kept and found.

        `first` is done in the same transaction before: where it raises, nothing is recorded.
        Raises BusyError, with nothing recorded, where another process uses the client's knowledge.
        """
        self.ledger.check(scope)
        with self._index.using(scope):
            change = self.ledger.put(scope, batch, first=first)
            self._follow(scope, change, batch)
        return change

    def remove(self, scope: ClientScope, sources: Sequence[str]) -> Change:
        """Remove sources, by id, from the ledger and the index, as if they had never been there.

        Ids that the client does not have are passed over. What records and facts rested on goes
        too, and those that have lost all ground are ended in the same moment. Raises BusyError.
        """
        self.ledger.check(scope)
        with self._index.using(scope):
            then = (self.brand_os.reexamine_within, self.facts.reexamine_within)
            change = self.ledger.remove(scope, sources, then=then)
            self._follow(scope, change, ())
        return change

    @uncollected()
    def search(
        self,
        scope: ClientScope,
        question: str,
        *,
        limit: int = 8,
        where: Where = EVERYTHING,
        explain: bool = False,
        settings: Retrieval | None = None,
    ) -> list[Found]:
        """The passages that answer best, best first; only the client's own.

        From its fourth passage on, a source gives way to others that score nearly as well. With
        `explain`, each says why it has its score. `settings` weigh in place of the client's own.
        Without a question that any passage could answer, and for a client without passages, the
        list is empty.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        if not self._index.holds(scope):  # else the client is there: the check is left out
            self.ledger.check(scope)
        with self._index.using(scope), self._indexed(scope) as known:
            if not known.revision:
                return []
            own = settings or Retrieval.stored(known.retrieval)
            asked = Question(scope, question, limit, where, own)
            return self._searcher.search(known, asked, explain=explain)

    def scale(self, scope: ClientScope, question: str) -> Scale | None:
        """What the scores of a search for `question` are held against.

        None where there are no passages, and where a dense leg may find meaning without the words.
        """
        self.ledger.check(scope)
        with self.ledger.snapshot(scope) as known:
            own = Retrieval.stored(known.retrieval)
            if not known.revision or (self._vectors is not None and own.dense_weight):
                return None
            return self._searcher.scale(known, Question(scope, question, 1, EVERYTHING, own))

    def rebuild(self, scope: ClientScope) -> int:
        """Make all that is derived of a client's texts again; how many passages it has."""
        self.ledger.check(scope)
        with self._index.using(scope):
            count = self.ledger.analyse_again(scope)
            self._make(scope)
        return count

    def complete(self, scope: ClientScope) -> int:
        """Give the passages without a vector theirs; how many still go without."""
        self.ledger.check(scope)
        if self._vectors is None:
            return 0
        with self._index.using(scope), self._indexed(scope) as known:
            if not known.revision or not (bare := self._index.bare(scope)):
                return 0
            items = all_items(known, self._vectors, bare)
            found = (each for each in items if each.dense is not None)
            self._index.update(scope, found, set(), known.revision)
            return len(self._index.bare(scope))

    def verify(self, scope: ClientScope) -> Verification:
        """Compare the client's index and statistics with its texts; nothing is changed."""
        self.ledger.check(scope)
        with self._index.using(scope), self.ledger.snapshot(scope) as known:
            return verified(known, self._index, scope, dense=self._embedder is not None)

    def brand(self, scope: ClientScope) -> BrandPack | None:
        """The client's brand pack; None where none was ingested.

        Of several, it is the one nearest to the top of the folders, then the first by path.
        """
        path = nearest_top(source.path for source in self.ledger.sources(scope, kind=BRAND_KIND))
        if path is None:
            return None
        return self._with_rules(
            scope, BrandPack.parse(self.ledger.text(scope, source_id(scope, path)))
        )

    def _with_rules(self, scope: ClientScope, pack: BrandPack) -> BrandPack:
        """The pack with the rules of the Brand OS that hold today, after its own."""
        found = [record.data.plain() for record in self.brand_os.list(scope, kind="rule")]
        if not found:
            return pack
        rules = [
            CheckedRule(name=each["name"], body=each["body"], level=each["level"]) for each in found
        ]
        checks = pack.checks.model_copy(update={"rules": [*pack.checks.rules, *rules]})
        return pack.model_copy(update={"checks": checks})

    @contextmanager
    def _indexed(self, scope: ClientScope) -> Iterator[Snapshot]:
        """A moment of the ledger, with the client's index brought to it where it was not."""
        with self.ledger.snapshot(scope) as known:
            if not known.revision or self._is_indexed(scope, known):
                yield known
                return
        self._make(scope)
        with self.ledger.snapshot(scope) as known:
            yield known

    def _is_indexed(self, scope: ClientScope, known: Snapshot) -> bool:
        return known.analyser == ANALYSER and self._index.revision(scope) == known.revision

    def _make(self, scope: ClientScope) -> None:
        """Build the client's index again, and what another analyser made before it."""
        self.ledger.bring_up(scope)
        with self.ledger.snapshot(scope) as known:
            self._index.rebuild(scope, all_items(known, self._vectors), known.revision)
        log.info("index.rebuilt", client=scope.client)

    def _follow(self, scope: ClientScope, change: Change, batch: Sequence[Source]) -> None:
        """Bring the index from the revision before a change to the one after it."""
        if change.revision == change.previous:
            return
        items = added_items(batch, change, self._vectors)
        if not change.previous:
            self._index.rebuild(scope, items, change.revision)
        elif self._index.revision(scope) == change.previous:
            self._index.update(scope, items, change.removed, change.revision)
        else:
            self._make(scope)


def nearest_top(packs: Iterable[str]) -> str | None:
    """Which of several brand packs counts, by their paths."""
    return min(packs, key=lambda path: (path.count("/"), path), default=None)
