"""What one client's passages have in common: how many hold each term and each gram.

Kept in the ledger, per client, and changed with the passages: what is added for one comes off again
with it, exactly. Nothing here knows of another client.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from savoirfaire.knowledge.bm25 import USUAL_LENGTH
from savoirfaire.knowledge.frequencies import Frequencies
from savoirfaire.knowledge.sketches import BUCKETS, Grams, Sketch, Stems

LEAST_LENGTH = 16  # content words

_TOGETHER = 2048  # passages

GramCounts = NDArray[np.int64]


def _bounded(length: float) -> float:
    return float(min(USUAL_LENGTH, max(LEAST_LENGTH, length)))


def no_grams() -> GramCounts:
    """A count of nothing."""
    return np.zeros(BUCKETS, np.int64)


@dataclass(frozen=True, eq=False)
class Statistics:
    """How many passages there are, their content words, and how many hold each term and gram."""

    passages: int = 0
    words: int = 0
    terms: Frequencies = field(default_factory=Frequencies)
    grams: GramCounts = field(default_factory=no_grams)

    @property
    def usual_length(self) -> float:
        """The mean length of a passage, within bounds: 64 for paragraphs, less for short ones."""
        return _bounded(self._mean)

    @property
    def usual_turn(self) -> float:
        """The same for a turn of a conversation: twice the mean, for it hears its neighbours."""
        return _bounded(2 * self._mean)

    @property
    def _mean(self) -> float:
        return self.words / self.passages if self.passages else USUAL_LENGTH

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.passages + other.passages,
            self.words + other.words,
            self.terms + other.terms,
            self.grams + other.grams,
        )

    def __sub__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            self.passages - other.passages,
            self.words - other.words,
            self.terms - other.terms,
            self.grams - other.grams,
        )


class Tally:
    """The statistics of several passages, counted one by one."""

    def __init__(self, sketches: Iterable[Sketch] = ()) -> None:
        self._counted = Statistics()
        self._waiting: list[tuple[Stems, Grams]] = []
        self._words = 0
        self._scratch = np.empty(BUCKETS, np.int32)
        for sketch in sketches:
            self.add(sketch)

    def add(self, sketch: Sketch) -> None:
        """Count one passage."""
        self._words += sketch.length
        self._waiting.append((sketch.terms[0], sketch.distinct_grams(self._scratch)))
        if len(self._waiting) == _TOGETHER:
            self._settle()

    def statistics(self) -> Statistics:
        """The statistics of a client with these passages alone."""
        self._settle()
        return self._counted

    def _settle(self) -> None:
        """Count what was kept waiting: many passages at once take a third of the time."""
        if self._waiting:
            terms, grams = (np.concatenate(each) for each in zip(*self._waiting, strict=True))
            counts = np.bincount(grams, minlength=BUCKETS)
            more = (len(self._waiting), self._words, Frequencies.of(terms), counts)
            self._counted += Statistics(*more)
            self._waiting, self._words = [], 0


def pack(grams: GramCounts) -> bytes:
    """Gram counts as a blob for the ledger."""
    return zlib.compress(grams.astype("<u4").tobytes(), 1)


def unpack(blob: bytes) -> GramCounts:
    """The gram counts that `pack` wrote."""
    return np.frombuffer(zlib.decompress(blob), "<u4").astype(np.int64)
