"""BM25: what a term is worth in a passage, and in a question.

Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), eq. 3.15.
The usual length is a constant, so that adding one passage never changes the weights of another.
"""

import math
from collections.abc import Mapping

from savoirfaire.knowledge.analysis import ANALYSER, Terms

# The best in every leave-one-set-out fold over nine sets in two languages; the optimum is flat.
K1 = 0.9
B = 0.75
USUAL_LENGTH = 64  # content words

FORM = f"{ANALYSER} bm25 {K1} {B} {USUAL_LENGTH}"
"""What an index is made of; one of another form must be made again."""


def passage_weights(terms: Terms) -> tuple[list[int], list[float]]:
    """The dimensions of a passage, and the weight of each."""
    norm = K1 * (1 - B + B * terms.length / USUAL_LENGTH)
    worth = {times: times * (K1 + 1) / (times + norm) for times in set(terms.counts.values())}
    return list(terms.counts), [worth[times] for times in terms.counts.values()]


def query_weights(
    counts: Mapping[int, int], passages: int, holding: Mapping[int, int]
) -> dict[int, float]:
    """The BM25 weight of each query term: how often it is asked times its IDF.

    `passages` is the client's number of passages and `holding` how many hold each term; a term that
    no passage holds is left out. IDF is ln(1 + (N - n + 0.5) / (n + 0.5)), never negative.
    """
    return {
        term: times * math.log(1 + (passages - holding[term] + 0.5) / (holding[term] + 0.5))
        for term, times in counts.items()
        if holding.get(term)
    }
