"""What stops a run from outside while it is worked on: a person who cancels it, or its deadline.

One look a second at the record serves every run that is driven in a process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import Engine, bindparam, select

from savoirfaire.errors import BusyError, DeadlineError, SavoirError
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.schema import runs

_EVERY = 1.0  # seconds
_CANCELLED = select(runs.c.id).where(
    runs.c.id.in_(bindparam("of", expanding=True)), runs.c.status == "cancelled"
)

log = structlog.get_logger(__name__)


class CancelledRunError(SavoirError):
    """Somebody cancelled the run."""


class Overseer:
    """Stops those of the runs driven here that are cancelled or late."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._driven: dict[str, tuple[asyncio.Task[object], str | None]] = {}
        self._why: dict[str, SavoirError] = {}
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watching(self, run: str, deadline: str | None) -> AsyncIterator[None]:
        """Watch a run for as long as the block, which is left when it is to stop.

        Raises CancelledRunError, DeadlineError.
        """
        task = asyncio.current_task()
        assert task is not None
        self._driven[run] = (task, deadline)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        except asyncio.CancelledError:
            why = self._why.pop(run, None)
            if why is None:
                raise
            task.uncancel()
            raise why from None
        finally:
            del self._driven[run]
            self._why.pop(run, None)
            if not self._driven:
                self._looking.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            with suppress(BusyError):  # looked at again in a second
                self._stop()

    def _stop(self) -> None:
        with self._engine.connect() as connection:
            is_timed = any(deadline is not None for _task, deadline in self._driven.values())
            moment = now(connection) if is_timed else ""
            cancelled = set(connection.scalars(_CANCELLED, {"of": list(self._driven)}))
        for run, (task, deadline) in list(self._driven.items()):
            if run in self._why:
                continue
            if run in cancelled:
                self._why[run] = CancelledRunError("run {run} was cancelled", run=run)
                task.cancel()
            elif deadline is not None and deadline < moment:
                self._why[run] = DeadlineError("run {run} is past its deadline", run=run)
                task.cancel()
