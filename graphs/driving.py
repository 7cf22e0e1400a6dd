"""One drive of a run: a graph invoked until it stops, and what is said of how it stopped."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import RunControl
from sqlalchemy import Row

from savoirfaire.agents.tracing import tracing
from savoirfaire.errors import SavoirError, WorkspaceError
from savoirfaire.graphs import telemetry_names as names
from savoirfaire.graphs.gates.seeds import Planted
from savoirfaire.graphs.journal import Steps
from savoirfaire.graphs.record import Event, Status, stored_fault
from savoirfaire.graphs.registry import RunContext, Wired
from savoirfaire.graphs.telemetry import Trace, listened, traced

Listener = Callable[[str, str, Mapping[str, Any]], None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Progress:
    """Where a run stands: its status, the open approvals, and the reason where it is parked.

    `fault` is the same reason, with its template and values, to say it in another language.
    `caught` is None but for an item that was planted, once it is answered: whether it was caught.
    """

    run: str
    status: Status
    approvals: list[str]
    reason: str = ""
    hint: str = ""
    fault: SavoirError | None = field(default=None, compare=False)
    caught: bool | None = None


@dataclass(frozen=True)
class Drive:
    """A run under way: its row, what travels with it, its graph, and who is told."""

    row: Row[Any]
    context: RunContext
    graph: Any
    steps: Steps
    control: RunControl
    listen: Listener | None
    content: bool = False
    """Whether traces have what was said."""


@contextmanager
def followed(drive: Drive) -> Iterator[Trace | None]:
    """Trace a drive, where somebody listens; it points back to the drive before."""
    if not listened():
        yield None
        return
    row, before = drive.row, drive.steps.before()
    with traced(row.id, row.graph, row.client, before=before, content=drive.content) as trace:
        if trace is not None:
            drive.steps.add(Event(names.TRACED, data={names.TRACEPARENT: trace.place}))
        yield trace


async def advance(drive: Drive, given: Any, trace: Trace | None = None) -> list[Any]:
    """Invoke the graph once; the interrupts it stopped at, none where it ended."""
    with tracing(drive.row.model):
        interrupts = await _stepped(drive, given, trace)
    if trace is not None:
        trace.pauses(is_so=bool(interrupts))
    return interrupts


async def _stepped(drive: Drive, given: Any, trace: Trace | None) -> list[Any]:
    interrupts: list[Any] = []
    stream = drive.graph.astream(
        given,
        {**config_of(drive.row), "callbacks": [trace] if trace else None},
        context=drive.context,
        stream_mode=["tasks", "updates"],
        durability="sync",
        control=drive.control,
    )
    async for mode, data in stream:
        if mode == "updates":
            interrupts += data.get("__interrupt__", ())
        elif "input" in data:
            _tell(drive.listen, "node.started", data["name"], {})
        elif not data["interrupts"]:
            drive.steps.add(Event("node.done", data["name"], {"error": bool(data["error"])}))
            _tell(drive.listen, "node.done", data["name"], data["result"] or {})
    return interrupts


def planted_progress(run: str, seed: Planted) -> Progress:
    """Where a run stands that no graph drives: at its approval, and then at its end."""
    if seed.caught is None:
        return Progress(run, "waiting", [seed.approval])
    return Progress(run, "completed", [], caught=seed.caught)


def wait(run: str, steps: Steps, approvals: list[str]) -> Progress:
    """The run waits for a person."""
    if not steps.write("waiting"):
        return Progress(run, "cancelled", [])
    log.info("gate.waiting", run=run, approvals=approvals)
    return Progress(run, "waiting", approvals)


def park(run: str, steps: Steps, error: Exception) -> Progress:
    """The run needs attention, for a reason that a person can read."""
    kind = type(error).__name__
    if isinstance(error, SavoirError):
        fault = error
    else:
        fault = SavoirError(
            "internal error: {kind}: {words}",
            kind=kind,
            words=error,
            hint="Please report it, then resume.",
        )
        log.error("run.failed", run=run, error=kind, places=_places(error))
    steps.add(Event("run.parked", data={"error": kind, "fault": stored_fault(fault)}))
    if not steps.write("needs_attention", why=str(fault)):
        return Progress(run, "cancelled", [])
    return Progress(run, "needs_attention", [], str(fault), fault.hint, fault)


def refuse_stranding(
    row: Row[Any], wired: Wired, events: Sequence[Any], approvals: Sequence[Any]
) -> None:
    """What a run was begun with must still be there.

    A node that is gone would be passed over without an error, and with a gate its approval.
    """
    begun = [event.data for event in events if event.kind == "run.begun"]
    lost = [node for data in begun for node in data["nodes"] if node not in wired.nodes]
    gone = {node.rpartition(":")[2] for node in lost}
    for approval in approvals:
        asking = {f"gate_{approval.gate}", f"second_{approval.gate}"}
        if gone & asking and not approval.decided_by:
            raise WorkspaceError(
                "graph {graph} has no gate {gate} any more, and {approval} is open at it",
                graph=row.graph,
                gate=approval.gate,
                approval=approval.id,
                hint="Put the gate back under its name, decide, and only then rename it.",
            )
    if lost:
        raise WorkspaceError(
            "graph {graph} has changed: the run was begun with {nodes}",
            graph=row.graph,
            nodes=", ".join(lost),
            hint="Put the steps back under their names until the run has ended.",
        )


def config_of(row: Row[Any]) -> RunnableConfig:
    """The same for every invocation of a run: what makes LangGraph go on rather than start anew."""
    return {
        "configurable": {"thread_id": f"{row.client}:{row.id}"},
        "metadata": {"run_id": row.id},
        "recursion_limit": 100,
    }


def _places(error: Exception) -> list[str]:
    """Where an error came from; its words may be a client's."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames]


def _tell(listen: Listener | None, kind: str, node: str, data: Mapping[str, Any]) -> None:
    if listen is not None:
        listen(kind, node, data)
