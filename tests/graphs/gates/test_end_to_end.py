"""From scripted work to what is published: measured defect rates are those that the rule promises.

An agent of a known defect rate, and reviewers who catch a known share of what is bad, work through
real graphs, gates, seeds and the ledger; no model is called.
"""

import math
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from savoirfaire.evals.proving.lives import told
from savoirfaire.evals.proving.proof import PATHS, SEED, proof
from savoirfaire.evals.proving.scenarios import ITEMS, SCENARIOS, Scenario
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence import PRESETS, Policy, from_json
from savoirfaire.graphs.gates.folding import audit
from savoirfaire.graphs.gates.planting import Planter
from savoirfaire.graphs.gates.policy import PolicyDesk
from savoirfaire.graphs.registry import find_graph
from savoirfaire.knowledge.scope import ClientScope

SECRET = bytes(range(32))
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


# --- against the proof ----------------------------------------------------------------------------


class Life:
    """A gate's life as `savoir gates prove` simulates it, through a real graph and its ledger.

    A person takes each step as soon as it may be taken, and one seed follows every so many reviews
    of an attempt. An item is bad where its words say so.
    """

    def __init__(self, runs: Any, desk: Any, engine: Any, key: str, make: Any) -> None:
        self.runs, self.desk, self.engine, self.key = runs, desk, engine, key
        self.book, self.planter = Book(engine, desk), Planter(engine, desk)
        self.make = make
        self.bad_out = self.reviews = 0

    async def live(self, policy: Policy, scenario: Scenario, items: int, seed: int) -> None:
        """So many items, one after the other."""
        draws = random.Random(seed)  # noqa: S311 - a simulation
        client, graph, _ = self.key.split("/")
        for turn in range(items):
            bad = draws.random() < scenario.true_rate(policy, turn / items)
            request = self.make(turn, "BAD" if bad else "fine")
            run = self.runs.submit(ClientScope(client), graph, request, by="ann")
            reviews = [each async for each in self.reviewed(run)]
            self.bad_out += bad and not any(reviews)
            self.reviews += bool(reviews)
            if reviews:
                self.follow_up(policy)

    async def reviewed(self, run: str) -> AsyncIterator[bool]:
        """Drive a run to its end; of each review at the gate, whether it was rejected."""
        while (progress := await self.runs.drive(run)).status != "completed":
            assert progress.status == "waiting", progress.reason
            for approval in progress.approvals:
                row = self.runs.approvals.get(approval)
                if row.request["kind"] == "choose":
                    self.runs.approvals.decide(approval, "choose", by="bob", choice=0)
                else:
                    yield self.answer(row)

    def answer(self, row: Any) -> bool:
        """Reject what is bad; whether it was."""
        bad = "BAD" in str(row.request["action_requests"][0]["args"])
        self.runs.approvals.decide(row.id, "reject" if bad else "approve", by="bob")
        return bad

    def follow_up(self, policy: Policy) -> None:
        """After a review: the seed that is due, and the step that is earned."""
        row = self.book.row(self.key)
        seen = sum(times for _, times in from_json(row.state).counts)
        if seen and seen % policy.seed_every == 0:
            self.planter.written(row, [self.make(-1, "BAD")], by="eve")
            for each in self.runs.approvals.open():
                self.answer(each)
        if not self.book.view(self.key).obstacle:
            self.book.step_up(self.key, by="eve")

    def require_like(self, figures: dict[str, Any], lives: int, items: int, *names: str) -> None:
        """What was published, or reviewed, is within what the intervals say of one life."""
        found = {"published": self.bad_out / items, "reviewed_share": self.reviews / items}
        for name in names:
            share = found[name]
            spread = figures[f"{name}_plus_minus"] / 2 * math.sqrt(lives)
            assert abs(share - figures[name]) <= SURE * spread, (name, share, figures)
        assert audit(self.engine, SECRET)[1] == []


SCENARIO = {each.name: each for each in SCENARIOS}
INTERNAL = PRESETS["internal"]


@pytest.mark.sweep
@pytest.mark.parametrize("name", ["constant", "sudden_break"])
async def test_the_figures_of_the_proof(make_office: Any, engine: Any, name: str) -> None:
    """A whole life of 5,000 items publishes what `savoir gates prove` says, within its interval."""
    office = make_office(policies={**PRESETS, "client-facing": INTERNAL})
    (figures,) = proof((INTERNAL,))["presets"]
    async with office.runs() as runs:
        make = lambda turn, words: {"text": f"{words} {turn}"}  # noqa: E731 - one line each
        life = Life(runs, office.desk, engine, "acme/mail/send", make)
        await life.live(INTERNAL, SCENARIO[name], ITEMS, seed=5)
    told_of = figures["published_defects"][name]
    life.require_like(told_of, PATHS, ITEMS, "published", "reviewed_share")


@pytest.mark.sweep
async def test_the_newsletter(newsroom: Any, engine: Any) -> None:
    """The real graph, a thousand times: it publishes what the proof's simulation says."""
    desk = PolicyDesk(engine, lambda: SECRET, policies={**PRESETS, "client-facing": INTERNAL})
    items, titles = 1000, {"date": "2026-05-04", "language": "en", "items": ["items"]}
    (figures,) = told([(INTERNAL, SCENARIO["constant"])], PATHS, items, SEED)

    def make(turn: int, words: str) -> dict[str, Any]:
        if turn < 0:
            return {"markdown": f"# {words}\n\nA planted error.\n"}
        return {"title": f"Letter {turn} {words}", "brief": "Two items.", **titles}

    async with newsroom.runs(find=find_graph, desk=desk) as runs:
        life = Life(runs, desk, engine, "acme/newsletter/publish", make)
        await life.live(INTERNAL, SCENARIO["constant"], items, seed=7)
    life.require_like(figures, PATHS, items, "published")  # risk flags force further reviews
    kinds = [row["kind"] for row in newsroom.rows("decisions")]
    good = [row for row in newsroom.rows("decisions") if row["kind"] == "decided"]
    approved = sum('"findings": ["unchanged"]' in row["data"] for row in good)
    assert kinds.count("passed")
    assert approved + kinds.count("passed") == len(newsroom.rows("effects"))
    assert not [text for text in newsroom.published().values() if "planted" in text]
