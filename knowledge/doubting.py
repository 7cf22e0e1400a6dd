"""Whether what was found has enough of a question in it to be its answer.

A search gives the nearest passages there are, also to a question on which nothing is known. How
near they are is told by the share of the highest score that a passage could have. Terms that no
passage holds count in it: a question on something unknown is mostly made of such.
"""

from collections import Counter
from dataclasses import dataclass

from savoirfaire.knowledge.asking import FORM_WEIGHTS
from savoirfaire.knowledge.bm25 import K1, idf
from savoirfaire.knowledge.sketches import Sketch
from savoirfaire.knowledge.tallies import Statistics

LEAST = 0.16
"""The share below which what is found best is hardly the answer.

Of questions asked of all of eight sets in two languages, 0.8 % of those whose answer was found fall
below it, and 73 % of the questions that are another set's (54 % where that set is in the same
language).
"""

FEW = 128
"""Passages below which the least share falls in proportion.

IDF tells rare words from common ones only where there are passages to count them in: of five
passages, a tenth of the questions that these answer have less than `LEAST`. With this, no more than
2.4 % are doubted at any size from 1 to 200 passages.
"""


@dataclass(frozen=True)
class Scale:
    """What scores for one question are held against: the highest there can be."""

    most: float
    passages: int

    def share(self, score: float) -> float:
        """How much of the highest score a score is, from 0 to 1."""
        return score / self.most if self.most else 0.0

    def is_doubtful(self, best: float) -> bool:
        """Whether the best of all scores is too low for its passage to be the answer."""
        return self.share(best) < LEAST * min(1.0, self.passages / FEW)


def scale(question: Sketch, statistics: Statistics, gram_weight: float) -> Scale:
    """The scale of a question: its highest score has every term saturated (BM25's k1 + 1)."""
    held = statistics.terms.held(question.terms[0])
    stems = sum(
        share * times * idf(statistics.passages, held.get(term, 0))
        for form, share in enumerate(FORM_WEIGHTS)
        for term, times in Counter(question.stems[form :: len(FORM_WEIGHTS)].tolist()).items()
    )
    grams = sum(
        times * idf(statistics.passages, int(statistics.grams[gram]))
        for gram, times in Counter(question.grams.tolist()).items()
    )
    return Scale((K1 + 1) * (stems + gram_weight * grams), statistics.passages)
