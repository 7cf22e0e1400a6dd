"""The mask: a text with its topic taken out, its manner left in, and the place of every sign.

Function words, punctuation, structure and the shape of words stay; what is named, counted or talked
about goes: `*` for a word, `N` for one with a capital, `A` for one in capitals, `§` for one with a
digit, `#` for a number, `¤` for code and addresses. So a voice is known again on a topic it never
spoke of. (E. Stamatatos, "Masking topic-related information to enhance authorship attribution",
JASIST 69(3), 2018: text distortion with all but function words masked.)
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from savoirfaire.agents.voice.anatomy import Anatomy
from savoirfaire.agents.voice.functionwords import KEPT

_TOKEN = re.compile(r"[^\W_]+|\0+|\s+|.", re.DOTALL)
_HIDDEN = "¤"


@dataclass(frozen=True)
class Masked:
    """A masked text; `places[i]` is where in the text the sign `signs[i]` comes from."""

    signs: str
    places: Any  # numpy array of int64, one for each sign


def mask(anatomy: Anatomy) -> Masked:
    """Mask a text, block by block: a block starts with its marker and ends with a line break."""
    pieces: list[str] = []
    starts: list[int] = []
    for block in anatomy.blocks:
        if block.marker:
            pieces.append(block.marker)
            starts.append(block.start)
        for token in _TOKEN.finditer(anatomy.hidden, block.start, block.end):
            pieces.append(_masked(token[0]))
            starts.append(token.start())
        pieces.append("\n")
        starts.append(max(block.end - 1, 0))
    lengths = [len(piece) for piece in pieces]
    return Masked("".join(pieces), np.repeat(np.array(starts, dtype=np.int64), lengths))


def _masked(token: str) -> str:
    first = token[0]
    if first == "\0":
        return _HIDDEN
    if first.isspace():
        return " "
    return _word(token) if first.isalnum() else token


def _word(word: str) -> str:
    """What stands for a word: itself, where it says nothing of the topic."""
    if word.isdigit():
        return "#"
    small = word.lower()
    if small in KEPT:
        return small
    if not word.isalpha():
        return "§"
    if not word[0].isupper():
        return "*"
    return "A" if len(word) > 1 and word.isupper() else "N"
