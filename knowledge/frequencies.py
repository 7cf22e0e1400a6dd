"""Document frequencies: how many passages hold each term, as two arrays."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from savoirfaire.knowledge.sketches import Stems

Counts = NDArray[np.int64]


def _no_terms() -> Stems:
    return np.zeros(0, np.uint32)


def _no_counts() -> Counts:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Frequencies:
    """How many passages hold each of `terms`, which rise; a term that none holds is left out."""

    terms: Stems = field(default_factory=_no_terms)
    counts: Counts = field(default_factory=_no_counts)

    @classmethod
    def of(cls, terms: Stems) -> Self:
        """How often each term occurs in an array."""
        return cls(*np.unique(terms, return_counts=True))

    def __add__(self, other: "Frequencies") -> "Frequencies":
        return self._with(other.terms, other.counts)

    def __sub__(self, other: "Frequencies") -> "Frequencies":
        return self._with(other.terms, -other.counts)

    def held(self, wanted: Iterable[int]) -> dict[int, int]:
        """How many passages hold each of the wanted terms; those that none holds are left out."""
        asked = np.fromiter(wanted, np.uint32)
        if not len(self.terms):
            return {}
        places = np.minimum(np.searchsorted(self.terms, asked), len(self.terms) - 1)
        there = self.terms[places] == asked
        counts = self.counts[places[there]]
        return dict(zip(asked[there].tolist(), counts.tolist(), strict=True))

    def as_dict(self) -> dict[int, int]:
        """The count of each term."""
        return dict(zip(self.terms.tolist(), self.counts.tolist(), strict=True))

    def to_bytes(self) -> bytes:
        """A blob for the ledger: the terms, then the counts, little-endian, 4 bytes each."""
        return self.terms.astype("<u4").tobytes() + self.counts.astype("<i4").tobytes()

    @classmethod
    def from_bytes(cls, blob: bytes) -> Self:
        """The frequencies that `to_bytes` wrote."""
        half = len(blob) // 8 * 4
        terms = np.frombuffer(blob[:half], "<u4")
        return cls(terms, np.frombuffer(blob[half : 2 * half], "<i4").astype(np.int64))

    def _with(self, terms: Stems, counts: Counts) -> "Frequencies":
        if not len(terms):
            return self
        every = np.concatenate((self.terms, terms))
        order = np.argsort(every, kind="stable")  # two runs that rise: merged, not sorted
        every, sums = every[order], np.concatenate((self.counts, counts))[order]
        starts = np.flatnonzero(np.concatenate(([True], every[1:] != every[:-1])))
        sums = np.add.reduceat(sums, starts)
        return Frequencies(every[starts][sums != 0], sums[sums != 0])
