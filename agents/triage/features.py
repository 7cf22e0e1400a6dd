"""What triage sees of a text: its counts, damped, weighted by rarity, and brought to one length.

A count n becomes 1 + ln n, times idf = ln((1 + N)/(1 + n)) + 1; the three parts (words,
characters, pairs of stems) are each brought to length √⅓, so that a text's vector has length 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.counting import SIZE, Counts

_FEW = 2000  # texts, below which a run of characters or a pair of stems seen once is kept
_PARTS = 3
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """One of the three: the hashes that are kept, in order, and their rarity."""

    kept: NDArray[np.int32]
    idf: Floats

    @classmethod
    def fit(cls, counts: Any, least: int) -> "Part":
        """Keep what is in `least` texts at least."""
        held = np.bincount(counts.indices, minlength=SIZE)
        kept = np.flatnonzero(held >= least).astype(np.int32)
        rarity = np.log((1 + counts.shape[0]) / (1 + held[kept])) + 1
        return cls(kept, rarity.astype(np.float32))

    def weigh(self, counts: Any) -> tuple[Any, Floats]:
        """The weighted rows, and of each the share of its counts that were never seen."""
        from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

        number = counts.shape[0]
        place, known = self._places(counts.indices)
        rows = np.repeat(np.arange(number), np.diff(counts.indptr))[known]
        data = (1 + np.log(counts.data[known])) * self.idf[place]
        length = np.sqrt(_PARTS * np.bincount(rows, data * data, number))
        data = (data / np.maximum(length, 1e-9)[rows]).astype(np.float32)
        seen = np.bincount(rows, minlength=number)
        ends = np.concatenate([[0], np.cumsum(seen)])
        weighed = csr_matrix((data, place, ends), shape=(number, len(self.kept)))
        every = np.maximum(np.diff(counts.indptr), 1)
        return weighed, (1 - seen / every).astype(np.float32)

    def _places(self, hashes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The columns of the hashes that are kept, and which those are."""
        if not len(self.kept):
            return np.zeros(0, np.int64), np.zeros(len(hashes), bool)
        place = np.minimum(np.searchsorted(self.kept, hashes), len(self.kept) - 1)
        known = self.kept[place] == hashes
        return place[known], known


@dataclass(frozen=True)
class Seen:
    """Texts as vectors, one a row, and the part about words and stems alone, of length 1.

    Of each, the share of its words never seen, and its length.
    """

    vectors: Any
    plain: Any
    strange: Floats
    lengths: Floats


@dataclass(frozen=True)
class Features:
    """How counts become vectors of `width` numbers."""

    words: Part
    chars: Part
    pairs: Part

    @classmethod
    def fit(cls, counts: Counts) -> "Features":
        """Learn which words and runs of characters there are, and how rare each is."""
        least = 1 if len(counts) < _FEW else 2
        return cls(
            Part.fit(counts.words, 1),
            Part.fit(counts.chars, least),
            Part.fit(counts.pairs, least),
        )

    @property
    def width(self) -> int:
        """The numbers of one vector."""
        return sum(len(part.kept) for part in (self.words, self.chars, self.pairs))

    def of(self, counts: Counts, dense: Floats | None = None) -> Seen:
        """The vectors of texts; `dense`, their embeddings, is put beside what was counted."""
        from scipy.sparse import csr_matrix, hstack  # noqa: PLC0415 - heavy

        words, strange = self.words.weigh(counts.words)
        chars, _ = self.chars.weigh(counts.chars)
        pairs, _ = self.pairs.weigh(counts.pairs)
        parts = [words, pairs, chars]
        if dense is not None:
            length = np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-9)
            parts.append(csr_matrix((dense / length).astype(np.float32)))
        plain = hstack([words, pairs], format="csr") * np.float32(np.sqrt(_PARTS / 2))
        return Seen(hstack(parts, format="csr"), plain, strange, counts.lengths)
