"""A corpus of any size for benchmarks, the same on every machine: words by Zipf's law."""

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np

from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope

KINDS = ("edition", "item", "brief", "document")
WORDS_OF_PASSAGE = 80
"""All of content: those of newsletters and proposals that were measured have 52 to 78 of them."""
_PASSAGES_OF_SOURCE = 10
_VOCABULARY = 40_000
_FIRST_DAY = date(2022, 1, 1)
_DAYS = 1400
_SYLLABLES = [c + v for c in "bcdfglmnprstv" for v in ("a", "e", "i", "o", "u", "ou", "on", "ent")]


@cache
def vocabulary() -> tuple[list[str], list[float]]:
    """The words, the most frequent first, and the running sum of how frequent each is."""
    draw = random.Random(0)
    words = ["".join(draw.choices(_SYLLABLES, k=draw.randrange(2, 5))) for _ in range(_VOCABULARY)]
    return words, list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))


class Words:
    """Seeded draws from a vocabulary in which the n-th word is n times rarer than the first.

    (G. K. Zipf, Human Behavior and the Principle of Least Effort, 1949.)
    """

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def some(self, count: int) -> list[str]:
        """That many words."""
        words, sums = vocabulary()
        return [words[bisect(sums, self._draw.random() * sums[-1])] for _ in range(count)]

    def day(self) -> str:
        """A date within four years."""
        return (_FIRST_DAY + timedelta(days=self._draw.randrange(_DAYS))).isoformat()


def sources(scope: ClientScope, passages: int, seed: int) -> Iterator[Source]:
    """Sources of ten paragraphs each, of that many passages at least in all."""
    words, number, made = Words(seed), 0, 0
    while made < passages:
        path = f"{number:08d}.md"
        text = "\n\n".join(_paragraph(words) for _ in range(_PASSAGES_OF_SOURCE))
        spans = cut(source_id(scope, path), text)[: passages - made]
        yield Source(
            path=path,
            kind=KINDS[number % len(KINDS)],
            title=" ".join(words.some(4)),
            date=words.day(),
            language=None,
            sha256=f"{number:064d}",
            text=text,
            spans=spans,
        )
        number, made = number + 1, made + len(spans)


def _paragraph(words: Words) -> str:
    drawn = words.some(WORDS_OF_PASSAGE)
    sentences = (drawn[at : at + 11] for at in range(0, len(drawn), 11))
    return " ".join(f"{' '.join(each).capitalize()}." for each in sentences)


class Projection:
    """An embedder without a model: each word a fixed random direction, a text their sum.

    (Johnson & Lindenstrauss, "Extensions of Lipschitz mappings into a Hilbert space", 1984.)
    """

    name = "random projection"

    def __init__(self, size: int = 128) -> None:
        self._known = {word: place for place, word in enumerate(dict.fromkeys(vocabulary()[0]))}
        self._rows: Any = np.random.default_rng(0).standard_normal((len(self._known), size))

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text, of length one."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[float]:
        words = text.lower().replace(".", " ").split()
        places = [self._known[word] for word in words if word in self._known]
        total = self._rows[places or [0]].sum(axis=0)
        return (total / np.linalg.norm(total)).tolist()  # type: ignore[no-any-return]
