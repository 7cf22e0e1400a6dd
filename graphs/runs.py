"""Runs: a graph at work for a client, from submission to its end, whatever happens in between.

A run is driven by invoking its graph with the same input and the same `run_id`: LangGraph goes on
from the last checkpoint, and a graph that had ended ends again. Nothing is concluded from looking
at a checkpoint. Interrupts become approvals; decided ones are answered by interrupt id.

An error parks the run as `needs_attention` with its reason; `drive` goes on. What passes by itself
(a database that is busy or being restarted) is tried again. A process that dies leaves nothing
behind but a run without a lease; one that is frozen loses its lease, and with it its say.
"""

import asyncio
import builtins
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Self

import structlog
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from langgraph.types import Command
from sqlalchemy import Engine, Row

from savoirfaire.errors import BusyError, LeaseLostError
from savoirfaire.graphs.budgets.till import Till
from savoirfaire.graphs.checkpoints import Checkpoints
from savoirfaire.graphs.desk import Desk
from savoirfaire.graphs.driving import (
    Drive,
    Listener,
    Progress,
    advance,
    config_of,
    followed,
    park,
    planted_progress,
    refuse_stranding,
    wait,
)
from savoirfaire.graphs.gates.approvals import Approvals, resume_value
from savoirfaire.graphs.gates.seeds import Seeds
from savoirfaire.graphs.journal import Journal, Steps
from savoirfaire.graphs.leases import Lease, Leases
from savoirfaire.graphs.overseeing import Overseer
from savoirfaire.graphs.presence import Presence
from savoirfaire.graphs.queueing.late import LateTickets
from savoirfaire.graphs.record import Event, Record, Status
from savoirfaire.graphs.registry import (
    GraphSpec,
    Office,
    RunContext,
    Wired,
    check_request,
    find_graph,
)
from savoirfaire.graphs.submitting import Asked, Order, Submissions
from savoirfaire.graphs.telemetry import Trace
from savoirfaire.knowledge.database import connect
from savoirfaire.knowledge.scope import ClientScope

__all__ = ["Asked", "Listener", "Progress", "Runs", "Status", "check_request"]

Where = Literal["auto", "here", "workers"]

_PATIENCE = 10  # times 50 ms: as long as looking at a run, or letting go of it, may take
_PAUSES = (0.2, 0.5, 1, 2, 4, 8, 8, 8)  # seconds between tries where the database is away

log = structlog.get_logger(__name__)


class Runs:
    """The runs of a workspace, driven in this process.

    Entered with `async with`, it keeps the checkpoints open from one run to the next. `checkpoints`
    is the path of SQLite's file or the address of a PostgreSQL database. With a `queue`, runs can
    be left to workers; `where` says whether they are: auto, where a worker is alive. `make_due`
    makes the effects that are due.
    """

    def __init__(
        self,
        engine: Engine,
        office: Office,
        *,
        checkpoints: Path | str,
        locks: Path,
        find: Callable[[str], GraphSpec] = find_graph,
        desk: Desk | None = None,
        queue: LateTickets | None = None,
        presence: Presence | None = None,
        where: Where = "here",
        make_due: Callable[[], int] = lambda: 0,
    ) -> None:
        self.approvals = Approvals(engine, desk)
        self.knowledge = office.recall.knowledge
        self.office = office
        self.queue = queue or LateTickets(engine)
        self.presence = presence or Presence(engine, locks)
        self.leases = Leases(
            engine if isinstance(checkpoints, str) else connect(checkpoints),
            self.presence.id,
            self.presence.is_gone,
        )
        self.engine = engine
        self._record = Record(engine)
        self._submissions = Submissions(self._record, engine, office.gateway, self.queue)
        self._seeds = Seeds(engine)
        self._checkpoints = Checkpoints(checkpoints)
        self._overseer = Overseer(engine)
        self._journal = Journal(engine, self._record, self.leases)
        self.make_due = make_due
        self.till = office.till or Till(engine)
        self._where: Where = where
        self.trace_content = False
        """Whether traces have what people and models said."""
        self._find = find
        self._desk = desk
        self._wired: dict[str, Wired] = {}
        self._kept: dict[str, Any] = {}
        self._controls: dict[str, RunControl] = {}
        self._is_draining = False

    async def __aenter__(self) -> Self:
        await self._checkpoints.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._checkpoints.__aexit__(*error)
        self._kept = {}
        self.till.close()
        self.queue.close()
        self.presence.leave()
        if self.leases.engine is not self.engine:
            self.leases.engine.dispose()

    # --- asking for runs ------------------------------------------------------------------------

    def submit(
        self,
        scope: ClientScope,
        graph: str,
        request: Mapping[str, Any],
        *,
        by: str,
        asked: Asked | None = None,
    ) -> str:
        """Record a run and return its id; `drive` makes it work, or a worker where it is queued.

        Raises NotFoundError for an unknown graph, RequestError for a request it does not take, and
        ConflictError where another request was submitted with the same key.
        """
        order = Order(graph, self.wired(graph), by, asked or Asked())
        return self._submissions.one(scope, order, request)

    def submit_batch(
        self,
        scope: ClientScope,
        graph: str,
        items: Sequence[Mapping[str, Any]],
        *,
        by: str,
        asked: Asked | None = None,
    ) -> str:
        """Record a batch, one run for each item, in the queue; its id. Raises as `submit` does."""
        order = Order(graph, self.wired(graph), by, asked or Asked())
        return self._submissions.batch(scope, order, items)

    def cancel(self, run: str, *, by: str) -> str:
        """End a run that has not ended, and what it asked of people; its status from then on.

        Whoever works on it stops within seconds; an effect that was made stays made. What it asked
        counts as rejected: ending a run is no way to keep a bad draft out of the evidence.
        """
        self.get(run)
        status = self._submissions.cancel(run, by)
        if status == "cancelled":  # again too: an earlier call may have been cut off here
            self.approvals.withdraw_run(run, by=by)
        return status

    def enqueue(self, run: str) -> None:
        """Leave a run that has not ended to the workers. Raises RequestError without a queue."""
        self._submissions.enqueue(run)

    def is_left_to_workers(self) -> bool:
        """Whether a run that a command asks for is worked on by workers, and not by the command."""
        if self._where == "auto":
            return bool(self.presence.living())
        return self._where == "workers"

    # --- looking at runs ------------------------------------------------------------------------

    def get(self, run: str) -> Row[Any]:
        """A run by id. Raises NotFoundError with the nearest ids."""
        return self._record.get(run)

    def list(
        self, client: str | None = None, *, limit: int = 50, **only: Any
    ) -> "builtins.list[Row[Any]]":
        """The newest runs first; `only` takes `statuses`, `graph` and `batch`."""
        return self._record.list(client, limit=limit, **only)

    def events(self, run: str, *, after: int = 0) -> "builtins.list[Row[Any]]":
        """What happened in a run, in order; only what came after an event's number."""
        return self._record.events(run, after=after)

    def is_driven(self, run: str) -> bool:
        """Whether some process is working on the run now."""
        return self.leases.is_held(thread_of(self.get(run)))

    def wired(self, graph: str) -> Wired:
        """A graph wired to this workspace's collaborators, once; the caller brings checkpoints.

        Raises NotFoundError with the nearest names.
        """
        if graph not in self._wired:
            self._wired[graph] = Wired.make(self._find(graph), self.office)
        return self._wired[graph]

    async def state(self, run: str) -> dict[str, Any]:
        """What the run's steps have written so far."""
        planted = self._seeds.of_run(run)
        row = self.get(planted.origin if planted else run)
        async with self._checkpoints.saver() as saver:
            snapshot = await self.wired(row.graph).over(saver).aget_state(config_of(row))
        return planted.disguised(snapshot.values) if planted else dict(snapshot.values)

    # --- driving --------------------------------------------------------------------------------

    def drain(self) -> None:
        """Have every run that is driven here stop after its step, and begin no other."""
        self._is_draining = True
        for control in self._controls.values():
            control.request_drain()

    async def drive(self, run: str, listen: Listener | None = None) -> Progress:
        """Work on a run until it ends, waits for a person, or needs attention.

        Raises BusyError where another process is at it, LeaseLostError where one has taken it over
        meanwhile, UnreachableError where the database stays away. Every other error parks the run.
        """
        row = self.get(run)
        if planted := self._seeds.of_run(run):
            return planted_progress(run, planted)
        if row.status in {"completed", "cancelled"}:
            return Progress(run, row.status, [])
        steps = self._journal.steps(run)
        try:
            lease = await self._take(row)
        except BusyError:
            raise
        except Exception as error:  # noqa: BLE001 - a run parks, it does not die
            return park(run, steps, error)
        try:
            return await self._patiently(row, lease, listen)
        finally:
            with suppress(BusyError):
                await self._release(lease)
            self.office.recall.rest()
            await self._make_due()

    async def _make_due(self) -> None:
        """Make what this process has planned and did not make itself."""
        if self.office.outbox.has_due:
            self.office.outbox.has_due = False
            with suppress(BusyError):  # it stays due
                await asyncio.to_thread(self.make_due)

    async def _patiently(self, row: Row[Any], lease: Lease, listen: Listener | None) -> Progress:
        """Drive, and again where the database was busy or away for a while."""
        for pause in (*_PAUSES, None):
            try:
                return await self._overseen(row, lease, listen)
            except BusyError as error:
                if pause is None:
                    raise
                log.warning("run.waits", run=row.id, error=type(error).__name__, pause=pause)
                await asyncio.sleep(pause)
        raise AssertionError

    async def _overseen(self, row: Row[Any], lease: Lease, listen: Listener | None) -> Progress:
        """Drive; stop where the run is cancelled, or past its deadline."""
        steps = self._journal.steps(row.id, lease)
        control = self._controls[row.id] = RunControl()
        if self._is_draining:
            control.request_drain()
        try:
            async with self._overseer.watching(row.id, row.deadline_at):
                return await self._work(row, lease, steps, control, listen)
        except GraphDrained:
            return Progress(row.id, "running", [])
        except (BusyError, LeaseLostError):
            raise
        except Exception as error:  # noqa: BLE001 - a run parks, it does not die
            return park(row.id, steps, error)
        finally:
            del self._controls[row.id]
            with suppress(BusyError, LeaseLostError):
                steps.write()

    async def _work(
        self,
        row: Row[Any],
        lease: Lease,
        steps: Steps,
        control: RunControl,
        listen: Listener | None,
    ) -> Progress:
        wired = self.wired(row.graph)
        is_new = row.created_at == row.updated_at
        if wired.fingerprint != row.fingerprint or not is_new:
            # A worker of another release than the submitter's may have begun it.
            refuse_stranding(row, wired, self.events(row.id), self.approvals.of_run(row.id))
        if row.status == "queued" or is_new:
            steps.add(Event("run.begun", data={"nodes": wired.nodes}), "running")
        elif row.status != "running":
            steps.write("running")
        given: Any = wired.spec.start(check_request(wired.spec, row.request))
        async with self._checkpoints.under(lease) as saver:
            context, graph = self._context(row, wired), self._over(wired, saver)
            drive = Drive(row, context, graph, steps, control, listen, content=self.trace_content)
            if open_ := await self._until_rest(drive, given):
                return wait(row.id, steps, open_)
        if not steps.write("completed"):
            return Progress(row.id, "cancelled", [])
        log.info("run.completed", run=row.id)
        return Progress(row.id, "completed", [])

    async def _until_rest(self, drive: Drive, given: Any) -> "builtins.list[str]":
        """Invoke the graph until it ends or nobody has answered; the open approvals."""
        row, mode = drive.row, self.office.gateway.mode
        with followed(drive) as trace:
            while interrupts := await self._accounted(drive, given, trace):
                asked = self.approvals.ask(row.id, row.client, row.graph, interrupts, mode=mode)
                answers = {a.interrupt: resume_value(a) for a in asked if a.decided_by}
                if not answers:
                    return sorted(a.id for a in asked)
                given = Command(resume=answers)
        return []

    async def _accounted(
        self, drive: Drive, given: Any, trace: Trace | None
    ) -> "builtins.list[Any]":
        scope, mode = drive.context.scope, self.office.gateway.mode
        with self.till.serving(scope, drive.row.id, drive.row.graph, mode):
            return await advance(drive, given, trace)

    def _over(self, wired: Wired, saver: Any) -> Any:
        """The graph over the saver, made once for as long as this is kept open."""
        graph = self._kept.get(wired.spec.name)
        if graph is None or graph.checkpointer is not saver:
            graph = self._kept[wired.spec.name] = wired.over(saver)
        return graph

    def _context(self, row: Row[Any], wired: Wired) -> RunContext:
        return RunContext(
            client=row.client,
            run=row.id,
            clock=row.created_at,
            graph=row.graph,
            fingerprint=wired.made_by(self.office.gateway),
            desk=self._desk,
        )

    async def _take(self, row: Row[Any]) -> Lease:
        self.presence.enter()
        async with self._checkpoints.saver() as saver:
            for _ in range(_PATIENCE):
                with suppress(BusyError):
                    return await self.leases.take_at(saver, thread_of(row))
                await asyncio.sleep(0.05)
            return await self.leases.take_at(saver, thread_of(row))

    async def _release(self, lease: Lease) -> None:
        async with self._checkpoints.saver() as saver:
            await self.leases.release_at(saver, lease)


def thread_of(row: Row[Any]) -> str:
    """The thread of a run's states: made here, with the client in it."""
    return f"{row.client}:{row.id}"
