"""A run's clock: what was recorded after the run was submitted is not recalled in it."""

from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel

from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.knowledge.scope import ClientScope

ACME = ClientScope("acme")


class Asked(BaseModel):
    """Nothing is asked."""


class Seen(TypedDict, total=False):
    """What the run's step saw."""

    clock: str
    paths: list[str]


def recalling(_name: str) -> GraphSpec:
    """A graph of one step, which recalls what is known of ovens."""

    def build(office: Office) -> StateGraph[Seen, RunContext, Seen, Seen]:
        async def recall(_state: Seen, runtime: Runtime[RunContext]) -> dict[str, Any]:
            clock = runtime.context.clock
            known = office.recall.known(
                runtime.context.scope, "a new oven", clock=clock, node="recall"
            )
            return {"clock": clock, "paths": [each.path for each in known.passages]}

        graph = StateGraph(Seen, RunContext)
        graph.add_node("recall", recall)
        graph.add_edge(START, "recall")
        graph.add_edge("recall", END)
        return graph

    return GraphSpec("recalling", "Recall", Asked, build)


async def test_a_run_does_not_know_what_came_after_it(newsroom: Any) -> None:
    """A step recalls what was known when the run was submitted, however late it is driven."""
    async with newsroom.runs(find=recalling) as runs:
        early = runs.submit(ACME, "recalling", {}, by="ann")
    newsroom.ingest(ACME, {"late.md": "A new oven, and another new oven.\n"})
    async with newsroom.runs(find=recalling) as runs:
        late = runs.submit(ACME, "recalling", {}, by="ann")
        for run, sees in ((early, False), (late, True)):
            assert (await runs.drive(run)).status == "completed"
            state = await runs.state(run)
            assert state["clock"] == runs.get(run).created_at
            assert "items/oven.md" in state["paths"]
            assert any("late.md" in path for path in state["paths"]) == sees
