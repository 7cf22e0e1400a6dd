"""What was forgotten here stays forgotten in what an archive of an earlier day brings back."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from savoirfaire.knowledge.forgetting import forget_runs, forget_sources
from savoirfaire.knowledge.forgetting_people import forget_people
from savoirfaire.knowledge.mentions import Mentions
from savoirfaire.knowledge.schema import approvals, run_events, runs, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.tombstones import Tombstones


def forget_again(
    connection: Connection, scope: ClientScope, stones: Tombstones
) -> tuple[Mentions, set[str]]:
    """Forget what has a tombstone, in a client just read; whom to leave out, and runs that went.

    A run goes that speaks of a forgotten source by its id or path.
    """
    forgotten = stones.within(scope, connection)
    mine = sources.c.client == scope.client
    rows = connection.execute(select(sources.c.id, sources.c.path, sources.c.sha256).where(mine))
    gone = {row.id: row.path for row in rows if forgotten.source(row.sha256)}
    dropped = _speaking(connection, scope, {*gone, *gone.values()}) if gone else set()
    if gone:
        forget_runs(connection, scope, dropped)
        forget_sources(connection, scope, set(gone))
    if forgotten.mentions:
        forget_people(connection, scope, forgotten.mentions, stones)
    return forgotten.mentions, dropped


def _speaking(connection: Connection, scope: ClientScope, names: Collection[str]) -> set[str]:
    """The runs in whose record one of these names stands."""
    mine = runs.c.client == scope.client
    told = [
        *connection.execute(select(runs.c.id, runs.c.request).where(mine)),
        *connection.execute(_said_in(approvals, "request").where(mine)),
        *connection.execute(_said_in(approvals, "decision").where(mine)),
        *connection.execute(_said_in(run_events, "data").where(mine)),
    ]
    return {
        run
        for run, data in told
        if any(name in json.dumps(data, ensure_ascii=False) for name in names)
    }


def _said_in(table: Table, column: str) -> Select[Any]:
    return select(table.c.run, table.c[column]).join(runs, runs.c.id == table.c.run)
