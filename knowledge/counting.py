"""A client's statistics in the ledger: changed with its passages, in the same transaction."""

from sqlalchemy import Connection, bindparam, delete, select

from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.frequencies import Frequencies
from savoirfaire.knowledge.schema import statistics
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.tallies import Statistics, pack, unpack

_KEPT = select(statistics).where(statistics.c.client == bindparam("client"))


def count(
    connection: Connection, scope: ClientScope, added: Statistics, removed: Statistics
) -> None:
    """Add to and take from the client's statistics; what no passage holds is forgotten."""
    if added.passages or removed.passages:
        _keep(connection, scope, statistics_of(connection, scope.client) + added - removed)


def recount(connection: Connection, scope: ClientScope, counted: Statistics) -> None:
    """Replace the client's statistics by what was counted."""
    _keep(connection, scope, counted)


def statistics_of(connection: Connection, client: str) -> Statistics:
    """What a client's passages have in common."""
    row = connection.execute(_KEPT, {"client": client}).first()
    if row is None:
        return Statistics()
    return Statistics(row.passages, row.words, Frequencies.from_bytes(row.terms), unpack(row.grams))


def _keep(connection: Connection, scope: ClientScope, counted: Statistics) -> None:
    if not counted.passages:
        connection.execute(delete(statistics).where(statistics.c.client == scope.client))
        return
    kept = {
        "passages": counted.passages,
        "words": counted.words,
        "terms": counted.terms.to_bytes(),
        "grams": pack(counted.grams),
    }
    row = upsert(statistics).values(client=scope.client, **kept)
    connection.execute(row.on_conflict_do_update(index_elements=["client"], set_=kept))
