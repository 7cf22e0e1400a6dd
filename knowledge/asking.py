"""A question as one client's passages are weighed by it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from savoirfaire.knowledge.analysis import FORMS, words
from savoirfaire.knowledge.bm25 import idf
from savoirfaire.knowledge.sketches import GRAM, Sketch, gram_of, joined
from savoirfaire.knowledge.tallies import Statistics

# A prefix says less than a stem: it is there so that no inflection is missed.
FORM_WEIGHTS = (1.0, 1.0, 0.3)


@dataclass(frozen=True)
class Query:
    """The weight of each stem and each gram: form × how often it is asked × IDF.

    What no passage of the client holds is left out.
    """

    stems: Mapping[int, float]
    grams: Mapping[int, float]

    @classmethod
    def of(cls, question: Sketch, statistics: Statistics, gram_weight: float) -> "Query":
        """Weigh a question for one client."""
        return cls(_stems(question, statistics), _grams(question, statistics, gram_weight))


def _stems(question: Sketch, statistics: Statistics) -> dict[int, float]:
    held, weights = statistics.terms.held(question.terms[0]), dict[int, float]()
    for form, share in enumerate(FORM_WEIGHTS):
        for term, times in Counter(question.stems[form :: len(FORMS)].tolist()).items():
            if term in held:
                weights[term] = share * times * idf(statistics.passages, held[term])
    return dict(sorted(weights.items()))


def _grams(question: Sketch, statistics: Statistics, weight: float) -> dict[int, float]:
    asked = sorted(Counter(question.grams.tolist()).items()) if weight else []
    held = statistics.grams[[gram for gram, _ in asked]].tolist() if asked else []
    return {
        gram: weight * times * idf(statistics.passages, holding)
        for (gram, times), holding in zip(asked, held, strict=True)
        if holding
    }


def names_of(question: str) -> tuple[dict[int, tuple[str, str]], dict[int, str]]:
    """What stands behind a question's dimensions: form and word by stem, characters by gram."""
    found = words(question)
    stems: dict[int, tuple[str, str]] = {}
    for word in found:
        numbers = memoryview(word.packed).cast("I")
        stems |= zip(numbers, zip(FORMS, [word.plain] * len(FORMS), strict=True), strict=True)
    letters = joined([word.plain for word in found])
    pieces = (letters[at : at + GRAM] for at in range(max(0, len(letters) - GRAM + 1)))
    return stems, {gram_of(piece): piece.rstrip("\0") for piece in pieces}
