"""The index and the statistics of a client, compared with what its texts give when read anew."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from savoirfaire.knowledge.bm25 import passage_weights
from savoirfaire.knowledge.engines import Index, Item, SparseVector
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.sketches import analyse
from savoirfaire.knowledge.snapshot import Snapshot, in_parts
from savoirfaire.knowledge.tallies import Tally

_TEXTS = 256
_PRECISION = 1e-6  # of the engine's single precision, relative


@dataclass(frozen=True)
class Verification:
    """What differs for one client; passages are given by their ids, in order.

    `built` is whether the index stands at the ledger's revision; where it does not, nothing in it
    was looked at, and it is made again at the next question or ingest. `terms` and `grams` are how
    many counts of the statistics are wrong.
    """

    client: str
    passages: int
    built: bool = True
    missing: tuple[int, ...] = ()
    surplus: tuple[int, ...] = ()
    wrong: tuple[int, ...] = ()
    terms: int = 0
    grams: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        differs = self.missing or self.surplus or self.wrong or self.terms or self.grams
        return self.built and not differs


def verified(known: Snapshot, index: Index, scope: ClientScope, *, dense: bool) -> Verification:
    """Compare a client's index with its texts; `dense` is whether passages have vectors in it.

    Dense vectors are not asked for again: only whether each passage has one.
    """
    tally = Tally()
    expected = {item.id: item for item in _expected(known, tally)}
    terms, grams = _miscounted(known, tally)
    is_built = not known.revision or index.revision(scope) == known.revision
    if not known.revision or not is_built:
        return Verification(scope.client, len(expected), is_built, terms=terms, grams=grams)
    surplus, wrong, seen = [], [], set()
    for held in index.items(scope):
        seen.add(held.id)
        wanted = expected.get(held.id)
        if wanted is None:
            surplus.append(held.id)
        elif not _is_same(wanted, held, dense=dense):
            wrong.append(held.id)
    return Verification(
        client=scope.client,
        passages=len(expected),
        missing=tuple(sorted(expected.keys() - seen)),
        surplus=tuple(sorted(surplus)),
        wrong=tuple(sorted(wrong)),
        terms=terms,
        grams=grams,
    )


def _expected(known: Snapshot, tally: Tally) -> Iterator[Item]:
    """What the index should hold, from the texts alone, each counted on the way."""
    for part in in_parts(known.sketches(), _TEXTS):
        words = known.searched([each.id for each in part])
        for each in part:
            sketch = analyse(words[each.id])
            tally.add(sketch)
            vector = SparseVector(*passage_weights(sketch))
            yield Item(each.id, vector, each.keywords, each.numbers)


def _miscounted(known: Snapshot, tally: Tally) -> tuple[int, int]:
    """How many of the client's counts are wrong."""
    right, held = tally.statistics(), known.statistics()
    terms = len((held.terms - right.terms).terms) + int(held.passages != right.passages)
    return terms, int((held.grams != right.grams).sum()) + int(held.words != right.words)


def _is_same(wanted: Item, held: Item, *, dense: bool) -> bool:
    if dict(wanted.keywords) != dict(held.keywords) or dict(wanted.numbers) != dict(held.numbers):
        return False
    (dimensions, weights), (others, values) = map(_sorted, (wanted.vector, held.vector))
    same = np.array_equal(dimensions, others) and np.allclose(weights, values, rtol=_PRECISION)
    return same and (held.dense is not None) == dense


def _sorted(vector: SparseVector) -> tuple[np.ndarray, np.ndarray]:
    dimensions = np.asarray(vector.dimensions, np.int64)
    order = np.argsort(dimensions)
    return dimensions[order], np.asarray(vector.weights, np.float64)[order]
