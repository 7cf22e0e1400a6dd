"""The kinds of rules: what each finds in one block of text.

A rule names its expressions (`patterns`); the engine finds their matches, cleverly or plainly,
and the rule makes hits of them. What a rule remembers of a document is in `State`.
"""

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import regex

from savoirfaire.knowledge.rules import formulas
from savoirfaire.knowledge.rules.alerts import Action, Hit
from savoirfaire.knowledge.rules.casing import PIECES, Cases, found_in
from savoirfaire.knowledge.rules.definitions import Definition
from savoirfaire.knowledge.rules.patterns import (
    Pattern,
    Unreadable,
    compiled,
    excepting,
    joined,
    marked,
)
from savoirfaire.knowledge.rules.prose import GRADES, Counts
from savoirfaire.knowledge.rules.wording import expanded, filled, listed, options, replaced

Matches = Sequence["Sequence[regex.Match[str]]"]
Told = tuple[str, str, Action, str | None]
"""Message, description, action and the one fix."""
_TOLD = 256
"""Of so many matches a rule remembers what it says."""


@dataclass(slots=True)
class State:
    """What is known of a document while it is read: one for all rules, as in Vale."""

    seen: set[str] = field(default_factory=set)
    counts: Mapping[str, int] = field(default_factory=dict)
    measured: Callable[[], Counts] = Counts


@dataclass(frozen=True)
class Setting:
    """What the configuration says to all rules."""

    accepted: tuple[str, ...] = ()
    template: str = ""


class Rule:
    """One rule, ready to run; `always` says that it also speaks where nothing matches."""

    always = False

    def __init__(self, definition: Definition, setting: Setting) -> None:
        self.definition = definition
        self.setting = setting
        self.patterns: tuple[Pattern, ...] = ()
        self._told = functools.lru_cache(_TOLD)(self._tell)
        self.prepare(definition.values)

    def prepare(self, values: Mapping[str, Any]) -> None:
        """Make the expressions from the rule's keys."""
        raise NotImplementedError

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:
        """What the rule finds in a block, given the matches of its expressions there."""
        raise NotImplementedError

    def dull(self, text: str) -> bool:  # noqa: ARG002 - most rules need the matches to tell
        """Whether a short text is known to hold nothing of this rule, told without its matches."""
        return False

    def compiled(self, source: str, key: str) -> Pattern:
        """An expression of this rule; one that cannot be read is an error that names the key."""
        try:
            return compiled(source)
        except Unreadable as error:
            raise self.definition.fails("{why}", key, why=str(error)) from error

    def excepting(self) -> Pattern | None:
        """The rule's exceptions with the vocabulary's accepted terms."""
        values = self.definition.values
        terms = list(values.get("exceptions") or ())
        if values.get("vocab", True):
            terms += self.setting.accepted
        try:
            return excepting(terms)
        except Unreadable as error:
            raise self.definition.fails("{why}", "exceptions", why=str(error)) from error

    def hit(self, start: int, end: int, match: str) -> Hit:
        """The hit of a plain match, with what its action would do."""
        return Hit(start, end, match, *self._told(match))

    def _tell(self, match: str) -> Told:
        """What is said of a match; the same words are met again and again."""
        action, message = self.definition.action, self.definition.message
        if not action.name:
            description = filled(self.definition.description, match)
            return filled(message, match), description, action, None
        fixed = replaced(match, action)
        shown = fixed[0] if len(fixed) == 1 else listed(fixed) if fixed else match
        description = filled(self.definition.description, match, shown)
        fix = fixed[0] if len(fixed) == 1 else None
        return filled(message, match, shown), description, action, fix

    def said(self, start: int, end: int, match: str, *values: str) -> Hit:
        """A hit whose message is filled with these values."""
        message = filled(self.definition.message, *values)
        description = filled(self.definition.description, *values)
        return Hit(start, end, match, message, description, self.definition.action)


def _within(pattern: Pattern | None, text: str) -> bool:
    return pattern is not None and pattern.within(text)


class Existence(Rule):
    """Terms that should not be there."""

    def prepare(self, values: Mapping[str, Any]) -> None:
        """All tokens as one expression, with what `raw` adds before or after."""
        tokens = [token for token in values.get("tokens") or () if token.strip()]
        source = joined(
            "|".join(tokens),
            raw="".join(values.get("raw") or ()),
            word=not values.get("nonword") and bool(values.get("tokens")),
            fold=bool(values.get("ignorecase")),
            append=bool(values.get("append")),
            template=self.setting.template,
        )
        self.patterns = (self.compiled(source, "tokens"),)
        self._except = self.excepting()

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """A hit for every match that is no exception."""
        return [
            self.hit(found.start(), found.end(), found[0])
            for found in matches[0]
            if self._except is None or not self._except.within(found[0].strip())
        ]


_OPENING = regex.compile(r"(?<!\\)\((?!\?)")


class Substitution(Rule):
    """Terms to be written otherwise."""

    def prepare(self, values: Mapping[str, Any]) -> None:
        """The terms as one expression, the longest first, a group each."""
        swap = values.get("swap") or {}
        self._terms = sorted(swap, key=lambda term: -len(term.encode()))
        self._swap = [swap[term] for term in self._terms]
        body = "|".join(f"({_ungrouped(term)})" for term in self._terms).rstrip("|")
        source = joined(
            body,
            word=not values.get("nonword"),
            fold=bool(values.get("ignorecase")),
            template=self.setting.template,
        )
        self.patterns = (self.compiled(source, "swap"),) if self._terms else ()
        self._except = self.excepting()
        self._same = [_wanted(replacement) for replacement in self._swap]
        self._capitalize = bool(values.get("capitalize"))

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """A hit for every term that is not already as it should be."""
        found = matches[0] if matches else ()
        hits = (self._hit(match) for match in found if match.lastindex)
        return [hit for hit in hits if hit is not None]

    def _hit(self, found: "regex.Match[str]") -> Hit | None:
        number = found.lastindex - 1
        observed = found[number + 1]
        expected = self._expected(number, observed)
        same = self._same[number] if expected == self._swap[number] else _wanted(expected)
        if (same.within(observed) if same else expected == observed) or _within(
            self._except, observed
        ):
            return None
        start, end = found.span(number + 1)
        return self._said(start, end, observed, expected)

    def _said(self, start: int, end: int, observed: str, expected: str) -> Hit:
        definition = self.definition
        action, message = definition.action, definition.message
        fix = options(expected)
        if action.name == "replace" and not action.params:
            if self._capitalize and observed == _capital(observed):
                fix = tuple(_capital(option) for option in fix)
            action = Action("replace", fix)
            expected = listed(fix)
            message = _unquoted(message)
        return Hit(
            start,
            end,
            observed,
            filled(message, expected, observed),
            filled(definition.description, expected, observed),
            action,
            fix[0] if len(fix) == 1 else None,
        )

    def _expected(self, number: int, observed: str) -> str:
        expected: str = self._swap[number]
        if self._capitalize and observed == _capital(observed):
            expected = _capital(expected)
        if "$" not in expected or not regex.search(r"\$\d+", expected):
            return expected
        fold = "(?i)" if self.definition.values.get("ignorecase") else ""
        pattern = self.compiled(fold + self._terms[number], "swap").regex
        return str(pattern.sub(lambda found: expanded(found, expected), observed))


def _ungrouped(term: str) -> str:
    return (
        str(_OPENING.sub("(?:", term))
        if term.count("(") != term.count("(?") + term.count(r"\(")
        else term
    )


def _wanted(replacement: str) -> Pattern | None:
    """What is right already; nothing where plain equality says it."""
    plain = all(char.isalnum() or char in " -" for char in replacement)
    try:
        return None if plain else compiled(f"^(?:{replacement})$")
    except Unreadable:
        return None


def _unquoted(message: str) -> str:
    for form in ("'%s'", '"%s"'):
        if message.count(form) == 2:  # noqa: PLR2004 - the wish and what was found
            message = message.replace(form, "%s", 1)
    return message


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


@functools.lru_cache(maxsize=256)
def _tokens(pattern: Pattern, text: str) -> list[str]:
    """The tokens of a text; two rules often count the same."""
    finder = pattern.finder(text)
    found = finder.findall(text)
    return found if finder.groups <= 1 else [groups[0] for groups in found]


class Occurrence(Rule):
    """A token that may stand so many times in one block."""

    def prepare(self, values: Mapping[str, Any]) -> None:
        """The token as it is."""
        fold = "(?i)" if values.get("ignorecase") else ""
        self.patterns = (self.compiled(f"{fold}(?:{values.get('token', '')})", "token"),)
        self._most, self._least = values.get("max", 0), values.get("min", 0)
        self.always = self._least > 0

    def dull(self, text: str) -> bool:
        """Whether the token does not stand there too many times."""
        return not self.always and len(_tokens(self.patterns[0], text)) <= self._most

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """One hit, at the first match that is no code, where the count is out of bounds."""
        count = len(matches[0])
        if not (0 < self._most < count or count < self._least):
            return []
        if not count:
            return [self.said(1, 1, "", "0")]
        for found in matches[0]:
            if found[0].strip() and not all(char in "*@" for char in found[0]):
                return [self.said(found.start(), found.end(), found[0], str(count))]
        return []


class Repetition(Rule):
    """Tokens written twice in a row."""

    def prepare(self, values: Mapping[str, Any]) -> None:
        """The tokens as one expression."""
        fold = "(?i)" if values.get("ignorecase") else ""
        tokens = "|".join(values.get("tokens") or ())
        self.patterns = (self.compiled(f"{fold}({tokens})", "tokens"),)
        self._fold, self._alpha = bool(fold), bool(values.get("alpha"))
        self._most = values.get("max", 0)
        self._except = self.excepting()

    def dull(self, text: str) -> bool:
        """Whether no token stands there twice in a row."""
        tokens = _tokens(self.patterns[0], text.casefold() if self._fold else text)
        return not any(map(operator.eq, tokens, tokens[1:]))

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """A hit for a token that is the one before again, within one sentence."""
        hits: list[Hit] = []
        before, start, count = "", 0, 0
        for found in matches[0]:
            token = found[0].strip()
            again = token != "" and self._same(token, before)
            again = again and (not self._alpha or token.isalpha())
            count += again
            if again and count > self._most:
                whole = text[start : found.end()]
                if not _within(self._except, whole):
                    hits.append(self._hit(start, found.end(), whole, token))
                    count = 0
            before, start = token, found.start()
        return hits

    def _same(self, token: str, before: str) -> bool:
        return token == before or (self._fold and token.casefold() == before.casefold())

    def _hit(self, start: int, end: int, whole: str, token: str) -> Hit:
        fixed = replaced(whole, self.definition.action)
        message = filled(self.definition.message, token)
        description = filled(self.definition.description, token)
        fix = fixed[0] if len(fixed) == 1 else None
        return Hit(start, end, whole, message, description, self.definition.action, fix)


class Consistency(Rule):
    """Two ways of writing, of which a document may use one."""

    def prepare(self, values: Mapping[str, Any]) -> None:
        """An expression for each pair."""
        self.patterns = tuple(
            self.compiled(
                joined(
                    f"(?P<one>{one})|(?P<other>{other})",
                    word=not values.get("nonword"),
                    fold=bool(values.get("ignorecase")),
                    template=self.setting.template,
                ),
                "either",
            )
            for one, other in (values.get("either") or {}).items()
        )

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:
        """A hit at a block's last match of a pair, once both ways were met."""
        hits = []
        for number, found in enumerate(matches):
            keys = {way: f"{self.definition.name} {number} {way}" for way in ("one", "other")}
            state.seen.update(
                keys[way] for match in found for way in keys if match[way] is not None
            )
            if found and state.seen.issuperset(keys.values()):
                way = "one" if found[-1]["one"] is not None else "other"
                start, end = found[-1].span(way)
                hits.append(self.hit(start, end, text[start:end]))
        return hits


class Conditional(Rule):
    """What may stand only where something else has stood before."""

    def prepare(self, values: Mapping[str, Any]) -> None:
        """What explains first, then what needs an explanation."""
        second = self.compiled(values.get("second", ""), "second")
        self.patterns = (second, self.compiled(values.get("first", ""), "first"))
        self._except = self.excepting()

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """A hit for every match that nothing explained so far."""
        for found in matches[0]:
            state.seen.update(group for group in found.groups() if group)
        return [
            self.hit(found.start(), found.end(), found[0])
            for found in matches[1]
            if found[0] not in state.seen and not _within(self._except, found[0])
        ]


class Capitalization(Rule):
    """The case that a block should be in."""

    always = True

    def prepare(self, values: Mapping[str, Any]) -> None:
        """What finds words, and what makes them as they should be."""
        self._match = values.get("match", "")
        self._except = self.excepting()
        self._threshold = values.get("threshold") or 0.8
        accepted = self.setting.accepted if values.get("vocab", True) else ()
        terms = list(values.get("exceptions") or ())
        # Vale hands its own list on once it has marked it; with a vocabulary it is a copy.
        terms = [*terms, *accepted] if accepted else marked(terms)
        chicago = values.get("style") == "Chicago"
        indicators = tuple(values.get("indicators") or ())
        prefix = values.get("prefix", "")
        self.compiled(prefix, "prefix")
        self._cases = Cases(terms, indicators, prefix, chicago)
        before = f"{self._except.source}|" if self._except else ""
        self._words = self.compiled(before + PIECES, "exceptions")
        special = self._match in {"$title", "$sentence", "$lower", "$upper"}
        self._own = None if special else self.compiled(self._match, "match")

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """One hit for the whole block, where its case is another."""
        expected, right = self._judged(text)
        if right:
            return []
        definition, action = self.definition, self.definition.action
        cased = self._match in {"$title", "$sentence"}
        if action.name == "replace" and not action.params and cased:
            action = Action("replace", (expected,))
        message = filled(definition.message, text, expected)
        description = filled(definition.description, text, expected)
        return [Hit(0, len(text), text, message, description, action)]

    def _judged(self, text: str) -> tuple[str, bool]:
        match self._match:
            case "$lower" | "$upper":
                expected = text.lower() if self._match == "$lower" else text.upper()
                return expected, text == expected or _within(self._except, text)
            case "$title":
                expected = self._cases.title(text)
                return expected, self._alike(text, expected) or self._title(text, expected)
            case "$sentence":
                expected = self._cases.sentence(text)
                return expected, self._alike(text, expected) or self._sentence(text, expected)
        assert self._own
        return self._own.source, self._own.within(text) or _within(self._except, text)

    def _alike(self, text: str, expected: str) -> bool:
        return text == expected and self._threshold <= 1

    def _title(self, text: str, expected: str) -> bool:
        wanted, words = found_in(self._words, expected), found_in(self._words, text)
        right = 0
        for number, word in enumerate(words):
            known = number >= len(wanted) or word == wanted[number] or word == word.upper()
            # Without part-of-speech tags, `to` may be an infinitive's or a preposition.
            right += known or word.lower() == "to" or _within(self._except, word)
        return not words or right / len(words) >= self._threshold

    def _sentence(self, text: str, expected: str) -> bool:
        wanted, words = found_in(self._words, expected), found_in(self._words, text)
        right = 0
        for number, word in enumerate(words):
            if number >= len(wanted) or word == wanted[number] or _within(self._except, word):
                right += 1
            elif number == 0 and word != _go_title(word.lower()):
                return False
        return not words or right / len(words) >= self._threshold


_AFTER_GAP = regex.compile(r"(?<![\w'])\w")


def _go_title(text: str) -> str:
    return str(_AFTER_GAP.sub(lambda found: found[0].title(), text))


class Readability(Rule):
    """A grade that the whole text may reach."""

    always = True

    def prepare(self, values: Mapping[str, Any]) -> None:
        """The grades to average, and the highest that is accepted."""
        self._metrics = values.get("metrics") or []
        for metric in self._metrics:
            if metric not in GRADES:
                known = ", ".join(GRADES)
                raise self.definition.fails(
                    "{metric} is none of {known}", "metrics", metric=metric, known=known
                )
        self._grade = values.get("grade", 0.0)

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """One hit for the document, where its grade is higher."""
        counts = state.measured()
        if not self._metrics:
            return []
        grade = sum(GRADES[metric](counts) for metric in self._metrics) / len(self._metrics)
        return [self.said(1, 1, "", f"{grade:.2f}")] if grade > self._grade else []


_ZEROED = ("pre", "list", "blockquote", *(f"heading_h{level}" for level in range(1, 7)))


class Metric(Rule):
    """A formula over a document's counts, and when it is too much."""

    always = True

    def prepare(self, values: Mapping[str, Any]) -> None:
        """The formula, and its result put into the condition."""
        formula = regex.sub(r"heading\.(h[1-6])", r"heading_\1", values.get("formula", ""))
        self._formula = self._read(formula, "formula")
        self._condition = self._read(f"__value__ {values.get('condition', '')}", "condition")

    def _read(self, text: str, key: str) -> Any:
        try:
            return formulas.read(text)
        except formulas.FormulaError as error:
            raise self.definition.fails("{why}", key, why=str(error)) from error

    def hits(self, text: str, matches: Matches, state: State) -> list[Hit]:  # noqa: ARG002
        """One hit for the document, where the condition holds."""
        counts = state.measured()
        if not counts.words:
            return []
        names = dict.fromkeys(_ZEROED, 0.0) | {
            name.replace(".", "_"): float(count)
            for name, count in state.counts.items()
            if not name.startswith("table")
        }
        names |= _named(counts)
        try:
            value = formulas.worked_out(self._formula, names)
            over = formulas.worked_out(self._condition, {**names, "__value__": round(value, 6)})
        except formulas.FormulaError as error:
            raise self.definition.fails("{why}", "formula", why=str(error)) from error
        return [self.said(1, 1, "", f"{value:.2f}")] if over else []


def _named(counts: Counts) -> dict[str, float]:
    found = {each.name: float(getattr(counts, each.name)) for each in fields(counts)}
    return found | {"paragraphs": found["paragraphs"] - 1}


KINDS: Mapping[str, type[Rule]] = MappingProxyType(
    {
        "existence": Existence, "substitution": Substitution, "occurrence": Occurrence,
        "repetition": Repetition, "consistency": Consistency, "conditional": Conditional,
        "capitalization": Capitalization, "readability": Readability, "metric": Metric,
    }
)  # fmt: skip


def made(definition: Definition, setting: Setting) -> Rule:
    """The rule that a definition describes.

    Raises:
        UnreadableRuleError: An expression or formula of it cannot be read.

    """
    return KINDS[definition.extends](definition, setting)
