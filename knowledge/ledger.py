"""The ledger: the record of what is known, from which the index can always be rebuilt.

Every method but those on the list of clients takes a `ClientScope`, and raises ScopeError where it
is none or its client does not exist. What is returned was written by the same client, and
`source.text[start:end]` is the quote of every passage.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Row, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from savoirfaire.errors import ConflictError, NotFoundError
from savoirfaire.knowledge import recording
from savoirfaire.knowledge.access import changing, client_row, reading
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.rows import Change, Known, Lesson, Source, StoredPassage, source_id
from savoirfaire.knowledge.schema import clients, lessons, sources
from savoirfaire.knowledge.scope import ClientScope, check_name, client_of
from savoirfaire.knowledge.snapshot import Snapshot

__all__ = ["Change", "Ledger", "Lesson", "Snapshot", "Source", "StoredPassage", "source_id"]


class Ledger:
    """The SQL side of the knowledge store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    # --- clients --------------------------------------------------------------------------------

    def add_client(self, name: str, language: str) -> ClientScope:
        """Add a client. Raises ConflictError where it exists already."""
        check_name(name)
        with writing(self._engine) as connection:
            row = {"name": name, "language": language, "created_at": now(connection), "revision": 0}
            added = connection.execute(upsert(clients).values(row).on_conflict_do_nothing())
            if added.rowcount == 0:
                raise ConflictError(
                    "there is already a client {name}", name=name, hint="Nothing was changed."
                )
        return ClientScope(name)

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

    def revision(self, scope: ClientScope) -> int:
        """Grows with every change of the client's passages."""
        with self.snapshot(scope) as known:
            return known.revision

    # --- sources --------------------------------------------------------------------------------

    def known(self, scope: ClientScope) -> dict[str, Known]:
        """The hash of each source's bytes, its kind and its origin, by path."""
        with reading(self._engine, scope) as connection:
            known = select(sources.c.path, sources.c.sha256, sources.c.kind, sources.c.origin)
            rows = connection.execute(known.where(sources.c.client == scope.client))
            return {row.path: Known(row.sha256, row.kind, row.origin) for row in rows}

    def put(self, scope: ClientScope, batch: Sequence[Source]) -> Change:
        """Write sources, new or changed, in one transaction; unchanged passages are left alone."""
        with changing(self._engine, scope) as connection:
            return recording.record(connection, scope, batch)

    def move(self, scope: ClientScope, origins: Mapping[str, bytes]) -> None:
        """Record where unchanged sources, by path, are read from now."""
        with changing(self._engine, scope) as connection:
            for path, origin in origins.items():
                connection.execute(
                    update(sources)
                    .where(sources.c.client == scope.client, sources.c.path == path)
                    .values(origin=origin)
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

    def sources(self, scope: ClientScope, *, kind: str | None = None) -> list[Row[Any]]:
        """A client's sources (id, path, kind, title, date), newest date first, then by path."""
        columns = (sources.c.id, sources.c.path, sources.c.kind, sources.c.title, sources.c.date)
        with reading(self._engine, scope) as connection:
            query = select(*columns).where(sources.c.client == scope.client)
            if kind is not None:
                query = query.where(sources.c.kind == kind)
            newest_first = query.order_by(sources.c.date.desc().nulls_last(), sources.c.path)
            return list(connection.execute(newest_first))

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

    def recount(self, scope: ClientScope, revision: int, counts: Mapping[int, int]) -> None:
        """Mend the term statistics of a revision, where another analyser had made them."""
        with self.snapshot(scope) as known:
            if known.term_counts() == counts:
                return
        with changing(self._engine, scope) as connection:
            if Snapshot(connection, scope).revision == revision:
                recording.recount(connection, scope, counts)

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
