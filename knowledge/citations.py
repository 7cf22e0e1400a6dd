"""What a record or a fact rests on: exact quotes of a client's sources.

`text(source)[start:end] == quote` when it is written, else it is refused. Where a source is changed
later, its citations are anchored again, and one whose quote is gone has no span any more.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from savoirfaire.errors import CitationError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.schema import citations, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts

_SHOWN = 80  # characters of a quote in a message


def checked(
    connection: Connection, scope: ClientScope, given: Sequence[Citation]
) -> list[Citation]:
    """The citations with their spans, each once. Raises CitationError where a quote is not there.

    A span may be left out where the source has the quote only once; a given one must be right.
    """
    texts = _texts(connection, scope, {each.source for each in given})
    return list(dict.fromkeys(_anchored(each, texts.get(each.source)) for each in given))


def cite(connection: Connection, scope: ClientScope, owner: str, given: Sequence[Citation]) -> None:
    """Write what `owner`, a record or a fact, rests on; the citations have been checked."""
    rows = [
        {"client": scope.client, "owner": owner, "place": place, **each.model_dump()}
        for place, each in enumerate(given)
    ]
    if rows:
        connection.execute(insert(citations), rows)


def cited(
    connection: Connection, scope: ClientScope, owners: Iterable[str]
) -> dict[str, list[Citation]]:
    """What each of these records and facts rests on, in the order it was given."""
    found: dict[str, list[Citation]] = defaultdict(list)
    for part in in_parts(owners):
        rows = connection.execute(
            select(citations)
            .where(citations.c.client == scope.client, citations.c.owner.in_(part))
            .order_by(citations.c.owner, citations.c.place)
        )
        for row in rows:
            found[row.owner].append(_citation(row))
    return found


def _citation(row: Any) -> Citation:
    return Citation(
        source=row.source, start=row.start, end=row.end, quote=row.quote, field=row.field
    )


def _texts(connection: Connection, scope: ClientScope, wanted: Iterable[str]) -> dict[str, str]:
    """The canonical texts of the client's sources with these ids."""
    texts: dict[str, str] = {}
    for part in in_parts(wanted):
        rows = connection.execute(
            select(sources.c.id, sources.c.text).where(
                sources.c.client == scope.client, sources.c.id.in_(part)
            )
        )
        texts.update({row.id: row.text for row in rows})
    return texts


def _anchored(given: Citation, text: str | None) -> Citation:
    if text is None:
        raise CitationError("there is no source {source} to quote", source=given.source)
    start = text.find(given.quote) if given.start is None else given.start
    end = start + len(given.quote)
    if start < 0 or given.end not in (None, end) or text[start:end] != given.quote:
        raise CitationError(
            "source {source} does not say “{quote}” there",
            source=given.source,
            quote=given.quote[:_SHOWN],
        )
    if given.start is None and text.find(given.quote, start + 1) >= 0:
        raise CitationError(
            "source {source} says “{quote}” more than once",
            source=given.source,
            quote=given.quote[:_SHOWN],
            hint="Quote more of the words around it, so that the place is certain.",
        )
    return given.model_copy(update={"start": start, "end": end})
