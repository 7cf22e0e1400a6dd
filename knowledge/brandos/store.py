"""The Brand OS of a client: typed records that are proposed, decided by people, and told in time.

Whatever is written is written in one transaction, or not at all. A proposal becomes active only by
a person's decision; nothing is retired but by a person, or where its last source is gone.
Superseded and rejected records are never given unless they are asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, exists, or_, select

from savoirfaire.knowledge.access import changing, client_row, reading
from savoirfaire.knowledge.brandos import deciding, filling, lacks, rows
from savoirfaire.knowledge.brandos.agreeing import conflicting
from savoirfaire.knowledge.brandos.asof import told_by
from savoirfaire.knowledge.brandos.grounds import grounded
from savoirfaire.knowledge.brandos.keeping import kept
from savoirfaire.knowledge.brandos.records import REEXAMINED, Citation, Record, Status
from savoirfaire.knowledge.brandos.versions import edited, versions
from savoirfaire.knowledge.facts.facts import Facts
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.schema import citations as cited_rows
from savoirfaire.knowledge.schema import records, sources
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.times import AsOf

Records = list[Record]
Unreadable = list[tuple[str, str]]
Rivals = list[tuple[Record, list[str]]]
Gaps = list[lacks.Gap]

_C = records.c
GONE = "its last source is gone"


class BrandOS:
    """The records of the clients in a ledger. Every method raises ScopeError without a client."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._facts = Facts(engine)

    # --- proposing and deciding -----------------------------------------------------------------

    def propose(
        self,
        scope: ClientScope,
        kind: str,
        data: Mapping[str, Any],
        *,
        citations: Sequence[Citation],
        author: str,
        valid_from: str | None = None,
        valid_to: str | None = None,
    ) -> Record:
        """Keep a proposal until a person decides. The same again gives the same record.

        It holds from `valid_from` up to but not including `valid_to`, open where None. Raises
        RecordError for what has not the form of its kind, CitationError for a quote that the
        ledger does not have.
        """
        with changing(self._engine, scope) as connection:
            form = rows.form_of(kind, data)
            period = Period.of(valid_from or form.since, valid_to)
            rests = grounded(connection, scope, citations, form.plain())
            author = deciding.require_person(author)
            record = deciding.propose(connection, scope, kind, form, period, rests, author)
            return self._read(connection, scope, record)

    def accept(
        self,
        scope: ClientScope,
        record_id: str,
        *,
        by: str,
        supersedes: Sequence[str] = (),
        reason: str = "",
        again: bool = False,
    ) -> Record:
        """Make a proposal active, in place of the active records named.

        `again`: one that was rejected too, as a record of its own; the rejected one stays.

        Of those, what the new one does not cover in time stays. Raises ConflictError where somebody
        decided first, or one named is not active any more; NotFoundError; RecordError where one is
        of another kind or does not hold at the same time, or a quote is not in its source any more.
        """
        with changing(self._engine, scope) as connection:
            by = deciding.require_person(by)
            if again:
                row = rows.row_of(connection, scope, record_id)
                record_id = deciding.revived(connection, scope, row).id
            said = deciding.accept(connection, scope, record_id, supersedes, by=by, reason=reason)
            return self._said(connection, scope, said)

    def edit(
        self,
        scope: ClientScope,
        record_id: str,
        data: Mapping[str, Any],
        *,
        by: str,
        reason: str = "",
    ) -> Record:
        """Make active what a person wrote in place of a proposal, or of an active record.

        The record given is a new version of that person's; the one before stays in its history, as
        superseded. Only citations of what was not changed are kept. Raises as `accept`.
        """
        with changing(self._engine, scope) as connection:
            by = deciding.require_person(by)
            row = rows.row_of(connection, scope, record_id)
            if row.status not in {"proposed", "active"}:
                raise rows.decided(row)
            form = rows.form_of(row.kind, data)
            before = self._read(connection, scope, record_id).citations
            gone = row.status == "proposed" and any(each.lost for each in before)
            if gone or form.plain() != row.data:
                rests = kept(before, row.data, form.plain())
                record_id = deciding.succeed(
                    connection, scope, row, form, rests, by=by, reason=reason
                )
            elif row.status == "proposed":
                deciding.accept(connection, scope, record_id, (), by=by, reason=reason)
            return self._said(connection, scope, [record_id])

    def reject(self, scope: ClientScope, record_id: str, *, by: str, reason: str = "") -> Record:
        """Refuse a proposal, or take back an active record. Raises as `accept`."""
        with changing(self._engine, scope) as connection:
            by = deciding.require_person(by)
            deciding.reject(connection, scope, record_id, by, reason)
            return self._said(connection, scope, [record_id])

    def replace(
        self, scope: ClientScope, old: str, new: str, *, by: str, reason: str = ""
    ) -> Record:
        """Have an active record take the place of another, of the same kind and time; the new one.

        Of the old one, what the new one does not cover in time stays. Raises as `accept`.
        """
        with changing(self._engine, scope) as connection:
            by = deciding.require_person(by)
            said = deciding.replace(connection, scope, old, new, by=by, reason=reason)
            return self._said(connection, scope, said)

    # --- reading --------------------------------------------------------------------------------

    def list(
        self,
        scope: ClientScope,
        *,
        kind: str | None = None,
        status: Status | None = None,
        as_of: AsOf | None = None,
        source: str | None = None,
    ) -> Records:
        """The records that hold at a point of time (today, as known now), by kind, key and date.

        `status` asks for others: `proposed`, `superseded`, `rejected`, or `expired`, which are
        those that held once and do not at that point. `source`: only what cites the source with
        that id. At an `as_of`, each record is given as it was known then, without what its own
        dates put after that day.
        """
        with reading(self._engine, scope) as connection:
            at = as_of or rows.today(connection)
            asked = [rows.condition(status, at)]
            if kind is not None:
                rows.require_kind(kind)
                asked.append(_C.kind == kind)
            if source is not None:
                asked.append(_cites(scope, source))
            found = rows.read(connection, scope, connection.execute(rows.mine(scope, *asked)), at)
            if as_of is None or status in {"superseded", "rejected"}:
                return found
            return told_by(found, at.valid, rows.today(connection).valid)

    def get(self, scope: ClientScope, record_id: str) -> Record:
        """A record as it is now, whatever became of it. Raises NotFoundError."""
        with reading(self._engine, scope) as connection:
            return self._read(connection, scope, record_id)

    def unreadable(self, scope: ClientScope) -> Unreadable:
        """The id and the kind of what is active or proposed without the form of its kind."""
        with reading(self._engine, scope) as connection:
            standing = (_C.status.in_(("active", "proposed")), _C.known_to.is_(None))
            found = connection.execute(rows.mine(scope, *standing)).all()
            return [(row.id, row.kind) for row in found if not rows.is_readable(row)]

    def history(self, scope: ClientScope, record_id: str) -> Records:
        """All that became of a record: its versions, and those it replaced, oldest first."""
        with reading(self._engine, scope) as connection:
            row = rows.row_of(connection, scope, record_id)
            of_kind = connection.execute(rows.mine(scope, _C.kind == row.kind)).all()
            found = versions(of_kind, record_id)
            return rows.read(connection, scope, found, rows.today(connection))

    def contradictions(self, scope: ClientScope, record_id: str) -> Rivals:
        """Active records that say otherwise of the same matter and time, each with where.

        Those of the same kind and key whose data differ, with the names of the fields that do.
        Series of numbers contradict only where they have other values for one date.
        """
        with reading(self._engine, scope) as connection:
            row = rows.row_of(connection, scope, record_id)
            at = rows.today(connection)
            rivals = rows.mine(
                scope,
                *(_C.kind == row.kind, _C.key == row.key, _C.id != row.id),
                *(_C.status == "active", _C.known_to.is_(None)),
                or_(_C.valid_to.is_(None), _C.valid_to > (row.valid_from or "")),
                or_(_C.valid_from.is_(None), _C.valid_from < (row.valid_to or "~")),
            )
            found = rows.read(connection, scope, connection.execute(rivals), at)
        fields = [(each, conflicting(row.kind, row.data, each.data.plain())) for each in found]
        return [(each, names) for each, names in fields if names]

    def gaps(self, scope: ClientScope, today: str, *, known: str | None = None) -> Gaps:
        """What is missing on a day, as far as was known at an instant, as data."""
        with reading(self._engine, scope) as connection:
            at = AsOf(today, known)

            def found(status: Status | None) -> Sequence[Any]:
                return connection.execute(rows.mine(scope, rows.condition(status, at))).all()

            now = rows.today(connection).valid
            holding = told_by(rows.read(connection, scope, found(None), at), today, now)
            past = rows.read(connection, scope, found("expired"), at)
            missing = lacks.gaps(holding, found("proposed"), past, today)
            return missing if known else lacks.pointed(missing, _titles(connection, scope))

    # --- from files, and after removals ---------------------------------------------------------

    def fill(self, scope: ClientScope) -> filling.Filled:
        """Fill records from structured sources, without a model; again, nothing is written.

        Brand packs, past editions and tables of dated numbers become active records, and a changed
        file replaces what it said itself before, unless a person decided on that. What people
        write (front matter, tables, comments, replies) is proposed.
        """
        return filling.fill(self._engine, self._facts, scope)

    def reexamine(self, scope: ClientScope) -> None:
        """Retire what has lost its last source, and was not written by a person directly."""
        with changing(self._engine, scope) as connection:
            self.reexamine_within(connection, scope)

    # --- inside a transaction -------------------------------------------------------------------

    def reexamine_within(self, connection: Connection, scope: ClientScope) -> None:
        """`reexamine` in the transaction that removes what the records rested on."""
        client_row(connection, client_of(scope))
        bare = connection.execute(_groundless(scope)).all()
        for row in _of_sources(connection, scope, bare):
            at = deciding.moment(connection, [row])
            ended = {"status": "superseded", "known_to": at}
            ended |= {"ended_by": REEXAMINED, "end_reason": GONE}
            if row.status == "proposed":
                said = {"decided_by": REEXAMINED, "decided_at": at}
                ended = {"status": "rejected", "reason": GONE} | said
            rows.close(connection, scope, row.id, row.status, **ended)
            self._said(connection, scope, [row.id])

    def _said(self, connection: Connection, scope: ClientScope, changed: Sequence[str]) -> Record:
        """Have the facts follow the records that changed; the last of these."""
        found = [self._read(connection, scope, each) for each in changed]
        for record in found:
            self._facts.from_record(connection, scope, record)
        return found[-1]

    def _read(self, connection: Connection, scope: ClientScope, record: str) -> Record:
        row = rows.row_of(connection, scope, record)
        found = rows.read(connection, scope, [row], rows.today(connection))
        if not found:
            rows.form_of(row.kind, row.data)  # says what is wrong
        return found[0]


def _cites(scope: ClientScope, source: str) -> Any:
    return exists().where(
        cited_rows.c.client == scope.client,
        cited_rows.c.owner == _C.id,
        cited_rows.c.source == source,
    )


def _titles(connection: Connection, scope: ClientScope) -> list[tuple[str, str]]:
    """The path and title of each source of the client."""
    c = sources.c
    query = select(c.path, c.title).where(c.client == scope.client).order_by(c.path)
    return [(row.path, row.title) for row in connection.execute(query)]


def _groundless(scope: ClientScope) -> Any:
    """Records that had citations and have none left."""
    owners = select(cited_rows.c.owner).where(cited_rows.c.client == scope.client)
    return rows.mine(
        scope,
        _C.status.in_(("proposed", "active")),
        _C.known_to.is_(None),
        _C.cited > 0,
        _C.id.not_in(owners),
    )


def _of_sources(connection: Connection, scope: ClientScope, bare: Sequence[Any]) -> Iterator[Any]:
    """Those that are not a person's own words from the first version on: these need no source."""
    for row in bare:
        if row.decided_by is None or row.decided_by != row.author:
            yield row
            continue
        of_kind = connection.execute(rows.mine(scope, _C.kind == row.kind)).all()
        if any(each.author != row.author for each in edited(of_kind, row)):
            yield row
