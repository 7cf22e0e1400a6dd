"""Driving a task's graph to its end, over a scratch workspace: the product's own graph and gates.

What a run does without is what the machine would bring into it: there is no lock, no account in a
database, no clock but the task's, no id but the recorded one, and no program that makes a PDF.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Command

from savoirfaire.agents.model import Gateway
from savoirfaire.agents.tracing import untraced
from savoirfaire.errors import SavoirError
from savoirfaire.evals.replaying.deciding import Answers, RecordedDesk, StaleDecisionError
from savoirfaire.evals.tasks.form import Header
from savoirfaire.evals.tasks.studio import Studio
from savoirfaire.graphs.checkpoints import open_checkpoints
from savoirfaire.graphs.registry import (
    GraphSpec,
    Office,
    RunContext,
    Wired,
    check_request,
    find_graph,
)
from savoirfaire.tools.recall import Recall

Checkpointer = Literal["memory", "sqlite"]


@dataclass
class Driven:
    """Where a drive ended: its state, the nodes in order, and the error it parked with, if any.

    `stale` is set where a gate asked what nobody decided.
    """

    wired: Wired
    state: dict[str, Any] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    error: Exception | None = None
    stale: StaleDecisionError | None = None

    @property
    def status(self) -> Literal["completed", "needs_attention", "waiting"]:
        """Where it ended, as a run says it."""
        if self.stale is not None:
            return "waiting"
        return "completed" if self.error is None else "needs_attention"

    @property
    def fault(self) -> tuple[str, str]:
        """The kind and the words of the error; empty where there was none."""
        if self.error is None:
            return "", ""
        kind = type(self.error).__name__
        return kind, str(self.error) if isinstance(self.error, SavoirError) else kind


async def drive(
    header: Header,
    request: dict[str, Any],
    made: Studio,
    gateway: Gateway,
    recall: Recall,
    answers: Answers,
    *,
    checkpointer: Checkpointer = "memory",
    find: Any = find_graph,
) -> Driven:
    """Run a task's graph until it ends, fails, or asks what nobody decided."""
    spec: GraphSpec = find(header.graph)
    office = Office(gateway, recall, made.outbox, to_pdf=lambda _: None)
    driven = Driven(Wired.make(spec, office))
    context = RunContext(
        client=made.scope.client,
        run=header.run,
        clock=header.clock,
        graph=header.graph,
        fingerprint=driven.wired.made_by(gateway),
        desk=RecordedDesk(answers.decisions),
    )
    async with _saver(checkpointer, made) as saver:
        graph = driven.wired.over(saver)
        try:
            given: Any = spec.start(check_request(spec, request))
            while asked := await _advance(graph, given, header, context, driven):
                given = Command(resume={i.id: answers.answer(i.id, i.value) for i in asked})
        except StaleDecisionError as error:
            driven.stale = error
        except Exception as error:  # noqa: BLE001 - a run parks with its error, and so does this
            driven.error = error
        snapshot = await graph.aget_state(_config(header))
        driven.state = dict(snapshot.values)
    return driven


async def _advance(
    graph: Any, given: Any, header: Header, context: RunContext, driven: Driven
) -> list[Any]:
    """Invoke the graph once; the interrupts it stopped at."""
    interrupts: list[Any] = []
    with untraced():
        stream = graph.astream(
            given,
            _config(header),
            context=context,
            stream_mode=["tasks", "updates"],
            durability="sync",
        )
        async for mode, data in stream:
            if mode == "updates":
                interrupts += data.get("__interrupt__", ())
            elif "input" in data:
                driven.steps.append(data["name"])
    return interrupts


@asynccontextmanager
async def _saver(checkpointer: Checkpointer, made: Studio) -> AsyncIterator[Any]:
    if checkpointer == "memory":
        yield InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        return
    async with open_checkpoints(made.folder / "checkpoints.db") as saver:
        yield saver


def _config(header: Header) -> RunnableConfig:
    return {
        "configurable": {"thread_id": f"{header.client}:{header.run}"},
        "metadata": {"run_id": header.run},
        "recursion_limit": 100,
    }
