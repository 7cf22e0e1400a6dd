"""Forgetting a person in the ledger: each mention in a client's rows gives way to a mark.

Works in a transaction of the caller's. Records, facts, lessons and runs stay, but for the names in
them. What a source becomes is in `forgetting_sources`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, insert, select, update

from savoirfaire.knowledge.brandos.records import MACHINE
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.facts.names import key_of
from savoirfaire.knowledge.facts.rows import ALIAS
from savoirfaire.knowledge.forgetting_forms import without_words
from savoirfaire.knowledge.forgetting_ids import identify_again
from savoirfaire.knowledge.forgetting_records import has_form
from savoirfaire.knowledge.forgetting_sources import recorded, replace_source
from savoirfaire.knowledge.mentions import Mentions, readable
from savoirfaire.knowledge.schema import (
    aliases,
    approvals,
    batches,
    budgets,
    citations,
    containers,
    decisions,
    effects,
    entities,
    facts,
    gates,
    lessons,
    records,
    removed_citations,
    run_events,
    runs,
    schedules,
    seeds,
    sources,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.tombstones import Tombstones

FORGETTING = f"{MACHINE}forgetting"
"""Who rejected a record that nothing was left of to read."""

SHAPELESS = "without the names of who was forgotten it has not the form of its kind"

_TELLING: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (records, ("key", "data", "author", "decided_by", "reason", "ended_by", "end_reason")),
    (facts, ("attribute", "value", "author")),
    (lessons, ("before", "after", "reason", "author")),
    (runs, ("request", "reason", "submitted_by", "key")),
    (approvals, ("request", "assignee", "decided_by", "decision")),
    (effects, ("result", "target", "payload", "problem", "ended_by")),
    (batches, ("submitted_by", "key")),
    (schedules, ("request", "created_by")),
    (budgets, ("set_by",)),
    (run_events, ("data",)),
    (citations, ("quote", "field")),
    (decisions, ("by", "note")),
    (seeds, ("known_to",)),
    (removed_citations, ("field", "path")),
)
"""Where people's words are, besides sources and names."""


def mentioning(
    connection: Connection, scope: ClientScope, people: Mentions
) -> tuple[list[str], dict[str, int]]:
    """The paths of a client's sources that mention people, and how many other rows, by table."""
    sources_of = (recorded(connection, scope, each) for each in _source_ids(connection, scope))
    paths = [each.path for each in sources_of if people.source(scope, each) != each]
    counts = Counter(table.name for table, _row, _change in _changes(connection, scope, people))
    named = connection.execute(_of(entities, scope))
    counts["entities"] += sum(bool(people.spans(row.name)) for row in named)
    return paths, dict(+counts)


def forget_people(
    connection: Connection, scope: ClientScope, people: Mentions, stones: Tombstones
) -> None:
    """Put a mark for every mention of people in the rows of a client."""
    withheld = partial(stones.withheld, scope.client)
    for identity in _source_ids(connection, scope):
        replace_source(connection, scope, identity, people, withheld)
    for row in list(connection.execute(_named(scope))):
        if people.spans(row.written) or people.spans(row.alias):
            _rename(connection, scope, people, row)
    for row in list(connection.execute(_of(entities, scope))):
        if people.spans(row.name):
            name = f"{people.redact(row.name)} {row.id[:5]}"
            connection.execute(update(entities).where(*_key(entities, row)).values(name=name))
    changes = list(_changes(connection, scope, people))
    for table, row, change in changes:
        connection.execute(update(table).where(*_key(table, row)).values(change))
    identify_again(connection, scope, [row for table, row, _change in changes if table is records])
    for row in list(connection.execute(_of(containers, scope))):
        _forget_container(connection, people, row, withheld)


def _source_ids(connection: Connection, scope: ClientScope) -> list[str]:
    mine = select(sources.c.id).where(sources.c.client == scope.client)
    return list(connection.scalars(mine.order_by(sources.c.id)))


def _of(table: Table, scope: ClientScope) -> Select[Any]:
    if table is decisions:  # of no client by name: of its gates, and of all gates together
        mine = select(gates.c.id).where(gates.c.client == scope.client)
        return select(decisions).where(decisions.c.gate.in_(mine) | decisions.c.gate.is_(None))
    if table is run_events:
        mine = select(runs.c.id).where(runs.c.client == scope.client)
        return select(run_events).where(run_events.c.run.in_(mine))
    return select(table).where(table.c.client == scope.client)


def _named(scope: ClientScope) -> Select[Any]:
    return _of(aliases, scope).order_by(aliases.c.alias)


def _key(table: Table, row: Any) -> list[Any]:
    return [column == getattr(row, column.name) for column in table.primary_key]


def _changes(
    connection: Connection, scope: ClientScope, people: Mentions
) -> Iterator[tuple[Table, Any, dict[str, Any]]]:
    """Each row that mentions people, and what it says without them."""
    for table, telling in _TELLING:
        for row in connection.execute(_of(table, scope)):
            said = {name: getattr(row, name) for name in telling}
            bare = people.redact_all(said)
            if table is records:
                bare["data"] = without_words(row.kind, row.data, people.redact)
            if bare != said:
                change = {name: bare[name] for name in telling if bare[name] != said[name]}
                yield table, row, change | _ended(connection, table, row, change)


def _ended(
    connection: Connection, table: Table, row: Any, change: dict[str, Any]
) -> dict[str, Any]:
    """That a record is rejected which without the names no longer has the form of its kind."""
    if table is not records or "data" not in change or has_form(row.kind, change["data"]):
        return {}
    at = now(connection)
    if row.known_from and not row.known_to:
        said = {"known_to": at, "ended_by": FORGETTING, "end_reason": SHAPELESS}
        return {"status": "rejected"} | said
    if row.status != "proposed":
        return {}
    said = {"decided_by": FORGETTING, "decided_at": at, "reason": SHAPELESS}
    return {"status": "rejected"} | said


def _rename(connection: Connection, scope: ClientScope, people: Mentions, row: Any) -> None:
    """Give an entity a name that says no person's, and that no other entity has.

    The facts that say when it was its name say the new one.
    """
    connection.execute(delete(aliases).where(*_key(aliases, row)))
    written = f"{people.redact(row.written)} {row.entity[:5]}"
    alias = key_of(written)
    taken = _of(aliases, scope).where(aliases.c.alias == alias)
    if connection.execute(taken).first() is None:
        renamed = {"alias": alias, "entity": row.entity, "written": written}
        connection.execute(insert(aliases).values(client=scope.client, **renamed))
    connection.execute(
        update(facts)
        .where(facts.c.client == scope.client, facts.c.value == row.alias)
        .where(facts.c.status == ALIAS)
        .values(value=alias)
    )


def _forget_container(
    connection: Connection, people: Mentions, row: Any, withheld: Callable[[bytes], bytes]
) -> None:
    """An archive named after people keeps its hash, under the path that its members have now."""
    path = people.redact(row.path)
    origin = withheld(row.origin) if people.spans(readable(row.origin)) else row.origin
    if (path, origin) == (row.path, row.origin):
        return
    connection.execute(delete(containers).where(*_key(containers, row)))
    values = {"client": row.client, "path": path, "sha256": row.sha256, "origin": origin}
    connection.execute(upsert(containers).values(values).on_conflict_do_nothing())
