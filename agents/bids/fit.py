"""Which past work fits a brief: case studies by the words that they share with it.

A word counts the more, the fewer of the case studies have it; in a long brief, where any word may
stand once, only those that it has again and again. What shares too little is left out: past work
that does not fit says less than none.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from savoirfaire.knowledge.analysis import FORMS
from savoirfaire.knowledge.sketches import analyse

Stem = tuple[int, int]

_FEWEST = 2  # words that a case study has to share
_FIELDS = ("name", "industry", "challenge", "approach", "result")
_LONG = 700  # words of a brief for each time that it has to have a word
_SHORTEST = 4  # letters of a word that says what a piece of work is about


@dataclass(frozen=True)
class Fit:
    """A case study by its place in what was given, how well it fits, and the words it shares."""

    place: int
    score: float
    shared: tuple[str, ...]


def best(brief: str, cases: Sequence[Mapping[str, Any]], most: int = 3) -> list[Fit]:
    """The case studies that fit best, best first; of two alike, the first given."""
    counted = Counter(_words(brief))
    often = max(1, counted.total() // _LONG)
    asked = _often(counted, often)
    held = [_stems(words_of(each)) for each in cases]
    counts = Counter(stem for stems in held for stem in stems)
    found = []
    for place, stems in enumerate(held):
        shared = [stem for stem in stems if stem in asked]
        score = math.fsum(math.log(1 + len(cases) / counts[stem]) for stem in shared)
        if len(shared) >= max(_FEWEST, often):
            words = tuple(sorted({stems[stem] for stem in shared}))
            found.append(Fit(place, score / math.sqrt(len(stems)), words))
    return sorted(found, key=lambda each: (-each.score, each.place))[:most]


def words_of(case: Mapping[str, Any]) -> str:
    """What a case study says of the work."""
    said = [str(case.get(field, "")) for field in _FIELDS]
    return "\n".join([*said, *map(str, case.get("services", ()))])


def _often(counted: Mapping[str, int], often: int) -> set[Stem]:
    """The stems that words have so often together."""
    total: Counter[Stem] = Counter()
    for stem, words in _by_stem(counted).items():
        total[stem] = sum(counted[word] for word in words)
    return {stem for stem, count in total.items() if count >= often}


def _stems(text: str) -> dict[Stem, str]:
    """The words of a text, each by its French and its English stem, as first written."""
    return {stem: words[0] for stem, words in _by_stem(_words(text)).items()}


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


def _by_stem(words: Iterable[str]) -> dict[Stem, list[str]]:
    """Words by their stems; those that every text has are left out."""
    found: dict[Stem, list[str]] = {}
    for word in dict.fromkeys(words):
        if len(word) < _SHORTEST or word.isdigit():
            continue
        stems = analyse(word).stems.tolist()
        if len(stems) == len(FORMS):  # no stop word
            stem = stems[FORMS.index("fr")], stems[FORMS.index("en")]
            found.setdefault(stem, []).append(word)
    return found
