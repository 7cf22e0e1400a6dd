"""The account of a run: what a person is told, and whether its citations still hold."""

import json
from typing import Any

from savoirfaire.graphs.account import account
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
    assert len(data["published"]) == 2


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
    progress = await newsroom.start()
    changed = "---\ntitle: A new oven\n---\nThe oven is gone. Nothing of it remains to be seen.\n"
    newsroom.ingest(EN, {"items/oven.md": changed})
    data = await told(newsroom, progress.run)
    assert {each["path"]: each["resolved"] for each in data["citations"]} == {
        "items/oven.md": False,
        "items/rye.md": True,
    }


async def test_citations_of_lost_sources(newsroom: Any) -> None:
    """A citation whose source is not there any more does not stop the account."""
    progress = await newsroom.start()
    async with newsroom.runs() as runs:
        row, state = runs.get(progress.run), await runs.state(progress.run)
        state["gates"]["publish"]["arguments"]["citations"][0]["source"] = "no-such-source"
        data = account(runs.knowledge.ledger, row, [], state)
    assert [each["resolved"] for each in data["citations"]] == [False, True]
