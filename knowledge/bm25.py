"""BM25: what a term is worth in a passage, and in a question.

Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), eq. 3.15.
In the index the usual length is a constant, so that adding one passage never changes the weights of
another; rescoring knows the client's own.
"""

import math

from savoirfaire.knowledge.analysis import ANALYSER
from savoirfaire.knowledge.sketches import Sketch

# The best in every leave-one-set-out fold over nine sets in two languages; the optimum is flat.
K1 = 0.9
B = 0.75
USUAL_LENGTH = 64  # content words

FORM = f"{ANALYSER} bm25 {K1} {B} {USUAL_LENGTH}"
"""What an index is made of; one of another form must be made again."""


def passage_weights(sketch: Sketch) -> tuple[list[int], list[float]]:
    """The dimensions of a passage, and the weight of each."""
    norm = K1 * (1 - B + B * sketch.length / USUAL_LENGTH)
    dimensions, times = sketch.terms
    return dimensions.tolist(), (times * (K1 + 1) / (times + norm)).tolist()


def idf(passages: int, holding: float) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), never negative; n of N passages hold the term."""
    return math.log(1 + (passages - holding + 0.5) / (holding + 0.5))
