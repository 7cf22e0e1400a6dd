"""What a decision does to records, in a transaction of one client.

A row is written once; a decision ends it, or makes it known. What takes the place of another says
so, and what it leaves of the other's time is said again in rows of their own.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from savoirfaire.errors import RecordError
from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.grounds import recite
from savoirfaire.knowledge.brandos.records import FILL, MACHINE, Citation
from savoirfaire.knowledge.brandos.rows import (
    add,
    close,
    decided,
    form_of,
    identify,
    lapsed,
    mine,
    row_of,
)
from savoirfaire.knowledge.brandos.rulings import require_examples
from savoirfaire.knowledge.citations import cited
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.schema import records
from savoirfaire.knowledge.scope import ClientScope

_SHOWN = 80  # characters of a quote in a message


def require_person(name: str) -> str:
    """Who decides, or writes. Raises RecordError for nobody, and for a machine's name."""
    words = name.strip() if isinstance(name, str) else ""
    if not words or "\0" in words or words.startswith(MACHINE):
        raise RecordError("{name} is not the name of somebody who can decide", name=repr(name))
    return words


def propose(
    connection: Connection,
    scope: ClientScope,
    kind: str,
    form: Form,
    period: Period,
    rests: Sequence[Citation],
    author: str,
) -> str:
    """Write a proposal; the id of the record that says so already, where there is one.

    One that had lost its sources, and is proposed with others now, is a proposal again.
    """
    known, after = proposed(connection, scope, kind, form, period)
    if known is not None:
        _corroborate(connection, scope, row_of(connection, scope, known), rests)
        return known
    identity = identify(scope, kind, form, period, after=after or "")
    add(
        connection,
        scope,
        identity,
        form,
        rests,
        kind=kind,
        status="proposed",
        valid_from=period.start,
        valid_to=period.end,
        supersedes=after,
        author=author,
        proposed_at=now(connection),
    )
    return identity


def proposed(
    connection: Connection, scope: ClientScope, kind: str, form: Form, period: Period
) -> tuple[str | None, str | None]:
    """The id of the record that says so already, if any, and of the last one that lapsed."""
    identity = identify(scope, kind, form, period)
    after = None
    while (known := _known(connection, scope, identity)) is not None:
        if not lapsed(known):
            return identity, after
        after, identity = identity, identify(scope, kind, form, period, after=identity)
    return None, after


def accept(
    connection: Connection, scope: ClientScope, record: str, olds: Sequence[str], **who: str
) -> list[str]:
    """Make a proposal known, in place of what it covers of `olds`. `who`: by and reason.

    Gives the ids of the rows that are active now: what is left of the old ones, and the record.
    """
    row = row_of(connection, scope, record)
    if row.status != "proposed":
        raise decided(row)
    require_quotes(connection, scope, row)
    require_examples(row.kind, row.data)
    replaced = replaceable(connection, scope, row.kind, Period(row.valid_from, row.valid_to), olds)
    at = moment(connection, replaced)
    close(connection, scope, record, "proposed", **_known_values(at, **who))
    if replaced:
        link(connection, scope, record, replaced)
    return [*supersede(connection, scope, row, replaced, at, **who), record]


def succeed(
    connection: Connection,
    scope: ClientScope,
    row: Any,
    form: Form,
    rests: Sequence[Citation],
    **who: str,
) -> str:
    """Write the version that takes the place of a row; its id.

    It holds as long as the row, but from the day on that the form says, where that was changed. Its
    author is the person who wrote it, or that of the row where the filling renews it.
    """
    require_examples(row.kind, form.plain())
    period = _period_of(row, form)
    identity = identify(scope, row.kind, form, period, after=row.id)
    at = moment(connection, [row])
    values = _known_values(at, **who) | {
        "kind": row.kind,
        "valid_from": period.start,
        "valid_to": period.end,
        "supersedes": row.id,
        "author": row.author if who["by"] == FILL else who["by"],
        "proposed_at": at,
    }
    add(connection, scope, identity, form, rests, **values)
    ended = {"status": "superseded", "superseded_by": identity}
    ended |= {"known_to": at} if row.known_from else {"decided_by": who["by"], "decided_at": at}
    close(connection, scope, row.id, row.status, **ended)
    return identity


def _period_of(row: Any, form: Form) -> Period:
    """When a new version of a row holds."""
    is_moved = form.since is not None and form.since != form_of(row.kind, row.data).since
    return Period.of(form.since if is_moved else row.valid_from, row.valid_to)


def require_quotes(connection: Connection, scope: ClientScope, row: Any) -> None:
    """Raise RecordError where a source no longer has a quote that a proposal was made from."""
    rests = cited(connection, scope, [row.id]).get(row.id, [])
    if lost := next((each for each in rests if each.lost), None):
        raise RecordError(
            "{record} cannot be accepted: its source no longer says “{quote}”",
            record=row.id,
            quote=lost.quote[:_SHOWN],
            hint="Reject it, or write with --edit what holds now.",
        )


def revived(connection: Connection, scope: ClientScope, row: Any) -> Any:
    """A record, or where it was rejected a proposal of the same, which says from which it comes."""
    if row.status != "rejected":
        return row
    form, period = form_of(row.kind, row.data), Period(row.valid_from, row.valid_to)
    identity = identify(scope, row.kind, form, period, after=row.id)
    if (known := _known(connection, scope, identity)) is not None:
        return revived(connection, scope, known)
    add(
        connection,
        scope,
        identity,
        form,
        cited(connection, scope, [row.id]).get(row.id, []),
        kind=row.kind,
        status="proposed",
        valid_from=period.start,
        valid_to=period.end,
        supersedes=row.id,
        author=row.author,
        proposed_at=moment(connection, [row]),
    )
    return row_of(connection, scope, identity)


def reject(connection: Connection, scope: ClientScope, record: str, by: str, reason: str) -> None:
    """Refuse a proposal, or take back what was known."""
    row = row_of(connection, scope, record)
    if row.status not in {"proposed", "active"} or row.known_to:
        raise decided(row)
    at = moment(connection, [row])
    said = {"decided_by": by, "decided_at": at, "reason": reason}
    if row.known_from:  # who made it known, and why, stays
        said = {"ended_by": by, "known_to": at, "end_reason": reason}
    close(connection, scope, record, row.status, status="rejected", **said)


def replaceable(
    connection: Connection, scope: ClientScope, kind: str, period: Period, olds: Iterable[str]
) -> list[Any]:
    """The rows that a record of this kind and period is to replace.

    Raises NotFoundError, ConflictError where one is not active any more, and RecordError where it
    is of another kind or of another time: there is nothing that could be superseded.
    """
    found = []
    for identity in dict.fromkeys(olds):
        row = row_of(connection, scope, identity)
        if row.status != "active" or row.known_to:
            raise decided(row)
        if row.kind != kind:
            raise RecordError(
                "{record} is of the kind {other}: a record of the kind {kind} cannot supersede it",
                record=row.id,
                other=row.kind,
                kind=kind,
            )
        if not Period(row.valid_from, row.valid_to).overlaps(period):
            raise RecordError(
                "{record} does not hold at the same time: there is nothing to supersede",
                record=row.id,
                hint="Accept the record without superseding.",
            )
        found.append(row)
    return found


def link(connection: Connection, scope: ClientScope, record: str, olds: Sequence[Any]) -> None:
    """Say of a record which version was before it."""
    close(connection, scope, record, "active", supersedes=olds[0].id)


def supersede(
    connection: Connection, scope: ClientScope, new: Any, olds: Sequence[Any], at: str, **who: str
) -> list[str]:
    """End rows whose place `new` takes; the ids of those that say again what is left of them."""
    rests = cited(connection, scope, [old.id for old in olds])
    again = []
    for old in olds:
        ended = {"status": "superseded", "superseded_by": new.id, "known_to": at}
        close(connection, scope, old.id, "active", **ended)
        form = form_of(old.kind, old.data)
        whole = Period(old.valid_from, old.valid_to)
        for left in whole.without(Period(new.valid_from, new.valid_to)):
            values = _known_values(at, **who) | {
                "kind": old.kind,
                "valid_from": left.start,
                "valid_to": left.end,
                "supersedes": old.id,
                "author": old.author,
                "proposed_at": at,
            }
            identity = identify(scope, old.kind, form, left, after=old.id)
            add(connection, scope, identity, form, rests.get(old.id, []), **values)
            again.append(identity)
    return again


def replace(
    connection: Connection, scope: ClientScope, old: str, new: str, **who: str
) -> list[str]:
    """Have one known record take the place of another; the ids of the rows that are active now."""
    row = row_of(connection, scope, new)
    if row.status != "active" or row.known_to:
        raise decided(row)
    if old == new:
        raise RecordError("{record} cannot take its own place", record=new)
    period = Period(row.valid_from, row.valid_to)
    replaced = replaceable(connection, scope, row.kind, period, [old])
    at = moment(connection, [row, *replaced])
    return [*supersede(connection, scope, row, replaced, at, **who), new]


def moment(connection: Connection, touched: Iterable[Any]) -> str:
    """Now, and not before any of the rows that are touched, should the clock have gone back."""
    starts = (start for row in touched for start in (row.known_from, row.proposed_at))
    return max(now(connection), *(str(start) for start in starts if start), "")


def _known_values(at: str, *, by: str, reason: str) -> dict[str, Any]:
    said = {"decided_by": by, "decided_at": at, "reason": reason}
    return {"status": "active", "known_from": at, **said}


def _known(connection: Connection, scope: ClientScope, identity: str) -> Any | None:
    return connection.execute(mine(scope, records.c.id == identity)).first()


def _corroborate(
    connection: Connection, scope: ClientScope, known: Any, rests: Sequence[Citation]
) -> None:
    """Give what is still a proposal the further citations it was proposed with."""
    if known.status != "proposed":
        return
    before = cited(connection, scope, [known.id]).get(known.id, [])
    together = list(dict.fromkeys([*before, *rests]))
    if together != before:
        recite(connection, scope, known.id, together)
        close(connection, scope, known.id, "proposed", cited=len(together))
