"""Facts: what is so of a client's world, since when, since when it is known, and who says it.

Nothing is rewritten. A fact that is superseded, retracted, merged or given another citation ends in
known time, and a new row says what is known from then on; so every answer of `as_of` can be had
again for ever. What is superseded or retracted is never given unless an earlier moment is asked
for.
"""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Connection, Engine, func, select, union_all

from savoirfaire.errors import ConflictError, SavoirError
from savoirfaire.knowledge.access import changing, client_row, reading
from savoirfaire.knowledge.brandos.records import Citation, Record
from savoirfaire.knowledge.citations import checked, cited
from savoirfaire.knowledge.dialects import TODAY
from savoirfaire.knowledge.facts import merging, reexamining
from savoirfaire.knowledge.facts.deriving import DERIVED, derive
from savoirfaire.knowledge.facts.entities import Ref, called, made, merged, required
from savoirfaire.knowledge.facts.linking import linked
from savoirfaire.knowledge.facts.merging import Moved
from savoirfaire.knowledge.facts.names import attribute_of, clean_value
from savoirfaire.knowledge.facts.neighbourhood import MOST_HOPS, Neighbourhood, explore
from savoirfaire.knowledge.facts.periods import Period
from savoirfaire.knowledge.facts.proposing import decided, propose, require_sound, say
from savoirfaire.knowledge.facts.rows import (
    ACTIVE,
    PROPOSED,
    RETRACTED,
    Content,
    Entity,
    Fact,
    content_of,
    current,
    end,
    note,
    read,
    row_of,
)
from savoirfaire.knowledge.facts.stating import moment
from savoirfaire.knowledge.schema import aliases, entities, facts
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.knowledge.times import AsOf, holds


class Facts:
    """The facts of a workspace's clients, and the graph they make.

    An entity is given by any of its names, by its id, or as an `Entity`. Every method raises
    ScopeError without the scope of a client that exists.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- entities -------------------------------------------------------------------------------

    def entity(self, scope: ClientScope, name: str, kind: str = "thing") -> Entity:
        """The entity of this name, found by any of its names; made where there is none.

        Names are compared without case, accents and punctuation; `kind` is that of a new one.
        """
        with changing(self._engine, scope) as connection:
            return made(connection, scope, name, kind, moment(connection), _NOBODY)

    def find(self, scope: ClientScope, name: Ref, point: AsOf | None = None) -> Entity:
        """The entity of this name, as known at `point`. Raises NotFoundError with near names."""
        with reading(self._engine, scope) as connection:
            return required(connection, scope, name, point.known if point else None)

    def names(self, scope: ClientScope, entity: Ref) -> list[str]:
        """Every name of an entity, as written. Raises NotFoundError."""
        with reading(self._engine, scope) as connection:
            identity = required(connection, scope, entity).id
            written = select(aliases.c.written).where(
                aliases.c.client == scope.client, aliases.c.entity == identity
            )
            return list(connection.scalars(written.order_by(aliases.c.alias)))

    def alias(self, scope: ClientScope, entity: Ref, name: str) -> None:
        """Give an entity another name; one that it has already changes nothing.

        Raises NotFoundError, and ConflictError where the name is another entity's.
        """
        with changing(self._engine, scope) as connection:
            holder = required(connection, scope, entity)
            called(connection, scope, holder.id, name, moment(connection), _NOBODY)

    def merge(self, scope: ClientScope, keep: Ref, other: Ref) -> Moved:
        """Make one of two entities: `keep` gets the other's names and facts. Raises NotFoundError.

        Nothing known before changes, and `separate` takes it back.
        """
        with changing(self._engine, scope) as connection:
            kept, gone = (required(connection, scope, each) for each in (keep, other))
            return merging.merge(connection, scope, kept, gone)

    def separate(self, scope: ClientScope, other: Ref) -> Moved:
        """Take back the merge of an entity, given by its id, into another.

        It gets its names back, and those of its facts that nothing has changed since. Raises
        NotFoundError, and ConflictError where it is not merged.
        """
        with changing(self._engine, scope) as connection:
            return merging.separate(connection, scope, merged(connection, scope, other))

    def mentioned(
        self, scope: ClientScope, words: str, *, known: str | None = None, limit: int = 10
    ) -> list[Entity]:
        """The entities that a text names, in its order; at each place the longest name known."""
        with reading(self._engine, scope) as connection:
            return linked(connection, scope, words, known, limit)

    def counts(
        self, scope: ClientScope, point: AsOf | None = None, *, limit: int | None = None
    ) -> list[tuple[Entity, int]]:
        """The entities that facts are known of, and of how many, most first."""
        with reading(self._engine, scope) as connection:
            held = (
                facts.c.client == scope.client,
                facts.c.status == ACTIVE,
                holds(facts, point or _today(connection)),
            )
            ends = union_all(
                select(facts.c.subject.label("entity")).where(*held),
                select(facts.c.object).where(*held, facts.c.object != facts.c.subject),
            ).subquery()
            rows = connection.execute(
                select(entities, func.count().label("facts"))
                .join(ends, ends.c.entity == entities.c.id)
                .where(entities.c.client == scope.client)
                .group_by(entities.c.client, entities.c.id)
                .order_by(func.count().desc(), entities.c.name, entities.c.id)
                .limit(limit)
            )
            return [(Entity(row.id, row.name, row.kind), row.facts) for row in rows]

    # --- saying ---------------------------------------------------------------------------------

    def assert_(  # noqa: PLR0913 - what a fact is
        self,
        scope: ClientScope,
        subject: Ref,
        attribute: str,
        *,
        value: str | None = None,
        object: Ref | None = None,  # noqa: A002 - the word of the graph
        citations: Sequence[Citation],
        author: str,
        valid_from: str | None = None,
        valid_to: str | None = None,
        supersedes: Sequence[str] = (),
        record: str | None = None,
        status: Literal["active", "proposed"] = "active",
    ) -> Fact:
        """Say a fact: an entity's attribute is a value, or another entity. Entities are made.

        It holds from the date `valid_from` up to `valid_to`. The facts with the ids `supersedes`,
        which must be of the same subject and attribute, end where it covers them, and are said
        again where it does not. What is said already is one fact, which gains the citations. With
        `proposed` it is kept apart until `accept`, and can supersede one fact.

        Raises CitationError for a quote that is not in its source and where there is none at all,
        NotFoundError and ConflictError for what cannot be superseded, SavoirError for the rest.
        """
        if (value is None) == (object is None):
            raise SavoirError("a fact has either a value or another entity")
        period = Period.of(valid_from, valid_to)
        with changing(self._engine, scope) as connection:
            rests = checked(connection, scope, citations)

            def entity(ref: Ref) -> str:
                return made(connection, scope, ref, "thing", moment(connection), author).id

            said = Content(
                subject=entity(subject),
                attribute=attribute_of(attribute),
                value=None if value is None else clean_value(value),
                object=None if object is None else entity(object),
                valid_from=period.start,
                valid_to=period.end,
                record=record,
            )
            require_sound(said, rests)
            keep = propose if status == PROPOSED else say
            return _read(
                connection, scope, keep(connection, scope, said, rests, author, supersedes)
            )

    def accept(self, scope: ClientScope, fact: str, *, by: str) -> Fact:
        """Make a proposed fact an active one, said by the person who accepts it.

        Raises NotFoundError, and ConflictError where it is not proposed any more.
        """
        with changing(self._engine, scope) as connection:
            row = decided(connection, scope, fact, "accepted")
            rests = cited(connection, scope, [row.id]).get(row.id, [])
            supersedes = [row.supersedes] if row.supersedes else []
            identity = say(connection, scope, content_of(row), rests, by, supersedes)
            return _read(connection, scope, identity)

    def reject(self, scope: ClientScope, fact: str, *, by: str, reason: str = "") -> None:
        """Turn a proposed fact down. Raises NotFoundError, ConflictError as `accept` does."""
        with changing(self._engine, scope) as connection:
            row = decided(connection, scope, fact, "rejected")
            note(connection, scope, row, RETRACTED, by, reason)

    def retract(self, scope: ClientScope, fact: str, *, by: str, reason: str) -> Fact:
        """Say a fact no longer: it was wrong. Who said so and why stays in the history.

        Raises NotFoundError, and ConflictError where it is not said any more.
        """
        with changing(self._engine, scope) as connection:
            row = current(connection, scope, fact)
            if row.status != ACTIVE:
                raise ConflictError("fact {fact} is not active", fact=fact)
            end(connection, scope, [row.id], moment(connection, [row]))
            note(connection, scope, row, RETRACTED, by, reason)
            return _read(connection, scope, row.id)

    def from_record(self, connection: Connection, scope: ClientScope, record: Record) -> None:
        """Derive the facts of a record in the transaction that made it what it is.

        Facts of records that are not active any more end with them, so it is called after the rows
        of records are written: for each that became active, and for one that ceased to be.
        """
        client_row(connection, client_of(scope))
        if record.kind not in DERIVED:
            return
        at = record.known_to or record.known_from or moment(connection)
        reexamining.end_derived(connection, scope, record, at)
        if record.status in {ACTIVE, "expired"}:
            derive(connection, scope, record, at)

    def reexamine(self, scope: ClientScope) -> None:
        """After something was removed: end the facts that nothing is left of to rest on."""
        with changing(self._engine, scope) as connection:
            self.reexamine_within(connection, scope)

    def reexamine_within(self, connection: Connection, scope: ClientScope) -> None:
        """`reexamine` in the transaction that removes what the facts rested on."""
        client_row(connection, client_of(scope))
        at = moment(connection)
        reexamining.end_orphans(connection, scope, at)
        reexamining.end_unfounded(connection, scope, at)

    # --- reading --------------------------------------------------------------------------------

    def as_of(
        self,
        scope: ClientScope,
        point: AsOf | None = None,
        *,
        subject: Ref | None = None,
        attribute: str | None = None,
    ) -> list[Fact]:
        """The facts that hold at `point`, as far as was known there; by default now.

        Sorted by subject, attribute and time. Raises NotFoundError for an unknown subject.
        """
        with reading(self._engine, scope) as connection:
            at = point or _today(connection)
            conditions = [facts.c.status == ACTIVE, holds(facts, at)]
            if subject is not None:
                entity = required(connection, scope, subject, at.known)
                conditions.append(facts.c.subject == entity.id)
            if attribute is not None:
                conditions.append(facts.c.attribute == attribute_of(attribute))
            return read(connection, scope, *conditions)

    def get(self, scope: ClientScope, fact: str) -> Fact:
        """A fact by its id, whatever became of it. Raises NotFoundError."""
        with reading(self._engine, scope) as connection:
            return _read(connection, scope, row_of(connection, scope, fact).id)

    def proposed(self, scope: ClientScope) -> list[Fact]:
        """The facts that wait for a person."""
        with reading(self._engine, scope) as connection:
            return read(connection, scope, facts.c.status == PROPOSED)

    def history(self, scope: ClientScope, subject: Ref, attribute: str | None = None) -> list[Fact]:
        """All that was ever said of an entity, in the order in which it became known.

        With the rows that say what became of others: status `retracted` with the reason as value,
        and `alias` for names. Raises NotFoundError.
        """
        with reading(self._engine, scope) as connection:
            conditions = [facts.c.subject == required(connection, scope, subject).id]
            if attribute is not None:
                conditions.append(facts.c.attribute == attribute_of(attribute))
            said = read(connection, scope, *conditions)
        return sorted(said, key=lambda fact: (fact.known_from or "", fact.known_to or "~", fact.id))

    def neighbourhood(
        self,
        scope: ClientScope,
        entity: Ref,
        *,
        hops: int = 2,
        as_of: AsOf | None = None,
        limit: int = 200,
    ) -> Neighbourhood:
        """The entities up to `hops` facts away, in both directions, and the facts between them.

        Of `limit` entities at most; `cut` says whether there are more. Raises NotFoundError for an
        unknown entity, SavoirError for hops that are not 0 to 6.
        """
        if not 0 <= hops <= MOST_HOPS or limit < 1:
            raise SavoirError("hops are 0 to {most}, of 1 entity at least", most=MOST_HOPS)
        with reading(self._engine, scope) as connection:
            point = as_of or _today(connection)
            centre = required(connection, scope, entity, point.known)
            return explore(connection, scope, centre, point, hops, limit)


_NOBODY = ""
"""The author of names, which are said by whoever says the facts."""


def _today(connection: Connection) -> AsOf:
    return AsOf(str(connection.scalar(TODAY)))


def _read(connection: Connection, scope: ClientScope, identity: str) -> Fact:
    return read(connection, scope, facts.c.id == identity)[0]
