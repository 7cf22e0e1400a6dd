"""Which words of a text tell who somebody is.

A name is looked for whole, in capitals, small letters joined by signs, or written as one word, as
the name is that somebody logs in with. Its words tell alone only where they are no ordinary ones:
`Circle` in the name of a client is a word as any other where the texts say "a circle", and so is a
given name that is one. A family name tells always. A word of a packaged prompt never does: to
replace it would make another prompt.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from savoirfaire.evals.recording.naming import prompt_words
from savoirfaire.evals.recording.pseudonyms import fold

Kind = Literal["given", "person", "house"]

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 3  # letters of a word of a name
_GAP = re.compile("[ \u00a0\u202f\n*_]{1,3}|[-.’']")
_JOINS = ("-", "_", ".")
_PARTICLES = {"the", "and", "les", "des", "van", "von", "del", "der", "inc", "ltd", "sas", "sarl"}

_fold = lru_cache(maxsize=100_000)(fold)


@dataclass
class Telling:
    """Names, whole and by the words that tell alone; `ordinary` words are in small letters."""

    ordinary: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    _wholes: dict[str, set[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(set))
    _joined: set[str] = field(default_factory=set)

    def read(self, texts: Iterable[str]) -> None:
        """Note which words texts use in small letters."""
        for text in texts:
            self.ordinary.update(_fold(w) for w in _WORD.findall(text) if w[0].islower())

    def add(self, name: str, kind: Kind) -> None:
        """Note a name; every word of one that was `given` tells alone."""
        words = tuple(_fold(each) for each in _WORD.findall(name))
        if not words:
            return
        is_login = kind == "person" and name.islower() and words[0] not in prompt_words()
        if len(words) > 1:
            self._wholes[words[0]].add(words)
        if len(words) > 1 or is_login:
            self._joined.add("".join(words))
        self.alone |= {word for word in words if self._tells(word, words, kind)}

    def places(self, text: str) -> set[int]:
        """Where the words begin that tell who somebody is."""
        found = list(_WORD.finditer(text))
        folded = [_fold(each[0]) for each in found]
        return set(self._places(text, found, folded))

    def _tells(self, word: str, words: tuple[str, ...], kind: Kind) -> bool:
        if len(word) < _SHORTEST or word in _PARTICLES:
            return False
        if kind == "given":
            return True
        is_family = kind == "person" and word == words[-1]
        return word not in prompt_words() and (is_family or word not in self.ordinary)

    def _places(self, text: str, found: list[re.Match[str]], folded: list[str]) -> Iterator[int]:
        for place, (match, word) in enumerate(zip(found, folded, strict=True)):
            capital = match[0][0].isupper()
            if word in self._joined or (capital and word in self.alone):
                yield match.start()
            for whole in self._wholes.get(word, ()):
                here = found[place : place + len(whole)]
                if tuple(folded[place : place + len(whole)]) == whole and _together(text, here):
                    yield from (each.start() for each in here)


def _together(text: str, words: list[re.Match[str]]) -> bool:
    """Whether words stand side by side as a name does: with capitals, or joined by signs."""
    gaps = [text[a.end() : b.start()] for a, b in pairwise(words)]
    joined = all(gap in _JOINS for gap in gaps)
    return joined or (words[0][0][0].isupper() and all(_GAP.fullmatch(gap) for gap in gaps))
