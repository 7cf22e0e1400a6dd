"""A worker: a process that takes runs from the queue and works on them until it is told to stop.

Beside that it does what nobody else is there for: it sweeps up what others left behind, submits
what is scheduled, makes the effects that are due, passes on what nobody answered in time, and
proves that the queue moves.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any, Self

import structlog

from savoirfaire.errors import BusyError, LeaseLostError, SavoirError
from savoirfaire.graphs.queueing.engine import Counter, DbosTickets, Rules
from savoirfaire.graphs.queueing.schedules import submit_due
from savoirfaire.graphs.queueing.sweeping import Sweep
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.dialects import clock

_SWEEP = 3.0  # seconds between two
_PROBE = 15.0
_DUE = 2.0
_LATE = 15.0
_MOST_PAUSE = 30.0
_YOUNG = 5_000  # objects made and not gone, between two looks for cycles

log = structlog.get_logger(__name__)

Chore = Callable[[], Awaitable[object]]


class Worker:
    """Works on what is in the queue, for as long as the block.

    `chores` are done over and over, each with its own seconds in between.
    """

    def __init__(
        self,
        runs: Runs,
        tickets: DbosTickets,
        rules: Rules,
        *,
        chores: tuple[tuple[float, Chore], ...] = (),
        sweep_every: float = _SWEEP,
    ) -> None:
        self._runs = runs
        self._counter = Counter(runs.engine, runs.presence.id, rules, self._work)
        self._sweep = Sweep(runs.engine, runs.presence, runs.leases, tickets)
        self._chores = (
            (sweep_every, self._sweeping),
            (_PROBE, self._probing),
            (_DUE, self._making),
            (_DUE, self._submitting),
            (_LATE, self._closing),
            *chores,
        )
        self._stack = AsyncExitStack()
        self._ended: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        self._runs.presence.enter()
        await self._counter.open()
        self._stack.callback(_spare())
        for seconds, chore in self._chores:
            task = asyncio.create_task(_over_and_over(seconds, chore))
            self._stack.push_async_callback(_end, task)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drain()

    @property
    def at_work(self) -> int:
        """How many runs are worked on now."""
        return self._counter.at_work

    async def drain(self, *, patience: float = 60.0) -> None:
        """Begin no other run, and let those that are worked on end their step.

        Each goes back to the queue, for another worker to go on with.
        """
        await self._stack.aclose()
        with suppress(SavoirError):
            self._runs.presence.tell(draining=True)
        self._runs.drain()
        await self._counter.close(patience=patience if self.at_work else 0)

    async def _work(self, run: str) -> None:
        """One turn of a run; what could not be said now is left for the sweep to see."""
        try:
            progress = await self._runs.drive(run)
        except (BusyError, LeaseLostError) as error:
            log.warning("run.left", run=run, reason=type(error).__name__)
            return
        if progress.status == "running":  # drained
            self._runs.enqueue(run)

    async def _sweeping(self) -> None:
        await asyncio.to_thread(self._sweep.once)

    async def _making(self) -> None:
        await asyncio.to_thread(self._runs.make_due)

    async def _submitting(self) -> None:
        submit_due(self._runs)

    async def _closing(self) -> None:
        expired, _ = await asyncio.to_thread(self._runs.approvals.close_late)
        for run in {row.run for row in expired}:
            self._runs.enqueue(run)

    async def _probing(self) -> None:
        async with asyncio.timeout(_PROBE * 2):
            await self._counter.probe()
        self._runs.presence.tell(moved_at=clock())


def _spare() -> Callable[[], None]:
    """Look less often for what can be given back; gives what undoes it.

    What is loaded by now stays, and what a run makes goes mostly by itself. Looking through it
    again and again took 7 % of the CPU of a batch.
    """
    first, *others = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(first, _YOUNG), *others)

    def undo() -> None:
        gc.set_threshold(first, *others)
        gc.unfreeze()

    return undo


async def _over_and_over(seconds: float, chore: Chore) -> None:
    """Do a chore for ever; where it fails, again, more slowly."""
    pause = 0.0
    while True:
        await asyncio.sleep(pause)
        try:
            await chore()
            pause = seconds
        except (SavoirError, TimeoutError) as error:
            pause = min(max(pause, seconds) * 2, _MOST_PAUSE)
            log.warning("worker.chore_failed", chore=chore.__name__, error=type(error).__name__)
        except Exception:  # a chore that fails must not end the worker
            pause = _MOST_PAUSE
            log.exception("worker.chore_broke", chore=chore.__name__)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
