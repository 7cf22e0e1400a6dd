"""Statements that are executed for every run, past what SQLAlchemy does for each execution.

On SQLite a statement is compiled once, and goes to the driver with its values in their places (the
check that a client is there: 11 µs of CPU, not 60). Elsewhere it is executed as any other, where
the way to the server costs more than that.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from savoirfaire.knowledge.database import past

_DIALECT = sqlite.dialect(paramstyle="qmark")
_STATEMENTS = 256  # of the code, each made once

Given = Mapping[str, Any]
Fill = Callable[[Given], list[Any]]


class Done(NamedTuple):
    """What a statement gave: its rows as the database has them, and how many it changed."""

    rows: Sequence[Any]
    changed: int


def quickly(connection: Connection, statement: Any, given: Given) -> Done:
    """Execute a statement that the code makes once.

    Its values are those given, and its own; a column's default in Python is not among them. Raises
    as `Connection.execute` does.
    """
    if connection.dialect.name != "sqlite":
        result = connection.execute(statement, given)
        return Done(result.fetchall() if result.returns_rows else (), result.rowcount)
    said, fill = _compiled(statement, tuple(given))
    values = fill(given)
    with past(connection, said, values) as driver:
        cursor = driver.execute(said, values)
        return Done(cursor.fetchall(), cursor.rowcount)


def quickly_each(connection: Connection, statement: Any, rows: Sequence[Given]) -> None:
    """Execute a statement that the code makes once for each of some rows of the same names."""
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    said, fill = _compiled(statement, tuple(rows[0]))
    values = [fill(each) for each in rows]
    with past(connection, said, values, many=True) as driver:
        driver.executemany(said, values)


@lru_cache(maxsize=_STATEMENTS)
def _compiled(statement: ClauseElement, names: tuple[str, ...]) -> tuple[str, Fill]:
    """The statement's text, and what puts the values of a row in their places."""
    made = statement.compile(dialect=_DIALECT, column_keys=list(names))
    assert isinstance(made, SQLCompiler)
    assert not {*made.insert_prefetch, *made.update_prefetch, *made.post_compile_params}
    own, order = dict(made.params), list(made.positiontup or ())
    as_stored = {name: _processor(made, name) for name in order}

    def fill(given: Given) -> list[Any]:
        values = ((name, given.get(name, own[name])) for name in order)
        return [
            value if (made := as_stored[name]) is None else made(value) for name, value in values
        ]

    return str(made), fill


def _processor(made: SQLCompiler, name: str) -> Callable[[Any], Any] | None:
    kind = made.binds[name].type.dialect_impl(_DIALECT)
    processor: Callable[[Any], Any] | None = kind.bind_processor(_DIALECT)
    return processor
