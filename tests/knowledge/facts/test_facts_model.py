"""G5: whatever is said, superseded, retracted and merged, `as_of` is what a plain list says."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from savoirfaire.errors import NotFoundError, SavoirError
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.times import AsOf

from .conftest import quote, source

DAYS = [f"2025-0{month}-01" for month in range(1, 7)]
NAMES = ["Acme", "Bolt", "Café", "Dot"]
WRITTEN = {"Acme": "ACME", "Bolt": "bolt!", "Café": "cafe", "Dot": "D.o.t"}
_NAMED = {written: name for name, written in WRITTEN.items()}
ATTRIBUTES = ["price", "owns"]


class Item(NamedTuple):
    """One thing said: of what, which attribute, what, and on which of the days it holds."""

    subject: str
    attribute: str
    says: str
    days: frozenset[int]


@dataclass
class Model:
    """The oracle: a set of items, rewritten by each operation, and a copy of every state."""

    items: frozenset[Item] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    states: list[tuple[str, frozenset[Item], dict[str, str]]] = field(default_factory=list)

    def known(self, name: str) -> str:
        """The entity that a name stands for; a new one where it is new."""
        return self.names.setdefault(name, name)

    def say(self, item: Item, olds: list[Item]) -> None:
        """Say an item in the place of the days that it takes from others."""
        kept = set(self.items)
        for old in olds:
            if old != item:
                kept.discard(old)
                kept |= set(stretches(old, item.days))
        self.items = frozenset(kept | {item})

    def merge(self, keep: str, other: str) -> None:
        """Make one of two: nothing is said of itself."""
        kept, gone = self.names[keep], self.names[other]
        self.names = {name: kept if held == gone else held for name, held in self.names.items()}
        renamed = (
            item._replace(
                subject=kept if item.subject == gone else item.subject,
                says=kept if item.says == gone and item.attribute == "owns" else item.says,
            )
            for item in self.items
        )
        self.items = frozenset(
            item for item in renamed if kept == gone or item.subject != item.says
        )

    def remember(self, instant: str) -> None:
        """Keep what is said from an instant on."""
        self.states.append((instant, self.items, dict(self.names)))

    def at(self, known: str | None) -> tuple[frozenset[Item], dict[str, str]]:
        """What was said at an instant."""
        past = [state for state in self.states if known is None or state[0] <= known]
        return past[-1][1:] if past else (frozenset(), {})


def stretches(item: Item, taken: frozenset[int]) -> Iterator[Item]:
    """What is left of an item, each stretch of days an item of its own."""
    left = sorted(item.days - taken)
    for _, group in itertools.groupby(enumerate(left), lambda each: each[1] - each[0]):
        yield item._replace(days=frozenset(day for _, day in group))


numbers = st.integers(0, 999)
operations = st.lists(
    st.tuples(
        st.sampled_from(["say", "say", "say", "supersede", "supersede", "retract", "merge"]),
        *(numbers,) * 5,
    ),
    max_size=9,
)


class Both:
    """A client's facts and the oracle, which are told the same."""

    def __init__(self, knowledge: Knowledge, scope: ClientScope) -> None:
        self.facts, self.scope, self.ledger = knowledge.facts, scope, knowledge.ledger
        self.model = Model()

    def do(self, what: str, *drawn: int) -> None:
        """One operation, which the numbers make precise."""
        if what in {"say", "supersede"}:
            self.say(drawn, supersede=what == "supersede")
        elif what == "retract":
            self.retract(drawn)
        else:
            self.merge(drawn)
        self.model.remember(self.instant())

    def say(self, drawn: tuple[int, ...], *, supersede: bool) -> None:
        """Say something, perhaps in the place of what is said of the same matter."""
        first, last, who, what, more = drawn
        olds: list[Item] = []
        named = NAMES[who % 4]
        attribute = ATTRIBUTES[what % 2]
        if supersede and self.model.items:
            old = sorted(self.model.items, key=_sorted)[more % len(self.model.items)]
            named, attribute = old.subject, old.attribute
            olds = [old] if more % 3 else self.of(old)
        says = NAMES[more % 4] if attribute == "owns" else str(more % 3)
        start, end = sorted((first % 7, last % 7))
        start, end = (start, end + 1) if start == end else (start, end)
        days = frozenset(range(start, end))
        olds = [old for old in olds if old.days & days]
        ids = [self.ids()[old] for old in olds]
        try:
            self.facts.assert_(  # noqa: PT009
                self.scope,
                WRITTEN.get(named, named) if more % 2 else named,
                attribute,
                **{"object" if attribute == "owns" else "value": says},  # type: ignore[arg-type]
                valid_from=None if start == 0 else DAYS[start - 1],
                valid_to=None if end == 7 else DAYS[end - 1],
                supersedes=ids,
                citations=[quote(self.scope, "Prices rose.")],
                author="kim",
            )
        except SavoirError:
            known = self.model.names
            assert attribute == "owns"
            assert known.get(named, named) == known.get(says, says)
            return
        subject = self.model.known(named)
        says = self.model.known(says) if attribute == "owns" else says
        self.model.say(Item(subject, attribute, says, days), olds)

    def of(self, item: Item) -> list[Item]:
        """All that is said of the same matter."""
        same = (each for each in self.model.items if each[:2] == item[:2])
        return sorted(same, key=_sorted)

    def retract(self, drawn: tuple[int, ...]) -> None:
        """Say something no longer."""
        if self.model.items:
            item = sorted(self.model.items, key=_sorted)[drawn[0] % len(self.model.items)]
            self.facts.retract(self.scope, self.ids()[item], by="kim", reason="wrong")
            self.model.items -= {item}

    def merge(self, drawn: tuple[int, ...]) -> None:
        """Make one of two entities."""
        keep, other = NAMES[drawn[0] % 4], NAMES[drawn[1] % 4]
        if {keep, other} <= set(self.model.names):
            self.facts.merge(self.scope, keep, other)
            self.model.merge(keep, other)

    def ids(self) -> dict[Item, str]:
        """The ids of what is said now."""
        every = (fact for day in range(7) for fact in self.facts.as_of(self.scope, _point(day)))
        return {_item(fact): fact.id for fact in every}

    def instant(self) -> str:
        """The last instant that anything became known or ended."""
        columns = "MAX(COALESCE(known_from, ''), COALESCE(known_to, ''))"
        with self.ledger.engine.connect() as connection:
            found = connection.exec_driver_sql(
                f"SELECT MAX({columns}) FROM facts WHERE client = ?", (self.scope.client,)
            ).scalar()
        return str(found or "")

    def compare(self) -> None:
        """At every point of both times, for each subject and for all, the two agree."""
        instants = {state[0] for state in self.model.states if state[0]}
        for known in (None, "2000-01-01T00:00:00.000Z", *sorted(instants)):
            items, names = self.model.at(known)
            for day in range(7):
                expected = {item for item in items if day in item.days}
                found = [_item(f) for f in self.facts.as_of(self.scope, _point(day, known))]
                assert len(found) == len(set(found))
                assert set(found) == expected
            for name in NAMES:
                assert self.asked(name, known) == self.told(name, items, names)

    def asked(self, name: str, known: str | None) -> set[Item] | None:
        """What the facts say of a name on the middle day; None for a name not known."""
        try:
            found = self.facts.as_of(self.scope, _point(3, known), subject=WRITTEN[name])
        except NotFoundError:
            return None
        return {_item(fact) for fact in found}

    def told(self, name: str, items: frozenset[Item], names: dict[str, str]) -> set[Item] | None:
        """What the oracle says of it."""
        if name not in names:
            return None
        return {item for item in items if item.subject == names[name] and 3 in item.days}


def _point(day: int, known: str | None = None) -> AsOf:
    """A day of the oracle: day 0 is before every date, day 6 from the last on."""
    return AsOf("2024-06-15" if day == 0 else f"2025-0{day}-15", known)


def _item(fact: Any) -> Item:
    first = 0 if fact.valid_from is None else DAYS.index(fact.valid_from) + 1
    end = 7 if fact.valid_to is None else DAYS.index(fact.valid_to) + 1
    subject, says = (_NAMED.get(each, each) for each in (fact.subject.name, fact.says))
    return Item(subject, fact.attribute, says, frozenset(range(first, end)))


def _sorted(item: Item) -> tuple[str, str, str, list[int]]:
    return item.subject, item.attribute, item.says, sorted(item.days)


@pytest.fixture(scope="module")
def every(common: Path) -> Iterator[tuple[Knowledge, Iterator[int]]]:
    """A store in which each example has a client of its own."""
    (common / "model").mkdir(exist_ok=True)
    with Knowledge.open(common / "model") as opened:
        yield opened, itertools.count()


def played(every: tuple[Knowledge, Iterator[int]], done: list[tuple[Any, ...]]) -> None:
    """Do all this for a new client, and compare."""
    knowledge, counter = every
    scope = knowledge.ledger.add_client(f"c{next(counter)}", "en")
    knowledge.ledger.put(scope, [source(scope)])
    both = Both(knowledge, scope)
    for operation in done:
        both.do(*operation)
    both.compare()


@settings(max_examples=15, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(done=operations)
def test_as_of_is_the_oracles(
    every: tuple[Knowledge, Iterator[int]], done: list[tuple[Any, ...]]
) -> None:
    """After any operations, what held at any point, as known at any point, is the oracle's."""
    played(every, done)


@pytest.mark.sweep
@settings(max_examples=600, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(done=operations)
def test_as_of_is_the_oracles_often(
    every: tuple[Knowledge, Iterator[int]], done: list[tuple[Any, ...]]
) -> None:
    """The same, very often."""
    played(every, done)
