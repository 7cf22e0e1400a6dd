"""The ledger: the record of what is known, from which the index can always be rebuilt.

Every method but the list of clients takes a `ClientScope`. What is returned was written by the same
client, and `source.text[start:end]` is the quote of every passage.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from savoirfaire.errors import ConflictError, NotFoundError, ScopeError
from savoirfaire.knowledge.analysis import Terms, analyse
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.passages import Span
from savoirfaire.knowledge.schema import clients, lessons, passages, sources, terms
from savoirfaire.knowledge.scope import ClientScope, check_name

_MANY = 500  # bound parameters of one IN list, well under SQLite's limit


@dataclass(frozen=True)
class Source:
    """A document as ingested: its canonical text and where it came from."""

    path: str
    kind: str
    title: str
    date: str | None
    language: str | None
    sha256: str
    text: str
    spans: Sequence[Span]
    locators: Sequence[dict[str, Any]] = field(default=())

    def index_text(self, span: Span) -> str:
        """What is searched for a passage: its words, and those of the headings above it."""
        return searched_words(self.title, span.heading, self.text[span.start : span.end])


@dataclass(frozen=True)
class StoredPassage:
    """A passage with its quote, as cited: `quote == text[start:end]` of the source."""

    id: int
    source: str
    path: str
    title: str
    kind: str
    date: str | None
    start: int
    end: int
    heading: str
    quote: str


@dataclass(frozen=True)
class Lesson:
    """What a reviewer's edit taught: the words before, the words after, and why."""

    before: str
    after: str
    reason: str
    author: str
    learned_at: str


@dataclass(frozen=True)
class Change:
    """What one write did to a client's passages; the index applies the same."""

    revision: int
    added: dict[int, Terms]
    removed: set[int]


def searched_words(title: str, heading: str, quote: str) -> str:
    """The words a passage is found by."""
    return f"{title}\n{heading}\n{quote}"


def source_id(scope: ClientScope, path: str) -> str:
    """The id of a client's source, from its path alone: the same on every machine."""
    digest = hashlib.blake2b(f"{scope.client}\0{path}".encode(), digest_size=6)
    return f"s{digest.hexdigest()}"


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
        with self._engine.connect() as connection:
            names = list(connection.scalars(select(clients.c.name)))
        if client not in names:
            raise ScopeError(
                "there is no client {name}{near}", name=client, near=near(client, names)
            )
        return scope

    def language(self, scope: ClientScope) -> str:
        """The language a client is served in: `fr` or `en`."""
        return str(self._client(scope).language)

    def revision(self, scope: ClientScope) -> int:
        """Grows with every change of the client's passages."""
        return int(self._client(scope).revision)

    def _client(self, scope: ClientScope) -> Row[Any]:
        with self._engine.connect() as connection:
            row = connection.execute(select(clients).where(clients.c.name == scope.client)).first()
        if row is None:
            raise ScopeError("there is no client {name}", name=scope.client)
        return row

    # --- sources --------------------------------------------------------------------------------

    def hashes(self, scope: ClientScope) -> dict[str, str]:
        """The hash of each source's bytes, by path: what an ingest has nothing to do for."""
        known = select(sources.c.path, sources.c.sha256).where(sources.c.client == scope.client)
        with self._engine.connect() as connection:
            return {row.path: row.sha256 for row in connection.execute(known)}

    def put(self, scope: ClientScope, batch: Sequence[Source]) -> Change:
        """Write sources, new or changed, in one transaction; unchanged passages are left alone."""
        self._client(scope)
        identities = {source_id(scope, source.path): source for source in batch}
        with writing(self._engine) as connection:
            before = _searched(connection, scope, list(identities))
            after = {
                span.id: (source.kind, source.index_text(span))
                for source in identities.values()
                for span in source.spans
            }
            _write_sources(connection, scope, identities)
            # A passage whose searched words or kind changed is removed and added again.
            removed = {each for each in before if before[each] != after.get(each)}
            added = {
                each: analyse(after[each][1]) for each in after if after[each] != before.get(each)
            }
            _count_terms(
                connection, scope, [analyse(before[e][1]) for e in removed], added.values()
            )
            revision = connection.scalar(
                update(clients)
                .where(clients.c.name == scope.client)
                .values(revision=clients.c.revision + 1)
                .returning(clients.c.revision)
            )
        return Change(int(revision or 0), added, removed)

    def text(self, scope: ClientScope, source: str) -> str:
        """The canonical text of a source. Raises NotFoundError."""
        query = select(sources.c.text).where(
            sources.c.client == scope.client, sources.c.id == source
        )
        with self._engine.connect() as connection:
            text = connection.scalar(query)
        if text is None:
            raise NotFoundError(
                "{client} has no source {source}", client=scope.client, source=source
            )
        return str(text)

    def sources(self, scope: ClientScope, *, kind: str | None = None) -> list[Row[Any]]:
        """A client's sources (id, path, kind, title, date), newest date first, then by path."""
        columns = (sources.c.id, sources.c.path, sources.c.kind, sources.c.title, sources.c.date)
        query = select(*columns).where(sources.c.client == scope.client)
        if kind is not None:
            query = query.where(sources.c.kind == kind)
        with self._engine.connect() as connection:
            return list(connection.execute(query.order_by(sources.c.date.desc(), sources.c.path)))

    # --- passages -------------------------------------------------------------------------------

    def passages(self, scope: ClientScope, ids: Iterable[int]) -> dict[int, StoredPassage]:
        """The passages with these ids that are the client's, by id."""
        return {p.id: p for p in self._stored(scope, passages.c.id, list(ids))}

    def passages_of(self, scope: ClientScope, source: str) -> list[StoredPassage]:
        """All passages of a source, in the order of the text."""
        return sorted(self._stored(scope, passages.c.source, [source]), key=lambda p: p.start)

    def _stored(
        self, scope: ClientScope, column: Any, values: list[Any]
    ) -> Iterator[StoredPassage]:
        query = (
            select(passages, sources.c.path, sources.c.title, sources.c.kind, sources.c.date)
            .add_columns(
                func.substr(
                    sources.c.text, passages.c.start + 1, passages.c.end - passages.c.start
                ).label("quote")
            )
            .join(
                sources,
                (sources.c.client == passages.c.client) & (sources.c.id == passages.c.source),
            )
            .where(passages.c.client == scope.client)
        )
        with self._engine.connect() as connection:
            for at in range(0, len(values), _MANY):
                for row in connection.execute(query.where(column.in_(values[at : at + _MANY]))):
                    yield StoredPassage(
                        row.id,
                        row.source,
                        row.path,
                        row.title,
                        row.kind,
                        row.date,
                        row.start,
                        row.end,
                        row.heading,
                        row.quote,
                    )

    def all_terms(self, scope: ClientScope) -> Iterator[tuple[int, str, str, Terms]]:
        """Each passage's id, source id, kind and terms: what an index is rebuilt from."""
        for row in self.sources(scope):
            with self._engine.connect() as connection:
                found = _searched(connection, scope, [row.id])
            for identity, (kind, text) in found.items():
                yield identity, row.id, kind, analyse(text)

    def term_statistics(
        self, scope: ClientScope, wanted: Iterable[int]
    ) -> tuple[int, dict[int, int]]:
        """The client's number of passages, and how many of them hold each of the wanted terms."""
        held = select(terms.c.term, terms.c.passages).where(
            terms.c.client == scope.client, terms.c.term.in_(list(wanted)[:_MANY])
        )
        total = select(func.count()).select_from(passages).where(passages.c.client == scope.client)
        with self._engine.connect() as connection:
            count = int(connection.scalar(total) or 0)
            return count, {row.term: row.passages for row in connection.execute(held)}

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
        with writing(self._engine) as connection:
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
        query = (
            select(lessons)
            .where(lessons.c.client == scope.client, lessons.c.graph == graph)
            .order_by(lessons.c.learned_at.desc(), lessons.c.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [
                Lesson(row.before, row.after, row.reason, row.author, row.learned_at)
                for row in connection.execute(query)
            ]


def _searched(
    connection: Connection, scope: ClientScope, identities: Sequence[str]
) -> dict[int, tuple[str, str]]:
    """The kind and the searched words of each stored passage of these sources, by passage id."""
    query = (
        select(passages, sources.c.kind, sources.c.title, sources.c.text)
        .join(
            sources, (sources.c.client == passages.c.client) & (sources.c.id == passages.c.source)
        )
        .where(passages.c.client == scope.client, passages.c.source.in_(identities))
    )
    return {
        row.id: (row.kind, searched_words(row.title, row.heading, row.text[row.start : row.end]))
        for row in connection.execute(query)
    }


def _write_sources(
    connection: Connection, scope: ClientScope, identities: dict[str, Source]
) -> None:
    ingested_at = now(connection)
    rows = [
        {
            "client": scope.client,
            "id": identity,
            "path": source.path,
            "kind": source.kind,
            "title": source.title,
            "date": source.date,
            "language": source.language,
            "sha256": source.sha256,
            "text": source.text,
            "locators": list(source.locators),
            "ingested_at": ingested_at,
        }
        for identity, source in identities.items()
    ]
    statement = upsert(sources)
    renewed = {c.name: c for c in statement.excluded if c.name not in ("client", "id")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["client", "id"], set_=renewed), rows
    )
    connection.execute(
        delete(passages).where(
            passages.c.client == scope.client, passages.c.source.in_(list(identities))
        )
    )
    spans = [
        {
            "client": scope.client,
            "id": span.id,
            "source": identity,
            "start": span.start,
            "end": span.end,
            "heading": span.heading,
        }
        for identity, source in identities.items()
        for span in source.spans
    ]
    if spans:
        connection.execute(insert(passages), spans)


def _count_terms(
    connection: Connection, scope: ClientScope, removed: Iterable[Terms], added: Iterable[Terms]
) -> None:
    counts: Counter[int] = Counter()
    for terms_of in added:
        counts.update(terms_of.counts.keys())
    for terms_of in removed:
        counts.subtract(terms_of.counts.keys())
    changed = [
        {"client": scope.client, "term": term, "passages": count}
        for term, count in counts.items()
        if count
    ]
    if not changed:
        return
    statement = upsert(terms)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["client", "term"],
            set_={"passages": terms.c.passages + statement.excluded.passages},
        ),
        changed,
    )
