"""`savoir costs`: what models cost, and how long deliveries take."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.costwords import cost_words, seconds
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.graphs.costing import Entry, Spent
    from savoirfaire.graphs.timing import Delivery, Times
    from savoirfaire.knowledge.ledger import Ledger

_MOST = 20  # deliveries shown


def costs(
    ctx: typer.Context,
    client: Annotated[
        str | None, typer.Option("--client", "-c", help="Only this client's.")
    ] = None,
    graph: Annotated[str | None, typer.Option(help="Only those of this graph.")] = None,
    model: Annotated[str | None, typer.Option(help="Only calls of this model.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only from this day on (UTC)."),
    ] = None,
    by: Annotated[
        Literal["client", "graph", "model", "run"] | None,
        typer.Option(help="Sum by this alone."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what models cost, by client, graph, model and delivery, and how long work takes."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.graphs.budgets.tariff import Tariff
    from savoirfaire.graphs.costing import entries
    from savoirfaire.graphs.timing import deliveries, times
    from savoirfaire.knowledge.database import open_database
    from savoirfaire.knowledge.ledger import Ledger

    workspace = open_workspace(ctx)
    prices = workspace.settings.costs
    tariff = Tariff(prices.prices, prices.currency)
    day = since.date().isoformat() if since else None
    engine = open_database(workspace.database)
    try:
        found, made = [], []
        for scope in _scopes(Ledger(engine), client):
            found += entries(engine, scope, tariff, graph=graph, model=model, since=day)
            made += deliveries(engine, scope, graph=graph, since=day)
    finally:
        engine.dispose()
    made.sort(key=lambda each: each.ended_at)
    known = times(made, prices.former_days)
    if as_json:
        emit_json(_as_data(found, made, known))
        return
    _tell_spent(found, by)
    _tell_deliveries(found, made)
    _tell_times(known)


def _scopes(ledger: "Ledger", client: str | None) -> list[Any]:
    names = [client] if client is not None else [each[0] for each in ledger.clients()]
    return [ledger.scope(name) for name in names]


def _as_data(found: "list[Entry]", made: "list[Delivery]", known: "list[Times]") -> dict[str, Any]:
    from dataclasses import asdict

    from savoirfaire.graphs.costing import Spent, summed, total

    keys: dict[str, Callable[[Entry], str]] = {
        "client": lambda each: each.client,
        "graph": lambda each: each.graph,
        "model": lambda each: each.model,
        "run": lambda each: each.run,
    }
    sums = {name: summed(found, key) for name, key in keys.items()}
    by_run = sums["run"]
    return {
        "total": total(found).as_dict(),
        **{
            f"by_{name}": {key: each.as_dict() for key, each in some.items()}
            for name, some in sums.items()
        },
        "deliveries": [
            {**asdict(each), "spent": by_run.get(each.run, Spent()).as_dict()} for each in made
        ],
        "times": [{**asdict(each), "share": each.share} for each in known],
    }


def _tell_spent(found: "list[Entry]", by: str | None) -> None:
    from savoirfaire.cli.output import line, table
    from savoirfaire.graphs.costing import summed, total

    if not found:
        line(_("No call of a model is accounted for."))
        return
    names = (by,) if by else ("client", "graph", "model")
    sums = summed(found, lambda each: tuple(str(getattr(each, name)) for name in names))
    titles = {"client": _("client"), "graph": _("graph"), "model": _("model"), "run": _("run")}
    columns = [*(titles[name] for name in names), _("calls"), _("read"), _("written"), _("cost")]
    rows = [[*key, *_cells(spent)] for key, spent in sums.items()]
    everything = total(found)
    if len(rows) > 1:
        rows.append([_("in all"), *[""] * (len(names) - 1), *_cells(everything)])
    table(columns, rows)
    for words in _uncertain(everything):
        line(words)


def _cells(spent: "Spent") -> list[str]:
    counts = (spent.calls, spent.input_tokens, spent.output_tokens)
    return [*(number(each) for each in counts), cost_words(spent.as_dict())]


def _uncertain(spent: "Spent") -> Iterable[str]:
    """What of the sums is not certain, in words."""
    if spent.unpriced:
        yield ngettext(
            "{n} call has no price: add its model to costs.prices.",
            "{n} calls have no price: add their model to costs.prices.",
            spent.unpriced,
        ).format(n=number(spent.unpriced))
    if spent.estimated:
        yield ngettext(
            "{n} call was not counted by the endpoint: it stands with the most it can be.",
            "{n} calls were not counted by the endpoint: they stand with the most they can be.",
            spent.estimated,
        ).format(n=number(spent.estimated))
    without = spent.failed + spent.lost
    if without:
        yield ngettext(
            "{n} call gave no reply: whether the provider charges it is not known.",
            "{n} calls gave no reply: whether the provider charges them is not known.",
            without,
        ).format(n=number(without))


def _tell_deliveries(found: "list[Entry]", made: "list[Delivery]") -> None:
    from savoirfaire.cli.output import line, table
    from savoirfaire.graphs.costing import Spent, summed

    if not made:
        return
    by_run = summed(found, lambda each: each.run)
    shown = made[-_MOST:]
    rows = [
        (
            each.run,
            each.what[0] if each.what else "–",
            cost_words(by_run.get(each.run, Spent()).as_dict()),
            seconds(each.cycle),
            seconds(each.waiting),
            seconds(each.model),
        )
        for each in shown
    ]
    line("")
    titles = (_("delivery"), _("what left"), _("cost"))
    table((*titles, _("in all"), _("waiting for a person"), _("models")), rows)
    if len(made) > len(shown):
        more = _("… and {n} earlier ones: --json has them all, --since chooses.")
        line(more.format(n=number(len(made) - len(shown))))


def _tell_times(known: "list[Times]") -> None:
    from savoirfaire.cli.output import line, table

    if not known:
        return
    rows = [
        (
            each.graph,
            number(each.count),
            seconds(each.cycle),
            seconds(each.waiting),
            seconds(each.model),
            "–" if each.former is None else seconds(each.former),
            "–" if each.share is None else f"{number(round(100 * each.share, 1))} %",
        )
        for each in known
    ]
    line("")
    titles = (_("graph"), _("deliveries"), _("median"), _("waiting for a person"), _("models"))
    table((*titles, _("before"), _("share of it")), rows)
