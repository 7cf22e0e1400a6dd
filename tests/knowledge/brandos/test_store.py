"""Proposing and deciding: exact quotes, explicit superseding, nothing half done."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from savoirfaire.errors import (
    CitationError,
    ConflictError,
    NotFoundError,
    RecordError,
    SavoirError,
    ScopeError,
)
from savoirfaire.knowledge.brandos.records import Citation, Record
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf

Put = Callable[..., str]
Cite = Callable[..., Citation]
BOLT = {"name": "Bolt"}


def proposed(brand_os: BrandOS, scope: ClientScope, notes: str = "", **more: Any) -> Record:
    """A proposal about one competitor."""
    more = {"citations": (), "author": "extractor", **more}
    return brand_os.propose(scope, "competitor", {**BOLT, "notes": notes}, **more)


def accepted(brand_os: BrandOS, scope: ClientScope, notes: str = "", **more: Any) -> Record:
    """An active record about one competitor."""
    supersedes = more.pop("supersedes", ())
    made = proposed(brand_os, scope, notes, **more)
    return brand_os.accept(scope, made.id, by="kim", supersedes=supersedes)


def count(engine: Engine) -> int:
    """How many rows of records there are."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM records")) or 0)


def test_same_proposal_again(brand_os: BrandOS, acme: ClientScope, engine: Engine) -> None:
    """The same proposal again is the same record, whatever became of it."""
    first = proposed(brand_os, acme)
    assert proposed(brand_os, acme).id == first.id
    brand_os.reject(acme, first.id, by="kim", reason="no rival of ours")
    again = proposed(brand_os, acme)
    assert (again.id, again.status, again.reason) == (first.id, "rejected", "no rival of ours")
    assert count(engine) == 1


def test_further_sources(brand_os: BrandOS, acme: ClientScope, cite: Cite) -> None:
    """The same proposal from another source rests on both; an active record is left alone."""
    one, other = cite(acme, "Bolt", path="a.md"), cite(acme, "Bolt", path="b.md")
    proposed(brand_os, acme, citations=[one])
    both = proposed(brand_os, acme, citations=[other])
    assert [each.source for each in both.citations] == [one.source, other.source]
    brand_os.accept(acme, both.id, by="kim")
    third = cite(acme, "Bolt", path="c.md")
    assert len(proposed(brand_os, acme, citations=[third]).citations) == 2


@pytest.mark.parametrize(
    ("cited", "said"),
    [
        ({"quote": "Bolt"}, "more than once"),
        ({"quote": "Volt"}, "nowhere|not"),
        ({"quote": "Bolt", "start": 1, "end": 5}, "not"),
        ({"quote": "Bolt", "start": 0, "end": 9}, "not"),
        ({"quote": "bolt", "start": 0, "end": 4}, "not"),
        ({"quote": "only here", "source": "s0"}, "no source"),
    ],
)
def test_quotes_are_exact(
    brand_os: BrandOS, acme: ClientScope, put: Put, cited: dict[str, Any], said: str
) -> None:
    """A quote that the ledger does not have, or has twice, is refused and nothing is written."""
    source = put(acme, "a.md", "Bolt and Bolt, only here")
    with pytest.raises(CitationError, match=said):
        proposed(brand_os, acme, citations=[Citation(**{"source": source, **cited})])
    assert brand_os.list(acme, status="proposed") == []


def test_span_is_found(brand_os: BrandOS, acme: ClientScope, cite: Cite) -> None:
    """A quote that stands once in its source gets its span."""
    made = proposed(brand_os, acme, citations=[cite(acme, "Bolt", "/name")])
    assert [(c.start, c.end, c.field) for c in made.citations] == [(9, 13, "/name")]


@pytest.mark.parametrize("field", ["name", "/nom", "/strengths/0", "/name/x", "/strengths/-1"])
def test_field_of_a_citation(brand_os: BrandOS, acme: ClientScope, cite: Cite, field: str) -> None:
    """A citation of a field that the record does not have is refused."""
    with pytest.raises(RecordError):
        proposed(brand_os, acme, citations=[cite(acme, "Bolt", field)])


def test_source_of_another_client(
    brand_os: BrandOS, ledger: Ledger, acme: ClientScope, cite: Cite
) -> None:
    """Nothing can be quoted from another client."""
    other = cite(ledger.add_client("bolt", "en"), "Bolt")
    with pytest.raises(CitationError):
        proposed(brand_os, acme, citations=[other])


def test_accept(brand_os: BrandOS, acme: ClientScope) -> None:
    """What a person accepts is active, once: the second who decides is told who was first."""
    made = accepted(brand_os, acme)
    assert (made.status, made.decided_by, made.author) == ("active", "kim", "extractor")
    assert [each.id for each in brand_os.list(acme)] == [made.id]
    with pytest.raises(ConflictError, match="kim"):
        brand_os.accept(acme, made.id, by="lou")


@pytest.mark.parametrize("by", ["", "  ", "savoir/fill", "savoir/anything", "a\0b"])
def test_nobody_decides(brand_os: BrandOS, acme: ClientScope, by: str) -> None:
    """Nobody, and no machine, can decide as a person."""
    made = proposed(brand_os, acme)
    for decide in (brand_os.accept, brand_os.reject):
        with pytest.raises(RecordError):
            decide(acme, made.id, by=by)
    with pytest.raises(RecordError):
        proposed(brand_os, acme, "x", author=by)


def test_superseding_is_explicit(brand_os: BrandOS, acme: ClientScope) -> None:
    """Accepting retires nothing by itself; what is named is superseded, and stays in history."""
    old = accepted(brand_os, acme, "old")
    rival = proposed(brand_os, acme, "new")
    assert brand_os.contradictions(acme, rival.id) == [(brand_os.get(acme, old.id), ["notes"])]
    brand_os.accept(acme, rival.id, by="kim", supersedes=[old.id])
    assert [each.id for each in brand_os.list(acme)] == [rival.id]
    assert [each.id for each in brand_os.history(acme, old.id)] == [old.id, rival.id]
    assert brand_os.contradictions(acme, rival.id) == []
    ended = brand_os.get(acme, old.id)
    assert (ended.status, ended.superseded_by) == ("superseded", rival.id)


def test_several_are_superseded(brand_os: BrandOS, acme: ClientScope) -> None:
    """One record may take the place of several, and the history of each leads to it."""
    olds = [accepted(brand_os, acme, notes) for notes in ("a", "b", "c")]
    new = accepted(brand_os, acme, "new", supersedes=[each.id for each in olds])
    assert brand_os.list(acme) == [new]
    for old in olds:
        assert {each.id for each in brand_os.history(acme, old.id)} == {
            new.id,
            *(each.id for each in olds),
        }


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ((None, None), ("2025-03-01", None), [(None, "2025-03-01")]),
        ((None, None), ("2025-03-01", "2025-04-01"), [(None, "2025-03-01"), ("2025-04-01", None)]),
        (("2025-01-01", "2025-06-01"), (None, "2025-02-01"), [("2025-02-01", "2025-06-01")]),
        (("2025-01-01", None), (None, None), []),
    ],
)
def test_what_is_left_of_the_superseded(
    brand_os: BrandOS,
    acme: ClientScope,
    old: tuple[str | None, str | None],
    new: tuple[str | None, str | None],
    left: list[tuple[str | None, str | None]],
) -> None:
    """A record supersedes the part of another's time that it covers; the rest stays true."""
    first = accepted(brand_os, acme, "old", valid_from=old[0], valid_to=old[1])
    accepted(brand_os, acme, "new", valid_from=new[0], valid_to=new[1], supersedes=[first.id])
    versions = brand_os.history(acme, first.id)
    kept = [v for v in versions if v.data.plain()["notes"] == "old" and v.known_to is None]
    assert [(each.valid_from, each.valid_to) for each in kept] == left
    assert all(each.supersedes == first.id for each in kept)


def test_what_cannot_be_superseded(brand_os: BrandOS, ledger: Ledger, acme: ClientScope) -> None:
    """Another client's record, one that is not there, of another kind or time: all refused."""
    bolt = ledger.add_client("bolt", "en")
    foreign = accepted(brand_os, bolt)
    trade = brand_os.propose(acme, "industry", BOLT, citations=(), author="kim")
    brand_os.accept(acme, trade.id, by="kim")
    past = accepted(brand_os, acme, "past", valid_to="2024-01-01")
    made = proposed(brand_os, acme, "new", valid_from="2025-01-01")
    for old, error in (
        (foreign.id, NotFoundError),
        ("r0", NotFoundError),
        (trade.id, RecordError),
        (past.id, RecordError),
        (made.id, ConflictError),
    ):
        with pytest.raises(error):
            brand_os.accept(acme, made.id, by="kim", supersedes=[old])
    assert brand_os.get(acme, made.id).status == "proposed"


def test_edit_of_a_proposal(brand_os: BrandOS, acme: ClientScope, cite: Cite) -> None:
    """What a person rewrites becomes active; what was proposed stays to be learned from."""
    made = proposed(brand_os, acme, "rude", citations=[cite(acme, "Bolt", "/name")])
    kept = brand_os.edit(acme, made.id, {**BOLT, "notes": "kind"}, by="kim", reason="tone")
    assert (kept.status, kept.decided_by, kept.reason) == ("active", "kim", "tone")
    assert [each.quote for each in kept.citations] == ["Bolt"]
    before = brand_os.get(acme, made.id)
    assert (before.status, before.superseded_by, before.known_from) == ("superseded", kept.id, None)
    assert proposed(brand_os, acme, "rude").id == made.id


def test_edit_of_an_active_record(brand_os: BrandOS, acme: ClientScope) -> None:
    """A new version supersedes the old; back to the old words is a version of its own."""
    first = accepted(brand_os, acme, "a", valid_from="2025-01-01")
    second = brand_os.edit(acme, first.id, {**BOLT, "notes": "b"}, by="kim")
    third = brand_os.edit(acme, second.id, first.data.plain(), by="kim")
    assert len({first.id, second.id, third.id}) == 3
    assert brand_os.list(acme) == [third]
    assert third.valid_from == "2025-01-01"
    with pytest.raises(ConflictError):
        brand_os.edit(acme, first.id, {**BOLT, "notes": "c"}, by="lou")


def test_edit_without_a_change(brand_os: BrandOS, acme: ClientScope) -> None:
    """The same words again accept a proposal, and leave an active record as it is."""
    made = proposed(brand_os, acme)
    for _ in range(2):
        assert brand_os.edit(acme, made.id, made.data.plain(), by="kim").id == made.id
    assert brand_os.get(acme, made.id).status == "active"


def test_taking_back(brand_os: BrandOS, acme: ClientScope) -> None:
    """An active record that is rejected is known until then, and not after."""
    made = accepted(brand_os, acme)
    gone = brand_os.reject(acme, made.id, by="lou", reason="sold")
    assert (gone.status, gone.reason, gone.decided_by) == ("rejected", "sold", "lou")
    assert brand_os.list(acme) == []
    assert made.known_from is not None
    then = brand_os.list(acme, as_of=AsOf("2025-01-01", made.known_from))
    assert [(each.id, each.status, each.known_to) for each in then] in (
        [(made.id, "active", None)],
        [],  # within one millisecond
    )


def test_who_accepted_what_was_taken_back(brand_os: BrandOS, acme: ClientScope) -> None:
    """As known before it was taken back, a record says who accepted it, and why."""
    made = proposed(brand_os, acme)
    made = brand_os.accept(acme, made.id, by="kim", reason="seen")
    assert made.known_from is not None
    time.sleep(0.002)
    brand_os.reject(acme, made.id, by="lou", reason="sold")
    [then] = brand_os.list(acme, as_of=AsOf("2025-01-01", made.known_from))
    assert then == made
    [now] = brand_os.list(acme, status="rejected")
    assert (now.decided_by, now.reason, now.decided_at) == ("lou", "sold", now.known_to)
    with pytest.raises(ConflictError, match="rejected already, by lou"):
        brand_os.accept(acme, made.id, by="kim")


def test_an_edit_moves_the_day(brand_os: BrandOS, acme: ClientScope) -> None:
    """A version with another day of its own holds from that day on; else the period stays."""
    data = {"topic": "way", "statement": "Go north", "decided_on": "2026-01-01"}
    made = brand_os.propose(acme, "strategy", data, citations=(), author="kim")
    brand_os.accept(acme, made.id, by="kim")
    moved = brand_os.edit(acme, made.id, data | {"decided_on": "2025-01-01"}, by="kim")
    assert (made.valid_from, moved.valid_from) == ("2026-01-01", "2025-01-01")
    assert brand_os.list(acme, as_of=AsOf("2025-06-01"))[0].id == moved.id
    same = brand_os.edit(acme, moved.id, moved.data.plain() | {"statement": "Go south"}, by="kim")
    assert same.valid_from == "2025-01-01"


def test_expired(brand_os: BrandOS, acme: ClientScope) -> None:
    """What held until a day is expired from that day on, and only given when asked for."""
    made = accepted(brand_os, acme, valid_from="2025-01-01", valid_to="2025-06-01")
    for day, status, found in (
        ("2025-05-31", None, [made.id]),
        ("2025-06-01", None, []),
        ("2025-06-01", "expired", [made.id]),
        ("2025-05-31", "expired", []),
        ("2024-12-31", None, []),
    ):
        listed = brand_os.list(acme, status=status, as_of=AsOf(day))  # type: ignore[arg-type]
        assert [each.id for each in listed] == found
        assert all(each.status == (status or "active") for each in listed)


def test_nothing_undecided_by_default(brand_os: BrandOS, acme: ClientScope) -> None:
    """Proposed, superseded and rejected records are given only to who asks for them (G6)."""
    old = accepted(brand_os, acme, "old")
    new = accepted(brand_os, acme, "new", supersedes=[old.id])
    waiting = proposed(brand_os, acme, "waiting")
    refused = brand_os.reject(acme, proposed(brand_os, acme, "no").id, by="kim")
    assert brand_os.list(acme) == [new]
    assert brand_os.list(acme, kind="competitor", status="active") == [new]
    for status, wanted in (("superseded", old), ("proposed", waiting), ("rejected", refused)):
        listed = brand_os.list(acme, status=status)  # type: ignore[arg-type]
        assert [each.id for each in listed] == [wanted.id]


def test_proposals_as_known_then(brand_os: BrandOS, acme: ClientScope) -> None:
    """Of an earlier moment, what was proposed later does not show, nor what was decided since."""
    made = proposed(brand_os, acme)
    before, then = (
        AsOf("2025-01-01", "2020-01-01T00:00:00.000Z"),
        AsOf("2025-01-01", made.proposed_at),
    )
    assert brand_os.list(acme, status="proposed", as_of=before) == []
    time.sleep(0.002)
    brand_os.reject(acme, made.id, by="kim", reason="no")
    (shown,) = brand_os.list(acme, status="proposed", as_of=then)
    assert (shown.status, shown.decided_by, shown.reason) == ("proposed", None, None)
    assert brand_os.list(acme, status="rejected", as_of=then) == []


def test_proposals_do_not_tell_their_future(brand_os: BrandOS, acme: ClientScope) -> None:
    """As known while it was one, a proposal does not say when it was accepted, and for what."""
    old = accepted(brand_os, acme, "old")
    made = proposed(brand_os, acme, "new")
    edited = proposed(brand_os, acme, "draft")
    then = AsOf("2025-01-01", edited.proposed_at)
    before = brand_os.list(acme, status="proposed", as_of=then)
    assert {each.id for each in before} == {made.id, edited.id}
    time.sleep(0.002)
    brand_os.accept(acme, made.id, by="kim", supersedes=[old.id])
    brand_os.edit(acme, edited.id, edited.data.plain() | {"notes": "b"}, by="kim")
    assert brand_os.list(acme, status="proposed", as_of=then) == before


def test_by_source(brand_os: BrandOS, acme: ClientScope, cite: Cite) -> None:
    """The records of a source are those that cite it."""
    cited = cite(acme, "Bolt")
    made = accepted(brand_os, acme, citations=[cited])
    accepted(brand_os, acme, "other")
    assert brand_os.list(acme, source=cited.source) == [made]


@pytest.mark.parametrize(
    ("kind", "said", "more", "error"),
    [
        ("rival", BOLT, {}, RecordError),
        ("competitor", {}, {}, RecordError),
        ("competitor", {"name": 3}, {}, RecordError),
        ("competitor", BOLT, {"valid_from": "soon"}, SavoirError),
        ("competitor", BOLT, {"valid_from": "2025-02-01", "valid_to": "2025-02-01"}, SavoirError),
    ],
)
def test_refused(
    brand_os: BrandOS,
    acme: ClientScope,
    kind: str,
    said: dict[str, Any],
    more: dict[str, str],
    error: type[Exception],
) -> None:
    """What is no record of its kind, or holds at no time, is refused."""
    with pytest.raises(error):
        brand_os.propose(acme, kind, said, citations=(), author="kim", **more)


def test_strategy_holds_since_its_decision(brand_os: BrandOS, acme: ClientScope) -> None:
    """A strategy with the day of its decision holds from that day."""
    data = {"topic": "price", "statement": "no discount", "decided_on": "2025-02-01"}
    assert brand_os.propose(acme, "strategy", data, citations=(), author="kim").valid_from == (
        "2025-02-01"
    )


def test_nothing_half_written(brand_os: BrandOS, acme: ClientScope, engine: Engine) -> None:
    """Where the facts of a record cannot be written, neither is the decision."""
    old = accepted(brand_os, acme, "old")
    made = proposed(brand_os, acme, "new")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_facts BEFORE INSERT ON facts BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(IntegrityError):
        brand_os.accept(acme, made.id, by="kim", supersedes=[old.id])
    assert brand_os.get(acme, made.id).status == "proposed"
    assert brand_os.list(acme) == [old]


def test_two_decide_at_once(brand_os: BrandOS, acme: ClientScope, data: Path) -> None:
    """Of several who decide at the same moment, exactly one does; the others are told."""
    made = proposed(brand_os, acme)
    barrier = Barrier(4)

    def decide(number: int) -> str:
        engine = open_database(data / "ledger.db", wait=10)
        own = BrandOS(engine)
        barrier.wait()
        try:
            if number % 2:
                return own.accept(acme, made.id, by=f"kim {number}").status
            return own.reject(acme, made.id, by=f"lou {number}").status
        except ConflictError:
            return "conflict"
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(decide, range(4)))
    # An accepted record may still be taken back: that is a decision of its own.
    assert sorted(told) in (
        ["active", "conflict", "conflict", "rejected"],
        ["conflict", "conflict", "conflict", "rejected"],
    )


def forgotten(engine: Engine, scope: ClientScope, source: str) -> None:
    """Remove what cites a source, as a removal does."""
    with engine.begin() as connection:
        statement = text("DELETE FROM citations WHERE client = :client AND source = :source")
        connection.execute(statement, {"client": scope.client, "source": source})


def test_reexamine(brand_os: BrandOS, acme: ClientScope, cite: Cite, engine: Engine) -> None:
    """What has lost its last source is retired; a person's own words, and what has others, stay."""
    gone, other = cite(acme, "Bolt", path="a.md"), cite(acme, "Bolt", path="b.md")
    active = accepted(brand_os, acme, "active", citations=[gone])
    both = accepted(brand_os, acme, "both", citations=[gone, other])
    bare = accepted(brand_os, acme, "bare")
    own = brand_os.accept(
        acme, proposed(brand_os, acme, "own", citations=[gone], author="kim").id, by="kim"
    )
    waiting = proposed(brand_os, acme, "waiting", citations=[gone])
    written = proposed(brand_os, acme, "written", author="kim")
    forgotten(engine, acme, gone.source)
    brand_os.reexamine(acme)
    brand_os.reexamine(acme)
    assert {each.id for each in brand_os.list(acme)} == {both.id, bare.id, own.id}
    ended = brand_os.get(acme, active.id)
    assert (ended.status, bool(ended.reason), bool(ended.known_to)) == ("superseded", True, True)
    assert brand_os.get(acme, waiting.id).status == "rejected"
    assert brand_os.get(acme, written.id).status == "proposed"
    again = proposed(brand_os, acme, "waiting", citations=[other])
    assert (again.status, again.supersedes) == ("proposed", waiting.id)


def test_facts_follow(brand_os: BrandOS, acme: ClientScope, engine: Engine) -> None:
    """The facts of a record begin and end with it."""
    brand_os.reject(acme, accepted(brand_os, acme).id, by="kim")
    with engine.connect() as connection:
        open_facts = text("SELECT count(*) FROM facts WHERE status = 'active' AND known_to IS NULL")
        said = text("SELECT count(*) FROM facts WHERE status = 'active'")
        assert connection.scalar(open_facts) == 0
        assert connection.scalar(said) > 0


@pytest.mark.parametrize("scope", [None, "acme", ClientScope("nobody")])
def test_no_scope(brand_os: BrandOS, acme: ClientScope, scope: Any) -> None:
    """No record is reached without the scope of a client that exists."""
    made = accepted(brand_os, acme)
    for call in (
        lambda: brand_os.get(scope, made.id),
        lambda: brand_os.list(scope),
        lambda: brand_os.fill(scope),
    ):
        with pytest.raises(ScopeError):
            call()
