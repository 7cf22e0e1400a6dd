"""Saying and unsaying facts, in a transaction of one client. The instant comes from the caller."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from savoirfaire.errors import ConflictError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.citations import cited
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.facts.rows import (
    ACTIVE,
    REPLACED,
    Content,
    add,
    content_of,
    current,
    end,
    note,
    same_as,
)
from savoirfaire.knowledge.scope import ClientScope


def moment(connection: Connection, touched: Iterable[Any] = ()) -> str:
    """Now, and not before any of the rows that are touched, should the clock have gone back."""
    earlier: list[str] = [row.known_from for row in touched if row.known_from]
    return max([now(connection), *earlier])


def replaceable(
    connection: Connection, scope: ClientScope, said: Content, supersedes: Sequence[str]
) -> list[Any]:
    """The rows that `said` is to replace. Raises NotFoundError, ConflictError.

    Saying again what replaced them already finds nothing more to replace.
    """
    known = same_as(connection, scope, said, ACTIVE)
    olds = []
    for identity in dict.fromkeys(supersedes):
        try:
            old = current(connection, scope, identity)
        except ConflictError:
            if known is None:
                raise
            continue
        if known is None or old.id != known.id:
            _require_same_matter(old, said)
            olds.append(old)
    return olds


def _require_same_matter(old: Any, said: Content) -> None:
    if (old.subject, old.attribute) != (said.subject, said.attribute):
        raise ConflictError(
            "fact {fact} is about something else and cannot be superseded by this",
            fact=old.id,
            hint="Retract it, and say the new fact without superseding.",
        )
    if not content_of(old).period.overlaps(said.period):
        raise ConflictError(
            "fact {fact} is not valid in that period: there is nothing to supersede",
            fact=old.id,
            hint="Say the new fact without superseding.",
        )


def state(
    connection: Connection,
    scope: ClientScope,
    said: Content,
    *,
    citations: Sequence[Citation],
    author: str,
    at: str,
    olds: Sequence[Any] = (),
) -> str:
    """Say a fact from `at` on, in place of the part of `olds` that it covers; its id."""
    for old in olds:
        supersede(connection, scope, old, said, at)
    identity = put(
        connection,
        scope,
        said,
        citations=citations,
        author=author,
        at=at,
        supersedes=olds[0].id if olds else None,
    )
    for old in olds[1:]:
        note(connection, scope, old, REPLACED, author, identity)
    return identity


def put(
    connection: Connection,
    scope: ClientScope,
    said: Content,
    *,
    citations: Sequence[Citation],
    author: str,
    at: str,
    supersedes: str | None = None,
) -> str:
    """Say a fact, or give one that is said already its further citations; its id."""
    known = same_as(connection, scope, said, ACTIVE)
    if known is None:
        return add(
            connection,
            scope,
            said,
            author=author,
            status=ACTIVE,
            at=at,
            supersedes=supersedes,
            citations=citations,
        )
    before = cited(connection, scope, [known.id]).get(known.id, [])
    together = list(dict.fromkeys([*before, *citations]))
    if together == before:
        return str(known.id)
    end(connection, scope, [known.id], at)  # a new row: what it rests on is known in time too
    return add(
        connection,
        scope,
        said,
        author=known.author,
        status=ACTIVE,
        at=at,
        supersedes=known.id,
        citations=together,
    )


def supersede(connection: Connection, scope: ClientScope, old: Any, said: Content, at: str) -> None:
    """End a row, and say again of it what `said` does not cover."""
    rests = cited(connection, scope, [old.id]).get(old.id, [])
    end(connection, scope, [old.id], at)
    for left in content_of(old).period.without(said.period):
        part = content_of(old)._replace(valid_from=left.start, valid_to=left.end)
        put(
            connection,
            scope,
            part,
            citations=rests,
            author=old.author,
            at=at,
            supersedes=old.id,
        )
