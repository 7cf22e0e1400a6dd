"""From scripted work to what is published: measured defect rates are those that the rule promises.

An agent of a known defect rate, and reviewers who catch a known share of what is bad, work through
real graphs, gates, seeds and the ledger; no model is called.
"""

import math
import random
from typing import Any

import pytest

from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.folding import audit
from savoirfaire.graphs.gates.planting import Planter
from savoirfaire.graphs.gates.policy import PolicyDesk
from savoirfaire.graphs.registry import find_graph

SURE = 4.0
"""Standard deviations that a measured rate may be off: once in 15 000 honest sweeps."""


class Studio:
    """An office whose agent errs at a known rate, and whose reviewer overlooks a known share."""

    def __init__(
        self, office: Any, defects: float, catches: float, seed: int, graph: str = "mail"
    ) -> None:
        self.graph, self.key = graph, f"acme/{graph}/send"
        self.office, self.defects, self.catches = office, defects, catches
        self.book = Book(office.engine, office.desk)
        self.planter = Planter(office.engine, office.desk)
        self.draws = random.Random(seed)  # noqa: S311 - a simulation
        self.published: list[tuple[float, bool]] = []
        self.reviewed: list[tuple[float, bool]] = []

    async def work(self, runs: Any, count: int) -> None:
        """So many items, one after the other, with the person who agrees to every step."""
        for turn in range(count):
            bad = self.draws.random() < self.defects
            text = f"{'bad' if bad else 'good'} {turn}"
            run = runs.submit(self.office.scope, self.graph, {"text": text}, by="ann")
            rate = self.book.view(self.key).rate if turn else 1.0
            progress = await runs.drive(run)
            self.reviewed.append((rate, bool(progress.approvals)))
            for approval in progress.approvals:
                self.answer(runs, approval)
                progress = await runs.drive(run)
            if "sent" in await runs.state(run):
                self.published.append((rate, bad))
            if turn % 10 == 0:
                self.keep_up(runs)

    def answer(self, runs: Any, approval: str) -> None:
        """Reject what is bad, where it is noticed."""
        text = runs.approvals.get(approval).request["action_requests"][0]["args"]["text"]
        noticed = text.startswith("bad") and self.draws.random() < self.catches
        runs.approvals.decide(approval, "reject" if noticed else "approve", by="bob")

    def keep_up(self, runs: Any) -> None:
        """Plant an error, let it be reviewed like the rest, and agree to the step that is due."""
        self.planter.written(self.book.row(self.key), [{"text": "bad on purpose"}], by="eve")
        for row in runs.approvals.open():
            self.answer(runs, row.id)
        if not self.book.view(self.key).obstacle:
            self.book.step_up(self.key, by="eve")

    def share(self, measured: list[tuple[float, bool]], at: float) -> tuple[float, int]:
        """How many of what came at this share under review were so, and how many there were."""
        found = [each for rate, each in measured if rate == at]
        return sum(found) / max(len(found), 1), len(found)


def near(measured: float, expected: float, count: int) -> bool:
    """Whether a rate measured over `count` is within `SURE` deviations of the expected one."""
    return abs(measured - expected) <= SURE * math.sqrt(expected * (1 - expected) / count)


@pytest.mark.sweep
async def test_a_good_agent(make_office: Any, engine: Any, loose: Any) -> None:
    """It is lifted to the floor, and what it publishes from then on is as bad as was foretold."""
    office = make_office(policies=loose(p0=0.25, alpha=0.1, floor=0.1, run_length=100_000))
    studio, caught = Studio(office, 0.04, 0.9, seed=1), 0.9
    async with office.runs() as runs:
        await studio.work(runs, 3000)
    floor = office.policies["client-facing"].floor
    asked, items = studio.share(studio.reviewed, floor)
    assert items > 1500
    assert near(asked, floor, items)
    seen = 0.04 * floor * caught
    bad, count = studio.share(studio.published, floor)
    assert near(bad, (0.04 - seen) / (1 - seen), count)
    assert bad <= 0.25
    assert audit(engine, office.secret)[1] == []
    assert not [row for row in office.rows("effects") if "purpose" in row.kind]


@pytest.mark.sweep
async def test_agents_at_the_limit(make_office: Any, loose: Any) -> None:
    """Of gates with work exactly at p0, no more are ever lifted than alpha says."""
    office, lifted, gates = make_office(policies=loose(p0=0.3, alpha=0.2, floor=0.1)), 0, 40
    async with office.runs() as runs:
        for number in range(gates):
            studio = Studio(office, 0.3, 1.0, seed=number, graph=f"mail{number}")
            await studio.work(runs, 50)
            lifted += any(rate < 1 for rate, _ in studio.reviewed)
    assert lifted <= gates * 0.2 + SURE * math.sqrt(gates * 0.2 * 0.8)


@pytest.mark.sweep
async def test_a_sudden_break(make_office: Any, loose: Any) -> None:
    """An agent that was lifted and breaks is sent back by itself, and the floor saw to it."""
    office = make_office(policies=loose(p0=0.25, alpha=0.1, floor=0.1, run_length=200))
    studio = Studio(office, 0.0, 1.0, seed=2)
    async with office.runs() as runs:
        await studio.work(runs, 400)
        assert studio.book.view(studio.key).rate < 1
        studio.defects = 0.9
        await studio.work(runs, 400)
    assert office.evidence.last_fall == "alarm"
    assert studio.book.view(studio.key).rate == 1.0


@pytest.mark.sweep
async def test_the_newsletter(newsroom: Any, engine: Any, loose: Any, make_office: Any) -> None:
    """The real graph, a few dozen times: each edition is decided on or passed with an entry."""
    secret = make_office().secret
    desk = PolicyDesk(
        engine, lambda: secret, policies={**loose(), "public": loose(floor=0.3)["client-facing"]}
    )
    book, draws, published = Book(engine, desk), random.Random(3), 0  # noqa: S311 - a simulation
    async with newsroom.runs(find=find_graph, desk=desk) as runs:
        scope = make_office().scope
        for turn in range(36):
            request = {
                "title": f"Letter {turn}",
                "date": "2026-05-04",
                "language": "en",
                "items": ["items"],
                "brief": "Two items.",
            }
            run = runs.submit(scope, "newsletter", request, by="ann")
            progress = await runs.drive(run)
            assert progress.status in {"waiting", "completed"}, progress.reason
            for approval in progress.approvals:
                verdict: Any = "reject" if draws.random() < 0.1 else "approve"
                runs.approvals.decide(approval, verdict, by="bob")
                progress = await runs.drive(run)
            published += bool((await runs.state(run)).get("published"))
            (view,) = book.views()
            if turn == 3:
                planter = Planter(engine, desk)
                planter.written(book.row(view.key), [{"markdown": "# Wrong\n"}] * 3, by="eve")
                for row in runs.approvals.open():
                    runs.approvals.decide(row.id, "reject", by="bob")
            if not view.obstacle and view.next_rate is not None:
                book.step_up(view.key, by="eve")
    kinds = [row["kind"] for row in newsroom.rows("decisions")]
    approved = sum(
        '"findings": ["unchanged"]' in row["data"]
        for row in newsroom.rows("decisions")
        if row["kind"] == "decided"
    )
    assert kinds.count("passed")
    assert published == approved + kinds.count("passed") == len(newsroom.rows("effects"))
    assert not [text for text in newsroom.published().values() if "Wrong" in text]
    assert audit(engine, secret)[1] == []
