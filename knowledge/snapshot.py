"""One moment of a client's knowledge: what is found, and how it is weighed, from the same instant.

Another process may write meanwhile; a snapshot does not see it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, select

from savoirfaire.knowledge.access import unknown
from savoirfaire.knowledge.counting import statistics_of
from savoirfaire.knowledge.database import past
from savoirfaire.knowledge.quickly import quickly
from savoirfaire.knowledge.rows import MAIL_CHANNEL, StoredPassage, searched_words
from savoirfaire.knowledge.schema import clients, passages, sources
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.tallies import Statistics
from savoirfaire.knowledge.where import keywords, numbers

MANY = 500
"""Bound parameters of one IN list, well under SQLite's limit."""

_TEXTS = 32  # whole texts in memory at a time

_CLIENT: BindParameter[str] = bindparam("client")
_PART: BindParameter[Any] = bindparam("part", expanding=True)

_STANDS = select(clients.c.revision, clients.c.analyser, clients.c.retrieval).where(
    clients.c.name == _CLIENT
)
# Built once: SQLAlchemy takes as long to build a query as SQLite to answer it.
_HEADS = select(
    *(passages.c.id, passages.c.source, passages.c.start, passages.c.end, passages.c.heading)
).where(passages.c.client == _CLIENT)
_HEADS_BY_SOURCE = _HEADS.where(passages.c.source.in_(_PART))
_IDS = select(passages.c.id).where(passages.c.client == _CLIENT)
_SOURCE_IDS = select(sources.c.id).where(sources.c.client == _CLIENT).order_by(sources.c.id)
_OF_SOURCE = (sources.c.client == passages.c.client) & (sources.c.id == passages.c.source)
_SOURCE = (sources.c.path, sources.c.title, sources.c.kind, sources.c.date)
_SOURCES_BY_ID = select(sources.c.id, *_SOURCE, sources.c.text).where(
    sources.c.client == _CLIENT, sources.c.id.in_(_PART)
)
_KEPT_BY = (sources.c.kind, sources.c.channel, sources.c.author, sources.c.date)
_SKETCHED = (passages.c.id, passages.c.sketch, passages.c.recorded_at)
_SKETCHES_BY_SOURCE = (
    select(*_SKETCHED, *_KEPT_BY)
    .join(sources, _OF_SOURCE)
    .where(passages.c.client == _CLIENT, passages.c.source.in_(_PART))
)
_HEADS_OF_MAILS = (
    select(passages.c.id, passages.c.end, sources.c.locators)
    .join(sources, _OF_SOURCE)
    .where(
        passages.c.client == _CLIENT,
        passages.c.id.in_(_PART),
        passages.c.start == 0,
        sources.c.channel == MAIL_CHANNEL,
    )
)
# These two are most of what a question costs here: past SQLAlchemy's building of statements, and
# with all ids in one parameter, so that SQLite reads the same statement once, they take half.
_CANDIDATES = (
    "SELECT id, sequence, position, sketch, source FROM passages WHERE client = {} AND id {}"
)
_FOUND = (
    'SELECT passages.id, source, path, title, kind, date, start, "end", heading,'
    ' substr(text, start + 1, "end" - start) FROM passages'
    " JOIN sources ON sources.client = passages.client AND sources.id = passages.source"
    " WHERE passages.client = {} AND passages.id {}"
)
_NEIGHBOURS = (
    select(passages.c.sequence, passages.c.position, passages.c.source, *_SKETCHED, *_KEPT_BY)
    .join(sources, _OF_SOURCE)
    .where(
        passages.c.client == _CLIENT,
        passages.c.sequence == bindparam("sequence"),
        passages.c.position.in_(_PART),
    )
)


class Sketched(NamedTuple):
    """A passage as the index is made of it: its sketch, and what it is kept by."""

    id: int
    sketch: bytes
    keywords: Any
    numbers: Any


class Snapshot:
    """A client's rows as they were when the snapshot was taken; `Ledger.snapshot` gives one.

    `revision` stands for the client's passages as they are; it is 0 where there never was one.
    `analyser` made its terms and sketches; `retrieval` is how it is searched, if it was tuned.
    Raises ScopeError where the client does not exist.
    """

    def __init__(self, connection: Connection, scope: ClientScope) -> None:
        self._connection = connection
        self._client = client_of(scope)
        found = quickly(connection, _STANDS, {"client": self._client}).rows
        if not found:
            raise unknown(connection, self._client)
        [(revision, analyser, retrieval)] = found
        self.revision = int(revision)
        self.analyser = str(analyser)
        self.retrieval: Any = json.loads(retrieval) if isinstance(retrieval, str) else retrieval

    # --- what it is weighed by --------------------------------------------------------------------

    def statistics(self) -> Statistics:
        """What the client's passages have in common."""
        return statistics_of(self._connection, self._client)

    def candidates(self, ids: Iterable[int]) -> list[Any]:
        """The id, sequence, position, sketch and source of the client's passages with these ids."""
        return self._numbered(_CANDIDATES, ids)

    def neighbours(self, sequence: str, positions: Iterable[int]) -> list[Any]:
        """The same of the passages at these positions of a conversation, and what keeps them."""
        return list(self._rows(_NEIGHBOURS, positions, sequence=sequence))

    def heads(self, ids: Iterable[int]) -> set[int]:
        """Those of some passages that are the head of a mail and nothing else."""
        return {
            row.id
            for row in self._rows(_HEADS_OF_MAILS, ids)
            if any(each["label"] == "header" and row.end <= each["end"] for each in row.locators)
        }

    # --- passages ---------------------------------------------------------------------------------

    def passages(self, ids: Iterable[int]) -> dict[int, StoredPassage]:
        """The passages with these ids that are the client's, by id."""
        return {row[0]: StoredPassage(*row) for row in self._numbered(_FOUND, ids)}

    def passages_of(self, source: str) -> list[StoredPassage]:
        """All passages of a source, in the order of the text."""
        return sorted(self._stored([source]), key=lambda each: each.start)

    def ids(self) -> set[int]:
        """The ids of all the client's passages."""
        return set(self._connection.scalars(_IDS, {"client": self._client}))

    def sketches(self) -> Iterator[Sketched]:
        """Each passage with its sketch: what an index is rebuilt from."""
        for part in self._in_sources(MANY):
            for row in self._rows(_SKETCHES_BY_SOURCE, part):
                kept_by = keywords(row.kind, row.channel, row.author)
                yield Sketched(row.id, row.sketch, kept_by, numbers(row.date, row.recorded_at))

    def searched(self, ids: Iterable[int]) -> dict[int, str]:
        """The words that passages are found by, by id."""
        found = self.passages(ids)
        return {i: searched_words(p.title, p.heading, p.quote) for i, p in found.items()}

    def _in_sources(self, size: int) -> Iterator[Sequence[str]]:
        known = self._connection.scalars(_SOURCE_IDS, {"client": self._client}).all()
        return in_parts(known, size)

    def _stored(self, of: Iterable[str]) -> list[StoredPassage]:
        """All passages of sources, each text fetched once: a long one has thousands of passages."""
        by_source: dict[str, list[Any]] = defaultdict(list)
        for row in self._rows(_HEADS_BY_SOURCE, of):
            by_source[row.source].append(row)
        return [
            _passage(source, row)
            for source in self._rows(_SOURCES_BY_ID, by_source)
            for row in by_source[source.id]
        ]

    def _numbered(self, query: str, ids: Iterable[int]) -> list[Any]:
        """The rows of some ids; `query` has places for the client and for what tells them."""
        wanted = [int(each) for each in ids]
        if self._connection.dialect.name == "sqlite":
            said = query.format("?", "IN (SELECT value FROM json_each(?))")
            given = (self._client, str(wanted))
            with past(self._connection, said, given) as driver:
                return list(driver.execute(said, given))
        said = query.format("%s", "= ANY(%s)")
        return list(self._connection.exec_driver_sql(said, (self._client, wanted)))

    def _rows(self, query: Any, values: Iterable[Any], **others: Any) -> Iterator[Any]:
        for part in in_parts(values):
            bound = {"client": self._client, "part": part, **others}
            yield from self._connection.execute(query, bound)


def in_parts(values: Iterable[Any], size: int = MANY) -> Iterator[Sequence[Any]]:
    """`values` in lists that one statement can take."""
    iterator = iter(values)
    while part := list(islice(iterator, size)):
        yield part


def _passage(source: Any, row: Any) -> StoredPassage:
    quote = source.text[row.start : row.end]
    told = (source.id, source.path, source.title, source.kind, source.date)
    return StoredPassage(row.id, *told, row.start, row.end, row.heading, quote)
