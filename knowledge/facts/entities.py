"""Entities and their names, in a transaction of one client: one name means one entity.

`aliases` has the names as they are now, by what they are compared as. The same is written in time
as rows of `facts`, so that a name given later is not known at an earlier moment, and a merge can be
told and taken back.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, insert, select, update

from savoirfaire.errors import ConflictError, NotFoundError
from savoirfaire.knowledge.facts.names import clean_name, key_of, utf8
from savoirfaire.knowledge.facts.rows import ALIAS, Content, Entity, add, end, mine
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import aliases, entities, facts
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts

_NEAR = 5_000  # names compared with one that is not known
_EVER = "~"  # after every instant

Ref = str | Entity
"""What an entity is given by: any of its names, its id, or itself."""


def entity_of(connection: Connection, scope: ClientScope, identity: str) -> Entity | None:
    """The entity of an id, merged or not."""
    row = connection.execute(
        select(entities).where(entities.c.client == scope.client, entities.c.id == identity)
    ).first()
    return Entity(row.id, row.name, row.kind) if row else None


def found(
    connection: Connection, scope: ClientScope, ref: Ref, known: str | None = None
) -> Entity | None:
    """The entity of a name or an id, as at `known`; that into which it was merged by then."""
    identity = ref.id if isinstance(ref, Entity) else ref
    if not isinstance(ref, Entity):
        key = key_of(ref)
        identity = named(connection, scope, [key], known).get(key, utf8(ref))
    return entity_of(connection, scope, merged_into(connection, scope, identity, known))


def required(
    connection: Connection, scope: ClientScope, ref: Ref, known: str | None = None
) -> Entity:
    """Like `found`; raises NotFoundError with the nearest names."""
    entity = found(connection, scope, ref, known)
    if entity is None:
        name = ref.name if isinstance(ref, Entity) else ref
        raise NotFoundError(
            "{client} has nothing called {name}{near}",
            client=scope.client,
            name=name,
            near=_near(connection, scope, name),
            hint="`savoir graph CLIENT` lists what facts are known about.",
        )
    return entity


def _near(connection: Connection, scope: ClientScope, name: str) -> str:
    """The known names that are most like this one, or have it in them."""
    written = select(aliases.c.written).where(aliases.c.client == scope.client)
    names = connection.scalars(written.order_by(aliases.c.alias).limit(_NEAR)).all()
    key = key_of(name)
    longer = [each for each in names if key and f" {key} " in f" {key_of(each)} "]
    return near(name, names) or (f" → {', '.join(longer[:3])}?" if longer else "")


def merged(connection: Connection, scope: ClientScope, ref: Ref) -> Entity:
    """The entity itself, whatever it was merged into. Raises NotFoundError."""
    entity = entity_of(connection, scope, ref.id if isinstance(ref, Entity) else utf8(ref))
    return entity or required(connection, scope, ref)


def made(
    connection: Connection, scope: ClientScope, ref: Ref, kind: str, at: str, by: str
) -> Entity:
    """The entity of a name or an id; a new one where there is none."""
    known = found(connection, scope, ref)
    if known is not None:
        return known
    name = ref.name if isinstance(ref, Entity) else ref
    entity = Entity(f"e{secrets.token_hex(8)}", clean_name(name), clean_name(kind)[:32])
    row = {"client": scope.client, "created_at": at, **vars(entity)}
    connection.execute(insert(entities).values(row))
    called(connection, scope, entity.id, name, at, by)
    return entity


def called(
    connection: Connection, scope: ClientScope, entity: str, name: str, at: str, by: str
) -> None:
    """Give an entity another name. Raises ConflictError where that is another entity's."""
    written, key = clean_name(name), key_of(name)
    holder = named(connection, scope, [key], None).get(key)
    if holder == entity:
        return
    if holder is not None:
        raise ConflictError(
            "{name} is the name of another entity",
            name=written,
            hint="If both are the same, merge them.",
        )
    row = {"client": scope.client, "alias": key, "entity": entity, "written": written}
    connection.execute(insert(aliases).values(row))
    add(connection, scope, _name_row(entity, key), author=by, status=ALIAS, at=at)


def moved(connection: Connection, scope: ClientScope, name: Any, entity: str, at: str) -> None:
    """Give a name, the row of `facts` that says it, to another entity."""
    end(connection, scope, [name.id], at)
    said = _name_row(entity, name.value)
    add(connection, scope, said, author=name.author, status=ALIAS, at=at, supersedes=name.id)
    connection.execute(
        update(aliases)
        .where(aliases.c.client == scope.client, aliases.c.alias == name.value)
        .values(entity=entity)
    )


def _name_row(entity: str, key: str) -> Content:
    return Content(entity, ALIAS, key, None, None, None, None)


def named(
    connection: Connection, scope: ClientScope, keys: Iterable[str], known: str | None
) -> dict[str, str]:
    """The id of the entity that each of these keys named at `known`; now, where that is None."""
    holders: dict[str, str] = {}
    for part in in_parts(keys):
        rows = connection.execute(
            select(aliases.c.alias, aliases.c.entity).where(
                aliases.c.client == scope.client, aliases.c.alias.in_(part)
            )
        )
        holders.update({row.alias: row.entity for row in rows})
    if known is None:
        return holders
    then = {key: _then(connection, scope, holders[key], key, known) for key in holders}
    return {key: entity for key, entity in then.items() if entity is not None}


def _then(
    connection: Connection, scope: ClientScope, entity: str, key: str, known: str
) -> str | None:
    """Whose name it was at `known`: back from whose it is now, through every merge since."""
    now_said = (facts.c.subject == entity, facts.c.status == ALIAS, facts.c.value == key)
    query = mine(scope, *now_said, facts.c.attribute == ALIAS, facts.c.known_to.is_(None))
    row = connection.execute(query).first()
    while row is not None and row.known_from > known:
        row = connection.execute(mine(scope, facts.c.id == row.supersedes)).first()
    return row.subject if row is not None else None


def merged_into(
    connection: Connection, scope: ClientScope, entity: str, known: str | None = None
) -> str:
    """The entity that has taken this one's place by `known`; itself where none has.

    An entity that was merged has lost every name: whoever has its last one took its place.
    """
    limit = known or _EVER
    said = (facts.c.subject == entity, facts.c.status == ALIAS, facts.c.known_from <= limit)
    rows = connection.execute(mine(scope, *said)).all()
    if not rows or any(row.known_to is None or row.known_to > limit for row in rows):
        return entity
    last = max(rows, key=lambda row: (row.known_to, row.value))
    return named(connection, scope, [last.value], known).get(last.value, entity)
