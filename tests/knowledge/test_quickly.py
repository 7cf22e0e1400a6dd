"""Statements executed past SQLAlchemy: they write, give and refuse what `execute` does."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    Numeric,
    String,
    Table,
    bindparam,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from savoirfaire.errors import BusyError
from savoirfaire.knowledge.database import connect, writing
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.quickly import quickly, quickly_each

kept = Table(
    "kept",
    MetaData(),
    Column("name", String(40), primary_key=True),
    Column("data", JSON),
    Column("cost", Numeric(10, 2)),
)
PUT = insert(kept).values(name=func.coalesce(bindparam("of"), "nobody"))
ROWS: list[dict[str, Any]] = [
    {"of": "été'", "data": {"à": [1, None]}, "cost": Decimal("1.50")},
    {"of": None, "data": [], "cost": None},
]


def _slowly(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(PUT, rows)


@pytest.mark.parametrize(
    "put", [_slowly, lambda connection, rows: quickly_each(connection, PUT, rows)]
)
def test_the_same_is_kept(database: Path | str, put: Callable[..., None]) -> None:
    """Texts, JSON, decimals and nothing are kept as SQLAlchemy keeps them."""
    engine = connect(database)
    with writing(engine) as connection:
        kept.create(connection)
        put(connection, ROWS)
        found = connection.execute(select(kept).order_by(kept.c.cost)).all()
    assert sorted(tuple(row) for row in found) == [
        ("nobody", [], None),
        ("été'", {"à": [1, None]}, Decimal("1.50")),
    ]
    engine.dispose()


def test_what_is_given_back(database: Path | str) -> None:
    """Rows where a statement gives some, and how many were changed."""
    named = update(kept).where(kept.c.name == bindparam("of")).values(cost=bindparam("new"))
    once = upsert(kept).on_conflict_do_nothing().returning(kept.c.name)
    engine = connect(database)
    with writing(engine) as connection:
        kept.create(connection)
        row = {"name": "a", "data": {}, "cost": None}
        given = [[tuple(each) for each in quickly(connection, once, row).rows] for _ in "12"]
        changed = [quickly(connection, named, {"of": of, "new": 1}).changed for of in "ab"]
    assert (given, changed) == ([[("a",)], []], [1, 0])
    engine.dispose()


def test_what_is_refused(database: Path | str) -> None:
    """A row that is there twice is an IntegrityError, and nothing of the transaction is kept."""
    engine = connect(database)
    with writing(engine) as connection:
        kept.create(connection)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        quickly_each(connection, PUT, [*ROWS, ROWS[0]])
    with engine.connect() as connection:
        assert connection.execute(select(kept)).all() == []
    engine.dispose()


def test_a_locked_file(tmp_path: Path) -> None:
    """A file that another process writes to is busy, at the beginning as in a statement."""
    one, other = (connect(tmp_path / "ledger.db", wait=0.01) for _ in "12")
    with writing(one) as connection:
        kept.create(connection)
    with writing(one), other.connect() as connection:
        with pytest.raises(BusyError):
            quickly(connection, PUT, ROWS[0])
        with pytest.raises(BusyError), writing(other):
            pass
    one.dispose()
    other.dispose()


def test_who_listens_hears_it(tmp_path: Path) -> None:
    """What is said past SQLAlchemy is told to who listens to statements, with its values."""
    engine = connect(tmp_path / "kept.db")
    heard: list[Any] = []
    with writing(engine) as connection:
        kept.create(connection)
        event.listen(engine, "before_cursor_execute", lambda *told: heard.append(told[2:]))
        quickly_each(connection, PUT, [{"of": "a", "data": [], "cost": None}])
        quickly(connection, select(kept.c.name).where(kept.c.name == bindparam("of")), {"of": "a"})
    assert [(said.split()[0], many) for said, _, _, many in heard] == [
        ("INSERT", True),
        ("SELECT", False),
    ]
    assert heard[1][1] == ["a"]
