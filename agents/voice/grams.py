"""Character n-grams: how often each was seen, and how likely each sign of a text is after others.

The likelihood of a sign is that of n-grams of one to five signs, the longer resting on the shorter
(interpolated with a Dirichlet prior: D. MacKay & L. Peto, "A hierarchical Dirichlet language
model", 1995). Counts are all there is: what was counted can be taken off again, and so an edition
is measured against all editions but those of its own time.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

ORDER = 5
PRIOR = 4.0  # pseudo-counts of the shorter n-gram
_ALPHABET = 150  # signs that a masked text may have
_PRIME = np.uint64(1099511628211)
_SHIFT = np.uint64(29)

Hashes = list[Any]  # for each order, an array of uint64: the n-gram that ends at each sign


def hashes(signs: str) -> Hashes:
    """The n-grams ending at each sign, for each order; 0 where the text has not so many signs."""
    codes = np.frombuffer(signs.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    found: Hashes = []
    last = np.zeros(len(codes), dtype=np.uint64)
    for order in range(1, ORDER + 1):
        grams = np.zeros(len(codes), dtype=np.uint64)
        before = np.concatenate([last[:1] * 0, last[:-1]])
        mixed = (before + codes + np.uint64(order * 1_000_003)) * _PRIME
        grams[order - 1 :] = (mixed ^ (mixed >> _SHIFT))[order - 1 :]
        found.append(grams)
        last = grams
    return found


class Table(NamedTuple):
    """The n-grams of one order, sorted, and how often each was seen."""

    grams: Any
    counts: Any

    def of(self, grams: Any) -> Any:
        """How often each of some n-grams was seen."""
        if not len(self.grams):
            return np.zeros(len(grams))
        place = np.searchsorted(self.grams, grams)
        place[place == len(self.grams)] = 0
        return np.where(self.grams[place] == grams, self.counts[place], 0)


class Counts(NamedTuple):
    """The n-grams of some texts: a table for each order, and how many signs there were."""

    tables: tuple[Table, ...]
    signs: int

    def of(self, text: Hashes) -> list[Any]:
        """How often each n-gram of a text was seen."""
        return [table.of(grams) for table, grams in zip(self.tables, text, strict=True)]


def count(texts: Sequence[Hashes]) -> Counts:
    """Count the n-grams of some texts."""
    none = np.zeros(0, dtype=np.uint64)
    tables = tuple(
        Table(*np.unique(np.concatenate([none, *(t[n] for t in texts)]), return_counts=True))
        for n in range(ORDER)
    )
    return Counts(tables, sum(len(text[0]) for text in texts))


def log_likelihood(seen: Sequence[Any], signs: int) -> Any:
    """The natural logarithm of the likelihood of each sign, from how often its n-grams were seen.

    `seen` is what `Counts.of` gives, `signs` how many signs were counted.
    """
    likely = (seen[0] + 1) / (signs + _ALPHABET)
    for order in range(1, ORDER):
        before = np.concatenate([[0], seen[order - 1][:-1]])
        context = np.maximum(before, seen[order])
        likely = (seen[order] + PRIOR * likely) / (context + PRIOR)
    return np.log(likely)
