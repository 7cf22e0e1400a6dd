"""A scratch workspace made of a task's snapshot: the same ledger as any, in a folder of its own.

Rows are written as they were, with their own times; nothing of the machine's clock is in them. The
index is not filled: whoever searches it finds it stale, and it is made then.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, text, update

from savoirfaire.evals.tasks.form import KnownSource, Snapshot
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database, writing
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ledger import Ledger, Source, source_id
from savoirfaire.knowledge.passages import Span, identify
from savoirfaire.knowledge.readers.document import DEFAULTS
from savoirfaire.knowledge.schema import clients, metadata
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.tools.outbox import Outbox

KEPT = {
    "entities": "created_at",
    "aliases": "",
    "records": "proposed_at",
    "facts": "known_from",
    "citations": "",
    "lessons": "learned_at",
    "extractions": "extracted_at",
}
"""The tables beside sources that a snapshot has, in the order they are filled, and which of their
columns says when a row came."""


PRINTED = ".pdf"
"""How the names of files end that a machine's own program makes: no end has them."""


@dataclass(frozen=True)
class Studio:
    """A ledger with a client, its knowledge and an outbox, under a folder.

    `scopes` are the client's, which is `scope`, and the house's where the snapshot has one.
    """

    folder: Path
    engine: Engine
    knowledge: Knowledge
    outbox: Outbox
    scopes: list[ClientScope]

    @property
    def scope(self) -> ClientScope:
        """The scope of the run's client."""
        return self.scopes[0]


@contextmanager
def studio(snapshot: Snapshot, words: Callable[[str], str]) -> Iterator[Studio]:
    """A scratch workspace with what a snapshot says, gone at the end; `words` gives a text."""
    with tempfile.TemporaryDirectory(prefix="savoir-task-") as made:
        folder = Path(made)
        (folder / "ledger.db").write_bytes(_template())
        engine = open_database(folder / "ledger.db")
        with Knowledge(Ledger(engine), EdgeIndex(folder / "index", FORM)) as knowledge:
            scopes = [_fill(knowledge, each, words) for each in snapshot.parts]
            yield Studio(folder, engine, knowledge, Outbox(engine, folder / "outbox"), scopes)


@cache
def _template() -> bytes:
    """An empty ledger, made once a process: to write it again is ten times as quick."""
    with tempfile.TemporaryDirectory(prefix="savoir-task-") as made:
        path = Path(made) / "ledger.db"
        open_database(path).dispose()
        return path.read_bytes()


def _fill(knowledge: Knowledge, snapshot: Snapshot, words: Callable[[str], str]) -> ClientScope:
    ledger = knowledge.ledger
    scope = ledger.add_client(snapshot.client, snapshot.language)
    batch = [_source(scope, each, words(each.text)) for each in snapshot.sources]
    if batch:
        ledger.put(scope, batch)
    with writing(ledger.engine) as connection:
        mine = clients.c.name == scope.client
        connection.execute(update(clients).where(mine).values(retrieval=snapshot.retrieval))
        _as_they_were(connection, scope, batch, snapshot.sources)
        for name in KEPT:
            rows = [{**row, "client": scope.client} for row in snapshot.rows.get(name, ())]
            if rows:
                connection.execute(insert(metadata.tables[name]), rows)
    return scope


def _source(scope: ClientScope, known: KnownSource, words: str) -> Source:
    said = known.model_dump(exclude={"text", "spans", "ingested_at"})
    spans = list(_spans(source_id(scope, known.path), known, words))
    return Source(**said, text=words, spans=spans)


def _spans(source: str, known: KnownSource, words: str) -> Iterator[Span]:
    """The passages with the ids that they have under this client's name."""
    seen: dict[str, int] = {}
    for start, end, heading, _ in known.spans:
        quote = words[start:end]
        seen[quote] = seen.get(quote, 0) + 1
        yield Span(identify(source, quote, seen[quote]), start, end, heading)


def _as_they_were(
    connection: Connection, scope: ClientScope, batch: Sequence[Source], of: Sequence[KnownSource]
) -> None:
    """Give sources and their passages the times that they had."""
    came = [
        {"at": known.ingested_at, "of": source_id(scope, known.path), "by": scope.client}
        for known in of
    ]
    found = [
        {"at": recorded_at, "of": span.id, "by": scope.client}
        for source, known in zip(batch, of, strict=True)
        for span, (*_, recorded_at) in zip(source.spans, known.spans, strict=True)
    ]
    # Thousands of rows: built by SQLAlchemy one by one, they take longer than the run.
    for table, column, rows in (
        ("sources", "ingested_at", came),
        ("passages", "recorded_at", found),
    ):
        query = f"UPDATE {table} SET {column} = :at WHERE client = :by AND id = :of"
        if rows:
            connection.execute(text(query), rows)


def effects_of(made: Studio, before: Mapping[str, Any]) -> dict[str, Any]:
    """What a run left behind: published files, and rows that are new or no more what they were."""
    after = rows_of(made)
    changed = {
        name: {key: row for key, row in rows.items() if before.get(name, {}).get(key) != row}
        for name, rows in after.items()
    }
    folder = made.outbox.folder()
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    kept = [path for path in files if path.suffix != PRINTED]
    published = {path.relative_to(folder).as_posix(): _said(path) for path in kept}
    told = {name: list(rows.values()) for name, rows in changed.items() if rows}
    return {**({"published": published} if published else {}), **told}


def _said(path: Path) -> str:
    """The words of a published file; a Word document's bytes are its library's, not the run's."""
    if path.suffix == ".docx":
        from savoirfaire.knowledge.readers import word  # noqa: PLC0415 - few runs publish one

        return word.read(path.read_bytes(), DEFAULTS).text
    return path.read_text("utf-8")


def rows_of(made: Studio) -> dict[str, dict[str, Any]]:
    """The clients' rows in the tables that a snapshot has, by table and primary key."""
    with made.engine.connect() as connection:
        return {name: _by_key(connection, made.scopes, name) for name in KEPT}


def _by_key(connection: Connection, scopes: Sequence[ClientScope], name: str) -> dict[str, Any]:
    """The rows of a table: a client's after the other's, each under its name and key."""
    return {
        f"{scope.client}|{key}": row
        for scope in scopes
        for key, row in _rows(connection, scope, name)
    }


def _rows(
    connection: Connection, scope: ClientScope, name: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    table = metadata.tables[name]
    keys = [column.name for column in table.primary_key if column.name != "client"]
    query = table.select().where(table.c.client == scope.client).order_by(*table.primary_key)
    rows = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's
    for row in rows:
        yield "|".join(str(row[key]) for key in keys), row
