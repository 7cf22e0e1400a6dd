"""How far each source was read for records, in a transaction of one client.

Reading a source costs a model's time; the same reader has nothing new to say of the same words.
"""

from sqlalchemy import Connection, select

from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.schema import extractions, sources
from savoirfaire.knowledge.scope import ClientScope

_C = extractions.c


def reached(connection: Connection, scope: ClientScope, author: str) -> dict[str, tuple[str, int]]:
    """The hash that each source had when `author` read it, and how far it was read, by source."""
    rows = connection.execute(
        select(_C.source, _C.sha256, _C.reached).where(
            _C.client == scope.client, _C.author == author
        )
    )
    return {row.source: (row.sha256, row.reached) for row in rows}


def note(
    connection: Connection, scope: ClientScope, author: str, source: str, sha256: str, end: int
) -> None:
    """Note how far a source was read. One that is gone, or was changed meanwhile, is left out."""
    known = select(sources.c.sha256).where(sources.c.client == scope.client, sources.c.id == source)
    if connection.scalar(known) != sha256:
        return
    row = {
        "client": scope.client,
        "source": source,
        "author": author,
        "sha256": sha256,
        "reached": end,
        "extracted_at": now(connection),
    }
    statement = upsert(extractions).values(row)
    renewed = {key: statement.excluded[key] for key in ("sha256", "reached", "extracted_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["client", "source", "author"], set_=renewed)
    )
