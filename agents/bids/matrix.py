"""The compliance matrix: where a proposal answers each requirement, or that it does not.

A section answers what it says it answers. What no section names is looked for by its words, and is
`likely` where a section has most of them: a person looks. Nothing is dropped.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from savoirfaire.agents.bids.requirements import Requirement
from savoirfaire.knowledge.analysis import FORMS
from savoirfaire.knowledge.sketches import analyse

Word = tuple[int, int]
Status = Literal["answered", "likely", "not answered"]

LIKELY = 0.6
"""The share of a requirement's words, by weight, that a section has to have."""

_FEWEST = 3  # words of a requirement that can be looked for


@dataclass(frozen=True)
class Section:
    """A section of a proposal; `answers` are the ids of the requirements it says it answers."""

    heading: str
    text: str
    answers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """A requirement, and the sections that answer it, in the order of the proposal."""

    requirement: Requirement
    status: Status
    sections: tuple[str, ...] = ()


def matrix(
    brief: str, requirements: Sequence[Requirement], sections: Sequence[Section]
) -> list[Row]:
    """A row for each requirement, in the order of the brief."""
    asked = [_words(each.of(brief)) for each in requirements]
    weights = _weights(asked)
    held = [
        frozenset(stem for word in _words(f"{each.heading}\n{each.text}") for stem in word)
        for each in sections
    ]
    return [
        _row(requirement, words, sections, held, weights)
        for requirement, words in zip(requirements, asked, strict=True)
    ]


def _row(
    requirement: Requirement,
    words: frozenset[Word],
    sections: Sequence[Section],
    held: Sequence[frozenset[int]],
    weights: dict[Word, float],
) -> Row:
    named = tuple(each.heading for each in sections if requirement.id in each.answers)
    if named:
        return Row(requirement, "answered", named)
    if len(words) < _FEWEST:
        return Row(requirement, "not answered")
    whole = math.fsum(weights[word] for word in words)
    likely = tuple(
        section.heading
        for section, stems in zip(sections, held, strict=True)
        if math.fsum(weights[word] for word in words if stems & {*word}) >= LIKELY * whole
    )
    return Row(requirement, "likely" if likely else "not answered", likely)


def _words(text: str) -> frozenset[Word]:
    """The content words, each by its French and its English stem: either may be right."""
    stems = analyse(text).stems.tolist()
    french, english = (stems[FORMS.index(form) :: len(FORMS)] for form in ("fr", "en"))
    return frozenset(zip(french, english, strict=True))


def _weights(asked: Sequence[frozenset[Word]]) -> dict[Word, float]:
    """What a word says of a requirement: less, the more of them have it."""
    held = Counter(word for words in asked for word in words)
    return {word: math.log(1 + len(asked) / count) for word, count in held.items()}
