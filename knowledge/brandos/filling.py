"""Filling the Brand OS from structured sources, without a model.

What was measured or laid down becomes active; what people wrote is proposed. A source replaces only
what it said itself before, and only as long as no person has decided on that: then what it says now
is a proposal. What it proposed and says no more is withdrawn, as long as nobody has decided.
Filling again writes nothing. Each source is one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Select, func, select

from savoirfaire.errors import CitationError, Phrase, RecordError, SavoirError
from savoirfaire.knowledge.access import changing, client_row, reading
from savoirfaire.knowledge.brandos import deciding, filled, rows
from savoirfaire.knowledge.brandos.fields import Form
from savoirfaire.knowledge.brandos.grounds import grounded, points_into, recite
from savoirfaire.knowledge.brandos.records import FILL, REEXAMINED, Citation
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
from savoirfaire.knowledge.brandos.withdrawing import withdraw
from savoirfaire.knowledge.citations import cited
from savoirfaire.knowledge.facts.facts import Facts
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.schema import records, sources
from savoirfaire.knowledge.scope import ClientScope, client_of
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
MOST_CHARACTERS = 5_000_000
"""Of one source: a longer one is a book or a database, and is not looked through."""
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
        proposers = set(connection.scalars(_waiting(scope, _C.author).distinct()))
        spoken = str(client_row(connection, client_of(scope)).language)
        filler = f"{filled.VERSION} {spoken}"
        left, done.unchanged = filled.standing(connection, scope, filler)
    empty = []
    for material in _materials(engine, scope, left, spoken):
        found = look(material)
        if any(isinstance(each, Filling) for each in found) or material.path in proposers:
            with changing(engine, scope) as connection:
                _write(_Writer(connection, scope, facts, material, done), found, filler)
        elif not found:
            empty.append((material.id, material.sha256, 0))
        done.skipped += [each for each in found if isinstance(each, Skipped)]
    for part in in_parts(empty):
        with changing(engine, scope) as connection:
            filled.note(connection, scope, filler, part)
    with reading(engine, scope) as connection:
        done.waiting = connection.scalar(_waiting(scope, func.count())) or 0
    counts = {key: value for key, value in done.as_dict().items() if key != "skipped"}
    log.debug("brandos.filled", client=scope.client, **counts)
    return done


def look(material: Material) -> list[Filling | Skipped]:
    """What a source says, by every way of reading it."""
    if len(material.text) > MOST_CHARACTERS:
        why = Phrase("it has {n} characters, more than are read", n=len(material.text))
        return [Skipped(material.path, material.name, why)]
    return [each for read in READS for each in read(material)]


def _write(writer: "_Writer", found: Sequence[Filling | Skipped], filler: str) -> None:
    """Write what a source says; noted as done where all of it could be read."""
    fillings = [each for each in found if isinstance(each, Filling)]
    taken = [writer.take(each) for each in fillings]
    if all(taken) and len(fillings) == len(found):
        writer.note(filler, len(fillings))
    writer.withdraw()


def _waiting(scope: ClientScope, what: Any) -> Select[Any]:
    """Something of each proposal that waits."""
    return select(what).where(_C.client == scope.client, _C.status == "proposed")


def _materials(
    engine: Engine, scope: ClientScope, ids: Sequence[str], spoken: str
) -> Iterator[Material]:
    """Sources of the client, by path, a few at a time."""
    mine = sources.c.client == scope.client
    for part in in_parts(ids, _TEXTS):
        with reading(engine, scope) as connection:
            query = select(sources).where(mine, sources.c.id.in_(part)).order_by(sources.c.path)
            found = [_material(row, spoken) for row in connection.execute(query)]
        yield from found


def _material(row: Any, spoken: str) -> Material:
    return Material(
        id=row.id,
        path=row.path,
        kind=row.kind,
        title=row.title,
        date=row.date,
        language=row.language,
        text=row.text,
        channel=row.channel,
        spoken=spoken,
        is_direct=row.container is None,
        sha256=row.sha256,
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

    def take(self, filling: Filling) -> bool:
        """Write one record, or say why not; whether all of it was read."""
        told = len(self._done.skipped)
        try:
            form = self._form(filling)
            period = Period.of(filling.valid_from or form.since, filling.valid_to)
            rests = self._grounded(filling, form)
        except (RecordError, CitationError) as error:
            self._skip(filling, error)
            return False
        if filling.active:
            self._activate(filling, form, period, rests)
        else:
            self._propose(filling.kind, form, period, rests)
        return len(self._done.skipped) == told

    def note(self, filler: str, count: int) -> None:
        """Note that the source was filled by this way of filling, with so many records."""
        done = (self._material.id, self._material.sha256, count)
        filled.note(self._connection, self._scope, filler, [done])

    def withdraw(self) -> None:
        """End what the source proposed and says no more."""
        said = withdraw(self._connection, self._scope, self._material, self.proposals)
        self._done.withdrawn += said

    def _form(self, filling: Filling) -> Form:
        """The form of what was found, without the fields that cannot be what they are, each named.

        Raises RecordError where it is none without them.
        """
        form, dropped = rows.readable(filling.kind, filling.data)
        for name in dropped:
            said = str(filling.data[name])[:40]
            why = Phrase("{words} is not what this field takes: it was left out", words=said)
            self._done.skipped.append(Skipped(self._material.path, name, why))
        return form

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
            if cell.words and points_into(form.plain(), pointer)
        ]
        return grounded(self._connection, self._scope, given, form.plain())

    def _skip(self, filling: Filling, error: SavoirError) -> None:
        why = Phrase(error.template, **error.values)
        self._done.skipped.append(Skipped(self._material.path, filling.kind, why))

    def _propose(self, kind: str, form: Form, period: Period, rests: Sequence[Citation]) -> None:
        author = self._material.path
        known, _ = deciding.proposed(self._connection, self._scope, kind, form, period)
        record = deciding.propose(self._connection, self._scope, kind, form, period, rests, author)
        self.proposals.add(record)
        self._count("unchanged" if known == record else "proposed")

    def _activate(
        self, filling: Filling, form: Form, period: Period, rests: Sequence[Citation]
    ) -> None:
        own = self._own(filling, form)
        mine = [row for row in own if _holds(row) and row.decided_by == FILL]
        if mine:
            self._renew(mine[0], form, rests)
        elif all(_is_filled(row) for row in own):  # nobody but the filling has spoken
            self._begin(filling.kind, form, period, rests, own)
        elif any(row.data == form.plain() for row in own):
            self._count("unchanged")
        else:
            self._propose(filling.kind, form, period, rests)

    def _own(self, filling: Filling, form: Form) -> list[Any]:
        """What this source said of it, and all that took the place of that, oldest first."""
        of_kind = _C.kind == filling.kind
        told = [] if filling.single else [_C.key == form.key]
        new = self._rows(of_kind, _C.author == self._material.path, *told)
        own = {row.id: row for row in new}
        while new:
            parts = in_parts([row.id for row in new])
            after = [r for p in parts for r in self._rows(of_kind, _C.supersedes.in_(p))]
            new = [row for row in after if row.id not in own]
            own |= {row.id: row for row in new}
        return sorted(own.values(), key=_when)

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
        return sorted(found, key=_when)

    def _count(self, name: str) -> None:
        setattr(self._done, name, getattr(self._done, name) + 1)


def _is_filled(row: Any) -> bool:
    """Whether no person has decided on a row."""
    return row.decided_by == FILL and row.ended_by in {None, REEXAMINED}


def _when(row: Any) -> tuple[str, str]:
    return row.proposed_at, row.id


def _holds(row: Any) -> bool:
    return row.status == "active" and row.known_to is None
