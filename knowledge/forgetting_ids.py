"""The ids of records that lost a person's name, made again.

A record's id comes from what it says. Without new ids, the redacted source would propose what it
says now as if nobody had decided on it.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any

from sqlalchemy import Connection, select, update

from savoirfaire.errors import RecordError
from savoirfaire.knowledge.brandos.rows import form_of, identify
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.schema import citations, facts, records, removed_citations
from savoirfaire.knowledge.scope import ClientScope

_NAMING = (records.c.id, records.c.supersedes, records.c.superseded_by, facts.c.record)
_CITING = (citations.c.owner, removed_citations.c.owner)


def identify_again(
    connection: Connection, scope: ClientScope, before: Iterable[Any]
) -> dict[str, str]:
    """Give records the ids and keys of what they say now; `before`: their rows as they were.

    Gives the new id of each that has another now. One whose id another has, which says the same
    then, keeps its own.
    """
    olds = sorted(before, key=lambda row: (row.proposed_at, row.id))
    renamed: dict[str, str] = {}
    for old in olds:
        mine = (records.c.client == scope.client, records.c.id == old.id)
        row = connection.execute(select(records).where(*mine)).one()
        new = _identity(scope, old, row, renamed)
        if new is None or new == old.id or _is_taken(connection, scope, new):
            continue
        form = form_of(row.kind, row.data)
        values = {"key": form.key, "data": form.plain()}
        connection.execute(update(records).where(*mine).values(values))
        _rename(connection, scope, old.id, new)
        renamed[old.id] = new
    return renamed


def _identity(scope: ClientScope, old: Any, row: Any, renamed: dict[str, str]) -> str | None:
    """What a record's id is now, made as the former one was; None where that cannot be told."""
    period = Period(old.valid_from, old.valid_to)
    try:
        said, says = form_of(old.kind, old.data), form_of(row.kind, row.data)
    except RecordError:
        return None
    for has_author, after in product((False, True), ("", old.supersedes or "")):
        whose = {"author": old.author if has_author else "", "after": after}
        if identify(scope, old.kind, said, period, **whose) == old.id:
            whose = {
                "author": row.author if has_author else "",
                "after": renamed.get(after, after),
            }
            return identify(scope, old.kind, says, period, **whose)
    return None


def _is_taken(connection: Connection, scope: ClientScope, identity: str) -> bool:
    mine = (records.c.client == scope.client, records.c.id == identity)
    return connection.execute(select(records.c.id).where(*mine)).first() is not None


def _rename(connection: Connection, scope: ClientScope, old: str, new: str) -> None:
    for column in (*_NAMING, *_CITING):
        table = column.table
        connection.execute(
            update(table)
            .where(table.c.client == scope.client, column == old)
            .values({column.name: new})
        )
