"""An office to test gates in: a graph with one gate, whose mails people decide on."""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.graphs.gates import Gate, Gated, account, add_gate, granted
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.events import Asked, Ratified, Reviewed, SeedReviewed
from savoirfaire.graphs.gates.evidence.policies import PRESETS
from savoirfaire.graphs.gates.evidence.standing import standing
from savoirfaire.graphs.gates.evidence.state import Evidence, from_json
from savoirfaire.graphs.gates.policy import PolicyDesk
from savoirfaire.graphs.registry import GraphSpec, RunContext
from savoirfaire.knowledge import schema
from savoirfaire.knowledge.database import open_database, writing
from savoirfaire.knowledge.scope import ClientScope

EN = ClientScope("acme")
SECRET = bytes(range(32))
QUICK = replace(PRESETS["internal"], name="quick", p0=0.5, alpha=0.5, floor=0.01)
POLICIES: Any = {**PRESETS, "client-facing": QUICK}


class Mail(Gated, total=False):
    """The state of a small graph that sends mail."""

    text: str
    sent: str


class Text(BaseModel):
    """A request with a text."""

    text: str


def _mail(**changes: Any) -> GraphSpec:
    given = {"arguments": lambda s: {"text": s["text"]}, "description": lambda _: "?", **changes}
    gate = Gate("send", "send", **given)

    def build(_office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)

        async def send(state: Mail) -> Mail:
            return {"sent": granted(state, "send")["text"]}

        builder.add_node("send", send)
        builder.add_edge(START, add_gate(builder, gate, approved="send", rejected=END))
        return builder

    return GraphSpec("mail", "A mail", Text, build)


class Office:
    """A graph whose mails people decide on."""

    scope = EN
    secret = SECRET

    def __init__(
        self,
        newsroom: Any,
        engine: Any,
        spec: GraphSpec | None = None,
        policies: Mapping[Any, Any] = POLICIES,
    ) -> None:
        self.newsroom, self.engine = newsroom, engine
        self.spec = spec or _mail()
        self.policies = policies
        self.desk = PolicyDesk(engine, lambda: SECRET, policies=policies)

    def runs(self) -> Any:
        """The runs of the office."""
        return self.newsroom.runs(find=lambda _: self.spec, desk=self.desk)

    async def send(
        self, *texts: str, verdict: Any = "approve", by: str = "bob", **more: Any
    ) -> list[str]:
        """Run once for each text and decide on what is asked; how each run ended."""
        ends = []
        async with self.runs() as runs:
            for each in texts:
                run = runs.submit(EN, "mail", {"text": each}, by="ann")
                progress = await runs.drive(run)
                asked = bool(progress.approvals)
                for approval in progress.approvals:
                    runs.approvals.decide(approval, verdict, by=by, **more)
                    progress = await runs.drive(run)
                ends.append(f"{'asked' if asked else 'passed'} {progress.status}")
        return ends

    @property
    def evidence(self) -> Evidence:
        """What is known of the gate."""
        (row,) = self.rows("gates")
        return from_json(row.state)

    def rows(self, table: str) -> list[Any]:
        """A table of the ledger."""
        with self.engine.connect() as connection:
            return list(connection.execute(getattr(schema, table).select()))

    def enter(self, kind: str, *events: Any, gate: bool = True) -> None:
        """Something that happens at the gate, or at all of them."""
        with writing(self.engine) as connection:
            if not gate:
                account.append(connection, account.Entry(None, kind, by="eve"))
                return
            (row,) = self.rows("gates")
            entry = account.Entry(row.id, kind, by="eve")
            self.desk.enter(connection, row, entry, from_json(row.state), list(events))

    def lift(self) -> None:
        """Bring the gate to its last step by clean reviews and ratification."""
        for rate in QUICK.rates[self.evidence.step + 1 :]:
            self.earn()
            self.enter("ratified", Ratified("eve", rate))

    def earn(self) -> None:
        """Review and catch enough for the next step; nothing may be waiting from before."""
        assert not self.evidence.waiting, "what was asked before would have to be decided first"
        events: list[Any] = [SeedReviewed(caught=True)] * 10
        while standing(QUICK, _replay_onto(self.evidence, events)).clean_left:
            item = f"{self.evidence.step} {len(events)}"
            events += [Asked((item,)), Reviewed(((item, 0.0),))]
        self.enter("earned", *events)


def _replay_onto(evidence: Evidence, events: list[Any]) -> Evidence:
    return reduce(lambda state, event: advance(QUICK, state, event), events, evidence)


@pytest.fixture
def engine(newsroom: Any) -> Any:
    """The workspace's database."""
    opened = open_database(newsroom.workspace.database)
    yield opened
    opened.dispose()


@pytest.fixture
def mail() -> Any:
    """Makes a graph with one gate."""
    return _mail


@pytest.fixture
def quick() -> Any:
    """A promise so weak that a few reviews lift it."""
    return QUICK


@pytest.fixture
def loose() -> Any:
    """Makes the policies of an office whose promise is weak, but for the numbers given."""
    return lambda **numbers: {**POLICIES, "client-facing": replace(QUICK, **numbers)}


@pytest.fixture
def make_office(newsroom: Any, engine: Any) -> Any:
    """Makes an office."""
    return lambda *given, **more: Office(newsroom, engine, *given, **more)


@pytest.fixture
def office(make_office: Any) -> Any:
    """An office with one gate."""
    return make_office()
