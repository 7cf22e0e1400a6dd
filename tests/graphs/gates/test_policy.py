"""The desk of a workspace: evidence from people's decisions decides who is asked, and is kept."""

from typing import Any

import pytest
from sqlalchemy import text

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.graphs.desk import Item
from savoirfaire.graphs.gates import account
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.advancing import replay
from savoirfaire.graphs.gates.evidence.events import (
    event_from_json,
)
from savoirfaire.graphs.gates.evidence.policies import PRESETS, Policy
from savoirfaire.graphs.gates.folding import audit
from savoirfaire.graphs.gates.policy import STARTED, STOPPED, PolicyDesk
from savoirfaire.knowledge.mentions import MARK
from savoirfaire.knowledge.schema import gates

Office = Any


async def test_every_item_is_asked_about_at_first(office: Office) -> None:
    """Where nothing is known a person decides on each item, and each decision is kept."""
    assert await office.send("a", "b") == ["asked completed"] * 2
    assert office.evidence.counts == ((0, 2),)
    planned, decided = ([r for r in office.rows("decisions") if r.kind == k] for k in KINDS)
    assert [row.data["plan"]["reason"] for row in planned] == ["full review"] * 2
    assert [row.by for row in decided] == ["bob", "bob"]
    assert {row.shown for row in planned} == {row.shown for row in decided}


KINDS = ("planned", "decided")


@pytest.mark.parametrize(
    ("verdict", "more", "outcome"),
    [
        ("approve", {}, 0),
        ("reject", {}, 1000),
        ("edit", {"edits": {"text": "Good day, all"}}, 50),
        ("edit", {"edits": {"text": "Good day all, at 5"}}, 1000),
    ],
)
async def test_what_a_decision_counts_for(
    office: Office, verdict: Any, more: Any, outcome: int
) -> None:
    """Each decision counts by the rubric, and an edit by what it changed."""
    await office.send("Good day all", verdict=verdict, **more)
    assert office.evidence.counts == ((outcome, 1),)


async def test_lifted_by_evidence(office: Office, quick: Any) -> None:
    """Enough clean reviews let items pass unseen; every pass is in the ledger, with its draw."""
    await office.send("good")
    office.lift()
    ends = await office.send(*["good"] * 8)
    assert ends.count("passed completed") >= 6
    passed = [row for row in office.rows("decisions") if row.kind == "passed"]
    plans = {r.item: r.data["plan"] for r in office.rows("decisions") if r.kind == "planned"}
    assert len(passed) >= 6
    assert all(plans[row.item]["draw"] >= quick.floor for row in passed)


async def test_the_state_is_the_ledger_folded(office: Office, quick: Any) -> None:
    """Whoever has the ledger alone comes to the same state."""
    await office.send("good")
    office.lift()
    await office.send("good", "bad", verdict="reject")
    (gate,) = office.rows("gates")
    entries = [row for row in office.rows("decisions") if row.gate == gate.id]
    events = [event_from_json(each) for row in entries for each in row.data.get("events", ())]
    assert replay([quick], office.evidence.fingerprint, events) == office.evidence


async def test_flags_force_a_review(make_office: Any, mail: Any) -> None:
    """A risky item is asked about whatever the evidence, and lifts nothing."""
    office = make_office(mail(flags=lambda s: ["new"] if "!" in s["text"] else []))
    await office.send("good")
    office.lift()
    counts = office.evidence.counts
    assert await office.send("buy!") == ["asked completed"]
    assert office.evidence.counts == counts


async def test_the_kill_switch(office: Office) -> None:
    """Stopped, every item is asked about; started again, what was earned still counts."""
    await office.send("good")
    office.lift()
    office.enter(STOPPED, gate=False)
    assert await office.send(*["good"] * 5) == ["asked completed"] * 5
    office.enter(STARTED, gate=False)
    assert "passed completed" in await office.send(*["good"] * 5)


async def test_other_work_starts_anew(office: Office, mail: Any) -> None:
    """Another prompt, model or graph is asked about in full, whatever the old one earned."""
    await office.send("good")
    office.lift()
    office.spec = mail(people=2)
    async with office.newsroom.runs(find=lambda _: office.spec, desk=office.desk) as runs:
        progress = await runs.drive(runs.submit(office.scope, "mail", {"text": "good"}, by="ann"))
    assert progress.status == "waiting"
    assert (office.evidence.step, office.evidence.last_fall) == (0, "fingerprint")


@pytest.mark.parametrize("changes", [{"never_lift": True}, {"risk": "irreversible"}])
async def test_craft_is_never_lifted(make_office: Any, mail: Any, changes: Any) -> None:
    """What stays with people stays, however clean the reviews."""
    office = make_office(mail(**changes))
    assert set(await office.send(*["good"] * 30)) == {"asked completed"}
    assert office.evidence.rate(PRESETS["irreversible"]) == 1


async def test_decided_together(office: Office) -> None:
    """Items that were decided at one stroke are one review."""
    async with office.newsroom.runs(find=lambda _: office.spec, desk=office.desk) as runs:
        several = [runs.submit(office.scope, "mail", {"text": each}, by="ann") for each in "abcde"]
        asked = [(await runs.drive(run)).approvals[0] for run in several]
        done = runs.approvals.decide_together(asked, "approve", by="bob")
    assert len(done) == 5
    assert office.evidence.counts == ((0, 1),)


async def test_a_forged_pass(office: Office) -> None:
    """A state that says "pass" where the ledger says "ask" is asked about."""
    async with office.newsroom.runs(find=lambda _: office.spec, desk=office.desk) as runs:
        await runs.drive(runs.submit(office.scope, "mail", {"text": "x"}, by="ann"))
    (plan,) = [row for row in office.rows("decisions") if row.kind == "planned"]
    (approval,) = office.rows("approvals")
    item = Item(
        *("acme", approval.run, "mail", "send", "send", "client-facing"),
        craft=False,
        id=approval.request["item"],
        payload_hash=plan.shown,
    )
    forged = {**plan.data["plan"], "ask": False, "mode": "pass"}
    assert office.desk.let_pass(item, forged) == ""
    assert [row.kind for row in office.rows("decisions")][-1] == "held"


# --- the chain ------------------------------------------------------------------------------------


async def test_the_chain_holds(office: Office, engine: Any) -> None:
    """An untouched ledger verifies, with every entry counted."""
    await office.send("a", "b")
    count, breaks = account.verify(engine)
    assert (count, breaks) == (len(office.rows("decisions")), [])


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE decisions SET data = '{}' WHERE seq = 2",
        "UPDATE decisions SET at = '2020' WHERE seq = 2",
        "UPDATE decisions SET \"by\" = 'eve' WHERE \"by\" = 'bob'",
        "DELETE FROM decisions WHERE seq = 2",
        "UPDATE decisions SET hash = '0' WHERE seq = 2",
    ],
)
async def test_tampering_is_found(office: Office, engine: Any, tampering: str) -> None:
    """Whatever is changed or taken out afterwards is found, with its place."""
    await office.send("a", "b")
    with engine.begin() as connection:
        connection.execute(text(tampering))
    _, breaks = account.verify(engine)
    assert breaks


async def test_a_forgotten_name(office: Office, engine: Any) -> None:
    """The name of who decided can be forgotten without a break in the chain."""
    await office.send("a")
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE decisions SET \"by\" = '{MARK}'"))
    assert account.verify(engine)[1] == []


def test_a_policy_is_a_policy(quick: Any) -> None:
    """The weak promise of these tests is one that a workspace could make."""
    assert isinstance(quick, Policy)


# --- the ledger alone -----------------------------------------------------------------------------


async def test_an_audit(office: Office, engine: Any) -> None:
    """The ledger alone accounts for every state and every pass, whatever happened in between."""
    await office.send("good")
    office.lift()
    await office.send(*["good"] * 6)
    office.desk = PolicyDesk(engine, lambda: office.secret)
    await office.send("good")
    assert audit(engine, office.secret)[1] == []
    assert audit(engine, bytes(32))[1], "with another secret the draws are others"


@pytest.mark.parametrize("changed", [{"step": 3}, {"passed": 0}, {"reviewed": 99}])
async def test_a_changed_state(office: Office, engine: Any, changed: dict[str, int]) -> None:
    """A state that its entries do not come to is found."""
    await office.send("good")
    office.lift()
    await office.send(*["good"] * 6)
    (row,) = office.rows("gates")
    with engine.begin() as connection:
        connection.execute(gates.update().values(state={**row.state, **changed}))
    found = [each.reason for each in audit(engine, office.secret)[1]]
    assert [each for each in found if "not what its entries" in each]


# --- the book -------------------------------------------------------------------------------------


async def test_the_book(office: Office, engine: Any, quick: Any) -> None:
    """Each gate says where it stands, and a person steps it up and down."""
    await office.send("good")
    book = Book(engine, office.desk)
    (view,) = book.views("acme")
    assert (view.key, view.rate, view.next_rate) == ("acme/mail/send", 1.0, 0.5)
    assert view.obstacle == "no seed caught"
    with pytest.raises(RequestError, match="cannot step up"):
        book.step_up(view.key, by="eve")
    office.lift()
    assert book.views()[0].rate == quick.floor
    down = book.step_down(view.key, by="eve", rate=0.5)
    assert (down.rate, down.last_fall) == (0.5, "person")
    assert book.never_lift(view.key, by="eve").rate == 1
    assert book.incident(view.key, by="eve", severe=True).escapes == 1
    assert [each.kind for each in book.moments(view.key)][-1] == "incident"
    assert audit(engine, office.secret)[1] == []


async def test_the_switch(office: Office, engine: Any) -> None:
    """The kill switch is thrown and released by a person, once each."""
    book = Book(engine, office.desk)
    book.stop(by="eve", reason="a recall")
    book.stop(by="eve")
    assert book.is_stopped()
    book.start(by="eve")
    assert not book.is_stopped()
    assert [row.kind for row in office.rows("decisions")] == [STOPPED, STARTED]
    with pytest.raises(RequestError, match="nobody is named"):
        book.stop(by=" ")


async def test_no_such_gate(office: Office, engine: Any) -> None:
    """A gate that is not there is answered with the nearest one."""
    await office.send("good")
    with pytest.raises(NotFoundError, match="acme/mail/send"):
        Book(engine, office.desk).view("acme/mail/sent")
