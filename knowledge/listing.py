"""What a client's sources are: the list that people look through, and one of them in detail."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.locating import locator_at
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import passages, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.where import Where, keywords, numbers

_LISTED = (
    *("id", "path", "kind", "title", "date", "language", "author", "channel", "thread"),
    *("container", "ingested_at", "sha256"),
)
_DESCRIBED = ("locators", "meta")


@dataclass(frozen=True)
class Listed:
    """A source, without its text."""

    id: str
    path: str
    kind: str
    title: str
    date: str | None
    language: str | None
    author: str | None
    channel: str | None
    thread: str | None
    container: str | None
    ingested_at: str
    sha256: str
    passages: int

    def as_dict(self) -> dict[str, Any]:
        """The source as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Part:
    """A passage of a source: its span, the heading above it, and where in the file it stands."""

    start: int
    end: int
    heading: str
    place: str


@dataclass(frozen=True)
class Described:
    """A source with its outline; `locators` and `meta` are as its reader found them."""

    source: Listed
    characters: int
    locators: list[dict[str, Any]]
    meta: dict[str, Any]
    outline: list[Part]

    def as_dict(self) -> dict[str, Any]:
        """The source as plain data."""
        found = asdict(self)
        return {**found.pop("source"), **found}


def listed(connection: Connection, scope: ClientScope, where: Where) -> list[Listed]:
    """The client's sources that `where` keeps, newest date first, then by path."""
    counted = (
        select(passages.c.source, func.count().label("passages"))
        .where(passages.c.client == scope.client)
        .group_by(passages.c.source)
        .subquery()
    )
    query = (
        select(*(sources.c[name] for name in _LISTED), func.coalesce(counted.c.passages, 0))
        .outerjoin(counted, counted.c.source == sources.c.id)
        .where(sources.c.client == scope.client)
        .order_by(sources.c.date.desc().nulls_last(), sources.c.path)
    )
    rows: list[Any] = list(connection.execute(query))
    return [each for each in (Listed(*row) for row in rows) if _keeps(where, each)]


def distinct(connection: Connection, scope: ClientScope, name: str) -> set[str]:
    """The values that the client's sources have in one column; no value is none of them."""
    column = sources.c[name]
    mine = select(column).where(sources.c.client == scope.client, column.is_not(None)).distinct()
    return set(connection.scalars(mine))


def described(connection: Connection, scope: ClientScope, path: str) -> Described:
    """One source by its path. Raises NotFoundError with the nearest path there is."""
    columns = (*(sources.c[name] for name in (*_LISTED, *_DESCRIBED)), func.length(sources.c.text))
    mine = sources.c.client == scope.client
    row: Any = connection.execute(select(*columns).where(mine, sources.c.path == path)).first()
    if row is None:
        paths = connection.scalars(select(sources.c.path).where(mine)).all()
        raise NotFoundError(
            "{client} has no source {source}{near}",
            client=scope.client,
            source=path,
            near=near(path, paths),
            hint="`savoir sources CLIENT` lists them.",
        )
    *known, locators, meta, characters = row
    parts = _outline(connection, scope, known[0], locators)
    source = Listed(**dict(zip(_LISTED, known, strict=True)), passages=len(parts))
    return Described(source, characters, locators, meta, parts)


def _outline(
    connection: Connection, scope: ClientScope, source: str, locators: Sequence[dict[str, Any]]
) -> list[Part]:
    c = passages.c
    rows: Any = connection.execute(
        select(c.start, c.end, c.heading)
        .where(c.client == scope.client, c.source == source)
        .order_by(c.start)
    )
    return [
        Part(row.start, row.end, row.heading, locator_at(locators, row.start, row.end))
        for row in rows
    ]


def _keeps(where: Where, source: Listed) -> bool:
    words = keywords(source.kind, source.channel, source.author)
    times = numbers(source.date, source.ingested_at)
    return all(words.get(key) in wanted for key, wanted in where.keywords().items()) and all(
        least <= times[key] <= most for key, (least, most) in where.ranges().items()
    )
