"""Where quoted words stand in a text: the exact span, whatever the typography of the quotation.

Unicode composition, kinds of space, apostrophes, quotation marks and hyphens may differ. No letter
or digit may, nothing is left out, and no span cuts a number in two: `2 %` is not in `52 %`,
and `250 €` is not in `1 250 €`.
"""

import re
import unicodedata
from collections.abc import Iterator

from savoirfaire.agents.verbatim import cuts_number

_UNSEEN = {"\u200b", "\u2060", "\ufeff", "\u00ad"}
_GROUP_BEFORE = re.compile(r"(?<!\d)\d{1,3}(?: \d{3})* \Z")
_GROUP_AFTER = re.compile(r" \d{3}(?!\d)")
_GROUP_FIRST = re.compile(r"\d{3}(?!\d)")
_GROUP_LAST = re.compile(r"(?<!\d)\d{1,3}\Z")
_REACH = 24  # signs around a place in which a number that it cuts would be seen
_SAME = str.maketrans("\u2019\u2018\u02bc\u2011\u2010“”„«»", "'''--" + '"' * 5)


class Spotter:
    """Finds quotations in one text; made once for a text, used for each quotation."""

    def __init__(self, text: str) -> None:
        self._places: list[tuple[int, int]] = []
        words = []
        for sign, start, end in _folded(text):
            words.append(sign)
            self._places.append((start, end))
        self._words = "".join(words)

    def find(self, quotation: str) -> tuple[int, int] | None:
        """The first span `[start, end)` of the text that says `quotation`; None where none does."""
        wanted = "".join(sign for sign, _, _ in _folded(quotation)).strip(" ")
        place = self._words.find(wanted) if wanted else -1
        while place >= 0:
            end = place + len(wanted)
            if not any(self._cuts(each) or self._parts(each) for each in (place, end)):
                return self._places[place][0], self._places[end - 1][1]
            place = self._words.find(wanted, place + 1)
        return None

    def _parts(self, place: int) -> bool:
        """Whether `place` is between a letter and a mark that combines with it."""
        return 0 < place < len(self._places) and self._places[place - 1] == self._places[place]

    def _cuts(self, place: int) -> bool:
        """Whether `place` is inside a number."""
        before = self._words[max(place - _REACH, 0) : place]
        after = self._words[place : place + _REACH]
        opens = _GROUP_BEFORE.search(before) and _GROUP_FIRST.match(after)
        closes = _GROUP_LAST.search(before) and _GROUP_AFTER.match(after)
        return bool(opens or closes) or cuts_number(self._words, place)


def _folded(text: str) -> Iterator[tuple[str, int, int]]:
    """Each sign as it is compared, with the span of the text that it stands for."""
    blank = False
    for start, end in _clusters(text):
        sign = text[start:end]
        if sign in _UNSEEN:
            continue
        if sign.isspace():
            if not blank:
                yield " ", start, end
            blank = True
            continue
        blank = False
        for each in unicodedata.normalize("NFC", sign).translate(_SAME):
            yield each, start, end


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the text's signs, each with the marks that combine with it."""
    start = 0
    for place in range(1, len(text)):
        if not unicodedata.combining(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)
