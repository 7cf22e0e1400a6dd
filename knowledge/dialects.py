"""What SQLite and PostgreSQL say differently, said once.

Texts are compared byte by byte on both: PostgreSQL's own order depends on the locale of its server.
"""

from typing import Any

from sqlalchemy import Column, Connection, Select, Table, literal_column, select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import String, Text

_LOCK = 7_283_466_231_107  # "savoir" on a telephone's keys: the one lock of those who write alone


def upsert(table: Table) -> Insert:
    """An insert that takes `on_conflict_do_nothing` and `on_conflict_do_update`, on both.

    It is PostgreSQL's, whose clauses SQLite's compiler knows by the same names.
    """
    return insert(table)


class instant(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """The database's clock inside a statement, in the form that `now` gives.

    It takes one argument, such as `'-0.25 seconds'`: how far from now.
    """

    type = String(32)
    inherit_cache = True
    name = "instant"


class today(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """The date on the database's clock, UTC, ISO 8601."""

    type = String(10)
    inherit_cache = True
    name = "today"


def clock(*, shifted: Any = None) -> Any:
    """The database's clock, in a statement; `shifted` by a bound interval such as `-1 seconds`."""
    return instant(literal_column("'0 seconds'") if shifted is None else shifted)


NOW: Select[Any] = select(clock())
TODAY: Select[Any] = select(today())


@compiles(instant, "sqlite")
def _instant_sqlite(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', {compiler.process(element.clauses, **kw)})"


@compiles(instant, "postgresql")
def _instant_postgresql(element: Any, compiler: SQLCompiler, **kw: Any) -> str:
    moment = f"clock_timestamp() + CAST({compiler.process(element.clauses, **kw)} AS interval)"
    return f"""to_char(timezone('utc', {moment}), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


@compiles(today, "sqlite")
def _today_sqlite(_element: Any, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "date('now')"


@compiles(today, "postgresql")
def _today_postgresql(_element: Any, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "to_char(timezone('utc', clock_timestamp()), 'YYYY-MM-DD')"


@compiles(String, "postgresql")
def _string_postgresql(kind: Any, compiler: Any, **kw: Any) -> str:
    return f"{compiler.visit_VARCHAR(kind, **kw)}{_ordered(kw)}"


@compiles(Text, "postgresql")
def _text_postgresql(kind: Any, compiler: Any, **kw: Any) -> str:
    return f"{compiler.visit_TEXT(kind, **kw)}{_ordered(kw)}"


def _ordered(said: dict[str, Any]) -> str:
    """The order of a column's texts; a value's cast needs none."""
    return ' COLLATE "C"' if isinstance(said.get("type_expression"), Column) else ""


def is_postgresql(connection: Connection) -> bool:
    """Whether a connection leads to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def execute_rows(connection: Connection, statement: str, rows: Any = None) -> Any:
    """Run SQL written with `?` for its values, past what SQLAlchemy builds; without rows, once."""
    if is_postgresql(connection):
        statement = statement.replace("?", "%s")
    return connection.exec_driver_sql(statement, rows)


def alone(connection: Connection) -> None:
    """Wait until nobody else writes alone; SQLite's transactions do by themselves.

    What reads and then writes what follows from it (the next number, the hash before) may rely on
    it, as on SQLite.
    """
    if is_postgresql(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
