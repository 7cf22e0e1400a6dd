"""Searching one client: candidates from the index, weighed again, fused, mixed, explained."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from savoirfaire.knowledge.asking import Query
from savoirfaire.knowledge.doubting import Scale, scale
from savoirfaire.knowledge.embedding import Vectors
from savoirfaire.knowledge.engines import Index, Legs
from savoirfaire.knowledge.explaining import Explanation, Leg, contributions
from savoirfaire.knowledge.pooling import EXPAND, Pool
from savoirfaire.knowledge.ranking import fused, ranked
from savoirfaire.knowledge.repeating import Chosen
from savoirfaire.knowledge.rescoring import DIGITS, Weighing
from savoirfaire.knowledge.retrieval import Retrieval
from savoirfaire.knowledge.rows import StoredPassage
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.sketches import analyse
from savoirfaire.knowledge.snapshot import Snapshot
from savoirfaire.knowledge.tallies import Statistics
from savoirfaire.knowledge.where import Where

CANDIDATES = 50
"""Asked of each leg of the index: 80 gave no better answers over 21,000 passages, 30 worse ones."""

_KEEP_VECTORS = 256  # of the last questions
_KEEP = 64  # clients whose statistics stay in memory: half a megabyte, and 12 bytes for each term


@dataclass(frozen=True)
class Found:
    """A passage, how well it answers the question, and why, where that was asked.

    `also` are passages of other sources with the same words under the same heading: copies.
    """

    passage: StoredPassage
    score: float
    why: Explanation | None = None
    also: tuple[StoredPassage, ...] = ()


@dataclass(frozen=True)
class Question:
    """One search of one client."""

    scope: ClientScope
    text: str
    limit: int
    where: Where
    settings: Retrieval


class Searcher:
    """Searches the index, and weighs what it finds by the ledger; threads may share it."""

    def __init__(self, index: Index, embedding: Vectors | None) -> None:
        self._index = index
        self._embedding = embedding
        self._kept: OrderedDict[tuple[str, int], Statistics] = OrderedDict()
        self._vectors: OrderedDict[str, list[float]] = OrderedDict()
        self._guard = threading.Lock()

    def search(self, known: Snapshot, question: Question, *, explain: bool) -> list[Found]:
        """The passages that answer best, best first but for what is mixed by source."""
        asked = analyse(question.text)
        statistics = self._statistics(known, question.scope)
        query = Query.of(asked, statistics, question.settings.gram_weight)
        found, near = self._legs(question, query)
        pool = Pool(known, question.where, {*found, *near})
        if pool.has_sequences:
            alone = Weighing(query, pool.rows, statistics, 0)
            pool.expand(ranked(alone.scores())[:EXPAND])
        weighing = Weighing(query, pool.rows, statistics, question.settings.near)
        scores = {i: score for i, score in weighing.scores().items() if i in pool.sources}
        skipped = self._skipped(question)
        answer = _Answer(question, weighing, scores, near, skipped)
        chosen = Chosen(known, pool, answer.total)
        return [
            Found(
                chosen.stored[each],
                answer.total[each],
                answer.why(each) if explain else None,
                also,
            )
            for each, also in chosen.best(question.limit)
        ]

    def scale(self, known: Snapshot, question: Question) -> Scale:
        """What the scores of one search are held against."""
        statistics = self._statistics(known, question.scope)
        return scale(analyse(question.text), statistics, question.settings.gram_weight)

    def _statistics(self, known: Snapshot, scope: ClientScope) -> Statistics:
        """What the client's passages have in common."""
        key = scope.client, known.revision
        with self._guard:
            kept = self._kept.get(key)
        if kept is None:
            kept = known.statistics()
            with self._guard:
                self._kept[key] = kept
                while len(self._kept) > _KEEP:
                    self._kept.popitem(last=False)
        return kept

    def _legs(self, question: Question, query: Query) -> Legs:
        """What both legs find; of the dense one nothing where it has no weight, or no vector."""
        vector = None
        if self._embedding is not None and question.settings.dense_weight:
            vector = self._vector(self._embedding, question.text)
        most = max(CANDIDATES, 2 * question.limit)
        scope, where = question.scope, question.where
        return self._index.legs(scope, query.stems, vector, limit=most, where=where)

    def _skipped(self, question: Question) -> str:
        """Why the dense leg was not asked, though it should have been."""
        if self._embedding is None or not question.settings.dense_weight:
            return ""
        with self._guard:
            return "" if question.text in self._vectors else self._embedding.reason

    def _vector(self, embedding: Vectors, question: str) -> list[float] | None:
        """The question's vector, asked for once while the question is among the last ones."""
        with self._guard:
            kept = self._vectors.get(question)
        if kept is None:
            found = embedding.of([question])
            if found is None:
                return None
            [kept] = found
            with self._guard:
                self._vectors[question] = kept
                while len(self._vectors) > _KEEP_VECTORS:
                    self._vectors.popitem(last=False)
        return kept


class _Answer:
    """The scores of one search: those of the sparse leg, or of both fused."""

    def __init__(
        self,
        question: Question,
        weighing: Weighing,
        sparse: Mapping[int, float],
        near: Sequence[int],
        skipped: str,
    ) -> None:
        self._question = question
        self._skipped = skipped
        self._weighing = weighing
        settings = question.settings
        self._orders = (("sparse", ranked(sparse)), ("dense", list(near))) if near else ()
        weights = (settings.sparse_weight, settings.dense_weight)
        legs = [(w, order) for w, (_, order) in zip(weights, self._orders, strict=False)]
        self._given = fused(legs, settings.rrf_k)
        self.total = (
            {each: round(sum(given), 2 * DIGITS) for each, given in self._given.items()}
            if near
            else dict(sparse)
        )

    def why(self, identity: int) -> Explanation:
        """Why a passage has its score."""
        length, usual = self._weighing.length(identity)
        return Explanation(
            length=length,
            usual_length=usual,
            terms=contributions(self._weighing, self._question.text, identity),
            legs=tuple(
                Leg(name, order.index(identity) + 1 if identity in order else None, given)
                for (name, order), given in zip(
                    self._orders, self._given.get(identity, ()), strict=False
                )
            ),
            skipped=self._skipped,
        )
