"""What is found more than once: passages that several sources have word for word, heads of mails.

A text that several sources have is given once, with the others named. The head of a mail has the
subject, which is the title of the mail's every passage too: counted twice, it would stand before
the words that it announces.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from savoirfaire.knowledge.pooling import Pool
from savoirfaire.knowledge.ranking import NEARLY, mixed, ranked
from savoirfaire.knowledge.rows import StoredPassage
from savoirfaire.knowledge.snapshot import Snapshot

Once = list[tuple[int, tuple[StoredPassage, ...]]]
"""The ids that are given, best first, each with the passages of other sources that say the same."""


class Chosen:
    """The passages that one search gives, of those that were weighed."""

    def __init__(self, known: Snapshot, pool: Pool, scores: Mapping[int, float]) -> None:
        self._known = known
        self._pool = pool
        self._scores = scores
        self.stored: dict[int, StoredPassage] = {}

    def best(self, limit: int) -> Once:
        """The `limit` best, each text once."""
        scores = heads_after(self._scores, self._pool.sources, self._heads())
        order = ranked(scores)
        while True:
            chosen = mixed(order, scores, self._pool.sources, limit)
            chosen = [each for each in chosen if each in self._load(chosen)]
            again = self._repeated(chosen)
            if not again:
                return [(each, self._elsewhere(each)) for each in chosen]
            order = [each for each in order if each not in again]

    def _heads(self) -> set[int]:
        """The heads of mails; there are none where nothing stands in a conversation."""
        return self._known.heads(self._scores) if self._pool.has_sequences else set()

    def _load(self, ids: Iterable[int]) -> dict[int, StoredPassage]:
        missing = [each for each in ids if each not in self.stored]
        self.stored |= self._known.passages(missing) if missing else {}
        return self.stored

    def _repeated(self, chosen: Sequence[int]) -> set[int]:
        """Those that say what one before them says, in another source."""
        first: dict[tuple[str, str], str] = {}
        again = set()
        starts = {each: _start(self.stored[each]) for each in chosen}
        times = Counter(starts.values())
        for each in (each for each in chosen if times[starts[each]] > 1):
            passage = self.stored[each]
            if first.setdefault(_said(passage), passage.source) != passage.source:
                again.add(each)
        return again

    def _elsewhere(self, identity: int) -> tuple[StoredPassage, ...]:
        """One passage of each other source that says the same, by path."""
        likely = [each for each in self._pool.alike(identity) if each in self._pool.sources]
        if not likely:
            return ()
        mine = self.stored[identity]
        stored = self._load(likely)
        known = [stored[each] for each in likely if each in stored]
        same = {
            each.path: each
            for each in sorted(known, key=lambda each: -each.start)
            if each.source != mine.source and _said(each) == _said(mine)
        }
        return tuple(same[path] for path in sorted(same))


def heads_after(
    scores: Mapping[int, float], sources: Mapping[int, str], heads: Collection[int]
) -> Mapping[int, float]:
    """The scores by which passages are put in order: a head gives way to its body.

    It does where another passage of its source scores nearly as well (.85 of it).
    """
    if not heads:
        return scores
    bodies: dict[str, float] = defaultdict(float)
    for each, score in scores.items():
        if each not in heads:
            bodies[sources[each]] = max(bodies[sources[each]], score)
    late = {
        each: NEARLY * scores[each]
        for each in heads
        if bodies[sources[each]] >= NEARLY * scores[each]
    }
    return {**scores, **late}


def _start(passage: StoredPassage) -> str:
    """The first word: it is the same where all that is said is, and quickly had."""
    return next(iter(passage.quote.split(None, 1)), "")


def _said(passage: StoredPassage) -> tuple[str, str]:
    """What a passage says, whatever its spaces, and under which heading."""
    return " ".join(passage.heading.split()), " ".join(passage.quote.split())
