"""Budgets: what may be spent for a run, for a client in a month (UTC), and for a client ever.

What a person said of one run holds before what was said of every run of the client, and that before
the settings. A period may have a budget in each unit; all of them hold.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast, get_args

from sqlalchemy import Engine, bindparam, delete, select

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.schema import budgets, runs
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.settings import BudgetSettings

Period = Literal["run", "month", "ever"]
Unit = Literal["calls", "tokens", "money", "seconds"]

PERIODS: tuple[Period, ...] = get_args(Period)
UNITS: tuple[Unit, ...] = get_args(Unit)
_SETTING = {"run": "run", "month": "month", "ever": "client"}
_FRESH = 1.0  # seconds: what another process changed is seen then

Key = tuple[Period, Unit]
Defaults = Mapping[Key, Decimal]


@dataclass(frozen=True)
class Limit:
    """A budget that holds, and who set it; nobody where the settings did.

    `most` is a number of calls or tokens, an amount of the currency, or seconds of models' time.
    """

    period: Period
    unit: Unit
    most: Decimal
    set_by: str = ""


def defaults_of(settings: BudgetSettings) -> dict[Key, Decimal]:
    """The budgets that the settings name."""
    keys = [(period, unit) for period in PERIODS for unit in UNITS]
    named = {key: getattr(settings, f"{_SETTING[key[0]]}_{key[1]}") for key in keys}
    return {key: most for key, most in named.items() if most is not None}


class Budgets:
    """The budgets of a workspace; what holds for a client is looked up once a second at most."""

    def __init__(self, engine: Engine, defaults: Defaults | None = None) -> None:
        self._engine = engine
        self._defaults = dict(defaults or {})
        self._known: dict[str, tuple[float, list[Any]]] = {}

    def limits(self, scope: ClientScope, run: str = "", *, fresh: bool = False) -> list[Limit]:
        """The budgets that hold for a run of a client; without one, for any of them.

        Raises ScopeError.
        """
        if fresh:
            self._known.pop(client_of(scope), None)
        chosen = {key: Limit(*key, most) for key, most in self._defaults.items()}
        for row in self._rows(scope):  # those of a single run last
            if row.of in {"", run}:
                key = cast("Key", (row.period, row.unit))
                chosen[key] = Limit(*key, Decimal(row.most), row.set_by)
        return [
            chosen[period, unit] for period in PERIODS for unit in UNITS if (period, unit) in chosen
        ]

    def change(
        self,
        scope: ClientScope,
        key: Key,
        most: Decimal | None,
        *,
        by: str,
        run: str = "",
    ) -> None:
        """Set a budget, for one run where it is named; None takes back what was set.

        Raises ScopeError, NotFoundError for a run of another client, RequestError for no amount.
        """
        if most is not None and not (most.is_finite() and most >= 0):
            raise RequestError("{amount} is no amount", amount=most)
        row = {"client": client_of(scope), "period": key[0], "of": run, "unit": key[1]}
        with changing(self._engine, scope) as connection:
            if run and connection.scalar(_OWN, {"run": run, "client": scope.client}) is None:
                raise NotFoundError(
                    "client {client} has no run {run}", client=scope.client, run=run
                )
            if most is None:
                mine = [budgets.c[name] == value for name, value in row.items()]
                connection.execute(delete(budgets).where(*mine))
            else:
                said = {"most": f"{most:f}", "set_by": by, "set_at": now(connection)}
                insert = upsert(budgets).values(**row, **said)
                connection.execute(
                    insert.on_conflict_do_update(index_elements=list(row), set_=said)
                )
        self._known.pop(scope.client, None)

    def _rows(self, scope: ClientScope) -> list[Any]:
        client = client_of(scope)
        read, rows = self._known.get(client, (0.0, []))
        if not read or time.monotonic() - read > _FRESH:
            with reading(self._engine, scope) as connection:
                rows = list(connection.execute(_OF_CLIENT, {"client": client}))
            self._known[client] = (time.monotonic(), rows)
        return rows


_OWN = select(runs.c.id).where(runs.c.id == bindparam("run"), runs.c.client == bindparam("client"))
_OF_CLIENT = select(budgets).where(budgets.c.client == bindparam("client")).order_by(budgets.c.of)
