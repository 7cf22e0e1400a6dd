"""Facts and names that only forgotten words carried.

What a scrubbed record no longer says is no fact of it any more; what it still says is derived anew
where it is missing. A name that stands in a forgotten source, and in nothing that is left, goes.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from savoirfaire.knowledge.brandos.rows import form_of, read, today
from savoirfaire.knowledge.facts.deriving import DERIVED, Said
from savoirfaire.knowledge.facts.facts import Facts
from savoirfaire.knowledge.facts.names import LONGEST_ATTRIBUTE, key_of
from savoirfaire.knowledge.facts.rows import ALIAS, REPLACED, RETRACTED
from savoirfaire.knowledge.mentions import MARK
from savoirfaire.knowledge.schema import aliases, entities, facts, records, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts

_TEXTS = 32  # whole texts in memory at a time


# --- what records say -----------------------------------------------------------------------------


def unsaid(connection: Connection, scope: ClientScope, changed: Collection[str]) -> set[str]:
    """The facts of changed records, by id, that these do not say any more."""
    gone: set[str] = set()
    for identity in changed:
        mine = (records.c.client == scope.client, records.c.id == identity)
        row = connection.execute(select(records).where(*mine)).one()
        derived = DERIVED.get(row.kind)
        said = set(map(_told, derived(form_of(row.kind, row.data)))) if derived else set()
        gone |= {
            fact.id for fact in _of_record(connection, scope, identity) if _key(fact) not in said
        }
    return gone


def _told(said: Said) -> tuple[str | None, str, str]:
    """What tells one fact of a record from another: whom it is about, what, and what it says."""
    subject = key_of(said.subject.name) if said.subject else None
    attribute = key_of(said.attribute).replace(" ", "_")[:LONGEST_ATTRIBUTE]
    return subject, attribute, said.says if isinstance(said.says, str) else key_of(said.says.name)


def _of_record(connection: Connection, scope: ClientScope, record: str) -> list[Any]:
    subject, other = entities.alias("subject"), entities.alias("other")
    here = (facts.c.client == scope.client, facts.c.record == record)
    query = (
        select(facts, subject.c.name.label("about"), subject.c.kind.label("kind"), other.c.name)
        .join(subject, (subject.c.client == facts.c.client) & (subject.c.id == facts.c.subject))
        .outerjoin(other, (other.c.client == facts.c.client) & (other.c.id == facts.c.object))
        .where(*here, facts.c.status.not_in((ALIAS, RETRACTED, REPLACED)))
    )
    return list(connection.execute(query))


def _key(fact: Any) -> tuple[str | None, str, str]:
    subject = None if fact.kind == "client" else key_of(fact.about)
    return subject, fact.attribute, fact.value if fact.object is None else key_of(fact.name)


def derive_again(connection: Connection, scope: ClientScope, changed: Iterable[str]) -> None:
    """Have the facts of changed records, by id, follow what these say now."""
    for identity in changed:
        mine = (records.c.client == scope.client, records.c.id == identity)
        rows = connection.execute(select(records).where(*mine)).all()
        for record in read(connection, scope, rows, today(connection)):
            Facts(connection.engine).from_record(connection, scope, record)


# --- names ----------------------------------------------------------------------------------------


def named_in(connection: Connection, scope: ClientScope, gone: Collection[str]) -> list[Any]:
    """The names of entities that stand in sources, given by id."""
    rows = connection.execute(select(aliases).where(aliases.c.client == scope.client)).all()
    found: dict[str, Any] = {}
    for text in _texts(connection, scope, gone):
        words = set(text.split())
        found |= {row.alias: row for row in rows if _stands(row.alias, text, words)}
    return list(found.values())


def unname(connection: Connection, scope: ClientScope, names: Iterable[Any]) -> None:
    """Take those of some names from their entities which stand in nothing that is left."""
    left = {row.alias: row for row in names if row.alias != key_of(scope.client)}
    for text in _left(connection, scope):
        if not left:
            return
        words = set(text.split())
        left = {alias: row for alias, row in left.items() if not _stands(alias, text, words)}
    for row in left.values():
        _take(connection, scope, row)


def _stands(alias: str, text: str, words: Collection[str]) -> bool:
    return alias.partition(" ")[0] in words and f" {alias} " in text


def _left(connection: Connection, scope: ClientScope) -> Iterator[str]:
    """All that still says names: what records and facts say, then the sources."""
    for data in connection.scalars(select(records.c.data).where(records.c.client == scope.client)):
        yield _folded(json.dumps(data, ensure_ascii=False))
    said = (facts.c.client == scope.client, facts.c.status != ALIAS, facts.c.value.is_not(None))
    for value in connection.scalars(select(facts.c.value).where(*said)):
        yield _folded(value)
    known = connection.scalars(select(sources.c.id).where(sources.c.client == scope.client)).all()
    yield from _texts(connection, scope, known)


def _texts(connection: Connection, scope: ClientScope, wanted: Iterable[str]) -> Iterator[str]:
    for part in in_parts(wanted, _TEXTS):
        mine = (sources.c.client == scope.client, sources.c.id.in_(part))
        told = select(sources.c.path, sources.c.title, sources.c.author, sources.c.text)
        for row in connection.execute(told.where(*mine)):
            yield _folded("\n".join(filter(None, row)))


def _folded(text: str) -> str:
    return f" {key_of(text)} "


def _take(connection: Connection, scope: ClientScope, row: Any) -> None:
    """Take a name from an entity, in all that is written of it; it is shown by another one."""
    client = scope.client
    here = (aliases.c.client == client, aliases.c.alias == row.alias)
    if connection.execute(delete(aliases).where(*here)).rowcount == 0:
        return  # its entity is gone
    mine = (aliases.c.client == client, aliases.c.entity == row.entity)
    other = connection.scalar(
        select(aliases.c.written).where(*mine).order_by(func.length(aliases.c.alias).desc())
    )
    name = other or f"{MARK} {row.entity[:5]}"
    if other is None:
        new = {"client": client, "alias": key_of(name), "entity": row.entity, "written": name}
        connection.execute(insert(aliases).values(new))
    said = (facts.c.client == client, facts.c.status == ALIAS, facts.c.value == row.alias)
    if other is None:
        connection.execute(update(facts).where(*said).values(value=key_of(name)))
    else:
        connection.execute(delete(facts).where(*said))
    shown = select(entities.c.name).where(entities.c.client == client, entities.c.id == row.entity)
    if key_of(str(connection.scalar(shown))) == row.alias:
        one = (entities.c.client == client, entities.c.id == row.entity)
        connection.execute(update(entities).where(*one).values(name=name))
