"""How an expression is looked for in a text: what its matches begin with, or must contain.

Every alternative of the expression gives its clues: a text that its matches begin with (and
whether they stand there at a word's beginning or end), or a text further on, with the rest of the
expression from there. They may name too many places, never too few.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import regex

from savoirfaire.knowledge.rules.edges import WORDY, at_end, at_word, of_words
from savoirfaire.knowledge.rules.expressions import (
    Again,
    Back,
    Either,
    Group,
    Node,
    Place,
    Row,
    folds,
    walked,
    written,
)
from savoirfaire.knowledge.rules.literals import starts, telling
from savoirfaire.knowledge.rules.patterns import LONG, risky

_TELLING = 2
"""A text of so many characters tells enough; what follows it tells the rest."""


class Tail:
    """The rest of an expression, from a text on that each of its matches contains."""

    def __init__(self, node: Node) -> None:
        self._node = node

    @cached_property
    def _regex(self) -> "regex.Pattern[str] | None":
        """Nothing where the rest cannot stand alone, or may take long."""
        if risky(self._node) or any(isinstance(part, Back) for part in walked(self._node)):
            return None
        fold = folds(self._node)
        flags = regex.VERSION0 | regex.MULTILINE | (regex.IGNORECASE if fold else 0)
        return regex.compile(written(self._node, fold=fold), flags)

    def may(self, text: str, at: int) -> bool:
        """Whether the rest may match there."""
        if self._regex is None or len(text) >= LONG:
            return True
        return self._regex.match(text, at) is not None


@dataclass(frozen=True, slots=True)
class Clue:
    """A text to look for, in small letters.

    `left`: no word goes on before it; `right`: none goes on after it; `tail`: a match is there
    only if this matches at the text, and begins before it; without one, it begins with the text.
    `inside`: where it begins before it, it begins with the word that ends at the text.
    """

    text: str
    left: bool = False
    right: bool = False
    tail: Tail | None = None
    inside: bool = False


def clues(tree: Node) -> tuple[Clue, ...]:
    """What to look for: every match is at one of the clues; none where that cannot be told."""
    found: dict[Clue, None] = {}
    for option in _options(tree, _Option(tree)):
        here = list(_beginning(option)) or list(_containing(option))
        if not here:
            return ()
        found.update(dict.fromkeys(here))
    return tuple(_needed(found))


@dataclass(frozen=True, slots=True)
class _Option:
    """An alternative: whether no word goes on before or after it, and what else is asked after."""

    node: Node
    left: bool = False
    right: bool = False
    after: tuple[Node, ...] = ()


def _options(node: Node, within: _Option) -> Iterator[_Option]:
    """The alternatives that an expression is, where only places stand around them."""
    match node:
        case Either(options):
            for option in options:
                yield from _options(option, within)
        case Group(_, "capture" | "plain", body):
            yield from _options(body, within)
        case Row(parts):
            left, right = within.left or at_word(node), within.right or at_end(node)
            real = [number for number, part in enumerate(parts) if not isinstance(part, Place)]
            if len(real) == 1:
                after = (*parts[real[0] + 1 :], *within.after)
                yield from _options(parts[real[0]], _Option(node, left, right, after))
            else:
                yield _Option(node, left, right, within.after)
        case _:
            yield _Option(node, within.left, within.right, within.after)


def _beginning(option: _Option) -> Iterator[Clue]:
    """The clues at which matches begin."""
    found = starts(option.node)
    texts = frozenset(text for text, _ in found)
    if telling(texts):
        for text in texts:
            right = option.right and (text, False) not in found and WORDY[text[-1]]
            yield Clue(text, option.left and WORDY[text[0]], right)


def _containing(option: _Option) -> Iterator[Clue]:
    """The clues that every match contains."""
    texts, best = _best(option.node)
    if best is not None:
        tail, inside = best
        rest = Tail(Row([tail, *option.after]))
        for text in texts:
            yield Clue(text, tail=rest, inside=option.left and inside)


_Rest: TypeAlias = tuple[Node, bool]
"""The rest of an expression, and whether only characters of words go before it."""


def _best(node: Node) -> tuple[frozenset[str], _Rest | None]:
    """The texts that tell most; among those that tell enough, the first, with most after it."""
    best, rest, worth = frozenset[str](), None, 0
    for tail, inside in _tails(node):
        texts = frozenset(text for text, _ in starts(tail))
        mine = min(map(len, texts)) if telling(texts) else 0
        if min(mine, _TELLING) > worth:
            best, rest, worth = texts, (tail, inside), min(mine, _TELLING)
    return best, rest


def _tails(node: Node) -> Iterable[_Rest]:
    """What follows of an expression from each of its parts on; every match goes through it."""
    match node:
        case Group(_, "capture" | "plain", body):
            yield from _tails(body)
        case Row(parts):
            wordy = True
            for number, part in enumerate(parts):
                yield Row(parts[number:]), wordy
                if isinstance(part, Group | Row | Again):
                    for tail, inside in _tails(part):
                        yield Row([tail, *parts[number + 1 :]]), wordy and inside
                wordy = wordy and of_words(part)
        case Again(body, least):
            for tail, inside in _tails(body) if least else ():
                yield tail, inside and of_words(body)
        case Either():
            yield Group("(?:", "plain", node), True
        case _:
            yield node, True


def _needed(found: Iterable[Clue]) -> Iterator[Clue]:
    """The clues without those that another one tells already, being where they begin."""
    last: dict[tuple[bool, Tail | None], str] = {}
    for clue in sorted(found, key=lambda clue: clue.text):
        kind = clue.left, clue.tail
        if kind in last and clue.text.startswith(last[kind]):
            continue
        if not clue.right:
            last[kind] = clue.text
        yield clue
