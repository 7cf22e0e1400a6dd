"""A client's triage as it is stored: by words alone, and by words and embeddings where it helps.

The embeddings of one model mean nothing to another. Where the endpoint is not set, is another's, or
gives none, messages are routed by words alone, each by itself, and `why_not` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.features import Floats
from savoirfaire.agents.triage.model import Guess, Triage

UNSET = "no embeddings are set; it was learned with those of {name}"
ANOTHER = "the embeddings set are those of {other}; it was learned with those of {name}"
SIZES = "the embeddings of {name} have {now} numbers; it was learned with {then}"
FAILED = "the endpoint gives no embeddings ({reason})"
"""Why embeddings are not used: what there is is not what was learned with, or is out of reach."""


@dataclass(frozen=True)
class Meanings:
    """The embeddings of texts, a row each, of length 1, and which of the texts have one.

    `reason` says why the endpoint gave none, empty where it gave all that it was asked for.
    """

    embedder: str
    vectors: Floats
    there: NDArray[np.bool_]
    reason: str = ""

    @classmethod
    def none(cls, embedder: str, count: int) -> "Meanings":
        """So many texts that nothing was asked about."""
        return cls(embedder, np.zeros((count, 0), np.float32), np.zeros(count, bool))

    @property
    def size(self) -> int:
        """The numbers of one embedding; 0 where there are none."""
        return int(self.vectors.shape[1])


@dataclass(frozen=True)
class Heads:
    """What was learned: `words` routes by words alone, `both` by embeddings too, if there is one.

    `embedder` names what gives the embeddings, of `size` numbers each.
    """

    words: Triage
    both: Triage | None = None
    embedder: str = ""
    size: int = 0

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes that were learned."""
        return self.words.routes

    def used(self, embedder: str) -> Triage:
        """What routes while the embeddings of this name are set."""
        return self.both if self.both and embedder == self.embedder else self.words

    def guess(self, texts: Sequence[str], told: Meanings | None = None) -> list[Guess]:
        """The route of each message, by its embedding too where it has one that fits."""
        found = self.words.guess(texts)
        if told is None or self.both is None or self._misfit(told):
            return found
        places = np.flatnonzero(told.there).tolist()
        again = self.both.guess([texts[place] for place in places], told.vectors[places])
        for place, each in zip(places, again, strict=True):
            found[place] = replace(each, embeddings=True)
        return found

    def why_not(self, told: Meanings) -> str:
        """Why some or all messages are routed by words alone; empty where none need be."""
        if self.both is None:
            return ""
        return self._misfit(told) or (told.reason and FAILED.format(reason=told.reason))

    def _misfit(self, told: Meanings) -> str:
        if not told.embedder:
            return UNSET.format(name=self.embedder)
        if told.embedder != self.embedder:
            return ANOTHER.format(other=told.embedder, name=self.embedder)
        if told.there.any() and told.size != self.size:
            return SIZES.format(name=self.embedder, now=told.size, then=self.size)
        return ""
