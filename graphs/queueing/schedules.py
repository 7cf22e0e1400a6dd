"""Schedules: runs that are submitted at times that a cron expression gives, told in a time zone.

Whichever worker is first submits what is due, once: the run's key names the schedule and the time.
What was due while no worker ran is made up for by one run, not by one for each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from croniter import croniter
from croniter.croniter import CroniterError
from sqlalchemy import Engine, Row, delete, select, update

from savoirfaire.errors import NotFoundError, RequestError, SavoirError
from savoirfaire.graphs.runs import Runs
from savoirfaire.graphs.submitting import Asked
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.dialects import clock, upsert
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import schedules
from savoirfaire.knowledge.scope import ClientScope

_FIELDS = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Schedule:
    """What is to be run, and when."""

    name: str
    graph: str
    request: Mapping[str, Any]
    cron: str
    zone: str


def next_time(cron: str, zone: str, after: str) -> str:
    """The first instant of a cron expression after another, as the ledger writes instants.

    The expression is told in `zone`: where clocks are put forward, a time that is not there comes
    right after; where they are put back, one that is there twice comes once. Raises RequestError.
    """
    try:
        local = datetime.fromisoformat(after).astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RequestError(
            "{zone} is no time zone", zone=repr(zone), hint="For example: Europe/Paris."
        ) from error
    fields = cron if len(cron.split()) == _FIELDS else ""
    try:
        found: datetime = croniter(fields, local).get_next(datetime)
    except (CroniterError, ValueError, KeyError) as error:
        raise RequestError(
            "{cron} is no cron expression",
            cron=repr(cron),
            hint='Five fields: minute, hour, day, month, weekday. "0 8 * * 1-5": workdays at 8.',
        ) from error
    moment = found.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Schedules:
    """The schedules of a workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, scope: ClientScope, schedule: Schedule, *, by: str) -> str:
        """Keep a schedule under its name, in place of one that had it; when it is due next."""
        with changing(self._engine, scope) as connection:
            at = now(connection)
            due = next_time(schedule.cron, schedule.zone, at)
            said = {
                "graph": schedule.graph,
                "request": dict(schedule.request),
                "cron": schedule.cron,
                "zone": schedule.zone,
                "next_at": due,
            }
            row = {"client": scope.client, "name": schedule.name, "created_by": by}
            connection.execute(
                upsert(schedules)
                .values({**row, **said, "created_at": at})
                .on_conflict_do_update(index_elements=["client", "name"], set_=said)
            )
        return due

    def of(self, scope: ClientScope) -> list[Row[Any]]:
        """The schedules of a client, by name."""
        query = select(schedules).where(schedules.c.client == scope.client)
        with reading(self._engine, scope) as connection:
            return list(connection.execute(query.order_by(schedules.c.name)))

    def remove(self, scope: ClientScope, name: str) -> None:
        """Delete a schedule. Raises NotFoundError with the nearest names."""
        mine = (schedules.c.client == scope.client, schedules.c.name == name)
        with changing(self._engine, scope) as connection:
            done = connection.execute(delete(schedules).where(*mine))
        if not done.rowcount:
            known = [row.name for row in self.of(scope)]
            raise NotFoundError(
                "there is no schedule {name}{near}", name=name, near=near(name, known)
            )

    def due(self) -> list[Row[Any]]:
        """Every schedule that is due."""
        with self._engine.connect() as connection:
            return list(connection.execute(_DUE))

    def done(self, row: Row[Any], run: str) -> None:
        """It was submitted for its time: when it is due next, unless somebody said so already."""
        scope = ClientScope(row.client)
        with changing(self._engine, scope) as connection:
            due = next_time(row.cron, row.zone, now(connection))
            mine = (schedules.c.client == row.client, schedules.c.name == row.name)
            connection.execute(
                update(schedules)
                .where(*mine, schedules.c.next_at == row.next_at)
                .values(next_at=due, last_run=run)
            )


_DUE = select(schedules).where(schedules.c.next_at <= clock()).order_by(schedules.c.next_at)


def submit_due(runs: Runs) -> list[str]:
    """Submit what is due, in the queue; the runs."""
    kept = Schedules(runs.engine)
    submitted = []
    for row in kept.due():
        key = f"schedule:{row.name}:{row.next_at}"
        asked = Asked(key=key, priority=5, queue=True)
        try:
            run = runs.submit(
                ClientScope(row.client), row.graph, row.request, by=row.created_by, asked=asked
            )
        except SavoirError as error:  # a person sees it in the list: it has not run
            log.warning("schedule.failed", schedule=row.name, error=type(error).__name__)
            run = ""
        kept.done(row, run)
        submitted += [run] if run else []
    return submitted
