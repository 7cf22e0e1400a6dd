"""A client's statistics in the ledger: changed with its passages, in the same transaction."""

from collections import Counter

from sqlalchemy import Connection, bindparam, delete, select

from savoirfaire.knowledge.dialects import execute_rows, upsert
from savoirfaire.knowledge.schema import EVERY, gram_counts, terms
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.tallies import GramCounts, Tally, no_grams, pack, unpack

# Tens of thousands of rows for a megabyte of text: built by SQLAlchemy, they take twice as long.
_ADD = (
    "INSERT INTO terms (client, term, passages) VALUES (?, ?, ?)"
    " ON CONFLICT (client, term) DO UPDATE SET passages = terms.passages + excluded.passages"
)
_GRAMS = select(gram_counts.c.words, gram_counts.c.counts).where(
    gram_counts.c.client == bindparam("client")
)


def count(connection: Connection, scope: ClientScope, added: Tally, removed: Tally) -> None:
    """Add to and take from the client's statistics; what no passage holds is forgotten."""
    if added.passages or removed.passages:
        _count_terms(connection, scope, added, removed)
        words, grams = grams_of(connection, scope.client)
        words += added.words - removed.words
        _keep_grams(connection, scope, words, grams + added.grams - removed.grams)


def recount(connection: Connection, scope: ClientScope, tally: Tally) -> None:
    """Replace the client's statistics by what was counted."""
    connection.execute(delete(terms).where(terms.c.client == scope.client))
    connection.execute(delete(gram_counts).where(gram_counts.c.client == scope.client))
    count(connection, scope, tally, Tally())


def grams_of(connection: Connection, client: str) -> tuple[int, GramCounts]:
    """How many content words a client's passages have, and how many passages hold each gram."""
    row = connection.execute(_GRAMS, {"client": client}).first()
    return (int(row.words), unpack(row.counts)) if row else (0, no_grams())


def _count_terms(connection: Connection, scope: ClientScope, added: Tally, removed: Tally) -> None:
    changes = _changes(added, removed)
    rows = [(scope.client, term, change) for term, change in changes.items() if change]
    if rows:
        execute_rows(connection, _ADD, rows)
    fewer = [{"gone": term} for term, change in changes.items() if change < 0]
    if fewer:
        connection.execute(
            delete(terms).where(
                terms.c.client == scope.client,
                terms.c.term == bindparam("gone"),
                terms.c.passages == 0,
            ),
            fewer,
        )


def _changes(added: Tally, removed: Tally) -> dict[int, int]:
    """By how much each term's count changes, in the order of the table; EVERY comes before all."""
    if not removed.passages:  # nearly sorted already: a third of the time
        return {EVERY: added.passages, **dict(sorted(added.terms().items()))}
    changes = Counter(added.terms())
    changes.subtract(removed.terms())
    changes[EVERY] = added.passages - removed.passages
    return dict(sorted(changes.items()))


def _keep_grams(connection: Connection, scope: ClientScope, words: int, grams: GramCounts) -> None:
    if not grams.any():
        connection.execute(delete(gram_counts).where(gram_counts.c.client == scope.client))
        return
    row = upsert(gram_counts).values(client=scope.client, words=words, counts=pack(grams))
    renewed = {"words": row.excluded.words, "counts": row.excluded.counts}
    connection.execute(row.on_conflict_do_update(index_elements=["client"], set_=renewed))
