"""Saying, proposing and promoting facts, in a transaction of one client."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, update

from savoirfaire.errors import CitationError, ConflictError, SavoirError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.facts.rows import PROPOSED, Content, add, row_of, same_as
from savoirfaire.knowledge.facts.stating import moment, replaceable, state
from savoirfaire.knowledge.schema import facts
from savoirfaire.knowledge.scope import ClientScope


def say(
    connection: Connection,
    scope: ClientScope,
    said: Content,
    citations: Sequence[Citation],
    author: str,
    supersedes: Sequence[str],
) -> str:
    """Say a fact in place of others; its id. Raises NotFoundError, ConflictError."""
    olds = replaceable(connection, scope, said, supersedes)
    at = moment(connection, olds)
    return state(connection, scope, said, citations=citations, author=author, at=at, olds=olds)


def propose(
    connection: Connection,
    scope: ClientScope,
    said: Content,
    citations: Sequence[Citation],
    author: str,
    supersedes: Sequence[str],
) -> str:
    """Keep a fact for a person to accept; its id, the same for the same proposal."""
    if len(supersedes) > 1:
        raise SavoirError("a proposed fact can supersede one fact, not several")
    replaceable(connection, scope, said, supersedes)
    known = same_as(connection, scope, said, PROPOSED)
    if known is not None:
        return str(known.id)
    return add(
        connection,
        scope,
        said,
        author=author,
        status=PROPOSED,
        at=None,
        supersedes=next(iter(supersedes), None),
        citations=citations,
    )


def decided(connection: Connection, scope: ClientScope, fact: str, status: str) -> Any:
    """The row of a proposed fact, now decided on. Raises NotFoundError, ConflictError."""
    row = row_of(connection, scope, fact)
    if row.status != PROPOSED:
        raise ConflictError(
            "fact {fact} is not proposed any more", fact=fact, hint="Somebody decided first."
        )
    connection.execute(
        update(facts)
        .where(facts.c.client == scope.client, facts.c.id == row.id)
        .values(status=status)
    )
    return row


def require_sound(said: Content, citations: Sequence[Citation]) -> None:
    """Refuse a fact about nothing but itself, and one that nothing founds."""
    if said.subject == said.object:
        raise SavoirError(
            "a fact relates two entities, not one to itself",
            hint="If both names are of one entity, nothing need be said.",
        )
    if not citations and said.record is None:
        raise CitationError("a fact needs the words of a source that says it")
