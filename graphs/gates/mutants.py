"""Mutants: good work made bad in one place, by fixed rules, so that it is known what is wrong.

- number: a figure of the prose is another one;
- name: a name stands where another one belongs;
- term: a word that the client's brand forbids stands in the text;
- link: an address leads elsewhere.

Which place is changed follows from the text alone: the same text gives the same mutant. A mutant
that the rubric or the brand's own checks would not call bad is none.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from savoirfaire.agents.checks import check_markdown
from savoirfaire.agents.prose import URL, hide, hide_blocks
from savoirfaire.graphs.gates.answers import text_of
from savoirfaire.graphs.gates.edits import NAME, compare
from savoirfaire.knowledge.brand import BrandPack

Made = Literal["number", "name", "term", "link"]

_FIGURE = re.compile(r"(?<![\w.,\0-])\d+(?!\w|[.)] |[.,]\d)")
_SENTENCE_END = re.compile(r"(?<=\w)[.!?](?=\s|$)")
_WRONG = {"factual", "legal"}

Each = TypeVar("Each")


@dataclass(frozen=True)
class Mutant:
    """Arguments of an action with one thing wrong in them, and what that is."""

    made: Made
    arguments: dict[str, Any]


def mutants(arguments: Mapping[str, Any], brand: BrandPack | None = None) -> Iterator[Mutant]:
    """The mutants of what was shown, at most one of each kind; `brand` is the client's."""
    name = text_of(arguments)
    if name is None:
        return
    text = arguments[name]
    for made, change in _CHANGES.items():
        changed = change(text, hide(hide_blocks(text)), brand)
        if changed is not None and changed != text and _is_bad(made, text, changed, brand):
            yield Mutant(made, {**arguments, name: changed})


def _is_bad(made: Made, text: str, changed: str, brand: BrandPack | None) -> bool:
    if made != "term":
        return compare(text, changed).kind in _WRONG
    assert brand is not None  # there is no such change without a brand
    return len(check_markdown(changed, brand)) > len(check_markdown(text, brand))


def _number(text: str, prose: str, _brand: BrandPack | None) -> str | None:
    found = [match.span() for match in _FIGURE.finditer(prose)]
    if not found:
        return None
    _, end = _one(found, text)
    last = text[end - 1]
    return text[: end - 1] + ("8" if last == "9" else str(int(last) + 1)) + text[end:]


def _name(text: str, prose: str, _brand: BrandPack | None) -> str | None:
    found = [match.span() for match in NAME.finditer(prose)]
    if not found:
        return None
    start, end = _one(found, text)
    others = sorted({text[a:b] for a, b in found} - {text[start:end]})
    return text[:start] + _one(others, text) + text[end:] if others else None


def _term(text: str, prose: str, brand: BrandPack | None) -> str | None:
    """A forbidden term in place of the one to use or, where that is not there, as an aside."""
    rules = brand.rules if brand else []
    for rule in rules:
        place = prose.find(rule.use) if rule.use else -1
        if place >= 0:
            return text[:place] + rule.avoid[0] + text[place + len(rule.use) :]
    ends = [match.start() for match in _SENTENCE_END.finditer(prose)]
    if not rules or not ends:
        return None
    place = _one(ends, text)
    return f"{text[:place]} ({_one(rules, text).avoid[0]}){text[place:]}"


def _link(text: str, _prose: str, _brand: BrandPack | None) -> str | None:
    found = [match.span() for match in URL.finditer(hide_blocks(text))]
    if not found:
        return None
    _, end = _one(found, text)
    slash = text[end - 1] == "/"
    return f"{text[: end - slash]}-2{text[end - slash :]}"


def _one(of: Sequence[Each], text: str) -> Each:
    """One of several, by the text."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return of[int.from_bytes(digest[:8]) % len(of)]


_CHANGES: dict[Made, Callable[[str, str, BrandPack | None], str | None]] = {
    "number": _number,
    "name": _name,
    "term": _term,
    "link": _link,
}
