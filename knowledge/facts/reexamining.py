"""Which derived facts no longer stand, in a transaction of one client."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from savoirfaire.knowledge.brandos.records import REEXAMINED, Record
from savoirfaire.knowledge.facts.rows import ACTIVE, RETRACTED, end, note
from savoirfaire.knowledge.schema import citations, facts, records
from savoirfaire.knowledge.scope import ClientScope

_ENDED = ("superseded", "rejected")
_UNFOUNDED = "nothing that it rests on is left"


def end_derived(connection: Connection, scope: ClientScope, record: Record, at: str) -> None:
    """End the facts of the records that ended with this one, by it or before it, at `at`."""
    ended = select(records.c.id).where(
        records.c.client == scope.client,
        records.c.status.in_(_ENDED),
        records.c.kind == record.kind,
        or_(records.c.known_to >= at, records.c.id == record.id),
    )
    query = select(facts.c.id, facts.c.known_from).where(
        *_standing(scope), facts.c.record.in_(ended)
    )
    for row in connection.execute(query).all():
        end(connection, scope, [row.id], max(at, row.known_from))


def end_orphans(connection: Connection, scope: ClientScope, at: str) -> int:
    """End the facts whose record is not active any more, at its own end; how many."""
    record = (records.c.client == facts.c.client) & (records.c.id == facts.c.record)
    query = (
        select(facts.c.id, facts.c.known_from, records.c.known_to)
        .outerjoin(records, record)
        .where(
            *_standing(scope),
            facts.c.record.is_not(None),
            or_(
                records.c.id.is_(None),
                records.c.status != ACTIVE,
                records.c.known_to.is_not(None),
            ),
        )
    )
    rows = connection.execute(query).all()
    for row in rows:
        end(connection, scope, [row.id], max(row.known_to or at, row.known_from))
    return len(rows)


def end_unfounded(connection: Connection, scope: ClientScope, at: str) -> int:
    """End the facts whose last citation is gone; how many.

    One that follows a record which never had any, as a person may write, stays with its record.
    """
    bare = and_(
        ~_has_citation(facts.c.id),
        or_(facts.c.record.is_(None), _has_citation(facts.c.record)),
    )
    rows = connection.execute(select(facts).where(*_standing(scope), bare)).all()
    for row in rows:
        end(connection, scope, [row.id], max(at, row.known_from))
        note(connection, scope, row, RETRACTED, REEXAMINED, _UNFOUNDED)
    return len(rows)


def _standing(scope: ClientScope) -> tuple[ColumnElement[bool], ...]:
    return (
        facts.c.client == scope.client,
        facts.c.status == ACTIVE,
        facts.c.known_to.is_(None),
    )


def _has_citation(owner: Any) -> ColumnElement[bool]:
    return (
        select(citations.c.owner)
        .where(citations.c.client == facts.c.client, citations.c.owner == owner)
        .exists()
    )
