"""The form of an archive: which tables it has, with which columns, under which names.

What is derived from the texts (terms, sketches, the index) is left out and made again; so are the
paths of the machine that files were read from.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, LargeBinary, String, Table

from savoirfaire.errors import ArchiveError
from savoirfaire.knowledge.archives.admitting import is_admitted
from savoirfaire.knowledge.schema import (
    batches,
    budgets,
    fillings,
    gates,
    metadata,
    run_events,
    schedules,
    seeds,
    spending,
    statistics,
)
from savoirfaire.workspace import is_name

FORMAT = "savoirfaire-archive"
VERSION = 1
MANIFEST = "manifest.json"
CLIENT = "client.json"

DERIVED = (statistics, fillings)
STAYING = (gates, seeds, batches, schedules, spending, budgets)
"""What belongs to the workspace that did the work.

What was earned at gates is bound to the workspace's secret and ledger of decisions; what was asked
of its workers, and what they spent, is its own.
"""

TABLES = tuple(
    table
    for table in metadata.sorted_tables
    if ("client" in table.c or table is run_events) and table not in (*DERIVED, *STAYING)
)
"""Every table of an archive; those first that others refer to."""

_LEFT_OUT = {
    "sources": ("text", "origin"),
    "passages": ("sketch",),
    "containers": ("origin",),
    "runs": ("key", "batch", "priority", "deadline_at", "turn"),
    "effects": (
        *("adapter", "target", "payload", "due_at", "attempts", "claimed_until", "claim"),
        *("problem", "ended_at", "ended_by"),
    ),
}
_FILLED: dict[str, Mapping[str, Any]] = {
    "sources": {"origin": b""},
    "containers": {"origin": b""},
}
_TEXT = re.compile(r"texts/(s[0-9a-f]{12})\.txt")
_PUBLISHED = re.compile(r"outbox/([^/]{1,200})/([^/]{1,240})")
_INTEGERS = (-(2**63), 2**63 - 1)


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns of a table that an archive has: not the client's, which its manifest names."""
    left_out = {"client", *_LEFT_OUT.get(table.name, ())}
    return [column for column in table.columns if column.name not in left_out]


def text_name(source: str) -> str:
    """The entry that has a source's canonical text."""
    return f"texts/{source}.txt"


def table_name(table: Table) -> str:
    """The entry that has a table's rows, one JSON object a line."""
    return f"{table.name}.jsonl"


def published_name(name: str) -> tuple[str, str] | None:
    """The run and the file of an entry that was published; None for another entry."""
    found = _PUBLISHED.fullmatch(name)
    return (found[1], found[2]) if found and all(map(is_name, found.groups())) else None


def is_entry(name: str) -> bool:
    """Whether an archive may have an entry of this name: none leads out of its place."""
    fixed = {CLIENT, *map(table_name, TABLES)}
    return name in fixed or bool(_TEXT.fullmatch(name)) or published_name(name) is not None


def line_of(row: Mapping[str, Any]) -> bytes:
    """A row as a line; half a surrogate pair, which has no UTF-8, is escaped."""
    plain = {key: _plain(value) for key, value in row.items()}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def row_of(table: Table, line: bytes) -> dict[str, Any]:
    """The row that a line says; raises ArchiveError where it is none of the table."""
    try:
        data = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _wrong(table) from error
    columns = {column.name: column for column in columns_of(table)}
    if not isinstance(data, dict) or data.keys() != columns.keys():
        raise _wrong(table)
    row = {name: _value(table, columns[name], value) for name, value in data.items()}
    if not is_admitted(table.name, row):
        raise _wrong(table)
    return {**_FILLED.get(table.name, {}), **row}


def _refuse(constant: str) -> Any:
    """NaN and infinities are no JSON."""
    raise ValueError(constant)


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _value(table: Table, column: Column[Any], value: Any) -> Any:
    if value is None:
        if not column.nullable:
            raise _wrong(table)
        return None
    kind = column.type
    if isinstance(kind, JSON):
        return value
    if isinstance(kind, Integer | BigInteger):
        fits = type(value) is int and _INTEGERS[0] <= value <= _INTEGERS[1]
    elif isinstance(kind, LargeBinary):
        return _bytes(table, value)
    else:
        fits = isinstance(kind, String) and _is_storable(value, kind.length)
    if not fits:
        raise _wrong(table)
    return value


def _bytes(table: Table, value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError) as error:
        raise _wrong(table) from error


def _is_storable(value: Any, longest: int | None) -> bool:
    """Whether a database keeps a text whole."""
    if not isinstance(value, str) or "\0" in value or len(value) > (longest or len(value)):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(table: Table) -> ArchiveError:
    return ArchiveError("a line of {entry} is no row of it", entry=table_name(table))
