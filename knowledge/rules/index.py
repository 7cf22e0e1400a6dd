"""All rules at once: one Aho-Corasick pass over a block tells which rules may match there.

For most alternatives of expressions the texts that a match begins with are known, and the
expression is tried at just those places; for others a text that every match contains, and what
follows it is tried there before the whole expression runs; the few expressions that say neither
run on every block. The matches are those of the expressions run one by one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import ahocorasick
import regex

from savoirfaire.knowledge.rules.checking import Piece
from savoirfaire.knowledge.rules.clues import Clue, Tail, clues
from savoirfaire.knowledge.rules.edges import WORDY
from savoirfaire.knowledge.rules.kinds import Rule
from savoirfaire.knowledge.rules.literals import canonical
from savoirfaire.knowledge.rules.patterns import Budget, Cut, Pattern

_LONG_WORD = 64

Key = tuple[int, int]
"""A rule and which of its expressions."""


@dataclass(eq=False, slots=True)
class _Slot:
    """An expression, and the rules that have it: many styles say the same."""

    pattern: Pattern
    keys: list[Key] = field(default_factory=list)


_Wish: TypeAlias = tuple[bool, bool, tuple[_Slot, ...]]
"""Expressions that are to be tried at a text, unless a word goes on before or after it."""


class _Entry(NamedTuple):
    """Who wants to know of a text: to try there, or to run everywhere if a tail matches there.

    Where only a word can go before a tail, it is tried where that word begins.
    `left`: nobody does where a word goes on before it.
    """

    size: int
    left: bool
    here: tuple[_Wish, ...]
    tails: tuple[tuple[_Slot, Tail, bool], ...]


def _entry(text: str, asked: Sequence[tuple[_Slot, Clue]]) -> _Entry:
    here: dict[tuple[bool, bool], list[_Slot]] = defaultdict(list)
    for slot, clue in asked:
        if clue.tail is None:
            here[clue.left, clue.right].append(slot)
    wishes = tuple((left, right, tuple(slots)) for (left, right), slots in here.items())
    tails = tuple((slot, clue.tail, clue.inside) for slot, clue in asked if clue.tail)
    return _Entry(len(text), not tails and all(left for left, _ in here), wishes, tails)


@dataclass(slots=True)
class _Group:
    """The rules that are asked together: what is looked for, and which run in any case."""

    automaton: "ahocorasick.Automaton | None"
    plain: list[_Slot]
    always: frozenset[int]


class Index:
    """Matches many rules on many blocks. One index serves one set of rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._groups: dict[Sequence[int], _Group] = {}
        patterns = {pattern for rule in rules for pattern in rule.patterns}
        self._clues = {pattern: clues(pattern.tree) for pattern in patterns}

    def __call__(
        self, rules: Sequence[Rule], pieces: Sequence[Piece], budgets: dict[int, Budget]
    ) -> None:
        """Fill `found` of every piece."""
        groups: dict[int, _Group] = {}
        for piece in pieces:
            if piece.rules:
                group = groups.get(id(piece.rules))
                if group is None:
                    group = groups[id(piece.rules)] = self._group(piece.rules)
                self._match(group, piece, rules, budgets)

    def _match(
        self, group: _Group, piece: Piece, rules: Sequence[Rule], budgets: dict[int, Budget]
    ) -> None:
        places, whole = _looked_up(group, piece.text)
        found: _Found = {}
        for slot, spots in places.items():
            if slot not in whole:
                _tried(slot, piece.text, spots, found, budgets)
        for slot in (*whole, *group.plain):
            self._run(slot, piece.text, found, budgets)
        if not (found or group.always):
            return
        for number in sorted(group.always.union(number for number, _ in found)):
            if budgets[number].left > 0:
                count = len(rules[number].patterns)
                piece.found[number] = [found.get((number, n), []) for n in range(count)]

    def _run(self, slot: _Slot, text: str, found: "_Found", budgets: dict[int, Budget]) -> None:
        quick, matches = slot.pattern.quick(text), None
        for key in slot.keys:
            rule, budget = self._rules[key[0]], budgets[key[0]]
            if budget.left <= 0 or (quick and rule.dull(text)):
                continue
            try:
                matches = slot.pattern.found(text, budget) if matches is None else matches
            except Cut:
                continue
            if matches:
                found[key] = matches

    def _group(self, numbers: Sequence[int]) -> _Group:
        if numbers not in self._groups:
            self._groups[numbers] = self._grouped(numbers)
        return self._groups[numbers]

    def _grouped(self, numbers: Sequence[int]) -> _Group:
        slots: dict[Pattern, _Slot] = {}
        for number in numbers:
            for which, pattern in enumerate(self._rules[number].patterns):
                slots.setdefault(pattern, _Slot(pattern)).keys.append((number, which))
        asked: dict[str, list[tuple[_Slot, Clue]]] = defaultdict(list)
        for pattern, slot in slots.items():
            for clue in self._clues[pattern]:
                asked[clue.text].append((slot, clue))
        plain = [slot for pattern, slot in slots.items() if not self._clues[pattern]]
        always = frozenset(number for number in numbers if self._rules[number].always)
        return _Group(_automaton(asked), plain, always)


_Found: TypeAlias = "dict[Key, list[regex.Match[str]]]"


def _tried(
    slot: _Slot, text: str, spots: list[int], found: _Found, budgets: dict[int, Budget]
) -> None:
    spots = sorted(set(spots)) if len(spots) > 1 else spots
    for number, key in enumerate(slot.keys):
        try:
            matches = slot.pattern.among(text, spots, budgets[key[0]])
        except Cut:
            continue
        if matches:
            # What is found in the time of one rule is found for the others that say the same.
            for same in slot.keys[number:]:
                found[same] = matches
        return


def _automaton(
    asked: Mapping[str, Sequence[tuple[_Slot, Clue]]],
) -> "ahocorasick.Automaton | None":
    if not asked:
        return None
    automaton = ahocorasick.Automaton()
    known: dict[_Entry, _Entry] = {}
    for text, wishes in asked.items():
        entry = _entry(text, wishes)
        automaton.add_word(text, known.setdefault(entry, entry))
    automaton.make_automaton()
    return automaton


def _looked_up(group: _Group, text: str) -> tuple[dict[_Slot, list[int]], dict[_Slot, None]]:
    """Where expressions are to be tried, and which are to run on the whole text."""
    places: dict[_Slot, list[int]] = defaultdict(list)
    whole: dict[_Slot, None] = {}
    if group.automaton is None:
        return places, whole
    low = canonical(text)
    closed = f" {low} "
    for end, (size, bound, here, tails) in group.automaton.iter(low):
        start = end - size + 1
        before = WORDY[closed[start]]
        if before and bound:
            continue
        after = WORDY[closed[end + 2]]
        for left, right, slots in here:
            if not ((before and left) or (after and right)):
                for slot in slots:
                    places[slot].append(start)
        for slot, tail, inside in tails:
            if slot not in whole and tail.may(text, start):
                begin = _word(low, start) if inside else -1
                if begin < 0:
                    whole[slot] = None
                else:
                    places[slot].append(begin)
    return places, whole


def _word(low: str, at: int) -> int:
    """Where the word begins that goes on before a place; -1 where it is endless."""
    for begin in range(at, max(at - _LONG_WORD, 0), -1):
        if not WORDY[low[begin - 1]]:
            return begin
    return 0 if at < _LONG_WORD else -1
