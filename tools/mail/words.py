"""What the writer of a mail says: without what they quote, sign with, or only pass on the heads of.

By the labels that the reader of mails gives to spans of its text (`knowledge.readers.quoting`).
A mail that only passes another on says what that one says.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_HEADS = re.compile(
    r"(?:-{2,}.{0,200}-{2,}"
    r"|(?:de|à|a|cc|date|objet|envoyé|expéditeur|destinataire|from|to|subject|sent|reply-to)"
    r"\s{0,3}:.{0,500}"
    r"|(?:forwarded by|transféré par|début du message|begin forwarded).{0,300}"
    r"|[^<>]{0,100}<[^<>@\s]{1,100}@[^<>\s]{1,100}>[,;]?)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[A-ZÀ-ÖØ-Þ][\w.’'-]{0,30} ){1,3}[A-ZÀ-ÖØ-Þ][\w.’'-]{0,30},?")
_PROSE = re.compile(r"[?!.:;]$|.{61}")
_MOST_LINES = 6
_NOTED = re.compile(
    r"\((?:see attached\s+file|embedded image)[^()]{0,200}\)|\[(?:image|cid:)[^\[\]]{0,100}\]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """A mail's subject, its writer's words, and whether those were only passed on."""

    subject: str
    words: str
    forwarded: bool = False

    @property
    def whole(self) -> str:
        """What triage reads: the subject, then the words."""
        return f"{self.subject}\n{self.words}".strip()


def said_in(text: str, locators: Sequence[Mapping[str, Any]], subject: str) -> Said:
    """The words of a mail, from its text and the labels of its spans."""
    own = _unsigned(_labelled(text, locators, "body"))
    passed = _unsigned(_labelled(text, locators, "forwarded"))
    if _is_more_than_a_word(own) or not passed:
        return Said(subject, own or passed, forwarded=False)
    return Said(subject, f"{own}\n{_headless(passed)}".strip(), forwarded=True)


def _labelled(text: str, locators: Sequence[Mapping[str, Any]], label: str) -> str:
    spans = [text[each["start"] : each["end"]] for each in locators if each["label"] == label]
    return _NOTED.sub("", "\n".join(spans)).strip()


def _unsigned(words: str) -> str:
    """Words without a name, and lines such as an address below it, that stand apart at the end."""
    above, _, last = words.rpartition("\n\n")
    lines = [line.strip() for line in last.strip().split("\n")]
    signs = _NAME.fullmatch(lines[0]) and len(lines) <= _MOST_LINES
    if not (above.strip() and signs) or any(_PROSE.search(line) for line in lines):
        return words
    return above.rstrip()


def _headless(text: str) -> str:
    """A mail passed on, without the lines above its words."""
    return "\n".join(
        line for line in text.split("\n") if not _HEADS.fullmatch(line.strip())
    ).strip()


def _is_more_than_a_word(text: str) -> bool:
    """Whether somebody wrote a message of their own above what they pass on."""
    return len(text.split()) > 12  # noqa: PLR2004 - "for you, thanks" and a name is no message
