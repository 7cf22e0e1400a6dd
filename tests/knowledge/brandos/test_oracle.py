"""Time on two axes, against an oracle that keeps a calendar for every moment (G5 for records)."""

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.brandos.records import Record
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.database import now, open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf

DAYS = 8
FIRST = date(2025, 1, 1)
CLOCK = settings(derandomize=True, deadline=None, database=None, max_examples=12)


def day(number: int) -> str:
    """A day by its number."""
    return (FIRST + timedelta(days=number)).isoformat()


@dataclass
class Calendar:
    """What is said of each day, by the words of a record: no ids, no intervals, no SQL."""

    days: list[set[str]] = field(default_factory=lambda: [set() for _ in range(DAYS)])

    def say(self, words: str, first: int, end: int) -> None:
        """Say something of some days."""
        for each in self.days[first:end]:
            each.add(words)

    def unsay(self, words: str, first: int, end: int) -> None:
        """Say it no longer of these."""
        for each in self.days[first:end]:
            each.discard(words)


@dataclass
class World:
    """A client's Brand OS and its oracle, changed together."""

    brand_os: BrandOS
    scope: ClientScope
    now: Calendar = field(default_factory=Calendar)
    past: list[tuple[str, list[frozenset[str]]]] = field(default_factory=list)
    said: int = 0

    def standing(self) -> list[Record]:
        """The rows that are active now, on whatever day, in an order without ids."""
        found = {
            each.id: each
            for number in range(DAYS)
            for each in self.brand_os.list(self.scope, as_of=AsOf(day(number)))
        }
        return sorted(found.values(), key=lambda each: (words(each), each.valid_from or ""))

    def accept(self, draw: random.Random) -> None:
        """Say something new, in place of some of what stands."""
        first = draw.randrange(DAYS)
        end = draw.randint(first + 1, DAYS)
        olds = [
            each for each in self.standing() if draw.random() < 0.5 and overlaps(each, first, end)
        ]
        self.said += 1
        made = self.brand_os.propose(
            self.scope,
            "learning",
            {"topic": "t", "statement": f"say {self.said}"},
            citations=(),
            author="kim",
            valid_from=day(first),
            valid_to=day(end) if draw.random() < 0.7 or end < DAYS else None,
        )
        self.brand_os.accept(self.scope, made.id, by="kim", supersedes=[o.id for o in olds])
        for old in olds:
            start, stop = span(old)
            self.now.unsay(words(old), max(first, start), min(end, stop))
        self.now.say(f"say {self.said}", first, end)

    def edit(self, draw: random.Random) -> None:
        """Say something else in the place of one thing."""
        if standing := self.standing():
            old = draw.choice(standing)
            self.said += 1
            new = {"topic": "t", "statement": f"say {self.said}"}
            self.brand_os.edit(self.scope, old.id, new, by="kim")
            self.now.unsay(words(old), *span(old))
            self.now.say(f"say {self.said}", *span(old))

    def reject(self, draw: random.Random) -> None:
        """Take one thing back."""
        if standing := self.standing():
            old = draw.choice(standing)
            self.brand_os.reject(self.scope, old.id, by="kim")
            self.now.unsay(words(old), *span(old))

    def remember(self, instant: str) -> None:
        """Keep what was said at an instant."""
        self.past.append((instant, [frozenset(each) for each in self.now.days]))


def words(record: Record) -> str:
    """What a record says."""
    return str(record.data.plain()["statement"])


def span(record: Record) -> tuple[int, int]:
    """The days on which a record holds, by number."""
    assert record.valid_from is not None
    first = (date.fromisoformat(record.valid_from) - FIRST).days
    if record.valid_to is None:
        return first, DAYS
    return first, (date.fromisoformat(record.valid_to) - FIRST).days


def overlaps(record: Record, first: int, end: int) -> bool:
    """Whether a record holds on one of some days."""
    start, stop = span(record)
    return start < end and first < stop


@pytest.fixture(scope="module")
def folder(common: Path, _blank: Path) -> Iterator[Path]:
    """A folder with one ledger for all examples: each has its own client there."""
    with tempfile.TemporaryDirectory(dir=common) as made:
        shutil.copy(_blank, made)
        yield Path(made)


@CLOCK
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 9))
def test_as_of_is_what_was_said(folder: Path, seed: int, steps: int) -> None:
    """On every day, as known at every moment, the Brand OS says what the calendar said then."""
    engine = open_database(folder / "ledger.db")
    ledger, draw = Ledger(engine), random.Random(seed)  # noqa: S311 - no secret
    scope = ledger.add_client(f"c{time.time_ns()}", "en")
    world = World(BrandOS(engine), scope)
    for _ in range(steps):
        draw.choice([world.accept, world.accept, world.edit, world.reject])(draw)
        with reading(engine, scope) as connection:
            world.remember(now(connection))
        time.sleep(0.002)  # the database's clock counts milliseconds
    for number in range(DAYS):
        listed = world.brand_os.list(scope, as_of=AsOf(day(number)))
        assert {words(each) for each in listed} == world.now.days[number]
        for instant, said in world.past:
            then = world.brand_os.list(scope, as_of=AsOf(day(number), instant))
            assert {words(each) for each in then} == said[number]
            assert all(each.status == "active" and each.known_to is None for each in then)
    engine.dispose()
