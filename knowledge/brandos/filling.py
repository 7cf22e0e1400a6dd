"""Filling the Brand OS from structured sources, without a model.

What was measured or laid down becomes active; what people wrote is proposed. A source replaces only
what it said itself before, and only as long as no person has decided on that: then what it says now
is a proposal. What it proposed and says no more is withdrawn, as long as nobody has decided. Filling
again writes nothing. Each source is one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, select

from savoirfaire.errors import CitationError, Phrase, RecordError, SavoirError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.brandos import deciding, rows
from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.grounds import grounded, recite
from savoirfaire.knowledge.brandos.records import FILL, Citation
from savoirfaire.knowledge.brandos.structured import (
    editions,
    lists,
    notes,
    packs,
    remarks,
    series,
)
from savoirfaire.knowledge.brandos.structured.material import (
    Filling,
    Found,
    Material,
    Place,
    Skipped,
)
from savoirfaire.knowledge.brandos.versions import followed
from savoirfaire.knowledge.brandos.withdrawing import withdraw
from savoirfaire.knowledge.citations import cited
from savoirfaire.knowledge.facts.facts import Facts
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.schema import records, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts

READS: Sequence[Callable[[Material], Found]] = (
    packs.read,
    editions.read,
    series.read,
    lists.read,
    notes.read,
    remarks.read,
)
_TEXTS = 16  # whole texts in memory at a time
_C = records.c

log = structlog.get_logger(__name__)


@dataclass
class Filled:
    """What a filling did: records that are newly active, replaced others, are newly proposed.

    `withdrawn` are proposals that their source says no more, `waiting` all that wait for a person
    now, whoever proposed them. `skipped` is what structured sources have that no record was filled
    with, and why.
    """

    active: int = 0
    replaced: int = 0
    proposed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    waiting: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        told = asdict(self) | {"skipped": []}
        for each in self.skipped:
            told["skipped"].append({"path": each.path, "what": each.what, "why": str(each.why)})
        return told


def fill(engine: Engine, facts: Facts, scope: ClientScope) -> Filled:
    """Fill a client's records from every source it has. Raises ScopeError."""
    done = Filled()
    with reading(engine, scope) as connection:
        proposers = set(_proposers(connection, scope))
    for material in _materials(engine, scope):
        found = [each for read in READS for each in read(material)]
        done.skipped += [each for each in found if isinstance(each, Skipped)]
        fillings = [each for each in found if isinstance(each, Filling)]
        if not fillings and material.path not in proposers:
            continue
        with changing(engine, scope) as connection:
            writer = _Writer(connection, scope, facts, material, done)
            for filling in fillings:
                writer.take(filling)
            done.withdrawn += withdraw(connection, scope, material, writer.proposals)
    with reading(engine, scope) as connection:
        done.waiting = len(_proposers(connection, scope))
    counts = {key: value for key, value in done.as_dict().items() if key != "skipped"}
    log.debug("brandos.filled", client=scope.client, **counts)
    return done


def _proposers(connection: Connection, scope: ClientScope) -> list[str]:
    """The author of each proposal that waits."""
    waiting = connection.execute(rows.mine(scope, _C.status == "proposed"))
    return [row.author for row in waiting]


def _materials(engine: Engine, scope: ClientScope) -> Iterator[Material]:
    """Every source of the client, by path, a few at a time."""
    mine = sources.c.client == getattr(scope, "client", None)
    with reading(engine, scope) as connection:
        known = connection.scalars(select(sources.c.id).where(mine).order_by(sources.c.path)).all()
    for part in in_parts(known, _TEXTS):
        with reading(engine, scope) as connection:
            query = select(sources).where(mine, sources.c.id.in_(part)).order_by(sources.c.path)
            found = [_material(row) for row in connection.execute(query)]
        yield from found


def _material(row: Any) -> Material:
    return Material(
        id=row.id,
        path=row.path,
        kind=row.kind,
        title=row.title,
        date=row.date,
        language=row.language,
        text=row.text,
        channel=row.channel,
        places=[Place(each["start"], each["end"], each["label"]) for each in row.locators],
    )


class _Writer:
    """Writes what one source says, in a transaction."""

    def __init__(
        self,
        connection: Connection,
        scope: ClientScope,
        facts: Facts,
        material: Material,
        done: Filled,
    ) -> None:
        self._connection = connection
        self._scope = scope
        self._facts = facts
        self._material = material
        self._done = done
        self.proposals: set[str] = set()

    def take(self, filling: Filling) -> None:
        """Write one record, or say why not."""
        try:
            form = rows.form_of(filling.kind, filling.data)
            period = Period.of(filling.valid_from or form.since, filling.valid_to)
            rests = self._grounded(filling, form)
        except (RecordError, CitationError) as error:
            self._skip(filling, error)
            return
        if filling.active:
            self._activate(filling, form, period, rests)
        else:
            self._propose(filling.kind, form, period, rests)

    def _grounded(self, filling: Filling, form: Form) -> list[Citation]:
        """Citations of the places where it was found; they are as they were, or it is refused."""
        given = [
            Citation(
                source=self._material.id,
                start=cell.start,
                end=cell.end,
                quote=cell.words,
                field=pointer,
            )
            for pointer, cell in filling.grounds
            if cell.words
        ]
        return grounded(self._connection, self._scope, given, form.plain())

    def _skip(self, filling: Filling, error: SavoirError) -> None:
        why = Phrase(error.template, **error.values)
        self._done.skipped.append(Skipped(self._material.path, filling.kind, why))

    def _propose(self, kind: str, form: Form, period: Period, rests: Sequence[Citation]) -> None:
        author = self._material.path
        before = {row.id for row in self._rows(_C.kind == kind, _C.key == form.key)}
        record = deciding.propose(self._connection, self._scope, kind, form, period, rests, author)
        self.proposals.add(record)
        self._count("unchanged" if record in before else "proposed")

    def _activate(
        self, filling: Filling, form: Form, period: Period, rests: Sequence[Citation]
    ) -> None:
        of_kind = self._rows(_C.kind == filling.kind)
        own = followed(of_kind, lambda row: self._said(row, filling, form))
        mine = [row for row in own if _holds(row) and row.decided_by == FILL]
        if mine:
            self._renew(mine[0], form, rests)
        elif all(row.decided_by == FILL for row in own):  # nobody but the filling has spoken
            self._begin(filling.kind, form, period, rests, own)
        elif any(row.data == form.plain() for row in own):
            self._count("unchanged")
        else:
            self._propose(filling.kind, form, period, rests)

    def _said(self, row: Any, filling: Filling, form: Form) -> bool:
        own: bool = row.author == self._material.path
        return own and (filling.single or row.key == form.key)

    def _renew(self, row: Any, form: Form, rests: Sequence[Citation]) -> None:
        """Replace what this source said before, or only where it said so."""
        if row.data == form.plain():
            before = cited(self._connection, self._scope, [row.id]).get(row.id, [])
            if before != list(rests):
                recite(self._connection, self._scope, row.id, rests)
            self._count("unchanged")
            return
        who = {"by": FILL, "reason": ""}
        record = deciding.succeed(self._connection, self._scope, row, form, rests, **who)
        self._follow(record)
        self._count("replaced")

    def _begin(
        self, kind: str, form: Form, period: Period, rests: Sequence[Citation], own: Sequence[Any]
    ) -> None:
        """Say it for the first time, or again after its source had been away."""
        after = own[-1].id if own else None
        author = self._material.path
        identity = rows.identify(self._scope, kind, form, period, author=author, after=after or "")
        at = deciding.moment(self._connection, own)
        rows.add(
            self._connection,
            self._scope,
            identity,
            form,
            rests,
            kind=kind,
            status="active",
            valid_from=period.start,
            valid_to=period.end,
            known_from=at,
            supersedes=after,
            author=author,
            proposed_at=at,
            decided_by=FILL,
            decided_at=at,
            reason="",
        )
        self._follow(identity)
        self._count("active")

    def _follow(self, record: str) -> None:
        """Have the facts follow a record that became active."""
        row = rows.row_of(self._connection, self._scope, record)
        at = rows.today(self._connection)
        found = rows.read(self._connection, self._scope, [row], at)
        self._facts.from_record(self._connection, self._scope, found[0])

    def _rows(self, *conditions: Any) -> list[Any]:
        """Rows of the client, in the order in which they were written."""
        found = self._connection.execute(rows.mine(self._scope, *conditions)).all()
        return sorted(found, key=lambda row: (row.proposed_at, row.id))

    def _count(self, name: str) -> None:
        setattr(self._done, name, getattr(self._done, name) + 1)


def _holds(row: Any) -> bool:
    return row.status == "active" and row.known_to is None
