"""Facts as the ledger has them: read, written, and ended, inside a transaction of one client."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, insert, select, update

from savoirfaire.errors import ConflictError, NotFoundError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.citations import cite, cited
from savoirfaire.knowledge.facts.names import utf8
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.schema import entities, facts
from savoirfaire.knowledge.scope import ClientScope

ACTIVE, PROPOSED = "active", "proposed"
ALIAS, RETRACTED, REPLACED = "alias", "retracted", "replaced"
"""Rows that say something of names and of facts, and are never themselves given as facts:

a name of an entity, in time (`aliases` has the names of today); why a fact was retracted (the
reason is its value); and, of several facts that one replaced, which one that was.
"""

_SUBJECT, _OBJECT = entities.alias("subject"), entities.alias("object")


@dataclass(frozen=True)
class Entity:
    """Something that facts are about."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class Fact:
    """An attribute of an entity: either a value, or another entity; when, since when, and why.

    It held in the world from `valid_from` up to `valid_to` (dates), and the ledger says so from
    `known_from` up to `known_to` (instants). `supersedes` is the row that it replaced, `record` the
    record of the Brand OS that it was derived from.
    """

    id: str
    subject: Entity
    attribute: str
    value: str | None
    object: Entity | None
    status: str
    valid_from: str | None
    valid_to: str | None
    known_from: str | None
    known_to: str | None
    supersedes: str | None
    record: str | None
    author: str
    citations: tuple[Citation, ...] = ()

    @property
    def says(self) -> str:
        """Its value, or the name of the other entity."""
        return self.object.name if self.object else self.value or ""


class Content(NamedTuple):
    """What a row says: two rows of the same content are one fact."""

    subject: str
    attribute: str
    value: str | None
    object: str | None
    valid_from: str | None
    valid_to: str | None
    record: str | None

    @property
    def period(self) -> Period:
        """When it held."""
        return Period(self.valid_from, self.valid_to)


def content_of(row: Any) -> Content:
    """What a row says."""
    return Content(*(getattr(row, name) for name in Content._fields))


def mine(scope: ClientScope, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The client's rows that fulfil the conditions, oldest first."""
    query = select(facts).where(facts.c.client == scope.client, *conditions)
    return query.order_by(facts.c.known_from, facts.c.id)


def row_of(connection: Connection, scope: ClientScope, fact: str) -> Any:
    """The row of a fact, whatever became of it. Raises NotFoundError."""
    shown = facts.c.status.in_((ACTIVE, PROPOSED, "accepted", "rejected"))
    row = connection.execute(mine(scope, facts.c.id == utf8(fact), shown)).first()
    if row is None:
        raise NotFoundError(
            "{client} has no fact {fact}",
            client=scope.client,
            fact=fact,
            hint="`savoir facts CLIENT` lists them.",
        )
    return row


def current(connection: Connection, scope: ClientScope, fact: str) -> Any:
    """The row of a fact that the ledger still says, under its id or that of an earlier evidence.

    Raises NotFoundError for an unknown id, ConflictError for what was superseded or retracted.
    """
    row = row_of(connection, scope, fact)
    while row.known_to is not None:
        after = mine(scope, facts.c.supersedes == row.id, facts.c.status == ACTIVE)
        same = [n for n in connection.execute(after) if content_of(n) == content_of(row)]
        if not same:
            raise ConflictError(
                "fact {fact} is no longer said: it was superseded or retracted",
                fact=fact,
                hint="`savoir facts CLIENT` lists what is said now.",
            )
        row = same[0]
    return row


def same_as(connection: Connection, scope: ClientScope, said: Content, status: str) -> Any | None:
    """The row of this content that stands now, if there is one."""
    columns = [facts.c[name] for name in Content._fields]
    alike = [
        column.is_(None) if value is None else column == value
        for column, value in zip(columns, said, strict=True)
    ]
    query = mine(scope, facts.c.status == status, facts.c.known_to.is_(None), *alike)
    return connection.execute(query).first()


def add(
    connection: Connection,
    scope: ClientScope,
    said: Content,
    *,
    author: str,
    status: str,
    at: str | None,
    supersedes: str | None = None,
    citations: Sequence[Citation] = (),
) -> str:
    """Write a row and what it rests on; its new id."""
    identity = f"f{secrets.token_hex(8)}"
    row = {
        "client": scope.client,
        "id": identity,
        **said._asdict(),
        "status": status,
        "known_from": at,
        "known_to": None,
        "supersedes": supersedes,
        "author": author,
    }
    connection.execute(insert(facts).values(row))
    cite(connection, scope, identity, citations)
    return identity


def note(
    connection: Connection, scope: ClientScope, about: Any, status: str, author: str, value: str
) -> None:
    """Keep what became of a row, beside it."""
    said = content_of(about)._replace(value=value, object=None)
    add(connection, scope, said, author=author, status=status, at=None, supersedes=about.id)


def end(connection: Connection, scope: ClientScope, ids: Iterable[str], at: str) -> None:
    """Say no longer what these rows say."""
    for identity in ids:
        connection.execute(
            update(facts)
            .where(facts.c.client == scope.client, facts.c.id == identity)
            .values(known_to=at)
        )


def read(
    connection: Connection,
    scope: ClientScope,
    *conditions: ColumnElement[bool],
    limit: int | None = None,
) -> list[Fact]:
    """The client's facts that fulfil the conditions, by subject, attribute, time and value."""
    query = (
        select(facts, _SUBJECT.c.name, _SUBJECT.c.kind, _OBJECT.c.name, _OBJECT.c.kind)
        .join(_SUBJECT, _is(_SUBJECT, facts.c.subject))
        .outerjoin(_OBJECT, _is(_OBJECT, facts.c.object))
        .where(facts.c.client == scope.client, *conditions)
        .order_by(
            _SUBJECT.c.name,
            facts.c.attribute,
            facts.c.valid_from.nulls_first(),
            facts.c.value,
            _OBJECT.c.name,
            facts.c.id,
        )
        .limit(limit)
    )
    rows = connection.execute(query).all()
    rests = cited(connection, scope, [row.id for row in rows])
    return [_fact(row, rests.get(row.id, [])) for row in rows]


def _is(entity: Any, identity: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(entity.c.client == facts.c.client, entity.c.id == identity)


def _fact(row: Any, citations: Sequence[Citation]) -> Fact:
    subject, kind, object_name, object_kind = row[-4:]
    return Fact(
        id=row.id,
        subject=Entity(row.subject, subject, kind),
        attribute=row.attribute,
        value=row.value,
        object=Entity(row.object, object_name, object_kind) if row.object else None,
        status=row.status,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        known_from=row.known_from,
        known_to=row.known_to,
        supersedes=row.supersedes,
        record=row.record,
        author=row.author,
        citations=tuple(citations),
    )
