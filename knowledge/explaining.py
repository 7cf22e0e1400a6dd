"""Why a passage was found: what each term of the question gave to its score."""

from collections.abc import Iterator
from dataclasses import dataclass

from savoirfaire.knowledge.asking import names_of
from savoirfaire.knowledge.rescoring import Weighing

_DIGITS = 6


@dataclass(frozen=True)
class Contribution:
    """What one term gave: `own` from the passage's words, `near` from those of its neighbours.

    `form` is how it was matched: `fr` and `en` by a word's stems, `prefix` by its first letters,
    `gram` by four characters in a row (`_` stands between words).
    """

    form: str
    text: str
    own: float
    near: float


@dataclass(frozen=True)
class Leg:
    """What one way of searching gave, where several were fused: weight / (k + place)."""

    name: str
    place: int | None
    given: float


@dataclass(frozen=True)
class Explanation:
    """Why a passage has its score.

    The score is the sum of the contributions, but for rounding; where legs were fused, it is the
    sum of what they gave, and the contributions explain the sparse leg's order. `length` is how
    long the passage counts as, in content words, `usual_length` what is usual for the client's
    passages, or for its turns: the longer it is, the less each occurrence counts. `skipped` says
    why the dense leg, which should have been asked, was not; empty where it was, or is not wanted.
    """

    length: float
    usual_length: float
    terms: tuple[Contribution, ...]
    legs: tuple[Leg, ...] = ()
    skipped: str = ""


def contributions(weighing: Weighing, question: str, identity: int) -> tuple[Contribution, ...]:
    """What each term of the question gave to one passage, most first."""
    stems, grams = names_of(question)

    def named() -> Iterator[Contribution]:
        for part in weighing.parts(identity):
            form, text = ("gram", grams[part.term]) if part.is_gram else stems[part.term]
            yield Contribution(form, text, round(part.own, _DIGITS), round(part.near, _DIGITS))

    return tuple(sorted(named(), key=lambda each: (-each.own - each.near, each.form, each.text)))
