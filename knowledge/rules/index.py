"""All rules at once: one Aho-Corasick pass over a block tells which rules may match there.

For most expressions the texts that a match begins with are known, and the expression is tried at
just those places; for others a text that every match contains; the few that say neither run on
every block. The matches are those of the expressions run one by one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import ahocorasick
import regex

from savoirfaire.knowledge.rules.checking import Piece
from savoirfaire.knowledge.rules.kinds import Rule
from savoirfaire.knowledge.rules.literals import at_word, canonical, contained, starts, telling
from savoirfaire.knowledge.rules.patterns import Budget, Cut, Pattern

Key = tuple[int, int]
"""A rule and which of its expressions."""


@dataclass(eq=False, slots=True)
class _Slot:
    """An expression, and the rules that have it: many styles say the same."""

    pattern: Pattern
    keys: list[Key] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    """Who wants to know of a text: to try there, there at a word's beginning, or anywhere."""

    size: int
    anywhere: list[_Slot] = field(default_factory=list)
    here: list[_Slot] = field(default_factory=list)
    at_word: list[_Slot] = field(default_factory=list)


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
        self._plans = {pattern: _plan(pattern) for pattern in patterns}

    def __call__(
        self, rules: Sequence[Rule], pieces: Sequence[Piece], budgets: dict[int, Budget]
    ) -> None:
        """Fill `found` of every piece."""
        for piece in pieces:
            if piece.rules:
                self._match(piece, rules, budgets)

    def _match(self, piece: Piece, rules: Sequence[Rule], budgets: dict[int, Budget]) -> None:
        group = self._group(piece.rules)
        places, whole = _looked_up(group, piece.text)
        found: _Found = {}
        for slot, spots in places.items():
            if slot not in whole:
                _tried(slot, piece.text, spots, found, budgets)
        for slot in (*whole, *group.plain):
            self._run(slot, piece.text, found, budgets)
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
        entries: dict[str, _Entry] = {}
        for pattern, slot in slots.items():
            plan = self._plans[pattern]
            for text in plan.texts:
                entry = entries.setdefault(text, _Entry(len(text)))
                plan.into(entry, text).append(slot)
        plain = [slot for pattern, slot in slots.items() if not self._plans[pattern].texts]
        always = frozenset(number for number in numbers if self._rules[number].always)
        return _Group(_automaton(entries), plain, always)


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


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an expression is looked for: by these texts, at their places or anywhere."""

    texts: frozenset[str]
    here: bool
    word: bool

    def into(self, entry: _Entry, text: str) -> list[_Slot]:
        """The list of the entry that the expression belongs in."""
        if not self.here:
            return entry.anywhere
        return entry.at_word if self.word and _wordy(text[0]) else entry.here


def _wordy(char: str) -> bool:
    return char.isalnum() or char == "_"


def _plan(pattern: Pattern) -> _Plan:
    first = frozenset(text for text, _ in starts(pattern.tree))
    if telling(first):
        return _Plan(_shortest(first), here=True, word=at_word(pattern.tree))
    return _Plan(contained(pattern.tree), here=False, word=False)


def _shortest(texts: frozenset[str]) -> frozenset[str]:
    """The texts without those that begin with another."""
    kept: list[str] = []
    for text in sorted(texts):
        if not kept or not text.startswith(kept[-1]):
            kept.append(text)
    return frozenset(kept)


def _automaton(entries: dict[str, _Entry]) -> "ahocorasick.Automaton | None":
    if not entries:
        return None
    automaton = ahocorasick.Automaton()
    for text, entry in entries.items():
        automaton.add_word(text, entry)
    automaton.make_automaton()
    return automaton


def _looked_up(group: _Group, text: str) -> tuple[dict[_Slot, list[int]], dict[_Slot, None]]:
    """Where expressions are to be tried, and which are to run on the whole text."""
    places: dict[_Slot, list[int]] = defaultdict(list)
    whole: dict[_Slot, None] = {}
    if group.automaton is None:
        return places, whole
    low = canonical(text)
    for end, entry in group.automaton.iter(low):
        start = end - entry.size + 1
        for slot in entry.here:
            places[slot].append(start)
        if entry.at_word and not (start and _wordy(low[start - 1])):
            for slot in entry.at_word:
                places[slot].append(start)
        for slot in entry.anywhere:
            whole[slot] = None
    return places, whole
