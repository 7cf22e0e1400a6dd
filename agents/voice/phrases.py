"""Sentences that are none of this voice's, though any machine would write them.

Each word and pair of words weighs by how much more often it is in text as language models write it
than in the voice's own editions (a log-odds ratio, bounded so that no word decides alone). A word
that neither has is suspect too, for machines have many; names and terms are not counted.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

import numpy as np

from savoirfaire.agents.voice.background import generated
from savoirfaire.agents.voice.functionwords import KEPT
from savoirfaire.agents.voice.reading import Edition, Reading

_WORD = re.compile(r"[^\W\d_]+|[!?]")
_RARE = 0.5  # of one occurrence: what was never seen
_MOST = 2.0  # a weight goes no further
_UNKNOWN = 1.0  # the weight of a word that neither has
_PAIR = 0.3  # how much a pair of words counts beside a word
_HELD_OUT = 40  # editions that the limit is measured on, at most
_FEWEST = 4  # words of a sentence that can be judged
_FLAGGED = 0.75  # sentences of an edition that may pass the limit
_USUAL = (0.98, 0.998)  # the share of own sentences below the limit, at least and at most

Counted = Mapping[str, int]
_TOTAL = ""  # the key of the sum of all counts


@dataclass(frozen=True)
class Phrases:
    """What tells the voice's own sentences from generated ones, and the limit between them."""

    own: Counted
    others: Counted
    limit: float = 0.0

    def score(self, sentence: str, without: Counted | None = None) -> float:
        """How much more a sentence is like generated text: the sum of weights by root of length.

        `without` are counts to take off the voice's own first. Too short a sentence has 0 less.
        """
        words = _WORD.findall(sentence)
        if len(words) < _FEWEST:
            return -_MOST
        small = [word.lower() for word in words]
        weights = [
            self._weight(word, without, _UNKNOWN if given.islower() else 0.0)
            for given, word in zip(words, small, strict=True)
        ]
        pairs = [_PAIR * self._weight(pair, without, 0.0) for pair in _pairs(small)]
        return (sum(weights) + sum(pairs)) / sqrt(len(weights) + _PAIR * len(pairs))

    def telling(self, sentence: str, most: int = 3) -> list[str]:
        """The words that a sentence is suspect for, the heaviest first; function words last."""
        words = dict.fromkeys(word for word in _WORD.findall(sentence) if word.islower())
        weights = {each: self._weight(each, None, _UNKNOWN) for each in words}
        heavy = [each for each in words if weights[each] > 0]
        return sorted(heavy, key=lambda each: (each in KEPT, -weights[each]))[:most]

    def _weight(self, each: str, without: Counted | None, unknown: float) -> float:
        own = self.own.get(each, 0) - (without.get(each, 0) if without else 0)
        other = self.others.get(each, 0)
        if own <= 0 and not other:
            return unknown
        least = _RARE / self.others[_TOTAL]
        ratio = other / self.others[_TOTAL] + least, max(own, 0) / self.own[_TOTAL] + least
        return max(min(log(ratio[0] / ratio[1]), _MOST), -_MOST)


def learn_phrases(editions: Sequence[Edition]) -> Phrases:
    """Learn what the voice's own sentences are made of, and the limit that few of them pass.

    Fewer than one sentence in an edition may, measured without the edition that it is in.
    """
    by_edition = [_counted(each.reading) for each in editions]
    phrases = Phrases(_sum(by_edition), _sum(_counted(Reading(text)) for text in generated()))
    step = max(len(editions) // _HELD_OUT, 1)
    held = [
        phrases.score(part.text, counts)
        for edition, counts in list(zip(editions, by_edition, strict=True))[::step]
        for _, part in edition.reading.anatomy.sentences
    ]
    by_length = 1 - _FLAGGED * len(editions[::step]) / max(len(held), 1)
    usual = min(max(by_length, _USUAL[0]), _USUAL[1])
    limit = float(np.quantile(held, usual)) if held else 0.0
    return Phrases(phrases.own, phrases.others, limit)


def _counted(reading: Reading) -> Counter[str]:
    """The counts of words and pairs of a text; under `_TOTAL`, of all of them."""
    counts: Counter[str] = Counter()
    for _, part in reading.anatomy.sentences:
        words = [word.lower() for word in _WORD.findall(part.text)]
        counts.update(words)
        counts.update(_pairs(words))
    counts[_TOTAL] = counts.total() + 1
    return counts


def _pairs(words: Sequence[str]) -> Iterator[str]:
    return (f"{one} {other}" for one, other in pairwise(words))


def _sum(counted: Sequence[Counted] | Iterator[Counted]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counted:
        total.update(each)
    return total
