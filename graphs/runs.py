"""Runs: a graph at work for a client, from submission to its end, whatever happens in between.

A run is driven by invoking its graph with the same input and the same `run_id`: LangGraph goes on
from the last checkpoint, and a graph that had ended ends again. Nothing is concluded from looking
at a checkpoint. Interrupts become approvals; decided ones are answered by interrupt id.

An error parks the run as `needs_attention` with its reason; `drive` goes on. A process that dies
leaves nothing behind but an unlocked run.
"""

import asyncio
import builtins
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import portalocker
import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from sqlalchemy import Engine, Row

from savoirfaire.agents.tracing import untraced
from savoirfaire.errors import BusyError, SavoirError, WorkspaceError
from savoirfaire.graphs.checkpoints import Checkpoints
from savoirfaire.graphs.desk import Desk
from savoirfaire.graphs.gates.approvals import Approvals, resume_value
from savoirfaire.graphs.gates.seeds import Planted, Seeds
from savoirfaire.graphs.record import Event, Record, Status, Steps, new_id, stored_fault
from savoirfaire.graphs.registry import (
    GraphSpec,
    Office,
    RunContext,
    Wired,
    check_request,
    find_graph,
)
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.workspace import within

__all__ = ["Listener", "Progress", "Runs", "Status", "check_request"]

Listener = Callable[[str, str, Mapping[str, Any]], None]

_PATIENCE = 10  # times 50 ms: as long as looking at a run, or letting go of it, may take

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


class Runs:
    """The runs of a workspace, driven in this process.

    Entered with `async with`, it keeps the checkpoints open from one run to the next.
    """

    def __init__(
        self,
        engine: Engine,
        office: Office,
        *,
        checkpoints: Path,
        locks: Path,
        find: Callable[[str], GraphSpec] = find_graph,
        desk: Desk | None = None,
    ) -> None:
        self.approvals = Approvals(engine, desk)
        self.knowledge = office.recall.knowledge
        self._record = Record(engine)
        self._seeds = Seeds(engine)
        self._office = office
        self._checkpoints = Checkpoints(checkpoints)
        self._locks = locks
        locks.mkdir(parents=True, exist_ok=True)
        self._find = find
        self._desk = desk
        self._wired: dict[str, Wired] = {}

    async def __aenter__(self) -> Self:
        await self._checkpoints.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._checkpoints.__aexit__(*error)

    def submit(self, scope: ClientScope, graph: str, request: Mapping[str, Any], *, by: str) -> str:
        """Record a run and return its id; `drive` makes it work.

        Raises NotFoundError for an unknown graph, RequestError for a request it does not take.
        """
        wired = self.wired(graph)
        checked = check_request(wired.spec, request)
        run = new_id(graph)
        row = {
            "id": run,
            "client": scope.client,
            "graph": graph,
            "fingerprint": wired.fingerprint,
            "request": checked.model_dump(mode="json"),
            "model": self._office.gateway.mode,
            "submitted_by": by,
        }
        self._record.begin(row)
        log.info("run.submitted", run=run, client=scope.client, graph=graph)
        return run

    def get(self, run: str) -> Row[Any]:
        """A run by id. Raises NotFoundError with the nearest ids."""
        return self._record.get(run)

    def list(self, client: str | None = None, *, limit: int = 50) -> "builtins.list[Row[Any]]":
        """The newest runs first."""
        return self._record.list(client, limit=limit)

    def events(self, run: str) -> "builtins.list[Row[Any]]":
        """What happened in a run, in order."""
        return self._record.events(run)

    def is_driven(self, run: str) -> bool:
        """Whether some process is working on the run now."""
        try:
            with self._lock(run, portalocker.LockFlags.SHARED):
                return False
        except BusyError:
            return True

    def wired(self, graph: str) -> Wired:
        """A graph wired to this workspace's collaborators, once; the caller brings checkpoints.

        Raises NotFoundError with the nearest names.
        """
        if graph not in self._wired:
            self._wired[graph] = Wired.make(self._find(graph), self._office)
        return self._wired[graph]

    async def state(self, run: str) -> dict[str, Any]:
        """What the run's steps have written so far."""
        planted = self._seeds.of_run(run)
        row = self.get(planted.origin if planted else run)
        async with self._checkpoints.saver() as saver:
            snapshot = await self.wired(row.graph).over(saver).aget_state(_config(row))
        return planted.disguised(snapshot.values) if planted else dict(snapshot.values)

    async def drive(self, run: str, listen: Listener | None = None) -> Progress:
        """Work on a run until it ends, waits for a person, or needs attention.

        Raises BusyError where another process is at it. Every other error parks the run.
        """
        row = self.get(run)
        with await self._take(run):
            if planted := self._seeds.of_run(run):
                return _planted(run, planted)
            if row.status == "completed":
                return Progress(run, "completed", [])
            steps = Steps(self._record, run)
            try:
                return await self._work(row, steps, listen)
            except Exception as error:  # noqa: BLE001 - a run parks, it does not die
                return _park(run, steps, error)
            finally:
                steps.write()
                self.knowledge.release()

    # --- driving --------------------------------------------------------------------------------

    async def _work(self, row: Row[Any], steps: Steps, listen: Listener | None) -> Progress:
        wired = self.wired(row.graph)
        self._refuse_stranding(row, wired)
        if row.status != "running":
            steps.write("running")
        elif row.created_at == row.updated_at:
            steps.add(Event("run.begun", data={"nodes": wired.nodes}))
        context = RunContext(
            client=row.client,
            run=row.id,
            clock=row.created_at,
            graph=row.graph,
            fingerprint=wired.made_by(self._office.gateway),
            desk=self._desk,
        )
        given: Any = wired.spec.start(check_request(wired.spec, row.request))
        async with self._checkpoints.saver() as saver:
            graph = wired.over(saver)
            while interrupts := await _advance(row, context, graph, given, steps, listen):
                asked = self.approvals.ask(
                    row.id, row.client, row.graph, interrupts, mode=self._office.gateway.mode
                )
                answers = {a.interrupt: resume_value(a) for a in asked if a.decided_by}
                if not answers:
                    return _wait(row.id, steps, sorted(a.id for a in asked))
                given = Command(resume=answers)
        steps.write("completed")
        log.info("run.completed", run=row.id)
        return Progress(row.id, "completed", [])

    def _refuse_stranding(self, row: Row[Any], wired: Wired) -> None:
        """What a run was begun with must still be there.

        A node that is gone would be passed over without an error, and with a gate its approval.
        """
        if wired.fingerprint == row.fingerprint:
            return
        begun = [event.data for event in self.events(row.id) if event.kind == "run.begun"]
        lost = [node for data in begun for node in data["nodes"] if node not in wired.nodes]
        gone = {node.rpartition(":")[2] for node in lost}
        for approval in self.approvals.of_run(row.id):
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

    # --- locks ----------------------------------------------------------------------------------

    async def _take(self, run: str) -> portalocker.Lock:
        for _ in range(_PATIENCE):
            with suppress(BusyError):
                return self._lock(run, portalocker.LockFlags.EXCLUSIVE)
            await asyncio.sleep(0.05)
        return self._lock(run, portalocker.LockFlags.EXCLUSIVE)

    def _lock(self, run: str, kind: portalocker.LockFlags) -> portalocker.Lock:
        lock = portalocker.Lock(
            within(self._locks, f"{run}.lock"),
            timeout=0,
            flags=kind | portalocker.LockFlags.NON_BLOCKING,
        )
        try:
            lock.acquire()
        except portalocker.LockException as error:
            raise BusyError("another command is working on run {run}", run=run) from error
        return lock


async def _advance(
    row: Row[Any],
    context: RunContext,
    graph: Any,
    given: Any,
    steps: Steps,
    listen: Listener | None,
) -> list[Any]:
    """Invoke the graph once; the interrupts it stopped at, none where it ended."""
    with untraced():
        return await _stepped(row, context, graph, given, steps, listen)


async def _stepped(
    row: Row[Any],
    context: RunContext,
    graph: Any,
    given: Any,
    steps: Steps,
    listen: Listener | None,
) -> list[Any]:
    interrupts: list[Any] = []
    stream = graph.astream(
        given,
        _config(row),
        context=context,
        stream_mode=["tasks", "updates"],
        durability="sync",
    )
    async for mode, data in stream:
        if mode == "updates":
            interrupts += data.get("__interrupt__", ())
        elif "input" in data:
            _tell(listen, "node.started", data["name"], {})
        elif not data["interrupts"]:
            steps.add(Event("node.done", data["name"], {"error": bool(data["error"])}))
            _tell(listen, "node.done", data["name"], data["result"] or {})
    return interrupts


def _planted(run: str, seed: Planted) -> Progress:
    """Where a run stands that no graph drives: at its approval, and then at its end."""
    if seed.caught is None:
        return Progress(run, "waiting", [seed.approval])
    return Progress(run, "completed", [], caught=seed.caught)


def _wait(run: str, steps: Steps, approvals: list[str]) -> Progress:
    steps.write("waiting")
    log.info("gate.waiting", run=run, approvals=approvals)
    return Progress(run, "waiting", approvals)


def _park(run: str, steps: Steps, error: Exception) -> Progress:
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
    steps.write("needs_attention", why=str(fault))
    return Progress(run, "needs_attention", [], str(fault), fault.hint, fault)


def _places(error: Exception) -> list[str]:
    """Where an error came from; its words may be a client's."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames]


def _config(row: Row[Any]) -> RunnableConfig:
    """The same for every invocation of a run: what makes LangGraph go on rather than start anew."""
    return {
        "configurable": {"thread_id": f"{row.client}:{row.id}"},
        "metadata": {"run_id": row.id},
        "recursion_limit": 100,
    }


def _tell(listen: Listener | None, kind: str, node: str, data: Mapping[str, Any]) -> None:
    if listen is not None:
        listen(kind, node, data)
