"""Two entities that are one, and one that was two, in a transaction of one client.

Nothing of the past is rewritten: rows end and are said again about the other entity, each with the
row it replaced, so that what was known before stays as it was and a merge can be taken back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from savoirfaire.errors import ConflictError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.citations import cited
from savoirfaire.knowledge.facts.entities import moved
from savoirfaire.knowledge.facts.rows import (
    ACTIVE,
    ALIAS,
    Content,
    Entity,
    add,
    content_of,
    end,
    mine,
)
from savoirfaire.knowledge.facts.stating import moment, put
from savoirfaire.knowledge.schema import facts
from savoirfaire.knowledge.scope import ClientScope


@dataclass(frozen=True)
class Moved:
    """What a merge, or taking one back, did: how many names and facts changed their entity."""

    names: int
    facts: int


def merge(connection: Connection, scope: ClientScope, keep: Entity, other: Entity) -> Moved:
    """Give `keep` the names and the facts of `other`.

    A fact that would be about `keep` and itself ends; one that `keep` has already gains citations.
    """
    if keep.id == other.id:
        return Moved(0, 0)
    names, said = _of(connection, scope, other.id)
    at = moment(connection, [*names, *said])
    for name in names:
        moved(connection, scope, name, keep.id, at)
    rests = cited(connection, scope, [row.id for row in said])
    end(connection, scope, [row.id for row in said], at)
    for row in said:
        now_said = _about(content_of(row), other.id, keep.id)
        if now_said.subject != now_said.object:
            _again(connection, scope, row, now_said, rests.get(row.id, []), at)
    return Moved(len(names), len(said))


def separate(connection: Connection, scope: ClientScope, other: Entity) -> Moved:
    """Take back the last merge of `other` into another entity.

    It gets its names back, and the facts it had that nothing has changed since. What was said of
    the other entity after the merge stays there. Raises ConflictError where there was no merge.
    """
    lost = _lost(connection, scope, other.id)
    if not lost:
        raise ConflictError(
            "{name} is not merged into another entity", name=other.name, hint="Nothing was changed."
        )
    when = max(before.known_to for before, _after in lost)
    names = [after for before, after in lost if before.known_to == when]
    ended = [
        (row, _heir(connection, scope, row)) for row in _ended(connection, scope, other.id, when)
    ]
    said = [(row, copy) for row, copy in ended if copy or _next(connection, scope, row) is None]
    at = moment(connection, [*names, *(copy for _row, copy in said if copy)])
    for after in names:
        moved(connection, scope, after, other.id, at)
    for row, copy in said:
        _return(connection, scope, row, copy, at)
    return Moved(len(names), len(said))


def _of(connection: Connection, scope: ClientScope, entity: str) -> tuple[list[Any], list[Any]]:
    """The names of an entity, and the facts about it, that stand now."""
    about = or_(facts.c.subject == entity, facts.c.object == entity)
    rows = connection.execute(mine(scope, about, facts.c.known_to.is_(None))).all()
    names = [row for row in rows if row.status == ALIAS]
    return names, [row for row in rows if row.status == ACTIVE]


def _about(said: Content, other: str, keep: str) -> Content:
    """The same, said of `keep` instead of `other`."""
    subject = keep if said.subject == other else said.subject
    return said._replace(subject=subject, object=keep if said.object == other else said.object)


def _again(
    connection: Connection,
    scope: ClientScope,
    row: Any,
    said: Content,
    citations: Sequence[Citation],
    at: str,
) -> None:
    put(
        connection,
        scope,
        said,
        citations=citations,
        author=row.author,
        at=at,
        supersedes=row.id,
    )


def _lost(connection: Connection, scope: ClientScope, entity: str) -> list[tuple[Any, Any]]:
    """The names that an entity lost to one that has them still: its own row, and the one now."""
    rows = connection.execute(
        mine(
            scope, facts.c.subject == entity, facts.c.status == ALIAS, facts.c.known_to.is_not(None)
        )
    )
    pairs = [(row, _heir(connection, scope, row)) for row in rows.all()]
    return [(before, after) for before, after in pairs if after is not None]


def _heir(connection: Connection, scope: ClientScope, row: Any) -> Any | None:
    """The row that says now, of whoever merges gave it to since, what this one said.

    None where nothing does, where it was changed since, and where its entity is passed over by now:
    merged into a second one and that into a third, the first may have it back from there.
    """
    held: list[Any] = []
    for each in _copies(connection, scope, _first(connection, scope, row)):
        holders = [(old.subject, old.object) for old in held]
        if (each.subject, each.object) in holders:  # taken back, or said anew of the same
            held = held[: holders.index((each.subject, each.object))]
        held.append(each)
    is_under = row.id in {each.id for each in held[:-1]}
    return held[-1] if is_under and held[-1].known_to is None else None


def _first(connection: Connection, scope: ClientScope, row: Any) -> Any:
    """The row that said it first, of whatever entity."""
    while row.supersedes is not None:
        before = connection.execute(mine(scope, facts.c.id == row.supersedes)).first()
        if before is None or not _is_copy(before, row):
            return row
        row = before
    return row


def _copies(connection: Connection, scope: ClientScope, row: Any) -> Iterator[Any]:
    """A row, and each that said the same after it, of whatever entity."""
    while row is not None:
        yield row
        after = connection.execute(mine(scope, facts.c.supersedes == row.id)).all()
        row = next((each for each in after if _is_copy(row, each)), None)


def _is_copy(before: Any, after: Any) -> bool:
    one, other = content_of(before), content_of(after)
    same = one._replace(subject="", object=None) == other._replace(subject="", object=None)
    return same and before.status == after.status and (one.object is None) == (other.object is None)


def _ended(connection: Connection, scope: ClientScope, entity: str, when: str) -> list[Any]:
    about = or_(facts.c.subject == entity, facts.c.object == entity)
    query = mine(scope, about, facts.c.status == ACTIVE, facts.c.known_to == when)
    return list(connection.execute(query))


def _next(connection: Connection, scope: ClientScope, row: Any) -> Any | None:
    """The row that replaced this one, or says what became of it."""
    return connection.execute(
        select(facts).where(facts.c.client == scope.client, facts.c.supersedes == row.id)
    ).first()


def _return(
    connection: Connection, scope: ClientScope, row: Any, copy: Any | None, at: str
) -> None:
    """Say a fact again as it was before the merge, in place of its copy."""
    source = copy or row
    rests = cited(connection, scope, [source.id]).get(source.id, [])
    if copy is not None:
        end(connection, scope, [copy.id], at)
    add(
        connection,
        scope,
        content_of(row),
        author=row.author,
        status=ACTIVE,
        at=at,
        supersedes=source.id,
        citations=rests,
    )
