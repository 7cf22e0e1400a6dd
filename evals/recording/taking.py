"""Taking what was known of a client at a run's clock, out of the ledger.

What came later is left out, and what was changed later is as it was then, as far as the ledger
still tells: a source that was read again since has only its newer words, and a run that knew the
older ones cannot be recorded any more.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from savoirfaire.evals.tasks.folder import digest
from savoirfaire.evals.tasks.form import KnownSource, Snapshot
from savoirfaire.evals.tasks.studio import KEPT
from savoirfaire.knowledge.access import client_row, reading
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import metadata, passages, sources
from savoirfaire.knowledge.scope import ClientScope

_NAME = 16  # digits of a text's hash that name its file
_DECIDED = ("known_from", "decided_at", "decided_by", "reason", "superseded_by")
_ENDED = ("known_to", "ended_by", "end_reason", "superseded_by")


def take(ledger: Ledger, scope: ClientScope, clock: str) -> tuple[Snapshot, dict[str, str]]:
    """All that was known of a client at `clock`, and the texts by the names it gives them."""
    texts: dict[str, str] = {}
    with reading(ledger.engine, scope) as connection:
        row = client_row(connection, scope.client)
        snapshot = Snapshot(
            client=scope.client,
            language=row.language,
            retrieval=row.retrieval,
            sources=_sources(connection, scope, clock, texts),
            rows=_rows(connection, scope, clock),
        )
    return snapshot, texts


def text_name(text: str) -> str:
    """The name of a text's file: by its content."""
    return f"{digest(text.encode())[:_NAME]}.txt"


def _sources(
    connection: Connection, scope: ClientScope, clock: str, texts: dict[str, str]
) -> list[KnownSource]:
    here = (sources.c.client == scope.client, sources.c.ingested_at <= clock)
    found = []
    for row in connection.execute(select(sources).where(*here).order_by(sources.c.path)):
        said = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        name = text_name(row.text)
        texts[name] = row.text
        kept = {key: said[key] for key in KnownSource.model_fields if key in said}
        kept |= {"text": name, "spans": _spans(connection, scope, row.id)}
        found.append(KnownSource(**kept))
    return found


def _spans(connection: Connection, scope: ClientScope, source: str) -> list[Any]:
    c = passages.c
    query = (
        select(c.start, c.end, c.heading, c.recorded_at)
        .where(c.client == scope.client, c.source == source)
        .order_by(c.start)
    )
    return [tuple(row) for row in connection.execute(query)]


def _rows(connection: Connection, scope: ClientScope, clock: str) -> dict[str, list[Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, came in KEPT.items():
        table = metadata.tables[name]
        query = table.select().where(table.c.client == scope.client).order_by(*table.primary_key)
        rows = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001
        then = [_then(row, clock) for row in rows if not came or _by(row[came], clock)]
        found[name] = [{k: v for k, v in row.items() if k != "client"} for row in then]
    owners = {row["id"] for name in ("records", "facts") for row in found[name]}
    found["citations"] = [row for row in found["citations"] if row["owner"] in owners]
    known = {row["id"] for row in found["entities"]}
    found["aliases"] = [row for row in found["aliases"] if row["entity"] in known]
    return {name: rows for name, rows in found.items() if rows}


def _by(came: str | None, clock: str) -> bool:
    return came is not None and came <= clock


def _then(row: Mapping[str, Any], clock: str) -> dict[str, Any]:
    """A row as it was: what was decided or ended later was not, yet."""
    then = dict(row)
    if then.get("known_to") and then["known_to"] > clock:
        then |= {key: None for key in _ENDED if key in then}
        if "status" in then and then["known_from"]:
            then["status"] = "active"
    decided = then.get("known_from") or then.get("decided_at")
    if "status" in then and decided and decided > clock:
        then |= {key: None for key in _DECIDED if key in then}
        then["status"] = "proposed"
    return then
