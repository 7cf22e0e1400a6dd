"""Canonical text and the small facts that readers share: dates, languages, pieces with places."""

import re
from collections.abc import Iterable
from datetime import date

from savoirfaire.knowledge.readers.document import MB, Limits, Locator
from savoirfaire.knowledge.readers.refusal import UnreadableError, neat

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]|$)")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Not the no-break spaces, which French puts into numbers and before signs: they are the text's.
_SPACES = re.compile("[ \t-\r\x1c-\x1f\x85\u2028\u2029]+")


def clean(text: str) -> str:
    """Give the text with plain newlines, and without what no store can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return _SURROGATES.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Give the text cleaned, with every run of white space that may be broken as one space."""
    return _SPACES.sub(" ", clean(text)).strip()


def iso_date(text: str) -> str | None:
    """Give the date that the text begins with as `YYYY-MM-DD`, or None."""
    found = _ISO_DATE.match(text.strip())
    if not found:
        return None
    try:
        return date.fromisoformat(found[0]).isoformat()
    except ValueError:
        return None


def language(text: str | None) -> str | None:
    """Give the language of a tag such as `fr-FR` as `fr`, or None."""
    found = _LANGUAGE.match((text or "").strip())
    return found[1].lower() if found else None


def refuse_long(length: int, limits: Limits) -> None:
    """Refuse more text than the limit."""
    if length > limits.text_mb * MB:
        raise UnreadableError(
            "too_much_text",
            "holds more than {limit} MB of text (limits.text_mb)",
            limit=neat(limits.text_mb),
        )


Mark = tuple[int, int, str]
"""A span of a piece and its label."""


class Pieces:
    """Text put together piece by piece, each with the place it comes from."""

    def __init__(self, limits: Limits, joint: str) -> None:
        self.locators: list[Locator] = []
        self._limits = limits
        self._joint = joint
        self._texts: list[str] = []
        self._end = 0

    def add(
        self, text: str, label: str = "", *, joint: str | None = None, marks: Iterable[Mark] = ()
    ) -> None:
        """Add a piece, unless it is blank; a labelled one gets a locator.

        `joint` stands before this piece in place of the usual one. `marks` are spans of a piece
        that is clean already, and get a locator each.
        """
        piece = clean(text).strip("\n")
        if not piece.strip():
            return
        if self._texts:
            self._append(self._joint if joint is None else joint)
        start = self._end
        self._append(piece)
        if label:
            self.locators.append(Locator(start, self._end, one_line(label)))
        self.locators += (Locator(start + first, start + last, name) for first, last, name in marks)

    def text(self) -> str:
        """Give the pieces as one text."""
        return "".join(self._texts)

    def _append(self, text: str) -> None:
        self._end += len(text)
        refuse_long(self._end, self._limits)
        self._texts.append(text)
