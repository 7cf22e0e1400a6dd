"""Comparing words exactly, whatever their typography: a quotation with its source.

Kinds of space, quotation marks and apostrophes may differ. No letter or digit may, and a match
never cuts a number in two: `2 %` is not in `52 %`.
"""

import re
import unicodedata

from savoirfaire.agents.prose import DESTINATION, TITLE
from savoirfaire.knowledge.terms import SPACES

_SPACING = re.compile(f"[{SPACES}\u200b\u2060\ufeff]+")
_LINK = re.compile(
    rf"\[(?P<text>[^\]\[]*)\](?:\(\s*{DESTINATION}(?:\s+{TITLE})?\s*\)|\[[^\]\[]*\])"
)
_PLAIN = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2011": "-", "\u2010": "-", "…": "..."}
)
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_ELISION = re.compile(r"\s*[\[(](?:\.\.\.)[\])]\s*")


def spaced(text: str) -> str:
    """`text` in composed Unicode with plain single spaces; no letter or digit is changed."""
    return _SPACING.sub(" ", unicodedata.normalize("NFC", text)).strip()


def unlinked(text: str) -> str:
    """`text` with the words of each Markdown link in its place."""
    return _LINK.sub(lambda link: link["text"], text)


def plain(text: str) -> str:
    """`text` as it reads aloud: links as their words, no emphasis or code marks, plain quotes."""
    bare = unlinked(text).translate(_PLAIN).translate(_QUOTES)
    return spaced(bare.replace("`", "").replace("*", ""))


def quoted_in(quotation: str, source: str) -> bool:
    """Whether `source` (already `plain`) says `quotation` word for word, save for any `[…]`."""
    place = 0
    for piece in _ELISION.split(plain(quotation)):
        words = piece.strip(" .,;:!?\"'")
        place = source.find(words, place)
        while place >= 0 and (_cuts(source, place) or _cuts(source, place + len(words))):
            place = source.find(words, place + 1)
        if place < 0:
            return False
        place += len(words)
    return True


def holds(text: str, words: str) -> bool:
    """Whether `text` has `words`, both `spaced`, without cutting a number such as `52` in two."""
    place = text.find(words)
    while place >= 0:
        if not cuts_number(text, place) and not cuts_number(text, place + len(words)):
            return True
        place = text.find(words, place + 1)
    return False


def _cuts(text: str, place: int) -> bool:
    inside = text[max(place - 1, 0) : place].isalnum() and text[place : place + 1].isalnum()
    return inside or cuts_number(text, place)


def cuts_number(text: str, place: int) -> bool:
    """Whether `place` is inside a number: between its digits, or beside its `.` or `,`."""
    around = text[max(place - 2, 0) : place + 2]
    left, right = min(place, 2), len(around) - min(place, 2)
    before, after = around[:left], around[left:]
    if not right or not left:
        return False
    return (
        (before[-1].isdigit() and after[0].isdigit())
        or (before[-1].isdigit() and after[0] in ".," and after[1:].isdigit())
        or (after[0].isdigit() and before[-1] in ".," and before[:-1].isdigit())
    )
