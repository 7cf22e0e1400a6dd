"""The ledger: the record of what is known, from which the index can always be rebuilt.

Every method but those on the list of clients takes a `ClientScope`, and raises ScopeError where it
is none or its client does not exist. What is returned was written by the same client, and
`source.text[start:end]` is the quote of every passage.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, select, update

from savoirfaire.errors import ConflictError, NotFoundError
from savoirfaire.knowledge import analysing, extractions, listing, recording
from savoirfaire.knowledge.access import changing, client_row, reading
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.rows import (
    MAIL_CHANNEL,
    Change,
    Held,
    Known,
    Lesson,
    Source,
    StoredPassage,
    source_id,
)
from savoirfaire.knowledge.schema import clients, containers, lessons, sources
from savoirfaire.knowledge.scope import ClientScope, check_name, client_of
from savoirfaire.knowledge.snapshot import Snapshot
from savoirfaire.knowledge.where import EVERYTHING, KEYWORDS, Where

Then = Callable[[Connection, ClientScope], None]

__all__ = ["Change", "Ledger", "Lesson", "Snapshot", "Source", "StoredPassage", "source_id"]


class Ledger:
    """The SQL side of the knowledge store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """The database, for what else is kept in it."""
        return self._engine

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    # --- clients --------------------------------------------------------------------------------

    def add_client(self, name: str, language: str) -> ClientScope:
        """Add a client. Raises ConflictError where it exists already."""
        check_name(name)
        with writing(self._engine) as connection:
            row = {"name": name, "language": language, "created_at": now(connection), "revision": 0}
            add = upsert(clients).values(row).on_conflict_do_nothing().returning(clients.c.name)
            if connection.scalar(add) is None:  # PostgreSQL counts no rows of an insert
                raise ConflictError(
                    "there is already a client {name}", name=name, hint="Nothing was changed."
                )
        return ClientScope(name)

    def now(self) -> str:
        """The database's clock: one for every process."""
        with self._engine.connect() as connection:
            return now(connection)

    def clients(self) -> list[tuple[str, str, int]]:
        """Each client's name, language and number of sources: nothing of their content."""
        counted = (
            select(clients.c.name, clients.c.language, func.count(sources.c.id))
            .outerjoin(sources, sources.c.client == clients.c.name)
            .group_by(clients.c.name)
            .order_by(clients.c.name)
        )
        with self._engine.connect() as connection:
            return [
                (name, language, count) for name, language, count in connection.execute(counted)
            ]

    def scope(self, client: str) -> ClientScope:
        """The scope of a client that exists, else ScopeError with the nearest names."""
        scope = ClientScope(client)
        self.check(scope)
        return scope

    def check(self, scope: ClientScope) -> None:
        """Raise ScopeError unless the client of the scope exists."""
        with reading(self._engine, scope):
            pass

    def language(self, scope: ClientScope) -> str:
        """The language a client is served in: `fr` or `en`."""
        client = client_of(scope)
        with self._engine.connect() as connection:
            return str(client_row(connection, client).language)

    def retrieval(self, scope: ClientScope) -> dict[str, Any] | None:
        """How a client is searched and the evidence for it; None where it was never tuned."""
        with self.snapshot(scope) as known:
            kept: dict[str, Any] | None = known.retrieval
            return kept

    def tune(self, scope: ClientScope, kept: Mapping[str, Any] | None) -> None:
        """Keep how a client is searched, `settings` with their `evidence`; None forgets it."""
        with changing(self._engine, scope) as connection:
            stamped = {**kept, "at": now(connection)} if kept else None
            mine = clients.c.name == scope.client
            connection.execute(update(clients).where(mine).values(retrieval=stamped))

    def revision(self, scope: ClientScope) -> int:
        """Grows with every change of the client's passages."""
        with self.snapshot(scope) as known:
            return known.revision

    # --- sources --------------------------------------------------------------------------------

    def known(self, scope: ClientScope) -> dict[str, Known]:
        """The hash of each source's bytes, its kind, its origin and its container, by path."""
        c = sources.c
        known = select(c.path, c.sha256, c.kind, c.origin, c.container)
        with reading(self._engine, scope) as connection:
            rows = connection.execute(known.where(c.client == scope.client))
            return {path: Known(*rest) for path, *rest in rows}

    def containers(self, scope: ClientScope) -> dict[str, Held]:
        """The files that hold others, by path."""
        c = containers.c
        with reading(self._engine, scope) as connection:
            rows = connection.execute(
                select(c.path, c.sha256, c.origin).where(c.client == scope.client)
            )
            return {path: Held(*rest) for path, *rest in rows}

    def hold(
        self, scope: ClientScope, files: Mapping[str, Held | None], *, first: Sequence[Then] = ()
    ) -> None:
        """Record what became of files that hold others, by path; None takes one off the list."""
        with changing(self._engine, scope) as connection:
            _do(first, connection, scope)
            for path, held in files.items():
                mine = (containers.c.client == scope.client, containers.c.path == path)
                if held is None:
                    connection.execute(delete(containers).where(*mine))
                    continue
                row = upsert(containers).values(client=scope.client, path=path, **held._asdict())
                connection.execute(
                    row.on_conflict_do_update(
                        index_elements=["client", "path"], set_=held._asdict()
                    )
                )

    def put(
        self, scope: ClientScope, batch: Sequence[Source], *, first: Sequence[Then] = ()
    ) -> Change:
        """Write sources, new or changed, in one transaction; unchanged passages are left alone.

        `first` is what is to be done in the same one before: where it raises, nothing is written.
        """
        with changing(self._engine, scope) as connection:
            _do(first, connection, scope)
            return recording.record(connection, scope, batch)

    def remove(
        self, scope: ClientScope, identities: Sequence[str], *, then: Sequence[Then] = ()
    ) -> Change:
        """Remove sources, by id, with their passages and citations, in one transaction.

        `then` is what is to be done in the same one: all of it, or nothing.
        """
        with changing(self._engine, scope) as connection:
            change = recording.remove(connection, scope, identities)
            _do(then, connection, scope)
            return change

    def move(
        self, scope: ClientScope, origins: Mapping[str, bytes], *, first: Sequence[Then] = ()
    ) -> None:
        """Record where unchanged sources and containers, by path, are read from now."""
        with changing(self._engine, scope) as connection:
            _do(first, connection, scope)
            for table in (sources, containers):
                here = (table.c.client == scope.client, table.c.path == bindparam("at"))
                connection.execute(
                    update(table).where(*here).values(origin=bindparam("now_at")),
                    [{"at": path, "now_at": origin} for path, origin in origins.items()],
                )

    def text(self, scope: ClientScope, source: str) -> str:
        """The canonical text of a source. Raises NotFoundError."""
        with reading(self._engine, scope) as connection:
            text = connection.scalar(
                select(sources.c.text).where(
                    sources.c.client == scope.client, sources.c.id == source
                )
            )
        if text is None:
            raise NotFoundError(
                "{client} has no source {source}", client=scope.client, source=source
            )
        return str(text)

    def document(self, scope: ClientScope, source: str) -> Row[Any, Any, Any, Any, Any]:
        """A source as a person reads it: path, title, date, text, locators. Raises NotFoundError.

        `locators` say where spans of the text stand in the file: `start`, `end` and `label`.
        """
        c = sources.c
        with reading(self._engine, scope) as connection:
            row = connection.execute(
                select(c.path, c.title, c.date, c.text, c.locators).where(
                    c.client == scope.client, c.id == source
                )
            ).first()
        if row is None:
            raise NotFoundError(
                "{client} has no source {source}", client=scope.client, source=source
            )
        return row

    def sources(self, scope: ClientScope, *, kind: str | None = None) -> list[Row[Any]]:
        """A client's sources (id, path, kind, title, date), newest date first, then by path."""
        columns = (sources.c.id, sources.c.path, sources.c.kind, sources.c.title, sources.c.date)
        with reading(self._engine, scope) as connection:
            query = select(*columns).where(sources.c.client == scope.client)
            if kind is not None:
                query = query.where(sources.c.kind == kind)
            newest_first = query.order_by(sources.c.date.desc().nulls_last(), sources.c.path)
            return list(connection.execute(newest_first))

    def mails(self, scope: ClientScope) -> list[tuple[str, dict[str, Any]]]:
        """The path of each mail, and what its reader found of it: its ids and its subject."""
        c = sources.c
        with reading(self._engine, scope) as connection:
            mails = select(c.path, c.meta).where(c.client == scope.client)
            rows = connection.execute(mails.where(c.channel == MAIL_CHANNEL))
            return [(path, meta) for path, meta in rows]

    def mail(self, scope: ClientScope, source: str) -> tuple[str, dict[str, Any]] | None:
        """The thread of one mail, and what its reader found of it; None for what is no mail."""
        c = sources.c
        with reading(self._engine, scope) as connection:
            mine = (c.client == scope.client, c.id == source, c.channel == MAIL_CHANNEL)
            row = connection.execute(select(c.thread, c.meta).where(*mine)).first()
            return None if row is None else (row.thread or "", row.meta)

    def listed(self, scope: ClientScope, where: Where = EVERYTHING) -> list[listing.Listed]:
        """A client's sources without their texts, newest date first, then by path."""
        with reading(self._engine, scope) as connection:
            return listing.listed(connection, scope, where)

    def distinct(self, scope: ClientScope) -> dict[str, set[str]]:
        """The kinds, channels and authors that a client's sources have."""
        with reading(self._engine, scope) as connection:
            return {name: listing.distinct(connection, scope, name) for name in KEYWORDS}

    def described(self, scope: ClientScope, path: str) -> listing.Described:
        """One source with its outline, by its path. Raises NotFoundError."""
        with reading(self._engine, scope) as connection:
            return listing.described(connection, scope, path)

    # --- passages -------------------------------------------------------------------------------

    @contextmanager
    def snapshot(self, scope: ClientScope) -> Iterator[Snapshot]:
        """The client's passages at this moment, whatever is written while it is read."""
        with self._engine.connect() as connection:
            yield Snapshot(connection, scope)

    def passages_of(self, scope: ClientScope, source: str) -> list[StoredPassage]:
        """All passages of a source, in the order of the text."""
        with self.snapshot(scope) as known:
            return known.passages_of(source)

    def bring_up(self, scope: ClientScope) -> None:
        """Make the client's terms and sketches again where another analyser made them."""
        with changing(self._engine, scope) as connection:
            analysing.bring_up(connection, scope)

    def analyse_again(self, scope: ClientScope) -> int:
        """Make every sketch and all statistics again from the texts; how many passages there are.

        The revision moves on: an index of the former terms is stale.
        """
        with changing(self._engine, scope) as connection:
            return analysing.analyse_again(connection, scope)

    # --- readings -------------------------------------------------------------------------------

    def extracted(self, scope: ClientScope, author: str) -> dict[str, tuple[str, int]]:
        """How far `author` read each source for records: the hash it had then, and the place."""
        with reading(self._engine, scope) as connection:
            return extractions.reached(connection, scope, author)

    def note_extracted(
        self, scope: ClientScope, author: str, source: str, sha256: str, end: int
    ) -> None:
        """Note that `author` read a source of this hash up to `end`; one gone meanwhile is not."""
        with changing(self._engine, scope) as connection:
            extractions.note(connection, scope, author, source, sha256, end)

    # --- lessons --------------------------------------------------------------------------------

    def add_lesson(
        self,
        scope: ClientScope,
        key: str,
        *,
        graph: str,
        run: str,
        before: str,
        after: str,
        reason: str,
        author: str,
    ) -> None:
        """Keep a lesson under `key`; the same key again changes nothing."""
        with changing(self._engine, scope) as connection:
            row = {
                "client": scope.client,
                "id": key,
                "graph": graph,
                "run": run,
                "before": before,
                "after": after,
                "reason": reason,
                "author": author,
                "learned_at": now(connection),
            }
            connection.execute(upsert(lessons).values(row).on_conflict_do_nothing())

    def lessons(self, scope: ClientScope, graph: str, *, limit: int = 5) -> list[Lesson]:
        """The newest lessons of a client for one graph, newest first."""
        with reading(self._engine, scope) as connection:
            newest = (
                select(lessons)
                .where(lessons.c.client == scope.client, lessons.c.graph == graph)
                .order_by(lessons.c.learned_at.desc(), lessons.c.id)
                .limit(limit)
            )
            return [
                Lesson(row.before, row.after, row.reason, row.author, row.learned_at)
                for row in connection.execute(newest)
            ]


def _do(acts: Sequence[Then], connection: Connection, scope: ClientScope) -> None:
    for act in acts:
        act(connection, scope)
