"""Policy replay: recorded decisions under another policy, with no model and no guess."""

from dataclasses import replace
from typing import Any

import pytest

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates import account
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.drawing import draw
from savoirfaire.graphs.gates.evidence.policies import PRESETS
from savoirfaire.graphs.gates.planting import Planter
from savoirfaire.graphs.gates.replaying import by_client, policies_from, replayed, together

KEY = "acme/mail/send"


def again(office: Any, policy: Any, **more: Any) -> Any:
    """The office's gate replayed under a policy."""
    gate = Book(office.engine, office.desk).row(KEY)
    with office.engine.connect() as connection:
        entries = account.entries(connection, gate.id, about_all=True)
        return replayed(policy, entries, office.secret, gate=gate.id, **more)


@pytest.fixture
async def history(make_office: Any, engine: Any) -> Any:
    """An office under a strict policy: seeds caught, thirty good mails, then ten bad ones."""
    office = make_office(policies=PRESETS)
    await office.send("bad", verdict="reject", by="ann")
    gate = Book(engine, office.desk).row(KEY)
    Planter(engine, office.desk).written(gate, [{"text": f"{n} off"} for n in range(8)], by="eve")
    async with office.runs() as runs:
        for row in runs.approvals.open():
            runs.approvals.decide(row.id, "reject", by="bob")
    await office.send(*(f"good {n}" for n in range(30)))
    await office.send(*(f"bad {n}" for n in range(5)), verdict="reject")
    await office.send(*(f"Good {n}" for n in range(5)), verdict="edit", edits={"text": "At 9"})
    return office


async def test_under_the_policy_of_then(history: Any) -> None:
    """Under the policy that was in force, a gate never lifted saves nothing and loses nothing."""
    told = again(history, PRESETS["client-facing"])
    assert (told.items, told.reviewed, told.asked, told.saved) == (41, 41, 41, 0)
    assert (told.slips, told.unknown) == ([], 0)


async def test_under_a_weak_policy(history: Any, quick: Any) -> None:
    """What would have passed is exactly what the draws say, and the bad ones among it slip."""
    told = again(history, quick)
    assert 0 < told.asked < 41
    assert told.saved == 41 - told.asked
    rows = {row.data["approval"]: row for row in history.rows("decisions") if row.kind == "decided"}
    for slip in told.slips:
        row = rows[slip.approval]
        assert draw(history.secret, row.item, quick.version) >= quick.floor
        assert {"rejected", "factual"} & set(slip.findings)
    bad = [row for row in rows.values() if {"rejected", "factual"} & set(row.data["findings"])]
    planned = [row.item for row in history.rows("decisions") if row.kind == "planned"]
    asked = [place[2] for place in told.path]
    steps = zip(planned, [0, *asked], asked, strict=False)
    unseen = {item for item, before, after in steps if before == after}
    slipped = {row.data["approval"] for row in bad if row.item in unseen}
    assert {slip.approval for slip in told.slips} == slipped < {row.data["approval"] for row in bad}
    truth, other = together([told])
    assert (truth[-1], other[-1]) == (41, told.asked)
    assert by_client({told.gate: "acme"}, [told])["acme"]["slips"] == len(told.slips)
    assert again(history, quick) == told


async def test_craft(history: Any) -> None:
    """A policy that never lifts asks about everything."""
    assert again(history, PRESETS["irreversible"]).asked == 41


async def test_since(history: Any, quick: Any) -> None:
    """Only what came since a day is told, as if the policy had begun on it."""
    assert again(history, quick, since="2999-01-01").items == 0
    last = [row.at for row in history.rows("decisions") if row.kind == "planned"][-5]
    told = again(history, quick, since=last)
    assert (told.items, told.asked) == (5, 5)


async def test_what_passed_is_not_known(office: Any, engine: Any) -> None:
    """Where a strict policy asks about what passed in truth, its outcome is unknown."""
    await office.send("good")
    office.lift()
    ends = await office.send(*map(str, range(8)))
    told = again(office, PRESETS["client-facing"])
    assert told.unknown == ends.count("passed completed") > 0
    assert told.saved == -told.unknown
    Book(engine, office.desk).stop(by="eve")
    assert await office.send("late") == ["asked completed"]
    assert again(office, PRESETS["client-facing"]).unknown == told.unknown


async def test_what_people_did(office: Any, engine: Any, quick: Any) -> None:
    """Incidents, steps down and the kill switch happen in the replay too."""
    await office.send("good")
    office.lift()
    book = Book(engine, office.desk)
    book.step_down(KEY, by="eve", rate=0.5)
    book.incident(KEY, by="eve", severe=True)
    book.never_lift(KEY, by="eve")
    book.never_lift(KEY, by="eve", on=False)
    book.stop(by="eve")
    await office.send(*"abc")
    assert again(office, quick).saved == 0
    other = replace(quick, name="other", floor=0.3)
    assert again(office, other).asked == 4


# --- policy files ---------------------------------------------------------------------------------


def test_a_policy_file() -> None:
    """What a file does not name stays as shipped, and equal numbers are the same policy."""
    made = policies_from({"public": {"p0": 0.1, "floor": 0.5}}, PRESETS)
    assert (made["public"].p0, made["public"].alpha, made["public"].floor) == (0.1, 0.02, 0.5)
    assert made["internal"].version == PRESETS["internal"].version


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"pubic": {}}, "there is no risk class pubic"),
        ({"public": 3}, "is no table"),
        ({"public": {"p": 0.1}}, "has no p; it has p0"),
        ({"public": {"p0": "0.1"}}, "p0 cannot be '0.1'"),
        ({"public": {"p0": True}}, "p0 cannot be True"),
        ({"public": {"never_lift": 1}}, "never_lift cannot be 1"),
        ({"public": {"p0": 1e-9}}, "needs a p0 of 0.002 or more"),
        ({"public": {"p0": 1.5}}, "between 0 and 1"),
        ({"public": {"p0": float("nan")}}, "between 0 and 1"),
        ({"public": {"run_length": 10**9}}, "run length of 100000 or less"),
    ],
)
def test_no_policy_file(table: Any, words: str) -> None:
    """What makes no promise is refused with its place."""
    with pytest.raises(RequestError, match=words):
        policies_from(table, PRESETS)
