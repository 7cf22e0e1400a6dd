"""The journal: what happens in the runs of a process, written down together.

Events are written half a second late at most, those of all runs in one transaction
(measured for the steps of a newsletter: 8 ms of CPU one by one, 0.3 ms together). A process killed
within that time loses lines of the account, never work: what a run has done is in its checkpoints.
How a run came to rest is written at once.
"""

import asyncio
from typing import Any

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from savoirfaire.errors import BusyError, LeaseLostError
from savoirfaire.graphs import telemetry_names as names
from savoirfaire.graphs.leases import Lease, Leases
from savoirfaire.graphs.record import Event, Note, Record, Status
from savoirfaire.knowledge.database import writing

_LATE = 0.5  # seconds an event may wait for others

log = structlog.get_logger(__name__)


class Journal:
    """Where the runs driven in a process are written of."""

    def __init__(self, engine: Engine, record: Record, leases: Leases) -> None:
        self._engine = engine
        self._record = record
        self._leases = leases
        self._due: dict[str, Steps] = {}
        self._timer: asyncio.TimerHandle | None = None

    def steps(self, run: str, lease: Lease | None = None) -> "Steps":
        """The events of one drive; they are written only as long as its lease is held."""
        return Steps(self, run, lease)

    def events(self, run: str) -> list[Any]:
        """What is written of a run so far."""
        return self._record.events(run)

    def later(self, steps: "Steps") -> None:
        """Write what these have, soon."""
        self._due[steps.run] = steps
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LATE, self._write_late)

    def write(self, steps: "Steps", note: Note) -> bool:
        """Write at once what these have; False for a run that was cancelled.

        Raises LeaseLostError where another process has the run, BusyError with nothing written.
        """
        self._due.pop(steps.run, None)
        with writing(self._engine, shared=True) as connection:
            if steps.lease is not None:
                self._leases.require(steps.lease, connection)
            return self._record.note(connection, [note])[steps.run]

    def _write_late(self) -> None:
        self._timer = None
        due, self._due = self._due, {}
        if not due:  # it was written at once
            return
        try:
            with writing(self._engine, shared=True) as connection:
                held = self._held(connection, due)
                notes = {run: each.taken() for run, each in due.items()}
                self._record.note(connection, [note for run, note in notes.items() if run in held])
        except (BusyError, IntegrityError):  # they stay, and are written with the next ones
            log.warning("run.events_late", runs=len(due))
            for each in due.values():
                each.give_back()
                self.later(each)
        else:
            for each in due.values():
                each.forget()

    def _held(self, connection: Connection, due: "dict[str, Steps]") -> set[str]:
        """The runs whose lease is held still; of the others somebody else tells."""
        leases = [each.lease for each in due.values() if each.lease is not None]
        lost = self._leases.lost(leases, connection)
        return {run for run, each in due.items() if each.lease not in lost}


class Steps:
    """The events of one drive, on their way to the record."""

    def __init__(self, journal: Journal, run: str, lease: Lease | None) -> None:
        self.run = run
        self.lease = lease
        self._journal = journal
        self._waiting: list[Event] = []
        self._status: Status | None = None
        self._taken = Note(run)

    def before(self) -> str:
        """Where the trace of the drive before is; empty where it was not traced."""
        told = [each for each in self._journal.events(self.run) if each.kind == names.TRACED]
        return str(told[-1].data[names.TRACEPARENT]) if told else ""

    def add(self, event: Event, status: Status | None = None) -> None:
        """Take an event, and a status that is not for long; they are written soon."""
        self._waiting.append(event)
        self._status = status or self._status
        self._journal.later(self)

    def write(self, status: Status | None = None, *, why: str = "") -> bool:
        """Write what waits and, where given, the run's new status and the reason for it.

        False for a run that was cancelled. Raises LeaseLostError where another process has it.
        """
        if not self._waiting and status is None:
            return True
        note = self.taken(status, why)
        try:
            done = self._journal.write(self, note)
        except BusyError:
            self.give_back()
            raise
        except LeaseLostError:
            self.forget()
            raise
        self.forget()
        return done

    def taken(self, status: Status | None = None, why: str = "") -> Note:
        """What is to be written now."""
        self._taken = Note(self.run, self._waiting, status or self._status, why)
        self._waiting, self._status = [], None
        return self._taken

    def give_back(self) -> None:
        """It was not written."""
        self._waiting = [*self._taken.events, *self._waiting]
        self._status = self._status or ("running" if self._taken.status == "running" else None)
        self._taken = Note(self.run)

    def forget(self) -> None:
        """It was written, or is not to be."""
        self._taken = Note(self.run)
