"""The account of a run: what a person is told, and whether its citations still hold."""

import json
from typing import Any

import pytest

from savoirfaire.graphs.account import _arguments, account, findings
from savoirfaire.knowledge.scope import ClientScope

EN = ClientScope("acme")


async def told(newsroom: Any, run: str) -> dict[str, Any]:
    """The account of a run."""
    async with newsroom.runs() as runs:
        row, events, state = runs.get(run), runs.events(run), await runs.state(run)
        return account(runs.knowledge.ledger, row, events, state)


async def test_a_published_edition(newsroom: Any, model: Any) -> None:
    """Steps, sources, breaches, tokens, decision and files, as plain data."""
    progress = await newsroom.start(model.wire)
    await newsroom.decide(*progress.approvals, "approve", reason="fine")
    data = await told(newsroom, progress.run)
    assert json.loads(json.dumps(data)) == data
    assert (data["status"], data["outcome"], data["model"]) == ("completed", "done", "live")
    assert [step["node"] for step in data["steps"]][:2] == ["collect", "plan"]
    assert data["steps"][-1]["node"] == "learn"
    assert [each["number"] for each in data["citations"]] == [1, 2]
    assert all(each["resolved"] for each in data["citations"])
    assert data["usage"]["calls"] == sum(model.asked.values())
    assert data["usage"]["input_tokens"] > 100
    decision = data["decisions"]["publish"]
    assert (decision["type"], decision["decided_by"], decision["reason"]) == (
        "approve",
        "bob",
        "fine",
    )
    assert "arguments" not in decision
    assert len(data["published"]) == 3


async def test_while_it_waits(newsroom: Any) -> None:
    """Before the decision, the account shows what is asked, and nothing as published."""
    progress = await newsroom.start()
    data = await told(newsroom, progress.run)
    assert (data["status"], data["published"], data["decisions"]) == ("waiting", [], {})
    assert len(data["citations"]) == 2
    assert data["breaches_found"] > 0
    assert data["judgement"]["abstained"]


async def test_before_anything_was_done(newsroom: Any) -> None:
    """A run that was only submitted has an account too."""
    async with newsroom.runs() as runs:
        request = {"title": "T", "date": "2026-05-04", "language": "en", "items": ["items"]}
        run = runs.submit(EN, "newsletter", request, by="ann")
    data = await told(newsroom, run)
    assert (data["steps"], data["citations"], data["breaches"]) == ([], [], [])
    assert data["usage"] == {"calls": 0, "input_tokens": 0, "output_tokens": 0}


async def test_what_was_left_out(newsroom: Any, model: Any, planned: Any) -> None:
    """An item that is not in the edition is named by its title, with the reason."""
    model.plan = lambda _: planned({"News": ["S1"]}, {"S2": "no room"})
    progress = await newsroom.start(model.wire)
    data = await told(newsroom, progress.run)
    assert data["left_out"] == [
        {"item": "A workshop on rye bread", "path": "items/rye.md", "reason": "no room"}
    ]


async def test_citations_that_no_longer_hold(newsroom: Any) -> None:
    """A citation whose source has changed since is told from those that hold."""
    oven = "---\ntitle: A new oven\n---\nThe bakery lights a new oven. It bakes 80 loaves.\n"
    rye = "---\ntitle: Rye\n---\nThe bakery opens a workshop on rye bread. It lasts 3 hours.\n"
    newsroom.ingest(EN, {"new/oven.md": oven, "new/rye.md": rye})
    progress = await newsroom.start(items=["new"])
    changed = "---\ntitle: A new oven\n---\nThe oven is gone. Nothing of it remains to be seen.\n"
    newsroom.ingest(EN, {"new/oven.md": changed})
    data = await told(newsroom, progress.run)
    assert {each["path"]: each["resolved"] for each in data["citations"]} == {
        "new/oven.md": False,
        "new/rye.md": True,
    }


async def test_citations_of_lost_sources(newsroom: Any) -> None:
    """A citation whose source is not there any more does not stop the account."""
    progress = await newsroom.start()
    async with newsroom.runs() as runs:
        row, state = runs.get(progress.run), await runs.state(progress.run)
        state["gates"]["publish"]["arguments"]["citations"][0]["source"] = "no-such-source"
        data = account(runs.knowledge.ledger, row, [], state)
    assert [each["resolved"] for each in data["citations"]] == [False, True]


async def test_the_modes_that_were_used(newsroom: Any, model: Any) -> None:
    """A run that goes on with another model says so, and what each one spent."""
    works, model.judge = model._judge, lambda _: {"content": "no judgement"}
    parked = await newsroom.start(model.wire)
    model.judge = works
    progress = await newsroom.drive(parked.run)
    data = await told(newsroom, progress.run)
    assert data["model"] == "live+offline"
    assert list(data["usage_by_mode"]) == ["live", "offline"]
    assert data["usage_by_mode"]["live"]["calls"] == 3
    fault = (await told(newsroom, parked.run))["fault"]
    assert (data["status"], fault) == ("waiting", None)


async def test_why_it_is_parked(newsroom: Any, model: Any) -> None:
    """The reason of a parked run is kept apart from its values, to be translated."""
    model.judge = lambda _: {"content": "no judgement"}
    parked = await newsroom.start(model.wire)
    data = await told(newsroom, parked.run)
    assert data["fault"]["values"]["role"] == "brand_guardian"
    assert "{role}" in data["fault"]["template"]
    assert data["fault"]["hint"] == parked.hint == parked.fault.hint
    assert str(parked.fault) == parked.reason == data["reason"]
    assert "fault" not in data["steps"][-1]


@pytest.mark.parametrize(
    ("decisions", "shown"),
    [
        ({}, "second"),
        ({"one": {"payload_hash": "1", "arguments": {"citations": []}}}, "second"),
        ({"two": {"payload_hash": "2"}}, "second"),
        ({"two": {"payload_hash": "0", "arguments": {"text": "old"}}}, "second"),
        ({"two": {"payload_hash": "2", "arguments": {"text": "mine"}}}, "mine"),
    ],
)
def test_the_last_gate(decisions: dict[str, Any], shown: str) -> None:
    """Of several gates the last one counts: as decided on, or as asked."""
    gates = {
        "one": {"payload_hash": "1", "arguments": {"text": "first"}},
        "two": {"payload_hash": "2", "arguments": {"text": "second"}},
    }
    assert _arguments({"gates": gates, "decisions": decisions})["text"] == shown


@pytest.mark.parametrize(("chosen", "places"), [(None, ["A", "B", "mail"]), ("B", ["B", "mail"])])
def test_the_angles_of_a_campaign(chosen: str | None, places: list[str]) -> None:
    """What was found in angles counts as long as they may be told; then in the one chosen."""
    said = [{"rule": "r", "where": where} for where in ("A", "B")]
    state: dict[str, Any] = {
        "reviewed": {"breaches": said, "abstained": "", "dropped": 2},
        "breaches": [{"rule": "r", "where": "mail"}],
        **({"angle": {"name": chosen}} if chosen else {}),
    }
    counted = findings(state)
    assert [each["where"] for each in counted["breaches"]] == places
    assert (counted["breaches_found"], counted["mended"]) == (len(places), [])
    assert counted["judgement"]["dropped"] == 2
