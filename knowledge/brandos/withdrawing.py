"""Withdrawing what a source proposed and says no more, as long as no person has decided on it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from savoirfaire.knowledge.brandos import deciding, rows
from savoirfaire.knowledge.brandos.records import FILL
from savoirfaire.knowledge.brandos.structured.material import Material
from savoirfaire.knowledge.citations import cited
from savoirfaire.knowledge.schema import records
from savoirfaire.knowledge.scope import ClientScope

UNSAID = "its source no longer says so"
_C = records.c


def withdraw(
    connection: Connection, scope: ClientScope, material: Material, said: Iterable[str]
) -> int:
    """End the proposals of a source that are not among those it makes now; how many there were.

    Each is superseded, by the proposal that says otherwise of the same matter where there is one.
    A proposal that another source still has the words of stays.
    """
    own = connection.execute(
        rows.mine(scope, _C.status == "proposed", _C.author == material.path)
    ).all()
    now = set(said)
    gone = [row for row in own if row.id not in now]
    rests = cited(connection, scope, [row.id for row in gone])
    alone = [
        row
        for row in gone
        if all(each.source == material.id or each.lost for each in rests.get(row.id, []))
    ]
    for row in alone:
        _end(connection, scope, row, _after(row, [each for each in own if each.id in now]))
    return len(alone)


def _after(row: Any, current: Iterable[Any]) -> str | None:
    return next((each.id for each in current if (each.kind, each.key) == (row.kind, row.key)), None)


def _end(connection: Connection, scope: ClientScope, row: Any, after: str | None) -> None:
    at = deciding.moment(connection, [row])
    said = {"decided_by": FILL, "decided_at": at, "reason": UNSAID}
    rows.close(
        connection, scope, row.id, "proposed", status="superseded", superseded_by=after, **said
    )
