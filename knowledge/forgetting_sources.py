"""A source without the people it named: recorded in the place of the one before.

Passages, citations and locators keep their places in the words that are left, and the moments they
were recorded at: what was known when stays as it was.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from savoirfaire.knowledge import recording
from savoirfaire.knowledge.mentions import MARK, Marked, Mentions
from savoirfaire.knowledge.passages import Span
from savoirfaire.knowledge.rows import Source, source_id
from savoirfaire.knowledge.schema import citations, passages, sources
from savoirfaire.knowledge.scope import ClientScope

_TOLD = (
    *("path", "kind", "title", "date", "language", "sha256", "text", "locators", "origin"),
    *("author", "channel", "thread", "place", "container", "meta"),
)


def recorded(connection: Connection, scope: ClientScope, identity: str) -> Source:
    """A source as it is in the ledger."""
    mine = (sources.c.client == scope.client, sources.c.id == identity)
    row = connection.execute(select(sources).where(*mine)).one()
    spans = [
        Span(each.id, each.start, each.end, each.heading)
        for each in _passages(connection, scope, identity)
    ]
    return Source(**{key: getattr(row, key) for key in _TOLD}, spans=spans)


def replace_source(
    connection: Connection,
    scope: ClientScope,
    identity: str,
    people: Mentions,
    withheld: Callable[[bytes], bytes],
) -> None:
    """Put a source without mentions of people in the place of one that has any.

    `withheld` gives what stands for the path of a file that names them.
    """
    before = recorded(connection, scope, identity)
    after = people.source(scope, before)
    if after == before:
        return
    if after.path != before.path:
        path = _free_path(connection, scope, after.path)
        after = people.source(scope, before, path)
    if after.origin != before.origin:
        after = replace(after, origin=withheld(before.origin))
    marked = people.marked(before.text)
    when = _times(connection, scope, identity, marked)
    cited = _cited(connection, scope, identity)
    recording.record(connection, scope, [after])
    new = source_id(scope, after.path) if after.path != before.path else identity
    _cite(connection, scope, cited, new, marked)
    if new != identity:
        recording.remove(connection, scope, [identity])
    _date_back(connection, scope, new, when)


def _passages(connection: Connection, scope: ClientScope, source: str) -> list[Any]:
    mine = (passages.c.client == scope.client, passages.c.source == source)
    return list(connection.execute(select(passages).where(*mine).order_by(passages.c.start)))


def _free_path(connection: Connection, scope: ClientScope, path: str) -> str:
    """A path that no source has: of two files named after people, the second has a 2."""
    wanted, number = path, 1
    mine = select(sources.c.id).where(sources.c.client == scope.client)
    while connection.execute(mine.where(sources.c.path == wanted)).first() is not None:
        number += 1
        wanted = path.replace(MARK, f"{MARK} {number}", 1)
    return wanted


def _times(
    connection: Connection, scope: ClientScope, source: str, marked: Marked
) -> tuple[str, list[tuple[int, str]]]:
    """When a source was ingested, and each of its passages recorded, by where it begins now."""
    mine = (sources.c.client == scope.client, sources.c.id == source)
    ingested = connection.execute(select(sources.c.ingested_at).where(*mine)).scalar_one()
    rows = _passages(connection, scope, source)
    return str(ingested), [(marked.at(row.start), row.recorded_at) for row in rows]


def _date_back(
    connection: Connection, scope: ClientScope, source: str, when: tuple[str, list[tuple[int, str]]]
) -> None:
    ingested, passed = when
    mine = (sources.c.client == scope.client, sources.c.id == source)
    connection.execute(update(sources).where(*mine).values(ingested_at=ingested))
    starts = [start for start, _ in passed]
    rows = [
        {"of": row.id, "at": passed[max(0, bisect_right(starts, row.start) - 1)][1]}
        for row in _passages(connection, scope, source)
        if passed
    ]
    if rows:
        connection.execute(
            update(passages)
            .where(passages.c.client == scope.client, passages.c.id == bindparam("of"))
            .values(recorded_at=bindparam("at")),
            rows,
        )


def _cited(connection: Connection, scope: ClientScope, source: str) -> list[Any]:
    mine = (citations.c.client == scope.client, citations.c.source == source)
    return list(connection.execute(select(citations).where(*mine)))


def _cite(
    connection: Connection, scope: ClientScope, cited: Sequence[Any], source: str, marked: Marked
) -> None:
    """Let citations quote what is there now; one that had lost its place stays without one."""
    for row in cited:
        said: dict[str, Any] = {"source": source}
        if row.start is not None:
            start, end = marked.span(row.start, row.end)
            said |= {"start": start, "end": end, "quote": marked.text[start:end]}
        connection.execute(
            update(citations)
            .where(citations.c.client == scope.client)
            .where(citations.c.owner == row.owner, citations.c.place == row.place)
            .values(said)
        )
