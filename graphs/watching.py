"""Watching a run or a batch from anywhere: its events have numbers, so that one can come back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, Row, bindparam, func, select

from savoirfaire.errors import BusyError, NotFoundError
from savoirfaire.graphs.driving import Progress
from savoirfaire.graphs.record import GOING, fault_of
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.quickly import quickly
from savoirfaire.knowledge.schema import batches, runs

_EVERY = 0.3  # seconds between two looks
_AWAY = 2.0  # where the database is away

log = structlog.get_logger(__name__)


async def watch(opened: Runs, run: str, *, after: int = 0) -> AsyncIterator[Row[Any]]:
    """The events of a run after a number, as they come, until it rests.

    Raises NotFoundError where there is no such run. While the database is away it waits.
    """
    opened.get(run)
    while True:
        try:
            is_going = opened.get(run).status in GOING
            events = opened.events(run, after=after)
        except BusyError as error:
            log.warning("watch.waits", run=run, error=type(error).__name__)
            await asyncio.sleep(_AWAY)
            continue
        for event in events:
            after = event.seq
            yield event
        if not is_going:
            return
        await asyncio.sleep(_EVERY)


def progress_of(opened: Runs, run: str) -> Progress:
    """Where a run stands, from the record alone."""
    row = opened.get(run)
    approvals = [each.id for each in opened.approvals.of_run(run) if not each.decided_by]
    if row.status != "needs_attention":
        return Progress(run, row.status, sorted(approvals) if row.status == "waiting" else [])
    faults = [each.data.get("fault") for each in opened.events(run) if each.kind == "run.parked"]
    fault = fault_of(faults[-1]) if faults and faults[-1] else None
    return Progress(run, row.status, [], row.reason or "", fault.hint if fault else "", fault)


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is: how many of its runs have which status."""

    batch: str
    client: str
    graph: str
    total: int
    counts: dict[str, int]

    @property
    def going(self) -> int:
        """How many are still to be worked on, without a person."""
        return sum(self.counts.get(status, 0) for status in GOING)


def batch_progress(engine: Engine, batch: str) -> BatchProgress:
    """How far a batch is. Raises NotFoundError with the nearest ids."""
    with engine.connect() as connection:
        found = quickly(connection, _BATCH, {"of": batch}).rows
        if not found:
            known = list(connection.scalars(select(batches.c.id)))
            raise NotFoundError(
                "there is no batch {name}{near}", name=batch, near=near(batch, known)
            )
        rows = quickly(connection, _BY_STATUS, {"of": batch}).rows
    counts = {status: count for status, count in rows}  # noqa: C416 - rows are no pairs
    client, graph, total = found[0]
    return BatchProgress(batch, client, graph, total, counts)


_BATCH = select(batches.c.client, batches.c.graph, batches.c.total).where(
    batches.c.id == bindparam("of")
)
_BY_STATUS = (
    select(runs.c.status, func.count())
    .where(runs.c.batch == bindparam("of"))
    .group_by(runs.c.status)
)
