"""What was spent on models: sums of the account of calls, by client, graph, model and run.

A call without a known price is counted as such, and never as costing nothing.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Engine, Row, Select, bindparam, func, select

from savoirfaire.graphs.budgets.tariff import Tariff, amount
from savoirfaire.graphs.budgets.totals import RESERVED, SPENT
from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.schema import spending
from savoirfaire.knowledge.scope import ClientScope, client_of

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True)
class Entry:
    """The calls of one run to one model that ended alike."""

    client: str
    run: str
    graph: str
    model: str
    spent: "Spent"


@dataclass(frozen=True)
class Spent:
    """What calls came to.

    `money` has an amount for each currency; `unpriced` are calls of which no price is known.
    `estimated` are those that the endpoint did not count, taken at the most they could be.
    `failed` gave no reply; `lost` went down with the process that made them: what these are owed
    for is not known, and not in any sum. `seconds` is the time all of them took.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    unpriced: int = 0
    estimated: int = 0
    failed: int = 0
    lost: int = 0
    money: dict[str, Decimal] = field(default_factory=dict)

    def __add__(self, other: "Spent") -> "Spent":
        counts = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
            if each.name != "money"
        }
        money = dict(self.money)
        for currency, more in other.money.items():
            money[currency] = money.get(currency, Decimal(0)) + more
        return Spent(**counts, money=money)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data; amounts are exact, as text."""
        told = {**asdict(self), "seconds": round(self.seconds, 3)}
        return {**told, "money": {name: f"{each:f}" for name, each in self.money.items()}}


def entries(engine: Engine, scope: ClientScope, tariff: Tariff, **only: str | None) -> list[Entry]:
    """What was spent for a client; `only` names a `run`, `graph` or `model`, or `since` when.

    A call made before its price was known is taken at the price of now, where there is one.
    """
    query = _GROUPED.where(spending.c.client == client_of(scope))
    since = only.pop("since", None)
    for name, value in only.items():
        if value is not None:
            query = query.where(spending.c[name] == value)
    if since is not None:
        query = query.where(spending.c.at >= since)
    with reading(engine, scope) as connection:
        rows = connection.execute(query, {"now": now(connection)})
        return [_entry(row, tariff) for row in rows]


def summed(found: Iterable[Entry], key: Callable[[Entry], KeyT]) -> dict[KeyT, Spent]:
    """The sums of entries by a key, in order of first sight."""
    sums: dict[KeyT, Spent] = {}
    for each in found:
        sums[key(each)] = sums.get(key(each), Spent()) + each.spent
    return sums


def total(found: Iterable[Entry]) -> Spent:
    """The sum of all."""
    return sum((each.spent for each in found), Spent())


def _entry(row: Row[Any], tariff: Tariff) -> Entry:
    return Entry(row.client, row.run, row.graph, row.model, _spent(row, tariff))


def _spent(row: Row[Any], tariff: Tariff) -> Spent:
    count, seconds = int(row.calls), float(row.seconds)
    if row.state == RESERVED:  # under way; nobody ends it any more where its time is over
        return Spent(lost=count) if row.is_over else Spent()
    if row.state not in SPENT:
        is_failed = row.state == "failed"
        return Spent(failed=count, seconds=seconds) if is_failed else Spent(lost=count)
    cost, currency = row.cost, row.currency
    if not row.priced:
        cost = tariff.cost(row.model, int(row.read), int(row.written))
        currency = tariff.currency
    return Spent(
        calls=count,
        input_tokens=int(row.read),
        output_tokens=int(row.written),
        seconds=seconds,
        unpriced=count if cost is None else 0,
        estimated=count if row.state == "estimated" else 0,
        money={} if cost is None else {currency: amount(int(cost))},
    )


_PRICED = spending.c.cost.is_not(None)
_KEYS = [spending.c[name] for name in ("client", "run", "graph", "model", "state", "currency")]
_GROUPED: Select[Any] = (
    select(
        *_KEYS,
        _PRICED.label("priced"),
        func.count().label("calls"),
        func.sum(spending.c.input_tokens).label("read"),
        func.sum(spending.c.output_tokens).label("written"),
        func.sum(spending.c.seconds).label("seconds"),
        func.sum(spending.c.cost).label("cost"),
        (spending.c.until < bindparam("now")).label("is_over"),
    )
    .group_by(*_KEYS, _PRICED, "is_over")
    .order_by(func.min(spending.c.id))
)
