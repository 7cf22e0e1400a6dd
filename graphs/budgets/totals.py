"""What was spent, and what is set aside for calls that are under way, in a budget's period.

A month of a busy client has a hundred thousand calls, and adding them up takes 0.1 s. What is long
settled is therefore added up once in a process; each look adds what came after.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, func, or_, select

from savoirfaire.graphs.budgets.limits import UNITS, Period, Unit
from savoirfaire.graphs.budgets.tariff import Tariff, amount
from savoirfaire.knowledge.database import later
from savoirfaire.knowledge.schema import spending

RESERVED = "reserved"
SPENT = ("made", "estimated")
"""The states of calls that were made: counted by the endpoint, or by their most."""

_MANY = 200  # calls to add up before what is settled of them is kept
_SETTLED = 60.0  # seconds after which no transaction brings a call of before
_GIVEN_UP = 86_400.0  # seconds after which a call that was to end is not waited for
_NEVER = "9999"

Sums = dict[Unit, Decimal]


@dataclass(frozen=True)
class Totals:
    """What was spent in a period, and what is set aside, by unit."""

    spent: Sums
    held: Sums


class Totaller:
    """Adds up a workspace's account for one process, in one currency.

    What a process set aside that is gone counts until the call it was for must have ended. A call
    made before its price was known counts at the price of now, where there is one.
    """

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff
        self._kept: dict[tuple[str, str], tuple[str, Sums]] = {}

    def totals(
        self, connection: Connection, client: str, run: str, at: str, periods: Iterable[Period]
    ) -> dict[Period, Totals]:
        """The totals of a client's periods at the instant `at`."""
        values = {"client": client, "run": run, "now": at, "money": self._tariff.currency}
        starts = {"month": at[:7], "ever": ""}
        return {
            period: self._add(connection.execute(_OF_RUN, values))[0]
            if period == "run"
            else self._since(connection, values, starts[period])
            for period in periods
        }

    def _since(self, connection: Connection, values: dict[str, Any], start: str) -> Totals:
        key = (values["client"], start)
        reached, kept = self._kept.get(key, (start, _nothing()))
        tail = {**values, "start": reached, "before": _NEVER}
        new, count = self._add(connection.execute(_BETWEEN, tail))
        if count > _MANY:
            self._keep(connection, key, tail)
        return Totals({unit: kept[unit] + new.spent[unit] for unit in UNITS}, new.held)

    def _keep(self, connection: Connection, key: tuple[str, str], tail: dict[str, Any]) -> None:
        """Keep the sum of what is settled."""
        reached, kept = self._kept.get(key, (key[1], _nothing()))
        before = later(tail["now"], -_SETTLED)
        if before <= reached:
            return
        waited_for = {**tail, "given_up": later(tail["now"], -_GIVEN_UP)}
        before = min(before, connection.scalar(_FIRST_HELD, waited_for) or before)
        settled, _ = self._add(connection.execute(_BETWEEN, {**tail, "before": before}))
        self._kept[key] = (before, {unit: kept[unit] + settled.spent[unit] for unit in UNITS})

    def _add(self, rows: Iterable[Any]) -> tuple[Totals, int]:
        """The totals of rows, and of how many calls they are."""
        found, count = {False: _nothing(), True: _nothing()}, 0
        for row in rows:
            sums, cost = found[bool(row.held)], row.cost
            if not row.priced:
                cost = self._tariff.cost(row.model, int(row.read), int(row.written))
            sums["calls"] += row.calls
            sums["tokens"] += int(row.read + row.written)
            sums["money"] += amount(int(cost or 0))
            sums["seconds"] += Decimal(str(round(row.seconds, 3)))
            count += row.calls
        return Totals(found[False], found[True]), count


def _nothing() -> Sums:
    return dict.fromkeys(UNITS, Decimal(0))


_SUMS: Select[Any] = (
    select(
        (spending.c.state == RESERVED).label("held"),
        spending.c.model,
        spending.c.cost.is_not(None).label("priced"),
        func.count().label("calls"),
        func.sum(spending.c.input_tokens).label("read"),
        func.sum(spending.c.output_tokens).label("written"),
        func.sum(spending.c.seconds).label("seconds"),
        func.sum(case((spending.c.currency == bindparam("money"), spending.c.cost))).label("cost"),
    )
    .where(
        spending.c.client == bindparam("client"),
        or_(
            spending.c.state.in_(SPENT),
            (spending.c.state == RESERVED) & (spending.c.until > bindparam("now")),
        ),
    )
    .group_by("held", spending.c.model, "priced")
)
_OF_RUN = _SUMS.where(spending.c.run == bindparam("run"))
_BETWEEN = _SUMS.where(spending.c.at >= bindparam("start"), spending.c.at < bindparam("before"))
_FIRST_HELD = select(func.min(spending.c.at)).where(
    spending.c.client == bindparam("client"),
    spending.c.at >= bindparam("start"),
    spending.c.state == RESERVED,
    spending.c.until > bindparam("given_up"),
)
