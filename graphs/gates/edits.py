"""What kind of edit a person made, from the texts alone, by a fixed rubric.

The classes, the gravest that applies first:

- legal: a line changed in which the law is at stake (terms, notices, rights, personal data);
- factual: a number, a date, an address or a name came, went or changed;
- material: more than a tenth of the words changed, or a paragraph came or went;
- tone: other words, and little of them;
- cosmetic: only spaces, punctuation, capitals, accents or marks of formatting changed.

A rubric that a person applied would drift with the person; this one can be computed again by
anybody from the two texts. It errs towards the graver class.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from savoirfaire.tools.hashing import canonical

Class = Literal["unchanged", "cosmetic", "tone", "material", "factual", "legal"]

MATERIAL = 0.1
"""The share of words beyond which an edit is more than a matter of tone."""

_WORD = re.compile(r"[^\W_]+")
_FIGURE = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+|\d+(?:[.,:/\u202f\u00a0 -]\d+)*")
NAME = re.compile(r"(?<![.!?…:] )(?<!^)\b[A-ZÀ-ÖØ-Þ][\w’'-]+", re.MULTILINE)
_LEGAL = re.compile(
    r"©|®|™|\b(?:legal|law|liab|warrant|guarant|copyright|trademark|privacy|consent|gdpr|terms of"
    r"|conditions|unsubscribe|licen[cs]e|disclaimer|juridique|l[ée]gal|loi\b|droits?\b|responsabilit"
    r"|garanti|marque d[ée]pos|donn[ée]es personnelles|consentement|rgpd|cgv|cgu|mentions"
    r"|d[ée]sabonn|d[ée]sinscri)",
    re.IGNORECASE,
)
_BIG = 200_000  # characters, beyond which words are compared as counts and not in order


@dataclass(frozen=True)
class Edit:
    """The class of an edit and its distance: the share of words that came or went, 0 to 1."""

    kind: Class
    distance: float


def classify(before: Mapping[str, Any], after: Mapping[str, Any]) -> Edit:
    """The edit that turned the arguments `before` into `after`."""
    if before == after:
        return Edit("unchanged", 0.0)
    return compare(_text(before), _text(after))


def compare(before: str, after: str) -> Edit:
    """The edit that turned one text into another."""
    if before == after:
        return Edit("unchanged", 0.0)
    distance = _distance(_words(before), _words(after))
    return Edit(_class(before, after, distance), round(distance, 4))


def _class(before: str, after: str, distance: float) -> Class:
    removed, added = _changed_lines(before, after)
    if any(_LEGAL.search(line) for line in (*removed, *added)) and distance:
        return "legal"
    if _figures(before) != _figures(after) or (distance and _names(removed) != _names(added)):
        return "factual"
    if not distance:
        return "cosmetic"
    paragraphs = len(_paragraphs(before)) != len(_paragraphs(after))
    return "material" if paragraphs or distance > MATERIAL else "tone"


def _distance(before: list[str], after: list[str]) -> float:
    """How many words came or went, of the longer text's; words that only moved count as well."""
    if not before and not after:
        return 0.0
    if len(before) + len(after) > _BIG:
        shared = sum((Counter(before) & Counter(after)).values())
    else:
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        shared = sum(block.size for block in matcher.get_matching_blocks())
    return 1 - shared / max(len(before), len(after))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def _figures(text: str) -> Counter[str]:
    """Numbers, dates and addresses; how a number is spaced does not matter."""
    return Counter(re.sub(r"[\u202f\u00a0 ]", "", found) for found in _FIGURE.findall(text))


def _names(lines: list[str]) -> Counter[str]:
    return Counter(name for line in lines for name in NAME.findall(line))


def _changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.splitlines(), after.splitlines()
    was, now = Counter(old), Counter(new)
    return [line for line in old if line not in now], [line for line in new if line not in was]


def _paragraphs(text: str) -> list[str]:
    return [each for each in re.split(r"\n\s*\n", text) if each.strip()]


def _text(arguments: Mapping[str, Any]) -> str:
    """The arguments as lines: words as they are, everything else in canonical form."""
    return "\n\n".join(
        f"{value}" if isinstance(value, str) else canonical(value)
        for _, value in sorted(arguments.items())
    )
