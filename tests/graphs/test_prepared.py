"""Statements of the queue that are compiled once."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from savoirfaire.graphs.queueing.engine import DbosTickets
from savoirfaire.graphs.submitting import Ticket
from savoirfaire.knowledge.database import open_database, writing

_OF_EACH = {"workflow_uuid", "created_at", "updated_at", "creator_xid", "inputs"}


def test_prepared_tickets(tmp_path: Path) -> None:
    """A ticket put by a statement that was kept is as DBOS itself would have put it."""
    engine = open_database(tmp_path / "ledger.db")
    tickets = DbosTickets(engine)
    tickets.ready()
    system: Any = tickets._open()._sys_db
    kept = vars(system)["_execute_prepared"]
    own_way = type(system)._execute_prepared.__get__(system)
    for number, way in enumerate((own_way, kept, kept)):
        system._execute_prepared = way
        with writing(engine) as connection:
            tickets.put(connection, [Ticket(f"run-{number}", "acmé", 3, 1)])
    with engine.connect() as connection:
        query = "SELECT * FROM workflow_status JOIN workflow_input USING (workflow_uuid)"
        rows = [dict(row) for row in connection.execute(text(query)).mappings()]
    tickets.close()
    engine.dispose()
    own, *others = [{name: row[name] for name in row.keys() - _OF_EACH} for row in rows]
    assert others == [own, own]
    assert [row["workflow_uuid"] for row in rows] == ["run-0:1", "run-1:1", "run-2:1"]
