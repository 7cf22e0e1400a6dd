"""Forgetting in the ledger: sources and what rests on them, runs, or all of a client.

Every function works in a transaction of the caller's, and changes rows of one client only. Nothing
is marked as gone: rows are deleted, and SQLite overwrites them (`secure_delete`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, or_, select, update

from savoirfaire.knowledge import recording
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.facts.rows import ALIAS, REPLACED, RETRACTED
from savoirfaire.knowledge.forgetting_facts import derive_again, named_in, unname, unsaid
from savoirfaire.knowledge.forgetting_ids import identify_again
from savoirfaire.knowledge.forgetting_records import scrub, scrub_facts
from savoirfaire.knowledge.schema import (
    aliases,
    approvals,
    citations,
    clients,
    containers,
    effects,
    entities,
    facts,
    lessons,
    metadata,
    records,
    removed_citations,
    run_events,
    runs,
    sources,
    spending,
    tombstones,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts

_NOTES = (ALIAS, RETRACTED, REPLACED)
"""The statuses of rows of `facts` that say something of names or of facts, not of the world."""

_OF_CLIENT = tuple(table for table in reversed(metadata.sorted_tables) if "client" in table.c)
"""Every table of clients' rows, those first that refer to others."""


class Resting(NamedTuple):
    """What rests on sources: owners of citations that lose all of them, and that keep some."""

    gone: set[str]
    kept: set[str]


def bury(connection: Connection, graves: Iterable[Mapping[str, Any]]) -> None:
    """Write tombstones; those that stand already stay as they are."""
    rows = [dict(grave) for grave in graves]
    if rows:
        connection.execute(upsert(tombstones).on_conflict_do_nothing(), rows)


def matching(connection: Connection, scope: ClientScope, name: str) -> list[Any]:
    """The sources (id, path, sha256) of a name: a path, a folder, a container, or an id.

    A copy with the same bytes is the same source under another path, and is among them.
    """
    mine = sources.c.client == scope.client
    columns = (sources.c.id, sources.c.path, sources.c.sha256)
    path = name.rstrip("/")
    named = or_(
        sources.c.path == name,
        sources.c.id == name,
        sources.c.container == name,
        sources.c.path.startswith(f"{path}/", autoescape=True),
    )
    found = {row.id: row for row in _removed(connection, scope, name, path)}
    found |= {row.id: row for row in connection.execute(select(*columns).where(mine, named))}
    for part in in_parts({row.sha256 for row in found.values()} - {""}):
        same = select(*columns).where(mine, sources.c.sha256.in_(part))
        found |= {row.id: row for row in connection.execute(same)}
    return sorted(found.values(), key=lambda row: row.path)


def _removed(connection: Connection, scope: ClientScope, name: str, path: str) -> list[Any]:
    """Sources of a name that were removed, and that records and facts still have words of."""
    c = removed_citations.c
    named = or_(
        c.path == name,
        c.source == name,
        c.path.startswith(f"{path}!/", autoescape=True),
        c.path.startswith(f"{path}/", autoescape=True),
    )
    known = select(c.source.label("id"), c.path, c.sha256).where(c.client == scope.client, named)
    return list(connection.execute(known.distinct()))


def resting(connection: Connection, scope: ClientScope, gone: Collection[str]) -> Resting:
    """The records and facts that rest on sources, given by id, alone or among others.

    A fact said of a record goes with it.
    """
    touched = {row.owner for row in _citing(connection, scope, "source", gone)}
    still = {
        row.owner for row in _citing(connection, scope, "owner", touched) if row.source not in gone
    }
    lost = touched - still
    return Resting(lost | _said_of(connection, scope, lost), still)


def _citing(
    connection: Connection, scope: ClientScope, column: str, wanted: Iterable[str]
) -> Iterator[Any]:
    """What rests, or rested before a source was removed, on what."""
    for part in in_parts(wanted):
        for table in (citations, removed_citations):
            mine = (table.c.client == scope.client, table.c[column].in_(part))
            yield from connection.execute(select(table.c.owner, table.c.source).where(*mine))


def forget_sources(connection: Connection, scope: ClientScope, gone: Collection[str]) -> None:
    """Delete sources, by id, and what rests on them alone; what rests on others too is scrubbed."""
    rest = resting(connection, scope, gone)
    names = named_in(connection, scope, gone)
    lost, changed = scrub(connection, scope, gone, rest.kept)
    lost |= scrub_facts(connection, scope, gone, rest.kept)
    _drop_containers(connection, scope, gone)
    recording.remove(connection, scope, list(gone))
    for part in in_parts(gone):
        there = (removed_citations.c.client == scope.client, removed_citations.c.source.in_(part))
        connection.execute(delete(removed_citations).where(*there))
    forget_owners(connection, scope, rest.gone | lost | _said_of(connection, scope, lost))
    forget_owners(connection, scope, unsaid(connection, scope, [row.id for row in changed]))
    renamed = identify_again(connection, scope, changed)
    derive_again(connection, scope, [renamed.get(row.id, row.id) for row in changed])
    unname(connection, scope, names)


def forget_owners(connection: Connection, scope: ClientScope, owners: Collection[str]) -> None:
    """Delete records and facts by id, and the entities that nothing speaks of any more."""
    owners = {*owners, *_notes_on(connection, scope, owners)}
    spoken = _entities_of(connection, scope, owners)
    for part in in_parts(owners):
        for table, column in (
            (citations, citations.c.owner),
            (removed_citations, removed_citations.c.owner),
            (facts, facts.c.id),
            (records, records.c.id),
        ):
            connection.execute(
                delete(table).where(table.c.client == scope.client, column.in_(part))
            )
        _unlink(connection, scope, part)
    _forget_entities(connection, scope, spoken)


def forget_runs(connection: Connection, scope: ClientScope, names: Collection[str]) -> None:
    """Delete runs with all that is recorded of them, and what they taught."""
    for part in in_parts(names):
        mine = select(runs.c.id).where(runs.c.client == scope.client, runs.c.id.in_(part))
        known = list(connection.scalars(mine))
        connection.execute(delete(run_events).where(run_events.c.run.in_(known)))
        for table in (approvals, effects, lessons, spending):
            connection.execute(
                delete(table).where(table.c.client == scope.client, table.c.run.in_(part))
            )
        connection.execute(delete(runs).where(runs.c.id.in_(known)))


def forget_client(connection: Connection, client: str) -> None:
    """Delete every row of a client, its own among them; a client that is not there too."""
    of_client = select(runs.c.id).where(runs.c.client == client)
    connection.execute(delete(run_events).where(run_events.c.run.in_(of_client)))
    for table in _OF_CLIENT:
        connection.execute(delete(table).where(table.c.client == client))
    connection.execute(delete(clients).where(clients.c.name == client))


def counted(connection: Connection, client: str) -> dict[str, int]:
    """How many rows a client has in each table that it has any in."""
    counts = {
        table.name: int(
            connection.scalar(
                select(func.count()).select_from(table).where(table.c.client == client)
            )
            or 0
        )
        for table in _OF_CLIENT
    }
    return {name: count for name, count in counts.items() if count}


def _said_of(connection: Connection, scope: ClientScope, gone: Iterable[str]) -> set[str]:
    """The facts that say something of these records."""
    return {
        identity
        for part in in_parts(gone)
        for identity in connection.scalars(
            select(facts.c.id).where(facts.c.client == scope.client, facts.c.record.in_(part))
        )
    }


def _notes_on(connection: Connection, scope: ClientScope, gone: Iterable[str]) -> set[str]:
    """What is noted of facts: why one was retracted, or by what it was replaced."""
    noted = (facts.c.client == scope.client, facts.c.status.in_((RETRACTED, REPLACED)))
    return {
        identity
        for part in in_parts(gone)
        for identity in connection.scalars(
            select(facts.c.id).where(*noted, facts.c.supersedes.in_(part))
        )
    }


def _unlink(connection: Connection, scope: ClientScope, gone: Iterable[str]) -> None:
    """What replaced a row that is gone, or was replaced by it, says so no more."""
    for column in (records.c.supersedes, records.c.superseded_by, facts.c.supersedes):
        table = column.table
        connection.execute(
            update(table)
            .where(table.c.client == scope.client, column.in_(gone))
            .values({column.name: None})
        )


def _entities_of(connection: Connection, scope: ClientScope, owners: Iterable[str]) -> set[str]:
    return {
        entity
        for part in in_parts(owners)
        for row in connection.execute(
            select(facts.c.subject, facts.c.object).where(
                facts.c.client == scope.client, facts.c.id.in_(part)
            )
        )
        for entity in row
        if entity is not None
    }


def _forget_entities(connection: Connection, scope: ClientScope, spoken: Collection[str]) -> None:
    """Delete those of some entities of which no fact says anything but a name."""
    mine = (facts.c.client == scope.client, facts.c.status.not_in(_NOTES))
    for part in in_parts(spoken):
        still = {
            *connection.scalars(select(facts.c.subject).where(*mine, facts.c.subject.in_(part))),
            *connection.scalars(select(facts.c.object).where(*mine, facts.c.object.in_(part))),
        }
        gone = [each for each in part if each not in still]
        names = select(facts.c.id).where(
            facts.c.client == scope.client, facts.c.subject.in_(gone), facts.c.status == ALIAS
        )
        lost = list(connection.scalars(names))
        for table, column, values in (
            (citations, citations.c.owner, lost),
            (facts, facts.c.id, lost),
            (aliases, aliases.c.entity, gone),
            (entities, entities.c.id, gone),
        ):
            connection.execute(
                delete(table).where(table.c.client == scope.client, column.in_(values))
            )
        _unlink(connection, scope, lost)


def _drop_containers(connection: Connection, scope: ClientScope, gone: Collection[str]) -> None:
    """Forget the archives and mailboxes of which no member is left."""
    mine = sources.c.client == scope.client
    rows = connection.execute(
        select(sources.c.id, sources.c.container).where(mine, sources.c.container.is_not(None))
    ).all()
    kept = {row.container for row in rows if row.id not in gone}
    lost = {row.container for row in rows} - kept
    for part in in_parts(lost):
        connection.execute(
            delete(containers).where(
                containers.c.client == scope.client, containers.c.path.in_(part)
            )
        )
