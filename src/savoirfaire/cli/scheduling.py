"""`savoir schedule`: runs at set times."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, moment
from savoirfaire.cli.runs import decider, read_request, with_runs
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from savoirfaire.graphs.runs import Runs


def schedule(
    ctx: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client.")],
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The schedule's name.")] = "",
    graph: Annotated[str, typer.Option("--graph", "-g", help="What to run.")] = "",
    source: Annotated[
        Path | None, typer.Option("--input", "-i", help="A YAML or JSON file with the request.")
    ] = None,
    cron: Annotated[
        str, typer.Option(metavar='"M H D M W"', help="Minute, hour, day, month, weekday.")
    ] = "",
    zone: Annotated[str, typer.Option(help="The time zone that the times are told in.")] = "UTC",
    remove: Annotated[bool, typer.Option("--remove", help="Remove the schedule.")] = False,
    as_json: Json = False,
) -> None:
    """Have workers start runs at set times; list, add or remove a client's schedules."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.graphs.queueing.schedules import Schedule, Schedules
    from savoirfaire.graphs.runs import check_request

    workspace = open_workspace(ctx)
    if name and not remove and not (graph and source and cron):
        raise RequestError("a schedule needs --graph, --input and --cron")

    async def work(runs: "Runs") -> list[dict[str, Any]]:
        kept, scope = Schedules(runs.engine), runs.knowledge.ledger.scope(client)
        if remove:
            kept.remove(scope, name)
        elif name and source:
            request = read_request(source)
            check_request(runs.wired(graph).spec, request)
            kept.put(scope, Schedule(name, graph, request, cron, zone), by=decider(workspace))
        return [_told(row) for row in kept.of(scope)]

    found = with_runs(workspace, work)
    if as_json:
        emit_json(found)
    else:
        _table(found)


def _told(row: Any) -> dict[str, Any]:
    names = ("name", "graph", "cron", "zone", "next_at", "last_run")
    return {name: getattr(row, name) for name in names}


def _table(found: list[dict[str, Any]]) -> None:
    from savoirfaire.cli.output import line, table

    if not found:
        line(_("Nothing is scheduled."))
        return
    columns = (_("schedule"), _("graph"), _("times"), _("zone"), _("next"), _("last run"))
    rows = [
        (
            each["name"],
            each["graph"],
            each["cron"],
            each["zone"],
            _next(each),
            each["last_run"] or "",
        )
        for each in found
    ]
    table(columns, rows)


def _next(schedule: dict[str, Any]) -> str:
    """When it is due, on the clock that its times are told in."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if not schedule["next_at"]:
        return ""
    return moment(datetime.fromisoformat(schedule["next_at"]), ZoneInfo(schedule["zone"]))
