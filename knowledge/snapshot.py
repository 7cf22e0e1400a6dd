"""One moment of a client's knowledge: what is found, and how it is weighed, from the same instant.

Another process may write meanwhile; a snapshot does not see it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from savoirfaire.knowledge.access import client_row
from savoirfaire.knowledge.analysis import Terms, analyse
from savoirfaire.knowledge.rows import StoredPassage, searched_words
from savoirfaire.knowledge.schema import EVERY, passages, sources, terms
from savoirfaire.knowledge.scope import ClientScope, client_of

MANY = 500
"""Bound parameters of one IN list, well under SQLite's limit."""

_TEXTS = 32  # whole texts in memory at a time

_CLIENT: BindParameter[str] = bindparam("client")
_PART: BindParameter[Any] = bindparam("part", expanding=True)

# Built once: SQLAlchemy takes as long to build a query as SQLite to answer it.
_COUNTED = select(terms.c.term, terms.c.passages).where(terms.c.client == _CLIENT)
_COUNTED_OF = _COUNTED.where(terms.c.term.in_(_PART))
_PASSAGES = select(passages).where(passages.c.client == _CLIENT)
_PASSAGES_BY_ID = _PASSAGES.where(passages.c.id.in_(_PART))
_PASSAGES_BY_SOURCE = _PASSAGES.where(passages.c.source.in_(_PART))
_SOURCE_IDS = select(sources.c.id).where(sources.c.client == _CLIENT).order_by(sources.c.id)
_SOURCES_BY_ID = select(
    sources.c.id,
    sources.c.path,
    sources.c.title,
    sources.c.kind,
    sources.c.date,
    sources.c.text,
).where(sources.c.client == _CLIENT, sources.c.id.in_(_PART))


class Snapshot:
    """A client's rows as they were when the snapshot was taken; `Ledger.snapshot` gives one.

    `revision` stands for the client's passages as they are; it is 0 where there never was one.
    Raises ScopeError where the client does not exist.
    """

    def __init__(self, connection: Connection, scope: ClientScope) -> None:
        self._connection = connection
        self._client = client_of(scope)
        self.revision = int(client_row(connection, self._client).revision)

    def statistics(self, wanted: Iterable[int]) -> tuple[int, dict[int, int]]:
        """The client's number of passages, and how many of them hold each of the wanted terms."""
        held = {row.term: row.passages for row in self._rows(_COUNTED_OF, [EVERY, *wanted])}
        return held.pop(EVERY, 0), held

    def term_counts(self) -> dict[int, int]:
        """How many of the client's passages hold each term, and under EVERY how many there are."""
        rows = self._connection.execute(_COUNTED, {"client": self._client})
        return {row.term: row.passages for row in rows}

    def passages(self, ids: Iterable[int]) -> dict[int, StoredPassage]:
        """The passages with these ids that are the client's, by id."""
        return {passage.id: passage for passage in self._stored(_PASSAGES_BY_ID, ids)}

    def passages_of(self, source: str) -> list[StoredPassage]:
        """All passages of a source, in the order of the text."""
        return sorted(self._stored(_PASSAGES_BY_SOURCE, [source]), key=lambda each: each.start)

    def analysed(self) -> Iterator[tuple[int, str, str, Terms]]:
        """Each passage's id, source id, kind and terms: what an index is rebuilt from."""
        known = self._connection.scalars(_SOURCE_IDS, {"client": self._client}).all()
        for part in in_parts(known, _TEXTS):
            for each in self._stored(_PASSAGES_BY_SOURCE, part):
                words = searched_words(each.title, each.heading, each.quote)
                yield each.id, each.source, each.kind, analyse(words)

    def _stored(self, query: Select[Any], values: Iterable[Any]) -> list[StoredPassage]:
        """The passages, each text fetched once: a long one has thousands of passages."""
        by_source: dict[str, list[Any]] = defaultdict(list)
        for row in self._rows(query, values):
            by_source[row.source].append(row)
        return [
            _passage(source, row)
            for source in self._rows(_SOURCES_BY_ID, by_source)
            for row in by_source[source.id]
        ]

    def _rows(self, query: Select[Any], values: Iterable[Any]) -> Iterator[Any]:
        for part in in_parts(values):
            yield from self._connection.execute(query, {"client": self._client, "part": part})


def in_parts(values: Iterable[Any], size: int = MANY) -> Iterator[Sequence[Any]]:
    """`values` in lists that one statement can take."""
    iterator = iter(values)
    while part := list(islice(iterator, size)):
        yield part


def _passage(source: Any, row: Any) -> StoredPassage:
    return StoredPassage(
        id=row.id,
        source=source.id,
        path=source.path,
        title=source.title,
        kind=source.kind,
        date=source.date,
        start=row.start,
        end=row.end,
        heading=row.heading,
        quote=source.text[row.start : row.end],
    )
