"""What records and facts rest on, kept true while the sources change.

`text(source)[start:end] == quote` holds for every citation that has a span. Where a source no
longer has the quote, the citation loses its span, and people are told; where the quote comes back,
so does the span.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from savoirfaire.knowledge.schema import citations
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts


class Anchor(NamedTuple):
    """A span of a text, or none."""

    start: int | None
    end: int | None


def anchor(text: str, quote: str, start: int | None) -> Anchor:
    """Where `quote` stands in `text`: nearest to `start`, the earlier of two as near."""
    start = start or 0
    before = text.rfind(quote, 0, start + len(quote))
    after = text.find(quote, start)
    found = [at for at in (before, after) if at >= 0]
    if not quote or not found:
        return Anchor(None, None)
    nearest = min(found, key=lambda at: abs(at - start))
    return Anchor(nearest, nearest + len(quote))


def follow(connection: Connection, scope: ClientScope, texts: Mapping[str, str]) -> None:
    """Find the quotes of changed sources again. `texts`: what each source says now, by id."""
    mine = citations.c.client == scope.client
    moved = []
    for part in in_parts(texts):
        cited = select(citations).where(mine, citations.c.source.in_(part))
        for row in connection.execute(cited):
            found = anchor(texts[row.source], row.quote, row.start)
            if found != (row.start, row.end):
                moved.append({"of": row.owner, "at": row.place, "s": found.start, "e": found.end})
    if moved:
        connection.execute(
            update(citations)
            .where(mine, citations.c.owner == bindparam("of"), citations.c.place == bindparam("at"))
            .values(start=bindparam("s"), end=bindparam("e")),
            moved,
        )
