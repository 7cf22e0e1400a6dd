"""`savoir budget`: what may be spent on models, and what is left of it."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number
from savoirfaire.cli.runs import decider, status_words, with_runs
from savoirfaire.errors import NotFoundError, RequestError

if TYPE_CHECKING:
    from savoirfaire.graphs.budgets.limits import Limit, Period, Unit
    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.knowledge.scope import ClientScope

Amount = str | None


def budget(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="CLIENT|RUN", help="Whose budget.")],
    per: Annotated[
        Literal["run", "month", "ever"] | None,
        typer.Option(help="Of a client: for each run, for a month (UTC), or for ever."),
    ] = None,
    money: Annotated[
        Amount, typer.Option(help="The most money, in the currency of costs.currency.")
    ] = None,
    tokens: Annotated[Amount, typer.Option(help="The most tokens read and written.")] = None,
    calls: Annotated[Amount, typer.Option(help="The most calls of a model.")] = None,
    seconds: Annotated[Amount, typer.Option(help="The most seconds of models' time.")] = None,
    go_on: Annotated[
        bool, typer.Option("--go-on/--stay", help="Go on with parked runs that have room now.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Show a budget and what is left of it, or set one; parked runs with room then go on."""
    workspace = open_workspace(ctx)
    given = {"money": money, "tokens": tokens, "calls": calls, "seconds": seconds}
    asked: dict[Any, Decimal | None] = {
        unit: _amount(text) for unit, text in given.items() if text is not None
    }

    async def work(runs: "Runs") -> "tuple[list[dict[str, Any]], list[Progress]]":
        scope, run = _whose(runs, name)
        if not asked:
            return _standing(runs, scope, run), []
        period = _period(run, per)
        for unit, most in asked.items():
            key = (period, unit)
            runs.till.budgets.change(scope, key, most, by=decider(workspace), run=run)
        going = await _go_on(runs, scope, workspace.settings.runs.slots) if go_on else []
        return _standing(runs, scope, run), going

    shown, going = with_runs(workspace, work)
    if as_json:
        from savoirfaire.cli.output import emit_json

        went = [{"run": each.run, "status": each.status} for each in going]
        emit_json({"budgets": shown, "went_on": went})
    else:
        _tell(shown, going)


def _amount(text: str) -> Decimal | None:
    """What was typed as an amount; `none` takes a budget back."""
    if text == "none":
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise RequestError(
            "{amount} is no amount",
            amount=repr(text),
            hint="A number such as 50 or 0.25; none takes the budget back.",
        ) from error


def _whose(runs: "Runs", name: str) -> "tuple[ClientScope, str]":
    """The client, and the run where one is named."""
    from savoirfaire.knowledge.scope import ClientScope

    ledger = runs.knowledge.ledger
    if name in {each[0] for each in ledger.clients()}:
        return ledger.scope(name), ""
    try:
        row = runs.get(name)
    except NotFoundError:
        ledger.scope(name)  # says which clients there are
        raise
    return ClientScope(row.client), row.id


def _period(run: str, per: "Period | None") -> "Period":
    if run and per not in {None, "run"}:
        raise RequestError("a month has no single run: name the client")
    if not run and per is None:
        raise RequestError(
            "is that for each run, for a month or for ever?",
            hint="Say --per run, --per month or --per ever.",
        )
    return "run" if run else per or "run"


def _standing(runs: "Runs", scope: "ClientScope", run: str) -> list[dict[str, Any]]:
    """The budgets that hold, and how much of each is used."""
    from savoirfaire.knowledge.access import reading
    from savoirfaire.knowledge.database import now

    till = runs.till
    limits = till.budgets.limits(scope, run)
    periods = dict.fromkeys(each.period for each in limits)
    with reading(runs.engine, scope) as connection:
        at, money = now(connection), till.tariff.currency
        known = till.totaller.totals(connection, scope.client, run, at, periods)

    def told(limit: "Limit") -> dict[str, Any]:
        """One budget; of every run there is nothing that is used."""
        sums, unit = known[limit.period], limit.unit
        is_one = run or limit.period != "run"
        used = {"spent": sums.spent[unit], "held": sums.held[unit]} if is_one else {}
        if used:
            used["left"] = max(limit.most - used["spent"] - used["held"], Decimal(0))
        amounts = {"most": limit.most, **used}
        return {
            "period": limit.period,
            "unit": unit,
            "currency": money if unit == "money" else None,
            **{key: f"{value:f}" for key, value in amounts.items()},
            "set_by": limit.set_by or None,
        }

    return [told(limit) for limit in limits]


async def _go_on(runs: "Runs", scope: "ClientScope", slots: int) -> "list[Progress]":
    """Go on with the parked runs that have room: by workers where they are, otherwise here."""
    import asyncio

    from savoirfaire.graphs.budgets.parked import admitted
    from savoirfaire.graphs.watching import progress_of

    ready = admitted(runs.engine, runs.till.budgets, scope, runs.till.tariff)
    if runs.is_left_to_workers():
        for run in ready:
            runs.enqueue(run)
        return [progress_of(runs, run) for run in ready]
    turns = asyncio.Semaphore(slots)

    async def drive(run: str) -> "Progress":
        async with turns:
            return await runs.drive(run)

    return list(await asyncio.gather(*(drive(run) for run in ready)))


def _tell(shown: list[dict[str, Any]], going: "list[Progress]") -> None:
    from savoirfaire.cli.output import line, table

    if not shown:
        line(_("No budget holds: --per month --money 50 sets one."))
        return
    columns = (_("for"), _("budget"), _("spent"), _("under way"), _("left"), _("set by"))
    amounts = ("most", "spent", "held", "left")
    rows = [
        (
            _periods()[each["period"]],
            *(_in_words(each.get(name), each["unit"], each["currency"]) for name in amounts),
            each["set_by"] or _("the settings"),
        )
        for each in shown
    ]
    table(columns, rows)
    for each in going:
        line(_("{run}: {status}").format(run=each.run, status=status_words(each.status)))


def _periods() -> "dict[Period, str]":
    return {"run": _("a run"), "month": _("this month"), "ever": _("in all")}


def _in_words(text: str | None, unit: "Unit", currency: str | None) -> str:
    from savoirfaire.cli.costwords import money, seconds

    if text is None:
        return "–"
    value = Decimal(text)
    if unit == "money":
        return money(value, currency or "")
    if unit == "seconds":
        return seconds(float(value))
    count = int(value)
    if unit == "calls":
        return ngettext("{n} call", "{n} calls", count).format(n=number(count))
    return ngettext("{n} token", "{n} tokens", count).format(n=number(count))
