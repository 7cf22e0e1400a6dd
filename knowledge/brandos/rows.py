"""Records as the ledger has them: read, written and ended, in a transaction of one client."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select, update

from savoirfaire.errors import ConflictError, NotFoundError, RecordError, SavoirError
from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.forms import KINDS
from savoirfaire.knowledge.brandos.records import FILL, REEXAMINED, Citation, Record, Status
from savoirfaire.knowledge.citations import cite, cited
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import records
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.times import AsOf, holds

_C = records.c
_UNDECIDED = dict.fromkeys(("decided_at", "decided_by", "reason", "superseded_by"))
_PROBLEMS = 5  # of a form, named in a message


def form_of(kind: str, data: Any) -> Form:
    """The form of plain data of a kind. Raises RecordError, which names what is wrong."""
    try:
        return require_kind(kind).of(data)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, each['loc'])) or kind}: {each['msg']}" for each in error.errors()
        ]
        raise RecordError(
            "this is no {kind}: {problems}", kind=kind, problems="; ".join(problems[:_PROBLEMS])
        ) from error


def readable(kind: str, data: Mapping[str, Any]) -> tuple[Form, list[str]]:
    """The form of data as far as it has it, and the names of the fields left out for it.

    Raises RecordError where what is left is none: without a field that it needs.
    """
    form, wrong = require_kind(kind), set[str]()
    try:
        return form.of(data), []
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
    needed = {name for name, field in form.model_fields.items() if field.is_required()}
    optional = [name for name in data if name in wrong - needed]
    if not optional:
        return form_of(kind, data), []
    return form_of(kind, {k: v for k, v in data.items() if k not in optional}), optional


def require_kind(kind: str) -> type[Form]:
    """The form of a kind. Raises RecordError for a kind that there is not."""
    if kind not in KINDS:
        raise RecordError(
            "there are no records of the kind {kind}{near}",
            kind=kind,
            near=near(str(kind), KINDS),
            hint="`savoir brand CLIENT` shows every kind.",
        )
    return KINDS[kind]


def identify(
    scope: ClientScope, kind: str, form: Form, period: Period, *, author: str = "", after: str = ""
) -> str:
    """The id of what a record says, the same on every machine; `after`: the version before it."""
    said = [client_of(scope), kind, form.plain(), *period, author, after]
    words = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    return f"r{hashlib.blake2b(words, digest_size=12).hexdigest()}"


def mine(scope: ClientScope, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The client's rows that fulfil the conditions, in an order that never changes."""
    query = select(records).where(_C.client == scope.client, *conditions)
    return query.order_by(_C.kind, _C.key, _C.valid_from.nulls_first(), _C.proposed_at, _C.id)


def row_of(connection: Connection, scope: ClientScope, record: str) -> Any:
    """The row of a record. Raises NotFoundError."""
    row = connection.execute(mine(scope, _C.id == record)).first()
    if row is None:
        raise NotFoundError(
            "{client} has no record {record}",
            client=scope.client,
            record=record,
            hint="`savoir brand CLIENT --json` lists the records with their ids.",
        )
    return row


def add(
    connection: Connection,
    scope: ClientScope,
    identity: str,
    form: Form,
    rests: Sequence[Citation],
    **values: Any,
) -> None:
    """Write a row and what it rests on. `values` are its other columns."""
    row = {"client": scope.client, "id": identity, "key": form.key, "data": form.plain()}
    connection.execute(insert(records).values(row | {"cited": len(rests)} | values))
    cite(connection, scope, identity, rests)


def close(
    connection: Connection, scope: ClientScope, record: str, was: Status, **values: Any
) -> None:
    """Change the columns of a decision, if nobody has decided meanwhile; else ConflictError."""
    changed = connection.execute(
        update(records)
        .where(_C.client == scope.client, _C.id == record, _C.status == was, _C.known_to.is_(None))
        .values(**values)
    )
    if changed.rowcount != 1:
        raise decided(row_of(connection, scope, record))


def decided(row: Any) -> ConflictError:
    """That a record is no longer what it was thought to be, and who decided."""
    return ConflictError(
        "record {record} is {status} already, by {who}",
        record=row.id,
        status=row.status,
        who=row.ended_by or row.decided_by or row.author,
        hint="Nothing was changed. `savoir brand CLIENT` shows what holds now.",
    )


def lapsed(row: Any) -> bool:
    """Whether a record ended because its source said it no more, not by anybody's decision."""
    if row.status == "superseded":
        withdrawn = row.known_from is None and row.decided_by == FILL
        return row.superseded_by is None or withdrawn
    return bool(row.status == "rejected" and row.decided_by == REEXAMINED)


def today(connection: Connection) -> AsOf:
    """The day it is by the database's clock, in UTC."""
    return AsOf(now(connection)[: len("2025-03-01")])


def condition(status: Status | None, point: AsOf) -> ColumnElement[bool]:
    """Which rows had a status at a point of time; None: what held then."""
    if status in {None, "active"}:
        return holds(records, point)
    if status == "expired":
        return and_(_said(point.known), _C.valid_to <= point.valid)
    return _undecided(point.known) if status == "proposed" else _ended(status, point.known)


def _said(known: str | None) -> ColumnElement[bool]:
    """What the ledger said, of whatever time."""
    if known is None:
        return and_(_C.known_from.is_not(None), _C.known_to.is_(None))
    return and_(_C.known_from <= known, or_(_C.known_to.is_(None), _C.known_to > known))


def _undecided(known: str | None) -> ColumnElement[bool]:
    if known is None:
        return _C.status == "proposed"
    return and_(
        _C.proposed_at <= known,
        or_(_C.known_from.is_(None), _C.known_from > known),
        or_(_C.decided_at.is_(None), _C.decided_at > known),
    )


def _ended(status: Status | None, known: str | None) -> ColumnElement[bool]:
    if known is None:
        return _C.status == status
    return and_(_C.status == status, func.coalesce(_C.known_to, _C.decided_at) <= known)


def read(connection: Connection, scope: ClientScope, rows: Iterable[Any], at: AsOf) -> list[Record]:
    """Rows as records, as they were at a point of time, with what they rest on.

    Those whose data have not the form of their kind are left out: `unreadable` names them.
    """
    found = [row for row in rows if is_readable(row)]
    rests = cited(connection, scope, [row.id for row in found])
    return [record_of(row, rests.get(row.id, []), at) for row in found]


def is_readable(row: Any) -> bool:
    """Whether a row's data have the form of its kind."""
    try:
        form_of(row.kind, row.data)
    except (SavoirError, ValueError, TypeError):
        return False
    return True


def record_of(row: Any, rests: Sequence[Citation], at: AsOf) -> Record:
    """A row as a record. What was recorded after `at.known` does not show."""
    later = at.known is not None and _after(row.known_to, at.known)
    values = {name: getattr(row, name) for name in Record.model_fields if name in row._fields}
    if later:
        values |= {"known_to": None, "superseded_by": None}
    elif row.ended_by is not None:
        ended = {"decided_by": row.ended_by, "decided_at": row.known_to}
        values |= ended | {"reason": row.end_reason}
    if at.known is not None and _after(row.decided_at, at.known):
        values |= _UNDECIDED
    if at.known is not None and _after(row.known_from, at.known):
        values |= {"known_from": None, "supersedes": None}
    form = KINDS[row.kind].of(row.data)
    return Record(**values | {"status": _status(row, at), "data": form, "citations": list(rests)})


def _status(row: Any, at: AsOf) -> Status:
    status: Status = row.status
    if at.known is not None:
        if _after(row.known_to, at.known) and row.known_from is not None:
            status = "active"
        if _after(row.known_from or row.decided_at, at.known):
            status = "proposed"
    if status == "active" and row.valid_to is not None and row.valid_to <= at.valid:
        return "expired"
    return status


def _after(instant: str | None, known: str) -> bool:
    return instant is not None and instant > known
