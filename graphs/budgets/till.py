"""The till: it sets aside what a call of a model can cost, and takes what it did cost.

Where a budget holds, both are written at once: setting aside is one transaction that nobody else
shares, so that no two calls take the same money. Where none does, what was spent is written half a
second late at most, that of all runs together, and a process killed within that time loses those
lines. What a dead process had set aside is free when its run goes on, or when the call
must have ended.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, bindparam, delete, insert, update

from savoirfaire.agents.metering import METER, PAID, Asking
from savoirfaire.agents.turns import Usage
from savoirfaire.errors import BusyError, OverBudgetError
from savoirfaire.graphs.budgets.limits import Budgets, Limit, Unit
from savoirfaire.graphs.budgets.paces import Pace
from savoirfaire.graphs.budgets.refusing import refusal, unpriced
from savoirfaire.graphs.budgets.tariff import Tariff, amount
from savoirfaire.graphs.budgets.totals import RESERVED, Totaller
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.dialects import clock
from savoirfaire.knowledge.quickly import quickly_each
from savoirfaire.knowledge.schema import spending
from savoirfaire.knowledge.scope import ClientScope

_LATE = 0.5  # seconds that what was spent may wait to be written
_LOOK = 0.5  # seconds between two looks whether others have ended their calls
_GRACE = 60.0  # seconds beyond a call's own limit until it must have ended

log = structlog.get_logger(__name__)

Row = dict[str, Any]


class Till:
    """The account of the calls that runs make in a process."""

    def __init__(
        self,
        engine: Engine,
        budgets: Budgets | None = None,
        tariff: Tariff | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.engine = engine
        self.budgets = budgets or Budgets(engine)
        self.tariff = tariff or Tariff()
        self.totaller = Totaller(self.tariff)
        self.pace = pace or Pace(engine, "")
        self._due: list[Row] = []
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()

    @contextmanager
    def serving(self, scope: ClientScope, run: str, graph: str, mode: str) -> Iterator[None]:
        """Account for what is asked within the block; nothing where the mode pays for nothing."""
        if mode not in PAID:
            yield
            return
        token = METER.set(RunMeter(self, scope, run, graph))
        try:
            yield
        finally:
            METER.reset(token)

    def close(self) -> None:
        """Write what is not written yet. Raises BusyError, with nothing lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._write_due()

    # --- as a run's meter uses it ---------------------------------------------------------------

    def set_aside(self, row: Row, limits: Sequence[Limit], *, first: bool) -> int | None:
        """Set aside what a call can cost; its number, None while others may still leave room.

        Raises OverBudgetError.
        """
        needs = _needs(row)
        with writing(self.engine) as connection:
            at = now(connection)
            if first:
                connection.execute(_LOSE, {"of": row["run"]})
            if not self._has_room(connection, row, limits, needs, at):
                return None
            until = later(at, row["seconds"] + _GRACE)
            reserved = {**row, "state": RESERVED, "until": until}
            return int(connection.execute(_ENTER_ONE, reserved).scalar_one())

    async def change(self) -> None:
        """Wait until a call that was under way has ended here, or may have elsewhere."""
        ended = asyncio.get_running_loop().create_future()
        self._waiting.append(ended)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended, _LOOK)
        with suppress(ValueError):
            self._waiting.remove(ended)

    def settle(self, number: int | None, row: Row | None) -> None:
        """Write what a call cost in place of what was set aside; None where it was never made."""
        if number is None:
            if row is not None:
                self._later(row)
            return
        try:
            with writing(self.engine, shared=True) as connection:
                if row is None:
                    connection.execute(_DROP, {"of": number})
                else:
                    connection.execute(_SETTLE, {"of": number, **_told(row)})
        except BusyError:  # what was set aside stays, and counts as spent once it is written
            log.warning("spending.late", run=row["run"] if row else "")
            if row is not None:
                self._later({**row, "of": number})
        self._wake()

    # --- inside ---------------------------------------------------------------------------------

    def _has_room(
        self,
        connection: Connection,
        row: Row,
        limits: Sequence[Limit],
        needs: Mapping[Unit, Decimal],
        at: str,
    ) -> bool:
        """Whether all budgets have room; False where only calls under way take it."""
        client, currency = row["client"], row["currency"]
        periods = dict.fromkeys(limit.period for limit in limits)
        known = self.totaller.totals(connection, client, row["run"], at, periods)
        is_free = True
        for limit in limits:
            if limit.unit == "money" and row["cost"] is None:
                raise unpriced(client, row["model"])
            sums, need = known[limit.period], needs[limit.unit]
            if sums.spent[limit.unit] + need > limit.most:
                raise refusal(
                    client, limit, sums.spent[limit.unit], need, month=at[:7], currency=currency
                )
            is_free &= sums.spent[limit.unit] + sums.held[limit.unit] + need <= limit.most
        return is_free

    def _later(self, row: Row) -> None:
        self._due.append(row)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LATE, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        try:
            self._write_due()
        except BusyError:
            log.warning("spending.late", calls=len(self._due))
            self._timer = asyncio.get_running_loop().call_later(_LATE * 2, self._on_time)

    def _write_due(self) -> None:
        if not self._due:
            return
        with writing(self.engine, shared=True) as connection:
            fresh = [row for row in self._due if "of" not in row]
            if fresh:
                quickly_each(connection, _ENTER, fresh)
            for row in self._due:
                if "of" in row:
                    connection.execute(_SETTLE, {"of": row["of"], **_told(row)})
        self._due = []

    def _wake(self) -> None:
        while self._waiting:
            one = self._waiting.popleft()
            if not one.done():
                one.set_result(None)
                return


class RunMeter:
    """The meter of one drive of a run."""

    def __init__(self, till: Till, scope: ClientScope, run: str, graph: str) -> None:
        self._till = till
        self._scope = scope
        self._run = run
        self._graph = graph
        self._is_first = True

    async def hold(self, asking: Asking) -> "Held":
        """Wait for the call's turn, and set aside what it can cost. Raises OverBudgetError."""
        till = self._till
        await till.pace.turn(asking.read + asking.written)
        row = self._row(asking)
        number = None
        while number is None:
            limits = till.budgets.limits(self._scope, self._run)
            if not limits:
                return Held(till, None, row)
            number = self._set_aside(row, limits)
            if number is None:
                await till.change()
        self._is_first = False
        return Held(till, number, row)

    def _set_aside(self, row: Row, limits: Sequence[Limit]) -> int | None:
        try:
            return self._till.set_aside(row, limits, first=self._is_first)
        except OverBudgetError:
            fresh = self._till.budgets.limits(self._scope, self._run, fresh=True)
            if fresh == limits:
                self._till.pace.give_back(row["input_tokens"] + row["output_tokens"])
                raise
            return None  # it was just changed: look again

    def _row(self, asking: Asking) -> Row:
        """The call as it is set aside: with the most it can be."""
        tariff = self._till.tariff
        return {
            "client": self._scope.client,
            "run": self._run,
            "graph": self._graph,
            "node": asking.scope.node,
            "role": asking.scope.role,
            "model": asking.model,
            "mode": asking.mode,
            "state": "made",
            "until": None,
            "input_tokens": asking.read,
            "output_tokens": asking.written,
            "seconds": asking.seconds,
            "cost": tariff.cost(asking.model, asking.read, asking.written),
            "currency": tariff.currency,
        }


@dataclass(frozen=True)
class Held:
    """What was set aside for one call; without a number, nothing had to be."""

    till: Till
    number: int | None
    row: Row

    def settle(self, usage: Usage, seconds: float) -> None:
        """The call was made; where the endpoint does not count, it cost the most it could."""
        read, written, state = usage.input_tokens, usage.output_tokens, "made"
        if not read and not written:
            read, written = self.row["input_tokens"], self.row["output_tokens"]
            state = "estimated"
        most = self.row["input_tokens"] + self.row["output_tokens"]
        self.till.pace.give_back(max(0, most - read - written))
        cost = self.till.tariff.cost(self.row["model"], read, written)
        self._end(state, input_tokens=read, output_tokens=written, cost=cost, seconds=seconds)

    def fail(self, seconds: float, *, sent: bool) -> None:
        """The call gave no reply: nothing is known to be owed; unsent, it is forgotten."""
        self.till.pace.give_back(self.row["input_tokens"] + self.row["output_tokens"])
        if sent:
            self._end("failed", input_tokens=0, output_tokens=0, cost=None, seconds=seconds)
        else:
            self.till.settle(self.number, None)

    def _end(self, state: str, **known: Any) -> None:
        known["seconds"] = round(known["seconds"], 3)
        self.till.settle(self.number, {**self.row, **known, "state": state})


_TOLD = ("state", "until", "input_tokens", "output_tokens", "seconds", "cost")


def _told(row: Row) -> Row:
    return {f"new_{name}": row[name] for name in _TOLD}


def _needs(row: Row) -> dict[Unit, Decimal]:
    return {
        "calls": Decimal(1),
        "tokens": Decimal(row["input_tokens"] + row["output_tokens"]),
        "money": amount(row["cost"] or 0),
        "seconds": Decimal(str(row["seconds"])),
    }


_ENTER = insert(spending).values(at=clock())
_ENTER_ONE = _ENTER.returning(spending.c.id)
_SETTLE = (
    update(spending)
    .where(spending.c.id == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in _TOLD})
)
_DROP = delete(spending).where(spending.c.id == bindparam("of"))
_LOSE = (
    update(spending)
    .where(spending.c.run == bindparam("of"), spending.c.state == RESERVED)
    .values(state="lost", until=None)
)
