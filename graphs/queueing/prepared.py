"""DBOS's statements for every run, compiled once on SQLite too.

By itself it keeps them for PostgreSQL alone, since SQLAlchemy's own cache takes no `INSERT … ON
CONFLICT`, and on SQLite compiles three for each run.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from dbos._schemas import SCHEMA_PLACEHOLDER
from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Values = Mapping[str, Any]
Fill = Callable[[Values], tuple[Any, ...]]
Kept = dict[tuple[str, ...], tuple[str, Fill]]


def prepared(system: Any) -> None:
    """Have DBOS's system database, where it is one of SQLite, keep its statements compiled."""
    if system.engine.dialect.name == "sqlite" and hasattr(system, "_execute_prepared"):
        system._execute_prepared = partial(_execute, system.engine.dialect, {})  # noqa: SLF001


def _execute(
    dialect: Dialect,
    kept: Kept,
    connection: Connection,
    name: str,
    values: Values,
    build: Callable[[], ClauseElement],
    *,
    insert_columns: bool = True,
) -> CursorResult[Any]:
    """In place of DBOS's method of the same arguments; `kept` is by name and columns."""
    key = (name, *values)
    if key not in kept:
        kept[key] = _compiled(dialect, build(), list(values) if insert_columns else None)
    said, fill = kept[key]
    return connection.exec_driver_sql(said, fill(values))


def _compiled(
    dialect: Dialect, statement: ClauseElement, columns: list[str] | None
) -> tuple[str, Fill]:
    """A statement's text, and what puts values in their places."""
    made = statement.compile(
        dialect=dialect,
        column_keys=columns,
        schema_translate_map={SCHEMA_PLACEHOLDER: None},
        render_schema_translate=True,
    )
    assert isinstance(made, SQLCompiler)
    own, order = dict(made.params), list(made.positiontup or ())
    as_stored = {
        name: made.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order
    }

    def fill(values: Values) -> tuple[Any, ...]:
        found = ((as_stored[name], values.get(name, own[name])) for name in order)
        return tuple(value if store is None else store(value) for store, value in found)

    return str(made), fill
