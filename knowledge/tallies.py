"""What one client's passages have in common: how many hold each term and each gram.

Kept in the ledger, per client, and changed with the passages: what is added for one comes off again
with it, exactly. Nothing here knows of another client.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from savoirfaire.knowledge.bm25 import USUAL_LENGTH
from savoirfaire.knowledge.sketches import BUCKETS, Grams, Sketch, Stems

LEAST_LENGTH = 16  # content words

_TOGETHER = 2048  # passages

GramCounts = NDArray[np.int64]


def no_grams() -> GramCounts:
    """A count of nothing."""
    return np.zeros(BUCKETS, np.int64)


@dataclass(frozen=True, eq=False)
class Statistics:
    """How many passages there are, their content words, and how many hold what is asked for.

    `holding` need only have the question's terms; `grams` has every bucket.
    """

    passages: int = 0
    words: int = 0
    holding: Mapping[int, int] = field(default_factory=dict)
    grams: GramCounts = field(default_factory=no_grams)

    @property
    def usual_length(self) -> float:
        """Twice the mean length within bounds: 64 for paragraphs, less for short messages."""
        mean = self.words / self.passages if self.passages else USUAL_LENGTH
        return float(min(USUAL_LENGTH, max(LEAST_LENGTH, 2 * mean)))


class Tally:
    """Counts over several passages, to be added to or taken from a client's statistics."""

    def __init__(self, sketches: Iterable[Sketch] = ()) -> None:
        self.passages = 0
        self.words = 0
        self._counted: Counter[int] = Counter()
        self._gram_counts = no_grams()
        self._waiting: list[tuple[Stems, Grams]] = []
        self._scratch = np.empty(BUCKETS, np.int32)
        for sketch in sketches:
            self.add(sketch)

    def add(self, sketch: Sketch) -> None:
        """Count one passage."""
        self.passages += 1
        self.words += sketch.length
        self._waiting.append((sketch.terms[0], sketch.distinct_grams(self._scratch)))
        if len(self._waiting) == _TOGETHER:
            self._settle()

    @property
    def grams(self) -> GramCounts:
        """How many of the passages hold each gram."""
        self._settle()
        return self._gram_counts

    def terms(self) -> dict[int, int]:
        """How many of the passages hold each term."""
        self._settle()
        return dict(self._counted)

    def statistics(self) -> Statistics:
        """The counts as the statistics of a client with these passages alone."""
        return Statistics(self.passages, self.words, self.terms(), self.grams)

    def _settle(self) -> None:
        """Count what was kept waiting: many passages at once take a third of the time."""
        if self._waiting:
            terms, grams = (np.concatenate(each) for each in zip(*self._waiting, strict=True))
            self._waiting = []
            distinct, held = np.unique(terms, return_counts=True)
            self._counted.update(dict(zip(distinct.tolist(), held.tolist(), strict=True)))
            self._gram_counts = self._gram_counts + np.bincount(grams, minlength=BUCKETS)


def pack(grams: GramCounts) -> bytes:
    """Gram counts as a blob for the ledger."""
    return zlib.compress(grams.astype("<u4").tobytes(), 1)


def unpack(blob: bytes) -> GramCounts:
    """The gram counts that `pack` wrote."""
    return np.frombuffer(zlib.decompress(blob), "<u4").astype(np.int64)
