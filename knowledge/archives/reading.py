"""Reading an archive into a workspace: all of it in one transaction, or nothing.

Ids that come from a client's name and a path are made again, so that the client may get another
name; a run whose id is taken gets another one. What was forgotten here of a client of this name is
forgotten in what comes in, too.
"""

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, select, text
from sqlalchemy.exc import IntegrityError

from savoirfaire.errors import ArchiveError, ConflictError, SavoirError
from savoirfaire.knowledge.analysing import analyse_again
from savoirfaire.knowledge.archives.admitting import is_shallow
from savoirfaire.knowledge.archives.checking import Opened, opened
from savoirfaire.knowledge.archives.form import (
    CLIENT,
    TABLES,
    published_name,
    row_of,
    table_name,
    text_name,
)
from savoirfaire.knowledge.archives.remembering import forget_again
from savoirfaire.knowledge.archives.renaming import Names
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.forgetting_records import has_form
from savoirfaire.knowledge.mentions import Mentions
from savoirfaire.knowledge.retrieval import Retrieval
from savoirfaire.knowledge.rows import Source
from savoirfaire.knowledge.schema import clients, facts, records, sources
from savoirfaire.knowledge.scope import ClientScope, check_name
from savoirfaire.knowledge.times import check_instant
from savoirfaire.knowledge.tombstones import Tombstones
from savoirfaire.workspace import within

_ROWS = 500
_LANGUAGES = ("fr", "en")
# Every statement resolves to a span of a source.
_UNRESOLVED = text(
    "SELECT 1 FROM citations c JOIN sources s ON s.client = c.client AND s.id = c.source"
    ' WHERE c.client = :client AND (c.start IS NOT NULL OR c."end" IS NOT NULL)'
    ' AND substr(s.text, c.start + 1, c."end" - c.start) IS NOT c.quote'
    " UNION ALL "
    "SELECT 1 FROM passages p JOIN sources s ON s.client = p.client AND s.id = p.source"
    " WHERE p.client = :client"
    ' AND NOT (0 <= p.start AND p.start < p."end" AND p."end" <= length(s.text)) LIMIT 1'
)


def restore(
    engine: Engine,
    file: Path,
    outbox: Path,
    stones: Tombstones,
    *,
    name: str = "",
    again: bool = False,
) -> ClientScope:
    """Read an archive as a new client, called `name` or as it was; its scope.

    `again` lets a client come back that was forgotten here. Raises ArchiveError, ConflictError
    where there is such a client already, and ScopeError for a name that can be none.
    """
    with opened(file) as archive:
        scope = ClientScope(check_name(name or archive.client))
        with writing(engine) as connection:
            stones.admit(connection, scope.client, again=again)
            _add_client(connection, scope, archive)
            names = Names(connection, archive, scope)
            _add_rows(connection, scope, archive, names)
            analyse_again(connection, scope)
            people, dropped = forget_again(connection, scope, stones)
            with _undone(outbox / scope.client):
                _publish(archive, outbox / scope.client, names, people, dropped)
    return scope


def _add_client(connection: Connection, scope: ClientScope, archive: Opened) -> None:
    known = select(clients.c.name).where(clients.c.name == scope.client)
    if connection.execute(known).first() is not None:
        raise ConflictError(
            "there is already a client {name}",
            name=scope.client,
            hint="`savoir import FILE --as NAME` gives it another name.",
        )
    try:
        said = json.loads(archive.read(CLIENT))
        row = {key: said[key] for key in ("language", "created_at", "retrieval")}
        is_right = row["language"] in _LANGUAGES and is_shallow(row["retrieval"])
        check_instant(row["created_at"])
        Retrieval.stored(row["retrieval"])
    except (SavoirError, ValueError, LookupError, TypeError, RecursionError):
        is_right = False
    if not is_right:
        raise ArchiveError("{entry} does not describe a client", entry=CLIENT)
    connection.execute(insert(clients).values(name=scope.client, revision=0, **row))


def _add_rows(connection: Connection, scope: ClientScope, archive: Opened, names: Names) -> None:
    try:
        for table in TABLES:
            rows = (row_of(table, line) for line in archive.lines(table_name(table)))
            named = names.rows(table, map(partial(_complete, archive, table), rows))
            while part := list(islice(named, _ROWS)):
                connection.execute(insert(table), part)
    except IntegrityError as error:
        raise ArchiveError("rows of the archive do not fit together") from error
    if connection.execute(_UNRESOLVED, {"client": scope.client}).first() is not None:
        raise ArchiveError("a passage or a quote of the archive is not in its source")
    for column in (facts.c.supersedes, records.c.supersedes, records.c.superseded_by):
        _require_ends(connection, scope, column)


def _require_ends(connection: Connection, scope: ClientScope, column: Any) -> None:
    """Refuse rows that follow each other in a circle: whoever walks along them never arrives."""
    table = column.table
    rows = connection.execute(
        select(table.c.id, column).where(table.c.client == scope.client, column.is_not(None))
    )
    after = {row[0]: row[1] for row in rows}
    while after:
        place, passed = next(iter(after)), set[str]()
        while place in after:
            passed.add(place)
            place = after.pop(place)
        if place in passed:
            raise ArchiveError("rows of the archive do not fit together")


def _complete(archive: Opened, table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row with what the archive keeps apart from it, checked as when it was first written."""
    if table is records and not has_form(row["kind"], row["data"]):
        raise ArchiveError("a record has not the form of its kind: {kind}", kind=row["kind"])
    if table is not sources:
        return row
    try:
        words = archive.read(text_name(row["id"])).decode()
        Source(
            **{key: row[key] for key in ("path", "kind", "title", "date", "language", "sha256")},
            text=words,
            spans=(),
        )
    except (KeyError, ValueError) as error:
        raise ArchiveError("{path} has no text that can be cited", path=row["path"]) from error
    return {**row, "text": words}


# --- what was published ---------------------------------------------------------------------------


@contextmanager
def _undone(folder: Path) -> Iterator[None]:
    """Take away what was written, where the rest fails."""
    was_there = folder.exists()
    try:
        yield
    except BaseException:
        if not was_there:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _publish(
    archive: Opened, folder: Path, names: Names, people: Mentions, dropped: Collection[str]
) -> None:
    for entry in archive.names:
        place = published_name(entry)
        if place is None or (run := names.run(place[0])) in dropped:
            continue
        target = within(folder, run, people.redact(place[1]))
        target.parent.mkdir(parents=True, exist_ok=True)
        data = archive.read(entry)
        target.write_bytes(_without(data, people) if people else data)


def _without(data: bytes, people: Mentions) -> bytes:
    return people.redact(data.decode("utf-8", "replace")).encode()
