"""Runs: a graph at work for a client, from submission to its end, whatever happens in between.

A run is driven by invoking its graph with the same input and the same `run_id`: LangGraph goes on
from the last checkpoint, and a graph that had ended ends again. Nothing is concluded from looking
at a checkpoint. Interrupts become approvals; decided ones are answered by interrupt id.

An error parks the run as `needs_attention` with its reason; `resume` goes on. A process that dies
leaves nothing behind but an unlocked run.
"""

import secrets
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import portalocker
import structlog
from langgraph.types import Command
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine, Row, func, insert, select, update

from savoirfaire.errors import BusyError, NotFoundError, RequestError, SavoirError, WorkspaceError
from savoirfaire.graphs.checkpoints import open_checkpoints
from savoirfaire.graphs.gates.approvals import Approvals, resume_value
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext, find_graph
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import run_events, runs
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash

Status = Literal["running", "waiting", "needs_attention", "completed"]
Listener = Callable[[str, str, Mapping[str, Any]], None]

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no characters that are read for one another

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Progress:
    """Where a run stands: its status, the open approvals, and the reason where it is parked."""

    run: str
    status: Status
    approvals: list[str]
    reason: str = ""
    hint: str = ""


class Runs:
    """The runs of a workspace, driven in this process."""

    def __init__(
        self,
        engine: Engine,
        office: Office,
        *,
        checkpoints: Path,
        locks: Path,
        find: Callable[[str], GraphSpec] = find_graph,
    ) -> None:
        self.approvals = Approvals(engine)
        self.knowledge = office.recall.knowledge
        self._engine = engine
        self._office = office
        self._checkpoints = checkpoints
        self._locks = locks
        self._find = find

    def submit(self, scope: ClientScope, graph: str, request: Mapping[str, Any], *, by: str) -> str:
        """Record a run and return its id; `drive` makes it work.

        Raises NotFoundError for an unknown graph, RequestError for a request it does not take.
        """
        spec = self._find(graph)
        checked = check_request(spec, request)
        run = f"{graph}-{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"
        with writing(self._engine) as connection:
            at = now(connection)
            connection.execute(
                insert(runs).values(
                    id=run,
                    client=scope.client,
                    graph=graph,
                    fingerprint=self._fingerprint(spec),
                    request=checked.model_dump(mode="json"),
                    model=self._office.gateway.mode,
                    status="running",
                    submitted_by=by,
                    created_at=at,
                    updated_at=at,
                )
            )
        log.info("run.submitted", run=run, client=scope.client, graph=graph)
        return run

    def get(self, run: str) -> Row[Any]:
        """A run by id. Raises NotFoundError with the nearest ids."""
        with self._engine.connect() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run)).first()
            if row is not None:
                return row
            known = list(connection.scalars(select(runs.c.id)))
        raise NotFoundError(
            "there is no run {name}{near}",
            name=run,
            near=near(run, known),
            hint="`savoir runs` lists them.",
        )

    def list(self, client: str | None = None, *, limit: int = 50) -> list[Row[Any]]:
        """The newest runs first."""
        query = select(runs).order_by(runs.c.created_at.desc(), runs.c.id).limit(limit)
        if client is not None:
            query = query.where(runs.c.client == client)
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def events(self, run: str) -> "list[Row[Any]]":
        """What happened in a run, in order."""
        query = select(run_events).where(run_events.c.run == run).order_by(run_events.c.seq)
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def is_driven(self, run: str) -> bool:
        """Whether some process is working on the run now."""
        try:
            with self._lock(run):
                return False
        except BusyError:
            return True

    async def state(self, run: str) -> dict[str, Any]:
        """What the run's steps have written so far."""
        row = self.get(run)
        async with self._compiled(row.graph) as graph:
            snapshot = await graph.aget_state(_config(row))
        return dict(snapshot.values)

    async def drive(self, run: str, listen: Listener | None = None) -> Progress:
        """Work on a run until it ends, waits for a person, or needs attention.

        Raises BusyError where another process is at it. Every other error parks the run.
        """
        row = self.get(run)
        with self._lock(run):
            try:
                spec = self._find(row.graph)
                async with self._compiled(row.graph) as graph:
                    self._refuse_stranding(row, graph)
                    progress = await self._until_it_rests(row, spec, graph, listen)
            except Exception as error:  # noqa: BLE001 - a run parks, it does not die
                progress = self._park(row, error)
            finally:
                self.knowledge.release()
        return progress

    # --- driving --------------------------------------------------------------------------------

    async def _until_it_rests(
        self, row: Row[Any], spec: GraphSpec, graph: Any, listen: Listener | None
    ) -> Progress:
        self._update(row.id, "running")
        first: Any = spec.start(spec.request.model_validate(row.request))
        given = first
        while True:
            interrupts = await self._advance(row, graph, given, listen)
            if not interrupts:
                return await self._complete(row, graph)
            asked = {
                each.id: self.approvals.ask(row.id, row.client, row.graph, each.id, each.value)
                for each in interrupts
            }
            decided = {i: self.approvals.get(a) for i, a in asked.items()}
            answers = {i: resume_value(a) for i, a in decided.items() if a.decided_by}
            if not answers:
                self._update(row.id, "waiting")
                log.info("gate.waiting", run=row.id, approvals=sorted(asked.values()))
                return Progress(row.id, "waiting", sorted(asked.values()))
            given = Command(resume=answers)

    async def _advance(
        self, row: Row[Any], graph: Any, given: Any, listen: Listener | None
    ) -> "list[Any]":
        """Invoke the graph once; the interrupts it stopped at, none where it ended."""
        interrupts: list[Any] = []
        context = RunContext(client=row.client, run=row.id)
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
                self._record(row.id, "node.done", data["name"], {"error": bool(data["error"])})
                _tell(listen, "node.done", data["name"], data["result"] or {})
        return interrupts

    async def _complete(self, row: Row[Any], graph: Any) -> Progress:
        state = (await graph.aget_state(_config(row))).values
        rejected = [d for d in state.get("decisions", {}).values() if d["type"] == "reject"]
        self._update(row.id, "completed", outcome="rejected" if rejected else "done")
        log.info("run.completed", run=row.id)
        return Progress(row.id, "completed", [])

    def _park(self, row: Row[Any], error: Exception) -> Progress:
        known = isinstance(error, SavoirError)
        reason = str(error) if known else f"internal error: {type(error).__name__}: {error}"
        hint = error.hint if isinstance(error, SavoirError) else "Please report it, then resume."
        if not known:
            log.error("run.failed", run=row.id, trace=traceback.format_exc())
        self._update(row.id, "needs_attention", reason=reason)
        self._record(row.id, "run.parked", "", {"error": type(error).__name__})
        return Progress(row.id, "needs_attention", [], reason, hint)

    def _refuse_stranding(self, row: Row[Any], graph: Any) -> None:
        """A gate with an open approval must still be there."""
        for approval in self.approvals.of_run(row.id):
            if approval.decided_by is None and f"gate_{approval.gate}" not in graph.nodes:
                raise WorkspaceError(
                    "graph {graph} has no gate {gate} any more, and {approval} is open at it",
                    graph=row.graph,
                    gate=approval.gate,
                    approval=approval.id,
                    hint="Put the gate back under its name, decide, and only then rename it.",
                )

    # --- storage --------------------------------------------------------------------------------

    @asynccontextmanager
    async def _compiled(self, graph: str) -> AsyncIterator[Any]:
        async with open_checkpoints(self._checkpoints) as saver:
            yield self._find(graph).build(self._office).compile(checkpointer=saver)

    def _lock(self, run: str) -> portalocker.Lock:
        self._locks.mkdir(parents=True, exist_ok=True)
        lock = portalocker.Lock(
            self._locks / f"{run}.lock", timeout=0, flags=portalocker.LOCK_EX | portalocker.LOCK_NB
        )
        try:
            lock.acquire()
        except portalocker.LockException as error:
            raise BusyError("another command is working on run {run}", run=run) from error
        return lock

    def _update(
        self, run: str, status: Status, *, reason: str | None = None, outcome: str | None = None
    ) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == run)
                .values(status=status, reason=reason, outcome=outcome, updated_at=now(connection))
            )

    def _record(self, run: str, kind: str, node: str, data: Mapping[str, Any]) -> None:
        with writing(self._engine) as connection:
            last = connection.scalar(
                select(func.max(run_events.c.seq)).where(run_events.c.run == run)
            )
            connection.execute(
                insert(run_events).values(
                    run=run,
                    seq=int(last or 0) + 1,
                    at=now(connection),
                    kind=kind,
                    node=node,
                    data=dict(data),
                )
            )

    def _fingerprint(self, spec: GraphSpec) -> str:
        drawn = spec.build(self._office).compile().get_graph()
        edges = sorted([edge.source, edge.target] for edge in drawn.edges)
        return payload_hash({"graph": spec.name, "nodes": sorted(drawn.nodes), "edges": edges})


def check_request(spec: GraphSpec, request: Mapping[str, Any]) -> BaseModel:
    """`request` in the form the graph asks for. Raises RequestError naming each bad key."""
    try:
        return spec.request.model_validate(request)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        raise RequestError(
            "{graph} cannot take this request: {problems} [{keys}]",
            graph=spec.name,
            problems=problems,
            keys=", ".join(spec.request.model_fields),
        ) from error


def _config(row: Row[Any]) -> dict[str, Any]:
    """The same for every invocation of a run: what makes LangGraph go on rather than start anew."""
    return {
        "configurable": {"thread_id": f"{row.client}:{row.id}"},
        "metadata": {"run_id": row.id},
        "recursion_limit": 100,
    }


def _tell(listen: Listener | None, kind: str, node: str, data: Mapping[str, Any]) -> None:
    if listen is not None:
        listen(kind, node, data)
