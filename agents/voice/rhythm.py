"""The rhythm of a text: how long its parts are, and how often its signs come, in any stretch.

Measured on masked text, so that a stretch of an edition and a whole one are measured alike, and no
topic is counted.
"""

import re
from typing import Any

import numpy as np

_WORD = re.compile(r"[^\W_]+|\*|§|#")
_SENTENCE_END = re.compile(r"[.!?…][\"”»)\]*_¤]*(?:\s|$)")

SIGNS: dict[str, str] = {
    "commas": ",",
    "colons": ":",
    "semicolons": ";",
    "parentheses": "(",
    "exclamations": "!",
    "questions": "?",
    "dashes": "–—",
    "hyphens": "-",
    "quotations": '"«“',
    "apostrophes": "'’",
    "links and code": "¤",
    "names": "N",
    "abbreviations": "A",
    "figures": "#§",
}
"""What is counted, per word, and the signs of it in masked text."""

MEASURES = (*SIGNS, "items", "headings", "blocks", "sentences", "block words", "long block words")
"""The measures in the order of `measure`: rates per word, then lengths; all of them logarithms."""


def measure(signs: str) -> Any:
    """The measures of a stretch of masked text: an array as long as `MEASURES`."""
    blocks = [block for block in signs.split("\n") if block]
    lengths = np.array([len(_WORD.findall(block)) for block in blocks] or [0], dtype=float)
    words = float(lengths.sum())
    counts = [sum(signs.count(sign) for sign in group) for group in SIGNS.values()]
    counts += [
        sum(block[0] == "-" for block in blocks),
        sum(block[0] == "\x01" for block in blocks),
        len(blocks),
        len(_SENTENCE_END.findall(signs)),
    ]
    rates = np.log((np.array(counts, dtype=float) + 0.5) / (words + 0.5))
    return np.array([*rates, np.log1p(lengths.mean()), np.log1p(np.percentile(lengths, 90))])


def distance(measures: Any, middle: Any, spread: Any) -> Any:
    """How many spreads a text is from the middle, on average over the measures; rows or one."""
    return np.minimum(np.abs((measures - middle) / spread), 4.0).mean(axis=-1)
