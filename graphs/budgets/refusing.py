"""What a person reads of a call that was not made, because a budget would have been exceeded."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from savoirfaire.errors import OverBudgetError, Phrase
from savoirfaire.graphs.budgets.limits import Limit, Period, Unit

_AMOUNTS: dict[Period, Phrase] = {
    "run": Phrase(
        "this run's budget is {most}: {left} are left, and its next call may take {needed}"
    ),
    "month": Phrase(
        "the budget of {client} for {month} is {most}: {left} are left, and the next call may"
        " take {needed}"
    ),
    "ever": Phrase(
        "the budget of {client} is {most}: {left} are left, and the next call may take {needed}"
    ),
}
_CALLS: dict[Period, Phrase] = {
    "run": Phrase("all {most} calls that this run may make are made"),
    "month": Phrase("all {most} calls that {client} may make in {month} are made"),
    "ever": Phrase("all {most} calls that {client} may make are made"),
}
_DECIMALS = Decimal("0.0001")


def refusal(
    client: str, limit: Limit, spent: Decimal, needed: Decimal, *, month: str, currency: str
) -> OverBudgetError:
    """The error for a call that a budget has no room for.

    Besides what is said, it keeps `period`, `unit` and `need`, for who looks whether it may go on.
    """
    told = (_CALLS if limit.unit == "calls" else _AMOUNTS)[limit.period]
    left = max(limit.most - spent, Decimal(0))
    said = {"most": limit.most, "left": left, "needed": needed}
    return OverBudgetError(
        told.template,
        client=client,
        month=month,
        period=limit.period,
        unit=limit.unit,
        need=f"{needed:f}",
        **{name: words(value, limit.unit, currency) for name, value in said.items()},
    )


def unpriced(client: str, model: str) -> OverBudgetError:
    """The error for a call of unknown price under a budget in money."""
    return OverBudgetError(
        "{client} has a budget in money, and the price of model {model} is not known",
        client=client,
        model=model,
        hint="Add the model to costs.prices in savoir.toml, then `savoir resume RUN`.",
    )


def words(value: Decimal, unit: Unit, currency: str) -> str:
    """An amount in signs that need no translation."""
    if unit == "money":
        return f"{_short(value):f} {currency}"
    whole = f"{value.normalize():f}"
    return {"calls": whole, "tokens": f"{whole} tokens", "seconds": f"{whole} s"}[unit]


def _short(value: Decimal) -> Decimal:
    """Four decimals, unless nothing would be left."""
    short = value.quantize(_DECIMALS)
    return (short or value).normalize()


def need_of(values: Mapping[str, Any]) -> tuple[Period, Unit, Decimal] | None:
    """What a refused call needed, from the stored values of its error; None where none is told."""
    if "need" not in values:
        return None
    return values["period"], values["unit"], Decimal(values["need"])
