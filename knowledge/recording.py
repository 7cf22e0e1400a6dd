"""Writing sources into the ledger: what changed is written, what did not is left alone."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from savoirfaire.errors import ConflictError
from savoirfaire.knowledge.analysis import Terms, analyse
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.rows import Change, Source, searched_words, source_id
from savoirfaire.knowledge.schema import EVERY, clients, passages, sources, terms
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import Snapshot, in_parts

_Searched = dict[int, tuple[str, str]]
"""The kind and the searched words of passages, by id: what the index depends on."""

# Tens of thousands of rows for a megabyte of text: built by SQLAlchemy, they take twice as long.
_ADD = (
    "INSERT INTO terms (client, term, passages) VALUES (?, ?, ?)"
    " ON CONFLICT (client, term) DO UPDATE SET passages = passages + excluded.passages"
)
_KEPT = (
    *("path", "kind", "title", "date", "language", "sha256", "origin", "text", "locators"),
    *("author", "channel", "thread", "container", "meta"),
)


def record(connection: Connection, scope: ClientScope, batch: Sequence[Source]) -> Change:
    """Write sources, new or changed; a source that is recorded already as it is stays untouched."""
    rows = _by_id(scope, batch)
    changed, before = _compared(connection, scope, rows)
    after: _Searched = {
        span.id: (source.kind, source.index_text(span))
        for source in changed.values()
        for span in source.spans
    }
    _write(connection, scope, changed)
    # A passage whose searched words or kind changed is removed and added again.
    gone = [each for each in before if before[each] != after.get(each)]
    added = {each: analyse(after[each][1]) for each in after if after[each] != before.get(each)}
    removed = [analyse(before[each][1]) for each in gone]
    _count(connection, scope, _held(added.values()), _held(removed))
    previous = Snapshot(connection, scope).revision
    revision = previous
    if added or gone:
        revision = _next(previous)
        connection.execute(
            update(clients).where(clients.c.name == scope.client).values(revision=revision)
        )
    return Change(previous, revision, added, set(gone))


def recount(connection: Connection, scope: ClientScope, counts: Mapping[int, int]) -> None:
    """Replace the client's term statistics by what was counted."""
    connection.execute(delete(terms).where(terms.c.client == scope.client))
    _count(connection, scope, counts, {})


def _next(revision: int) -> int:
    """A larger revision that no other history has.

    The lower half is drawn: after an older ledger was put back from a backup, it must not come to
    the revision of an index that was made of other words.
    """
    return (((revision >> 32) + 1) << 32) | secrets.randbits(32)


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
) -> tuple[dict[str, Source], _Searched]:
    """The sources that are not yet recorded as they are, and what was searched of them so far."""
    changed, before = dict(rows), _Searched()
    for part in in_parts(rows):
        query = select(sources).where(sources.c.client == scope.client, sources.c.id.in_(part))
        for known in connection.execute(query).all():
            _require_same_path(known.path, rows[known.id])
            spans = connection.execute(
                select(passages.c.id, passages.c.start, passages.c.end, passages.c.heading)
                .where(passages.c.client == scope.client, passages.c.source == known.id)
                .order_by(passages.c.start)
            ).all()
            if _is_same(known, spans, rows[known.id]):
                del changed[known.id]
                continue
            for span in spans:
                words = searched_words(known.title, span.heading, known.text[span.start : span.end])
                before[span.id] = (known.kind, words)
    return changed, before


def _is_same(known: Any, spans: Sequence[Any], source: Source) -> bool:
    row = _row(source)
    return all(getattr(known, key) == row[key] for key in _KEPT) and [
        tuple(span) for span in spans
    ] == [(span.id, span.start, span.end, span.heading) for span in source.spans]


def _row(source: Source) -> dict[str, Any]:
    return {key: getattr(source, key) for key in _KEPT} | {
        "locators": list(source.locators),
        "meta": dict(source.meta),
    }


def _write(connection: Connection, scope: ClientScope, changed: Mapping[str, Source]) -> None:
    if not changed:
        return
    common = {"client": scope.client, "ingested_at": now(connection)}
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
    spans = [
        {
            "client": scope.client,
            "id": span.id,
            "source": each,
            "start": span.start,
            "end": span.end,
            "heading": span.heading,
        }
        for each, source in changed.items()
        for span in source.spans
    ]
    if spans:
        connection.execute(insert(passages), spans)


def _held(several: Iterable[Terms]) -> Counter[int]:
    """How many of some passages hold each term, and under EVERY how many there are."""
    counts: Counter[int] = Counter()
    for each in several:
        counts.update(each.counts.keys())
        counts[EVERY] += 1
    return counts


def _count(
    connection: Connection,
    scope: ClientScope,
    added: Mapping[int, int],
    removed: Mapping[int, int],
) -> None:
    """Add to and take from the client's term statistics; a term that nothing holds is forgotten."""
    changes = Counter(added)
    changes.subtract(removed)
    rows = [(scope.client, term, change) for term, change in changes.items() if change]
    if rows:
        connection.exec_driver_sql(_ADD, rows)
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
