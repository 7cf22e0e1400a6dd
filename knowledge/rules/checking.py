"""One document, checked: blocks are matched with all rules at once, then alerts find their places.

Matching does not depend on the source, so it comes first and for all blocks together; places
depend on what was read before, so the steps of the walk are gone through once more for them.
"""

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate

from savoirfaire.knowledge.rules.alerts import Alert, Hit
from savoirfaire.knowledge.rules.canvas import Canvas
from savoirfaire.knowledge.rules.documents import Document
from savoirfaire.knowledge.rules.kinds import Matches, Rule, State
from savoirfaire.knowledge.rules.patterns import Budget, Cut
from savoirfaire.knowledge.rules.places import Finder, Place, Spot
from savoirfaire.knowledge.rules.prose import Counts, counted
from savoirfaire.knowledge.rules.remarks import Remarks
from savoirfaire.knowledge.rules.sentences import sentences
from savoirfaire.knowledge.rules.walking import Block, Cover, Look, Remark, Settle


@dataclass(slots=True)
class Piece:
    """A block as it is asked about; `found` holds what the expressions of its rules matched."""

    text: str
    scope: str
    rules: Sequence[int]
    found: dict[int, Matches] = field(default_factory=dict)


Matcher = Callable[[Sequence[Rule], Sequence[Piece], dict[int, Budget]], None]
"""Fills `found` of every piece: the rules that may speak there, with their matches."""


def plainly(rules: Sequence[Rule], pieces: Sequence[Piece], budgets: dict[int, Budget]) -> None:
    """Match every rule's expressions on every block, one by one."""
    for piece in pieces:
        for number in piece.rules:
            rule, budget = rules[number], budgets[number]
            if budget.left <= 0:
                continue
            try:
                matches = [pattern.found(piece.text, budget) for pattern in rule.patterns]
            except Cut:
                continue
            if rule.always or any(matches):
                piece.found[number] = matches


class Check:
    """The checking of one document."""

    def __init__(
        self,
        document: Document,
        rules: Sequence[Rule],
        choose: Callable[[str], Sequence[int]],
        styles: tuple[str, ...],
        seconds: float,
    ) -> None:
        self.document = document
        self.rules = rules
        self._choose = functools.cache(choose)
        self._parted = functools.cache(sentences)
        self.budgets = {number: Budget(seconds) for number in range(len(rules))}
        self.alerts: list[Alert] = []
        self._remarks = Remarks(styles)
        self._state = State(counts=document.reading.counts, measured=self._measured)
        self._reported: set[tuple[int, int, str]] = set()
        self._limits: dict[str, int] = {}
        self._counts: Counts | None = None
        lines = document.text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in lines[:-1])]
        every = [rule.definition.scope for rule in rules]
        parts = {scope.split(".")[0] for scopes in every for scope in scopes}
        self._paragraphs, self._sentences = "paragraph" in parts, "sentence" in parts

    def _measured(self) -> Counts:
        if self._counts is None:
            self._counts = counted("".join(self.document.reading.summary), self._parted)
        return self._counts

    def run(self, matcher: Matcher) -> list[Alert]:
        """The alerts, by line and column."""
        fronts = [self._piece(front.block.text, front.block.scope) for front in self.document.front]
        blocks = [
            list(self._pieces(step)) for step in self.document.steps if isinstance(step, Block)
        ]
        summary = self._sized("summary", "".join(self.document.reading.summary))
        raw = self._sized("raw", self.document.text)
        pieces = [*fronts, *(piece for block in blocks for piece in block), summary, raw]
        matcher(self.rules, pieces, self.budgets)
        self._fronts(fronts)
        self._walk(iter(blocks), summary)
        if raw.found:
            original = self._finder(self.document.text)
            self._ask(original, raw, Spot(raw.text, -1, search=True))
        self.alerts.sort(key=lambda alert: (alert.line, alert.span[0]))
        return self.alerts

    def _piece(self, text: str, scope: str) -> Piece:
        return Piece(text, scope, self._choose(scope))

    def _sized(self, scope: str, text: str) -> Piece:
        return self._piece(text, scope + self.document.suffix)

    def _pieces(self, block: Block) -> Iterator[Piece]:
        suffix = self.document.suffix
        if block.prose and self._paragraphs:
            for part in block.text.split("\n\n"):
                yield self._piece(part, "paragraph" + suffix)
        if block.prose and self._sentences:
            for sentence in self._parted(block.text):
                if sentence:
                    yield self._piece(sentence, "sentence" + suffix)
        yield self._piece(block.text, block.scope)

    def _finder(self, text: str) -> Finder:
        return Finder(Canvas(text), self.document.text, self._parted, markup=self.document.markup)

    def _fronts(self, pieces: Sequence[Piece]) -> None:
        if not any(piece.found for piece in pieces):
            return
        finder = self._finder(self.document.text)
        for front, piece in zip(self.document.front, pieces, strict=True):
            self._ask(finder, piece, Spot(piece.text, front.line, search=False))

    def _walk(self, blocks: Iterator[list[Piece]], summary: Piece) -> None:
        finder = self._finder(self.document.canvas)
        walker = Walker(finder.canvas, known=self.document.markup)
        for step in self.document.steps:
            match step:
                case Look(text):
                    walker.look(text)
                case Cover(text):
                    walker.cover(text)
                case Settle():
                    walker.settle()
                case Remark(text):
                    self._remarks.read(text)
                case Block():
                    line = walker.line(step.text)
                    search = step.prose and "\n" in step.text
                    for piece in next(blocks):
                        if piece.found:
                            self._ask(finder, piece, Spot(piece.text, line, search))
        self._remarks.reset()
        self._ask(finder, summary, Spot(summary.text, 0, search=True))

    def _ask(self, finder: Finder, piece: Piece, spot: Spot) -> None:
        silences = self._remarks.silences if self._remarks.speaks else None
        for number, matches in piece.found.items():
            rule = self.rules[number]
            name = rule.definition.name
            if silences and silences(name):
                continue
            began = time.perf_counter()
            for hit in rule.hits(piece.text, matches, self._state):
                if not (silences and silences(f"{name}[{hit.match}]")):
                    self._add(rule, hit, finder.place(spot, hit.match, hit.start, hit.end))
                if time.perf_counter() - began > self.budgets[number].left:
                    break  # of a match on every word, each is looked for among all the others
            with suppress(Cut):
                self.budgets[number].spend(time.perf_counter() - began)
            finder.settle()

    def _add(self, rule: Rule, hit: Hit, place: Place) -> None:
        definition = rule.definition
        line, (first, last), name = place.line, (place.first, place.last), definition.name
        entry = line, first, name
        if first <= 0 or entry in self._reported:
            return
        count = self._limits.get(name, 0)
        if definition.limit and count >= definition.limit:
            return
        self._reported.add(entry)
        self._limits[name] = count + 1
        head = self._starts[min(line, len(self._starts)) - 1]
        length = len(self.document.text)
        start = min(head + first - 1, length)
        self.alerts.append(
            Alert(
                name,
                line,
                (first, last),
                definition.level,
                hit.message.replace("\n", " "),
                hit.match,
                hit.description,
                definition.link,
                hit.action,
                start,
                max(start, min(head + last, length)),
                hit.fix,
            )
        )


class Walker:
    """The line that the walk has come to, and what it covers."""

    def __init__(self, canvas: Canvas, *, known: bool) -> None:
        self._canvas = canvas
        self._known = known
        self._line = 0
        self._queue: list[str] = []

    def look(self, text: str) -> None:
        """A text was met."""
        self._line = max(self._line, self._advanced(text))
        self._queue.append(text)

    def line(self, text: str) -> int:
        """The line of a block, from 0; -1 where lines are not known."""
        if not self._known:
            return -1
        return max(self._line, self._advanced(text))

    def settle(self) -> None:
        """Cover the texts met since the last time."""
        for text in self._queue:
            self._passed(text)
        self._queue.clear()

    def _passed(self, text: str) -> None:
        """Cover a text line by line; where lines are found tells where the walk is."""
        for line in text.split("\n"):
            data = line.encode("utf-8", "replace")
            at = self._cover(line, data)
            if at > 0:
                self._canvas.passed(at, len(data))

    def cover(self, text: str) -> None:
        """Cover a text line by line, or word by word where a line is not found."""
        if not text:
            return
        for line in text.split("\n"):
            self._cover(line, line.encode("utf-8", "replace"))

    def _cover(self, line: str, data: bytes) -> int:
        at = self._canvas.cover(data)
        if at < 0:
            for word in line.split():
                self._canvas.cover(word.encode("utf-8", "replace"))
        return at

    def _advanced(self, text: str) -> int:
        # Vale looks every line up, and every word of one it does not find; the last one counts.
        last = text.rpartition("\n")[2]
        at = self._canvas.find(last.encode("utf-8", "replace"))
        if at < 0 and (words := last.split()):
            at = self._canvas.find(words[-1].encode("utf-8", "replace"))
        return self._canvas.line_at(at) if at >= 0 else -1
