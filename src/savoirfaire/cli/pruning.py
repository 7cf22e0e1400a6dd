"""`savoir prune`: what is kept of runs that ended long ago."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number
from savoirfaire.cli.runs import OfClient, with_runs
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from savoirfaire.graphs.retention import Prunable
    from savoirfaire.graphs.runs import Runs


def prune(
    ctx: typer.Context,
    client: OfClient = None,
    days: Annotated[
        float | None,
        typer.Option(min=0, help="Ended how many days ago; by default runs.keep_days."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be deleted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete the states and events of runs that ended long ago; what was decided stays."""
    from savoirfaire.graphs.retention import Retention

    workspace = open_workspace(ctx)
    kept = workspace.settings.runs.keep_days if days is None else days
    if days is None and not kept:
        raise RequestError(
            "runs are kept for ever here",
            hint="Say --days 90, or set runs.keep_days in savoir.toml.",
        )

    async def work(runs: "Runs") -> "list[Prunable]":
        ledger = runs.knowledge.ledger
        retention = Retention(runs.engine, workspace.states, runs.leases)
        names = [client] if client is not None else [each[0] for each in ledger.clients()]
        scopes = [ledger.scope(name) for name in names]
        act = retention.prunable if dry_run else retention.prune
        return [each for scope in scopes for each in act(scope, kept)]

    _tell(with_runs(workspace, work), dry_run=dry_run, as_json=as_json)


def _tell(found: "list[Prunable]", *, dry_run: bool, as_json: bool) -> None:
    from dataclasses import asdict

    from savoirfaire.cli.output import emit_json, line, table
    from savoirfaire.cli.runs import when

    if as_json:
        told: dict[str, Any] = {"dry_run": dry_run, "runs": [asdict(each) for each in found]}
        emit_json(told)
        return
    count = len(found)
    if dry_run and found:
        columns = (_("run"), _("client"), _("ended"), _("events"))
        rows = [(e.run, e.client, when(e.ended_at), number(e.events)) for e in found]
        table(columns, rows)
    if dry_run:
        words = ngettext("{n} run would be pruned.", "{n} runs would be pruned.", count)
    else:
        words = ngettext("{n} run was pruned.", "{n} runs were pruned.", count)
    line(words.format(n=number(count)))
