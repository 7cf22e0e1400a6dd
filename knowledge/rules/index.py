"""All rules at once: one Aho-Corasick pass over a block tells which rules may match there.

For most expressions the texts that a match begins with are known, and the expression is tried at
just those places; for others a text that every match contains; the few that say neither run on
every block. The matches are those of the expressions run one by one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import ahocorasick
import regex

from savoirfaire.knowledge.rules.checking import Piece
from savoirfaire.knowledge.rules.kinds import Rule
from savoirfaire.knowledge.rules.literals import at_word, canonical, contained, starts, telling
from savoirfaire.knowledge.rules.patterns import Budget, Cut, Pattern

Key = tuple[int, int]
"""A rule and which of its expressions."""


@dataclass(slots=True)
class _Entry:
    """Who wants to know of a text: to try there, there at a word's beginning, or anywhere."""

    size: int
    anywhere: list[Key] = field(default_factory=list)
    here: list[Key] = field(default_factory=list)
    at_word: list[Key] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """The rules that are asked together: what is looked for, and which run in any case."""

    automaton: "ahocorasick.Automaton | None"
    plain: list[Key]
    always: list[int]


class Index:
    """Matches many rules on many blocks. One index serves one set of rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._groups: dict[tuple[int, ...], _Group] = {}
        self._plans = {
            (number, which): _plan(pattern)
            for number, rule in enumerate(rules)
            for which, pattern in enumerate(rule.patterns)
        }

    def __call__(
        self, rules: Sequence[Rule], pieces: Sequence[Piece], budgets: dict[int, Budget]
    ) -> None:
        """Fill `found` of every piece."""
        for piece in pieces:
            if piece.rules:
                self._match(piece, rules, budgets)

    def _match(self, piece: Piece, rules: Sequence[Rule], budgets: dict[int, Budget]) -> None:
        group = self._group(tuple(piece.rules))
        places, whole = _looked_up(group, piece.text)
        found: dict[Key, list[regex.Match[str]]] = {}
        done: dict[Pattern, list[regex.Match[str]]] = {}
        for key, spots in places.items():
            if key not in whole:
                self._tried(key, piece.text, spots, found, budgets)
        for key in (*whole, *group.plain):
            self._run(key, piece.text, found, budgets, done)
        numbers = {number for number, _ in found}.union(group.always)
        for number in sorted(numbers):
            if budgets[number].left > 0:
                count = len(rules[number].patterns)
                piece.found[number] = [found.get((number, n), []) for n in range(count)]

    def _tried(
        self,
        key: Key,
        text: str,
        spots: list[int],
        found: "dict[Key, list[regex.Match[str]]]",
        budgets: dict[int, Budget],
    ) -> None:
        pattern, budget = self._rules[key[0]].patterns[key[1]], budgets[key[0]]
        spots = sorted(set(spots)) if len(spots) > 1 else spots
        try:
            matches = pattern.among(text, spots, budget)
        except Cut:
            return
        if matches:
            found[key] = matches

    def _run(
        self,
        key: Key,
        text: str,
        found: "dict[Key, list[regex.Match[str]]]",
        budgets: dict[int, Budget],
        done: "dict[Pattern, list[regex.Match[str]]]",
    ) -> None:
        rule, budget = self._rules[key[0]], budgets[key[0]]
        pattern = rule.patterns[key[1]]
        if budget.left <= 0 or (pattern.quick(text) and rule.dull(text)):
            return
        if pattern not in done:
            try:
                done[pattern] = pattern.found(text, budget)
            except Cut:
                return
        if done[pattern]:
            found[key] = done[pattern]

    def _group(self, numbers: tuple[int, ...]) -> _Group:
        if numbers not in self._groups:
            self._groups[numbers] = self._grouped(numbers)
        return self._groups[numbers]

    def _grouped(self, numbers: tuple[int, ...]) -> _Group:
        entries: dict[str, _Entry] = {}
        plain: list[Key] = []
        for number in numbers:
            for which in range(len(self._rules[number].patterns)):
                plan = self._plans[number, which]
                for text in plan.texts:
                    entry = entries.setdefault(text, _Entry(len(text)))
                    plan.into(entry, text).append((number, which))
                if not plan.texts:
                    plain.append((number, which))
        always = [number for number in numbers if self._rules[number].always]
        return _Group(_automaton(entries), plain, always)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an expression is looked for: by these texts, at their places or anywhere."""

    texts: frozenset[str]
    here: bool
    word: bool

    def into(self, entry: _Entry, text: str) -> list[Key]:
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


def _looked_up(group: _Group, text: str) -> tuple[dict[Key, list[int]], dict[Key, None]]:
    """Where expressions are to be tried, and which are to run on the whole text."""
    places: dict[Key, list[int]] = defaultdict(list)
    whole: dict[Key, None] = {}
    if group.automaton is None:
        return places, whole
    low = canonical(text)
    for end, entry in group.automaton.iter(low):
        start = end - entry.size + 1
        for key in entry.here:
            places[key].append(start)
        if entry.at_word and not (start and _wordy(low[start - 1])):
            for key in entry.at_word:
                places[key].append(start)
        for key in entry.anywhere:
            whole[key] = None
    return places, whole
