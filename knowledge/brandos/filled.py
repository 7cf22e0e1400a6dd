"""Which sources the Brand OS was filled from already, in a transaction of one client.

A source is looked at again where it was written again, or where the filling reads otherwise than it
did. One that had something that could not be read is looked at each time: a person is told again.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.schema import citations, fillings, records, sources
from savoirfaire.knowledge.scope import ClientScope

VERSION = "fill@1"
"""Greater with every change of what is read of a source: all are read again then."""

_C = fillings.c


def standing(connection: Connection, scope: ClientScope, filler: str) -> tuple[list[str], int]:
    """The ids of the sources to look at, by path, and how many records the others say.

    A source is looked at too where one of its proposals has lost a quote, in it or in another.
    """
    c = sources.c
    same = and_(_C.client == scope.client, _C.source == c.id, _C.filler == filler)
    query = select(c.id, _C.records, c.path.in_(_lost(scope)).label("lost"))
    mine = query.outerjoin(fillings, same).where(c.client == scope.client).order_by(c.path)
    found = connection.execute(mine).all()
    left = [row.id for row in found if row.records is None or row.lost]
    return left, sum(row.records for row in found if row.records is not None and not row.lost)


def _lost(scope: ClientScope) -> Select[Any]:
    """The authors of proposals that have lost a quote."""
    gone = select(citations.c.owner).where(
        citations.c.client == scope.client, citations.c.start.is_(None)
    )
    r = records.c
    return select(r.author).where(r.client == scope.client, r.status == "proposed", r.id.in_(gone))


def note(
    connection: Connection, scope: ClientScope, filler: str, done: Iterable[tuple[str, str, int]]
) -> None:
    """Note sources that were filled: id, hash, and how many records they say.

    One that is gone, or was changed meanwhile, is left out.
    """
    c = sources.c
    for source, sha256, count in done:
        known = select(c.sha256).where(c.client == scope.client, c.id == source)
        if connection.scalar(known) != sha256:
            continue
        row = {"client": scope.client, "source": source, "filler": filler, "records": count}
        said = upsert(fillings).values(row)
        renewed = {"filler": filler, "records": count}
        connection.execute(
            said.on_conflict_do_update(index_elements=["client", "source"], set_=renewed)
        )
