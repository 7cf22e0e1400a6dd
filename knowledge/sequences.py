"""Conversations: the passages of their sources in one row, numbered without gaps.

The number is the passage's rank by its source's place, then within the source. It says how far two
passages are apart, whatever the places are: numbers of messages, or the seconds they were sent.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, func, select

from savoirfaire.knowledge.dialects import execute_rows
from savoirfaire.knowledge.schema import passages, sources
from savoirfaire.knowledge.scope import ClientScope

_PLACE = func.coalesce(sources.c.place, 0)
_NUMBER = "UPDATE passages SET position = ? WHERE client = ? AND id = ?"


def touched(places: Iterable[tuple[str | None, int | None]]) -> dict[str, int]:
    """The least place in each conversation, from conversations and places of sources."""
    first: dict[str, int] = {}
    for thread, place in places:
        if thread is not None:
            first[thread] = min(place or 0, first.get(thread, place or 0))
    return first


def number(connection: Connection, scope: ClientScope, first: Mapping[str, int]) -> None:
    """Number conversations anew from a place on; what stands before it keeps its number."""
    of_source = (passages.c.client == sources.c.client) & (passages.c.source == sources.c.id)
    for thread, place in first.items():
        mine = (passages.c.client == scope.client) & (passages.c.sequence == thread)
        position = passages.c.position
        joined = select(passages.c.id, position).join(sources, of_source).where(mine)
        last = connection.execute(
            joined.where(position.is_not(None), place > _PLACE).order_by(position.desc()).limit(1)
        ).first()
        base = last.position + 1 if last else 0
        later = joined.where(position.is_(None) | (position >= base))
        rows = connection.execute(later.order_by(_PLACE, sources.c.id, passages.c.start)).all()
        moved = [
            (rank, scope.client, row.id)
            for rank, row in enumerate(rows, start=base)
            if row.position != rank
        ]
        if moved:
            execute_rows(connection, _NUMBER, moved)
