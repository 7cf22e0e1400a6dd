"""What is made of a client's texts, and making it again where another analyser made it."""

import secrets
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select, update

from savoirfaire.knowledge.access import client_row
from savoirfaire.knowledge.analysis import ANALYSER
from savoirfaire.knowledge.counting import recount
from savoirfaire.knowledge.dialects import execute_rows
from savoirfaire.knowledge.rows import searched_words
from savoirfaire.knowledge.schema import clients, passages, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.sketches import Sketch, analyse
from savoirfaire.knowledge.snapshot import in_parts
from savoirfaire.knowledge.tallies import Tally

_SKETCH = "UPDATE passages SET sketch = ? WHERE client = ? AND id = ?"
_TEXTS = 32  # whole texts in memory at a time


def bring_up(connection: Connection, scope: ClientScope) -> None:
    """Make terms and sketches again where another analyser made them, or none."""
    row = client_row(connection, scope.client)
    if row.analyser != ANALYSER and row.revision:
        analyse_again(connection, scope)
    elif row.analyser != ANALYSER:  # nothing was ever known
        _sign(connection, scope)


def analyse_again(connection: Connection, scope: ClientScope) -> int:
    """Make every sketch and all statistics of a client from its texts; how many passages it has.

    Its revision moves on, so that no index made of the former terms is believed.
    """
    tally = Tally()
    known = connection.scalars(select(sources.c.id).where(sources.c.client == scope.client)).all()
    for part in in_parts(known, _TEXTS):
        rows = []
        for identity, sketch in _sketched(connection, scope, part):
            tally.add(sketch)
            rows.append((sketch.to_bytes(), scope.client, identity))
        if rows:
            execute_rows(connection, _SKETCH, rows)
    counted = tally.statistics()
    recount(connection, scope, counted)
    _sign(connection, scope)
    if counted.passages:
        advance(connection, scope)
    return counted.passages


def _sign(connection: Connection, scope: ClientScope) -> None:
    mine = clients.c.name == scope.client
    connection.execute(update(clients).where(mine).values(analyser=ANALYSER))


def advance(connection: Connection, scope: ClientScope) -> int:
    """Give the client a larger revision that no other history has.

    The lower half is drawn: after an older ledger was put back from a backup, it must not come to
    the revision of an index that was made of other words.
    """
    previous = int(client_row(connection, scope.client).revision)
    revision = (((previous >> 32) + 1) << 32) | secrets.randbits(32)
    mine = clients.c.name == scope.client
    connection.execute(update(clients).where(mine).values(revision=revision))
    return revision


def _sketched(
    connection: Connection, scope: ClientScope, part: Sequence[str]
) -> Iterator[tuple[int, Sketch]]:
    """The passages of some sources, analysed from their texts."""
    named = (sources.c.client == scope.client) & sources.c.id.in_(part)
    query = select(sources.c.id, sources.c.title, sources.c.text).where(named)
    for source in connection.execute(query).all():
        spans = select(passages.c.id, passages.c.start, passages.c.end, passages.c.heading).where(
            passages.c.client == scope.client, passages.c.source == source.id
        )
        for span in connection.execute(spans).all():
            quote = source.text[span.start : span.end]
            yield span.id, analyse(searched_words(source.title, span.heading, quote))
