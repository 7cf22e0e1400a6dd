"""Filling again looks only at what is new, and finds what it needs by an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from savoirfaire.knowledge.brandos import filled
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.ledger import Ledger, source_id
from savoirfaire.knowledge.readers import table
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.scope import ClientScope
from tests.knowledge.brandos.conftest import Put

NOTE = "---\nrecord: competitor\nname: {}\n---\n"
CSV = "Date,Channel,Clicks\n2025-01-06,mail,{}\n"

Said = list[tuple[str, Any]]


@contextmanager
def listening(engine: Engine) -> Iterator[Said]:
    """The statements that the database is given meanwhile, with their values."""
    said: Said = []

    def listen(_c: Any, _k: Any, statement: str, values: Any, _x: Any, _m: bool) -> None:  # noqa: FBT001 - SQLAlchemy's
        said.append((statement, values))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def notes(put: Put, scope: ClientScope, count: int) -> None:
    """Put notes that say something each, some that say nothing, and a table."""
    for number in range(count):
        put(scope, f"{number}.md", NOTE.format(number))
        put(scope, f"{number}.txt", "Nothing.")
    put(scope, "a.csv", table.read(CSV.format(count).encode(), Limits()))


def test_nothing_new(brand_os: BrandOS, acme: ClientScope, put: Put, engine: Engine) -> None:
    """However many sources there are, filling again takes as many statements, and writes none."""
    counts = []
    for count in (3, 30):
        notes(put, acme, count)
        brand_os.fill(acme)
        with listening(engine) as said:
            assert brand_os.fill(acme).unchanged == count + 1
        assert {each.split()[0] for each, _ in said} == {"BEGIN", "SELECT"}
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_one_is_new(brand_os: BrandOS, acme: ClientScope, put: Put, engine: Engine) -> None:
    """What one source needs of the records is found by more than the client's name."""
    notes(put, acme, 30)
    brand_os.fill(acme)
    put(acme, "3.md", NOTE.format("new"))
    put(acme, "a.csv", table.read(CSV.format(7).encode(), Limits()))
    with listening(engine) as said:
        done = brand_os.fill(acme)
    assert (done.proposed, done.replaced, done.withdrawn, done.unchanged) == (1, 1, 1, 29)
    assert (len([each for each, _ in said if "sources.text" in each])) == 1 + 2  # and the quotes'
    with engine.connect() as connection:
        for statement, values in said:
            if not statement.startswith("SELECT records."):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            steps = [row.detail for row in plan if "records" in row.detail]
            assert all("client=? AND" in each for each in steps), statement


@pytest.mark.parametrize("change", [{"kind": "edition"}, {"date": "2024-05-05"}])
def test_said_of_a_file(
    brand_os: BrandOS, acme: ClientScope, put: Put, change: dict[str, str]
) -> None:
    """A source of which something else is said is looked at again, with the same bytes."""
    put(acme, "a.md", "# Ours", kind="edition", date="2025-05-05")
    brand_os.fill(acme)
    put(acme, "b.md", "# Theirs")
    assert brand_os.fill(acme).active == 0
    put(acme, "b.md", "# Theirs", kind="edition")
    assert brand_os.fill(acme).active == 1
    put(acme, "a.md", "# Ours", **{"kind": "edition", **change})
    assert brand_os.fill(acme).replaced == 1


def test_another_way_of_filling(
    brand_os: BrandOS, acme: ClientScope, put: Put, engine: Engine
) -> None:
    """What another way of filling has read is read again, and changes nothing."""
    notes(put, acme, 3)
    brand_os.fill(acme)
    with engine.begin() as connection:
        connection.execute(text("UPDATE fillings SET filler = 'fill@0 en', records = 9"))
    again = brand_os.fill(acme)
    assert (again.unchanged, again.proposed, again.withdrawn) == (4, 0, 0)
    with engine.connect() as connection:
        used = connection.scalars(text("SELECT DISTINCT filler FROM fillings")).all()
    assert used == [f"{filled.VERSION} en"]


def test_what_could_not_be_read(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """What a source has that no record takes is told each time."""
    put(acme, "a.md", "---\nrecord: nothing\n---\n")
    put(acme, "b.md", "---\nrecord: strategy\ntopic: a\nstatement: b\ndecided on: whenever\n---\n")
    first, again = brand_os.fill(acme), brand_os.fill(acme)
    assert [each.path for each in first.skipped] == ["a.md", "b.md"]
    assert [each.path for each in again.skipped] == ["a.md", "b.md"]
    assert (first.proposed, again.unchanged) == (1, 1)


def test_words_lost_elsewhere(brand_os: BrandOS, acme: ClientScope, put: Put) -> None:
    """A proposal that two sources made is withdrawn when neither says so any more."""
    for path in ("a.md", "b.md"):
        put(acme, path, NOTE.format("Same"))
    brand_os.fill(acme)
    put(acme, "a.md", "Nothing.")
    assert brand_os.fill(acme).withdrawn == 0
    put(acme, "b.md", "Nothing.")
    assert brand_os.fill(acme).withdrawn == 1
    assert brand_os.list(acme, status="proposed") == []


def test_a_file_that_goes(
    brand_os: BrandOS, ledger: Ledger, acme: ClientScope, put: Put, engine: Engine
) -> None:
    """What was noted of a source goes with it: it is filled when it comes back."""
    put(acme, "a.md", NOTE.format("One"))
    brand_os.fill(acme)
    ledger.remove(acme, [source_id(acme, "a.md")])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM fillings")).all() == []
