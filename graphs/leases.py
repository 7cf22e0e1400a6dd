"""Leases: who works on a run now. Each taking has a number, the epoch, greater than any before.

Only one process at a time holds a run's lease; it is taken from one that is gone. A process that
was frozen and wakes holds an epoch that is past: what it would write of the run is refused, by the
same database that keeps the run's states, in the same transaction.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    inspect,
    select,
    text,
    update,
)

from savoirfaire.errors import BusyError, LeaseLostError
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.dialects import execute_rows
from savoirfaire.knowledge.quickly import quickly

beside = MetaData()
"""Tables that are beside the checkpoints, wherever these are."""

leases = Table(
    "leases",
    beside,
    Column("thread", String(200), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", String(64)),  # null: nobody
)


@dataclass(frozen=True)
class Lease:
    """The right to work on a run, until it is given back or taken over."""

    thread: str
    epoch: int


class Keeper(Protocol):
    """Where the states of runs are kept, and their leases beside them."""

    async def lend(self, thread: str, holder: str) -> int | None:
        """Take a lease that nobody holds, by TAKE; its epoch."""

    async def give_back(self, lease: Lease) -> None:
        """Give a lease back, by GIVE_BACK."""


class Leases:
    """The leases of a workspace, as the process `holder`; `is_gone` says who is waited for."""

    def __init__(self, engine: Engine, holder: str, is_gone: Callable[[str], bool]) -> None:
        self.engine = engine
        self._holder = holder
        self._is_gone = is_gone
        self._mine: set[str] = set()
        self._is_ready = False

    def take(self, thread: str) -> Lease:
        """Take the lease. Raises BusyError where a process that is at work holds it."""
        self._prepare()
        with writing(self.engine, shared=True) as connection:
            epoch = execute_rows(connection, TAKE, (thread, self._holder)).scalar()
        return self._take_over(thread) if epoch is None else self._taken(thread, epoch)

    async def take_at(self, keeper: Keeper, thread: str) -> Lease:
        """Take the lease, with what else is written to the states now. Raises as `take` does."""
        epoch = await keeper.lend(thread, self._holder)
        if epoch is None:
            return await asyncio.to_thread(self._take_over, thread)
        return self._taken(thread, epoch)

    def _taken(self, thread: str, epoch: int) -> Lease:
        self._mine.add(thread)
        return Lease(thread, epoch)

    def _take_over(self, thread: str) -> Lease:
        """Take the lease from a process that is gone."""
        known = self._row(thread)
        if known is not None and known.holder is not None and not self._may_follow(known):
            raise BusyError("another command is working on run {run}", run=_run(thread))
        lease = Lease(thread, known.epoch + 1 if known else 1)
        with writing(self.engine, shared=True) as connection:
            won = connection.execute(
                _TAKE, {"of": thread, "seen": lease.epoch - 1, "who": self._holder}
            )
        if won.rowcount == 0:
            raise BusyError("another command is working on run {run}", run=_run(thread))
        return self._taken(thread, lease.epoch)

    def release(self, lease: Lease) -> None:
        """Give a lease back; one that was taken over stays where it is."""
        self._mine.discard(lease.thread)
        with writing(self.engine, shared=True) as connection:
            execute_rows(connection, GIVE_BACK, (lease.thread, lease.epoch))

    async def release_at(self, keeper: Keeper, lease: Lease) -> None:
        """Give a lease back, with what else is written to the states now."""
        self._mine.discard(lease.thread)
        await keeper.give_back(lease)

    def is_mine(self, thread: str) -> bool:
        """Whether this process took the lease and has not given it back; nothing is looked up."""
        return thread in self._mine

    def is_held(self, thread: str) -> bool:
        """Whether a process that is at work holds the lease."""
        self._prepare()
        row = self._row(thread)
        return row is not None and row.holder is not None and not self._may_follow(row)

    def require(self, lease: Lease, connection: Connection) -> None:
        """Make sure that a lease is held for as long as the transaction of `connection` lasts.

        Raises LeaseLostError. On SQLite that transaction must have the write lock: whoever took the
        lease over can then only write after it.
        """
        if connection.dialect.name == "postgresql":
            epoch = connection.scalar(_EPOCH_HELD, {"of": lease.thread})
        else:
            with self.engine.connect() as own:
                found = quickly(own, _EPOCH, {"of": lease.thread}).rows
            epoch = found[0][0] if found else None
        if epoch != lease.epoch:
            raise LeaseLostError("another process works on run {run} now", run=_run(lease.thread))

    def lost(self, held: list[Lease], connection: Connection) -> set[Lease]:
        """Those of the leases that are not held any more; the same is promised as by `require`."""
        threads = [each.thread for each in held]
        if connection.dialect.name == "postgresql":
            rows = connection.execute(_EPOCHS_HELD, {"of": threads}).all()
        else:
            with self.engine.connect() as own:
                rows = quickly(own, _EPOCHS, {"of": json.dumps(threads)}).rows
        epochs = {thread: epoch for thread, epoch in rows}  # noqa: C416 - rows are no pairs
        return {each for each in held if epochs.get(each.thread) != each.epoch}

    def forget(self, threads: list[str]) -> None:
        """Delete the leases of runs that are no more."""
        self._prepare()
        with writing(self.engine, shared=True) as connection:
            connection.execute(delete(leases).where(leases.c.thread.in_(threads)))

    def _may_follow(self, row: "Row") -> bool:
        if row.holder == self._holder:
            return row.thread not in self._mine
        return row.holder is None or self._is_gone(row.holder)

    def _row(self, thread: str) -> "Row | None":
        with self.engine.connect() as connection:
            found = connection.execute(_KNOWN, {"of": thread}).first()
        return Row(*found) if found else None

    def _prepare(self) -> None:
        """Make the table where there is none yet."""
        if not self._is_ready:
            prepare(self.engine)
            self._is_ready = True


@dataclass(frozen=True)
class Row:
    """A lease as it stands."""

    thread: str
    epoch: int
    holder: str | None


def prepare(engine: Engine) -> None:
    """Make the tables beside the checkpoints, and PostgreSQL's check that a lease is held."""
    with engine.connect() as connection:
        if inspect(connection).has_table("leases"):
            return
    with writing(engine) as connection:
        beside.create_all(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text(FENCE))


TAKE = (
    "INSERT INTO leases (thread, epoch, holder) VALUES (?, 1, ?) ON CONFLICT (thread)"
    " DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder"
    " WHERE leases.holder IS NULL RETURNING epoch"
)
"""Takes the lease of a thread, for a holder; gives nothing where somebody holds it."""
GIVE_BACK = "UPDATE leases SET holder = NULL WHERE thread = ? AND epoch = ?"
"""Gives the lease of a thread back; of an epoch that is past, nothing."""

LOST = "SV001"
"""PostgreSQL's code for a write under a lease that was taken over."""

FENCE = f"""
CREATE OR REPLACE FUNCTION savoir_fence(held text, at bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM leases WHERE thread = held AND epoch = at FOR SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'lease lost' USING ERRCODE = '{LOST}'; END IF;
END $$
"""

_KNOWN = select(leases.c.thread, leases.c.epoch, leases.c.holder).where(
    leases.c.thread == bindparam("of")
)
_EPOCH = select(leases.c.epoch).where(leases.c.thread == bindparam("of"))
_EPOCH_HELD = _EPOCH.with_for_update(read=True)
# The threads in one value: a list of so many would be another statement for each number of them.
_EPOCHS = text(
    "SELECT thread, epoch FROM leases WHERE thread IN (SELECT value FROM json_each(:of))"
)
_EPOCHS_HELD = text(
    "SELECT thread, epoch FROM leases WHERE thread = ANY(:of) ORDER BY thread FOR SHARE"
)
_TAKE = (
    update(leases)
    .where(leases.c.thread == bindparam("of"), leases.c.epoch == bindparam("seen"))
    .values(epoch=leases.c.epoch + 1, holder=bindparam("who"))
)


def _run(thread: str) -> str:
    return thread.partition(":")[2] or thread
