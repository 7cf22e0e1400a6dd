"""Pools of gates: whose items count together, and what a person gives up by it; e-BH over many."""

from typing import Any

import pytest
from sqlalchemy import text

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates import pooling
from savoirfaire.graphs.gates.account import Entry
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.events import Asked, Reviewed, SeedReviewed
from savoirfaire.graphs.gates.evidence.state import from_json
from savoirfaire.graphs.gates.folding import audit
from savoirfaire.graphs.gates.planting import Planter
from savoirfaire.graphs.gates.replaying import replayed
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.scope import ClientScope

A, B = "acme/mail/send", "durand/mail/send"


async def send(office: Any, client: str, *texts: str, verdict: Any = "approve") -> list[str]:
    """Run once for each text at a client; how each run ended."""
    office.scope, ends = ClientScope(client), []
    async with office.runs() as runs:
        for each in texts:
            progress = await runs.drive(runs.submit(office.scope, "mail", {"text": each}, by="ann"))
            ends.append(progress.status)
            for approval in progress.approvals:
                runs.approvals.decide(approval, verdict, by=f"{client}-bob")
                await runs.drive(progress.run)
    return ends


def row(office: Any, key: str) -> Any:
    """A gate's row."""
    return Book(office.engine, office.desk).row(key)


def earn(office: Any, key: str) -> None:
    """Clean reviews and seeds enough for a step."""
    events: list[Any] = []
    for each in map(str, range(40)):
        events += [Asked((each,)), Reviewed(((each, 0.0),)), SeedReviewed(caught=True)]
    with writing(office.engine) as connection:
        gate = row(office, key)
        entry = Entry(gate.id, "earned")
        office.desk.enter(connection, gate, entry, from_json(gate.state), events)


@pytest.fixture
async def pooled(office: Any, engine: Any) -> Any:
    """Two clients' gates, counted together under the first."""
    await send(office, "acme", "a")
    await send(office, "durand", "b")
    Book(engine, office.desk).pool(A, [B], by="eve", reason="one team does both")
    return office


async def test_items_count_together(pooled: Any, engine: Any) -> None:
    """Reviews at either gate are evidence of the pool, and who gave them stays where they were."""
    await send(pooled, "acme", "c")
    await send(pooled, "durand", "d", verdict="reject")
    state = from_json(row(pooled, A).state)
    assert state.counts == ((0, 1), (1000, 1))
    assert from_json(row(pooled, B).state).counts == ()
    mine = {row.by for row in pooled.rows("decisions") if row.gate == row_id(pooled, A)}
    assert not any("durand" in name for name in mine)
    first, second = Book(engine, pooled.desk).views()
    assert (first.pooled_with, second.pooled_with) == ("", A)
    assert first.reviewed == second.reviewed == 3
    assert audit(engine, pooled.secret)[1] == []


async def test_what_was_decided_in_a_pool(pooled: Any, engine: Any) -> None:
    """Policy replay is told of every item of a pool, and what was decided wherever it was."""
    await send(pooled, "durand", *"ab", verdict="reject")
    leader = row_id(pooled, A)
    with engine.connect() as connection:
        rows = list(pooling.entries(connection, leader))
        told = replayed(pooled.policies["client-facing"], rows, pooled.secret, gate=leader)
    planned = {each.item for each in rows if each.kind == "planned"}
    decided = [each.item for each in rows if each.kind == "decided" and each.gate != leader]
    assert len(set(decided) & planned) == 2
    assert [each.seq for each in rows] == sorted(each.seq for each in rows)
    assert (told.items, told.reviewed) == (3, 3)


def row_id(office: Any, key: str) -> int:
    """A gate's number."""
    return int(row(office, key).id)


async def test_a_pool_is_lifted_as_one(pooled: Any, engine: Any) -> None:
    """A step of the pool lets items of both gates pass, and the switch and a fall hold both."""
    book = Book(engine, pooled.desk)
    earn(pooled, A)
    assert book.step_up(B, by="eve").rate == 0.5
    assert "completed" in await send(pooled, "durand", *"abcdefgh")
    book.incident(B, by="eve", severe=True)
    assert set(await send(pooled, "acme", *"abc")) == {"waiting"}
    assert audit(engine, pooled.secret)[1] == []


async def test_seeds_of_a_pool(pooled: Any, engine: Any) -> None:
    """A seed at either gate measures the reviewers of the pool."""
    Planter(engine, pooled.desk).written(row(pooled, B), [{"text": "bad"}], by="eve")
    async with pooled.runs() as runs:
        (seed,) = runs.approvals.open()
        runs.approvals.decide(seed.id, "reject", by="bob")
    assert from_json(row(pooled, A).state).seeds.caught == 1
    assert audit(engine, pooled.secret)[1] == []


async def test_joining_and_parting_cost(pooled: Any, engine: Any) -> None:
    """Whoever joins or parts gates begins anew, with a smaller part of alpha for what was seen."""
    earn(pooled, A)
    before = from_json(row(pooled, A).state)
    assert before.attempt == 2
    Book(engine, pooled.desk).part(B, by="eve")
    after = [from_json(row(pooled, key).state) for key in (A, B)]
    assert [(state.attempt, state.counts, state.step) for state in after] == [
        (3, (), 0),
        (2, (), 0),
    ]
    await send(pooled, "durand", "x")
    assert from_json(row(pooled, B).state).counts == ((0, 1),)


async def test_another_promise_parts(pooled: Any, engine: Any) -> None:
    """A gate whose promise changes is not let through by a pool with a weaker one."""
    earn(pooled, A)
    Book(engine, pooled.desk).step_up(A, by="eve")
    with engine.begin() as connection:
        connection.execute(text("UPDATE gates SET craft = TRUE WHERE client = 'durand'"))
    (view,) = Book(engine, pooled.desk).views("durand")
    assert (view.pooled_with, view.rate) == ("", 1.0)


async def test_what_cannot_be_pooled(office: Any, engine: Any, mail: Any) -> None:
    """Gates of another work or promise, twice in a pool, or alone, are refused with the reason."""
    await send(office, "acme", "a")
    office.spec = mail(people=2)
    await send(office, "durand", "b")
    book = Book(engine, office.desk)
    for others, words in (([B], "other work"), ([], "two gates"), ([A], "each named once")):
        with pytest.raises(RequestError, match=words):
            book.pool(A, others, by="eve")
    with pytest.raises(RequestError, match="in no pool"):
        book.part(A, by="eve")


async def test_together(office: Any, engine: Any) -> None:
    """Of several gates those are offered together whose evidence e-BH bears, at a stated share."""
    await send(office, "acme", "a")
    await send(office, "durand", "b")
    earn(office, A)
    book = Book(engine, office.desk)
    assert book.together(0.5) == [A]
    assert book.together(1e-30) == []
    with pytest.raises(RequestError, match="no share"):
        book.together(1.0)
