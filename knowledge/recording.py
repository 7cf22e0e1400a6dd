"""Writing sources into the ledger: what changed is written, what did not is left alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select

from savoirfaire.errors import ConflictError
from savoirfaire.knowledge import anchoring, sequences
from savoirfaire.knowledge.access import client_row
from savoirfaire.knowledge.analysing import advance, bring_up
from savoirfaire.knowledge.counting import count
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.dialects import execute_rows, upsert
from savoirfaire.knowledge.rows import Change, Source, searched_words, source_id
from savoirfaire.knowledge.schema import (
    citations,
    fillings,
    passages,
    removed_citations,
    sources,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.sketches import Sketch, analyse
from savoirfaire.knowledge.snapshot import in_parts
from savoirfaire.knowledge.tallies import Tally

# Thousands of rows with a blob each: built by SQLAlchemy, they take twice as long.
_INSERT = (
    "INSERT INTO passages"
    ' (client, id, source, start, "end", heading, sketch, recorded_at, sequence)'
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_FIELDS = (
    *("path", "kind", "title", "date", "language", "sha256", "origin", "text", "locators"),
    *("author", "channel", "thread", "place", "container", "meta"),
)


class _Searched(NamedTuple):
    """What the index depends on: what a passage is kept by, and its searched words."""

    kind: str
    channel: str | None
    author: str | None
    date: str | None
    words: str


class _Kept(NamedTuple):
    """A passage as it was recorded."""

    searched: _Searched
    sketch: bytes
    recorded_at: str


class _Before(NamedTuple):
    """What was recorded of sources: their passages by id, conversations and ids."""

    passages: dict[int, _Kept]
    places: list[tuple[str | None, int | None]]
    sources: set[str]


def record(connection: Connection, scope: ClientScope, batch: Sequence[Source]) -> Change:
    """Write sources, new or changed; a source that is recorded already as it is stays untouched."""
    bring_up(connection, scope)
    changed, before = _compared(connection, scope, _by_id(scope, batch))
    after = {
        span.id: _searched(source, source.index_text(span))
        for source in changed.values()
        for span in source.spans
    }
    # A passage whose searched words or keywords changed is removed and added again.
    kept = {
        each: known for each, known in before.passages.items() if known.searched == after.get(each)
    }
    added = {each: analyse(after[each].words) for each in after if each not in kept}
    moved = {each: changed[each].text for each in changed if each in before.sources}
    said = anchoring.cited_texts(connection, scope, moved)
    at = _write(connection, scope, changed, added, kept)
    anchoring.follow(connection, scope, said, moved)
    places = [*before.places, *((each.thread, each.place) for each in changed.values())]
    sequences.number(connection, scope, sequences.touched(places))
    gone = {each: known.sketch for each, known in before.passages.items() if each not in kept}
    return _changed(connection, scope, added, gone, at)


def remove(connection: Connection, scope: ClientScope, identities: Iterable[str]) -> Change:
    """Remove sources, by id, with their passages, citations and statistics; unknown ids too."""
    bring_up(connection, scope)
    gone: dict[int, bytes] = {}
    places: list[tuple[str | None, int | None]] = []
    for part in in_parts(identities):
        of_source = (passages.c.client == scope.client) & passages.c.source.in_(part)
        gone |= {
            row.id: row.sketch
            for row in connection.execute(select(passages.c.id, passages.c.sketch).where(of_source))
        }
        named = (sources.c.client == scope.client) & sources.c.id.in_(part)
        places += [
            (row.thread, row.place)
            for row in connection.execute(select(sources.c.thread, sources.c.place).where(named))
        ]
        cited = (citations.c.client == scope.client) & citations.c.source.in_(part)
        _remember(connection, scope, cited)
        connection.execute(delete(citations).where(cited))
        connection.execute(delete(passages).where(of_source))
        connection.execute(delete(sources).where(named))
    sequences.number(connection, scope, sequences.touched(places))
    return _changed(connection, scope, {}, gone, now(connection))


def _remember(connection: Connection, scope: ClientScope, cited: ColumnElement[bool]) -> None:
    """Keep what rested on sources that are removed: their words may be forgotten later."""
    source = (sources.c.client == citations.c.client) & (sources.c.id == citations.c.source)
    names = ("client", "owner", "source", "field")
    rested = select(*(citations.c[name] for name in names), sources.c.path, sources.c.sha256)
    rows = rested.join_from(citations, sources, source).where(cited).distinct()
    rows = rows.where(sources.c.client == scope.client)
    columns = [*names, "path", "sha256"]
    kept = upsert(removed_citations).from_select(columns, rows)
    connection.execute(kept.on_conflict_do_nothing())


def _changed(
    connection: Connection,
    scope: ClientScope,
    added: Mapping[int, Sketch],
    gone: Mapping[int, bytes],
    at: str,
) -> Change:
    """Bring the statistics and the revision to what was written."""
    removed = Tally(Sketch.from_bytes(sketch) for sketch in gone.values())
    count(connection, scope, Tally(added.values()).statistics(), removed.statistics())
    previous = int(client_row(connection, scope.client).revision)
    revision = advance(connection, scope) if added or gone else previous
    return Change(previous, revision, added, set(gone), at)


def _by_id(scope: ClientScope, batch: Sequence[Source]) -> dict[str, Source]:
    rows: dict[str, Source] = {}
    for source in batch:
        identity = source_id(scope, source.path)
        _require_same_path(rows.get(identity, source).path, source)
        rows[identity] = source
    return rows


def _require_same_path(path: str, source: Source) -> None:
    """One source must not take the place of another, however unlikely it is that ids collide."""
    if path != source.path:
        raise ConflictError(
            "{path} would take the place of {other}",
            path=source.path,
            other=path,
            hint="Give one of the two files another name.",
        )


def _compared(
    connection: Connection, scope: ClientScope, rows: Mapping[str, Source]
) -> tuple[dict[str, Source], _Before]:
    """The sources that are not yet recorded as they are, and what was recorded of them so far."""
    changed, before = dict(rows), _Before({}, [], set())
    for part in in_parts(rows):
        query = select(sources).where(sources.c.client == scope.client, sources.c.id.in_(part))
        for known in connection.execute(query).all():
            _require_same_path(known.path, rows[known.id])
            spans = connection.execute(
                select(passages)
                .where(passages.c.client == scope.client, passages.c.source == known.id)
                .order_by(passages.c.start)
            ).all()
            if _is_same(known, spans, rows[known.id]):
                del changed[known.id]
                continue
            before.sources.add(known.id)
            before.places.append((known.thread, known.place))
            for span in spans:
                words = searched_words(known.title, span.heading, known.text[span.start : span.end])
                searched = _searched(known, words)
                before.passages[span.id] = _Kept(searched, span.sketch, span.recorded_at)
    return changed, before


def _searched(source: Any, words: str) -> _Searched:
    return _Searched(source.kind, source.channel, source.author, source.date, words)


def _is_same(known: Any, spans: Sequence[Any], source: Source) -> bool:
    row = _row(source)
    return all(getattr(known, key) == row[key] for key in _FIELDS) and [
        (span.id, span.start, span.end, span.heading) for span in spans
    ] == [(span.id, span.start, span.end, span.heading) for span in source.spans]


def _row(source: Source) -> dict[str, Any]:
    return {key: getattr(source, key) for key in _FIELDS} | {
        "locators": list(source.locators),
        "meta": dict(source.meta),
    }


def _write(
    connection: Connection,
    scope: ClientScope,
    changed: Mapping[str, Source],
    added: Mapping[int, Sketch],
    kept: Mapping[int, _Kept],
) -> str:
    """Write the changed sources and their passages, and say when."""
    at = now(connection)
    if not changed:
        return at
    common = {"client": scope.client, "ingested_at": at}
    statement = upsert(sources)
    renewed = {c.name: c for c in statement.excluded if c.name not in ("client", "id")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["client", "id"], set_=renewed),
        [{**common, "id": each, **_row(source)} for each, source in changed.items()],
    )
    for part in in_parts(changed):
        connection.execute(
            delete(passages).where(passages.c.client == scope.client, passages.c.source.in_(part))
        )
        connection.execute(
            delete(fillings).where(fillings.c.client == scope.client, fillings.c.source.in_(part))
        )
    rows = [
        (scope.client, span.id, each, span.start, span.end, span.heading)
        + (kept[span.id][1:] if span.id in kept else (added[span.id].to_bytes(), at))
        + (source.thread,)
        for each, source in changed.items()
        for span in source.spans
    ]
    if rows:
        execute_rows(connection, _INSERT, rows)
    return at
