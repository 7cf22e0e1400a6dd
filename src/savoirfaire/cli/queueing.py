"""`savoir worker`, `batch`, `watch`, `cancel` and `retry`: runs that others work on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.mailanswer import items_of, nothing_new
from savoirfaire.cli.messages import _, labelled, ngettext, number, say
from savoirfaire.cli.runs import (
    Run,
    decider,
    finish,
    follow,
    status_words,
    step_words,
    with_runs,
)
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from savoirfaire.graphs.queueing.engine import Rules
    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.graphs.watching import BatchProgress
    from savoirfaire.workspace import Workspace

_READMIT = 30.0  # seconds between two looks for parked runs with room

Slots = Annotated[
    int | None,
    typer.Option("--slots", min=1, help="How many runs at a time; by default as in the settings."),
]


def worker(
    ctx: typer.Context,
    slots: Slots = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only say whether a worker is alive and its queue moves."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Work on what is in the queue until told to stop; any number of workers share it."""
    import asyncio

    from savoirfaire.cli.output import note

    workspace = open_workspace(ctx)
    if check:
        _check(workspace, as_json=as_json)
        return
    note(_("Working on what is in the queue. Ctrl-C lets every step end, then stops."))
    asyncio.run(_serve(workspace, rules_of(workspace, slots)))


def batch(
    ctx: typer.Context,
    graph: Annotated[str, typer.Argument(metavar="GRAPH", help="`savoir graphs` lists them.")],
    client: Annotated[str, typer.Option("--client", "-c", help="The client to work for.")],
    items: Annotated[
        Path,
        typer.Option(
            "--items", "-i", help="A file of requests; for inbox, mail: a folder, an mbox."
        ),
    ],
    key: Annotated[
        str | None, typer.Option(help="Given again with the same key, it is the same batch.")
    ] = None,
    priority: Annotated[int, typer.Option(min=0, help="Smaller is sooner; 0 is as a run.")] = 10,
    minutes: Annotated[
        float | None, typer.Option("--within", min=0, help="How many minutes each may take.")
    ] = None,
    slots: Slots = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave it to the workers, and do not wait.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start a run for each item of a file, and work on them side by side."""
    from datetime import timedelta

    from savoirfaire.graphs.submitting import Asked

    workspace = open_workspace(ctx)
    requests = items_of(workspace, client, graph, items)
    if not requests:
        nothing_new(as_json=as_json)
        return
    within = timedelta(minutes=minutes) if minutes else None
    asked = Asked(key=key, priority=priority, within=within, queue=True)

    async def work(runs: "Runs") -> "BatchProgress":
        scope = runs.knowledge.ledger.scope(client)
        name = runs.submit_batch(scope, graph, requests, by=decider(workspace), asked=asked)
        rules = rules_of(workspace, slots)
        return await through(runs, name, rules, detach=detach, quiet=as_json)

    tell_batch(with_runs(workspace, work, {}), as_json=as_json)


def watch(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RUN|BATCH", help="What to watch.")],
    after: Annotated[
        int, typer.Option("--after", min=0, help="Only events after this number.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Show what happens in a run as it happens, until it rests; or how far a batch is."""

    async def look(runs: "Runs") -> "BatchProgress | None":
        from savoirfaire.graphs.watching import watch as watching

        if name.startswith("batch-"):
            return await _batch_at_rest(runs, name, quiet=as_json)
        async for event in watching(runs, name, after=after):
            _show(event, as_json=as_json)
        return None

    workspace = open_workspace(ctx)
    found = with_runs(workspace, look)
    if found is not None:
        tell_batch(found, as_json=as_json)


def cancel(ctx: typer.Context, name: Run, as_json: Json = False) -> None:
    """End a run that has not ended; what was published stays."""
    from savoirfaire.cli.output import emit_json, line

    workspace = open_workspace(ctx)

    async def work(runs: "Runs") -> str:
        return runs.cancel(name, by=decider(workspace))

    status = with_runs(workspace, work)
    if as_json:
        emit_json({"run": name, "status": status})
    else:
        line(_("{run}: {status}").format(run=name, status=status_words(status)))
    if status != "cancelled":
        raise typer.Exit(1)


def retry(ctx: typer.Context, name: Run, as_json: Json = False) -> None:
    """Start a run anew that was cancelled or needs attention, with the same request."""
    workspace = open_workspace(ctx)

    async def work(runs: "Runs") -> "Progress":
        row = runs.get(name)
        if row.status not in {"cancelled", "needs_attention"}:
            raise RequestError(
                "{run} is {status}: only a run that was cancelled or needs attention is retried",
                run=name,
                status=row.status,
            )
        if row.status == "needs_attention":
            runs.cancel(name, by=decider(workspace))
        scope = runs.knowledge.ledger.scope(row.client)
        again = runs.submit(scope, row.graph, row.request, by=decider(workspace))
        return await follow(runs, again, quiet=as_json)

    finish(workspace, work, as_json=as_json, ask=False, opening={"late": False})


# --- what they share ------------------------------------------------------------------------------


def rules_of(workspace: "Workspace", slots: int | None) -> "Rules":
    """How many runs at a time, of whom."""
    from savoirfaire.graphs.queueing.engine import Rules

    settings = workspace.settings.runs
    return Rules(slots=slots or settings.slots, per_client=settings.per_client)


async def _serve(workspace: "Workspace", rules: "Rules") -> None:
    import asyncio
    import signal

    from savoirfaire.cli.output import note
    from savoirfaire.cli.studio import open_runs
    from savoirfaire.graphs.queueing.worker import Worker

    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with (
        open_runs(workspace, worker=rules.slots) as runs,
        Worker(runs, runs.queue.opened, rules, chores=((_READMIT, _readmitting(runs)),)),
    ):
        await stop.wait()
        note(_("Stopping: every run ends its step and goes back to the queue."))


def _readmitting(runs: "Runs") -> "Callable[[], Awaitable[object]]":
    """Look for parked runs that have room again: a budget was raised, or a month has begun."""
    from savoirfaire.graphs.budgets.parked import readmit

    async def readmitting() -> object:
        return readmit(runs.engine, runs.till.budgets, runs.till.tariff, runs.enqueue)

    return readmitting


async def through(
    runs: "Runs", name: str, rules: "Rules", *, detach: bool, quiet: bool
) -> "BatchProgress":
    """Work on a batch here where no worker does, until nothing of it goes on by itself."""
    from savoirfaire.cli.output import line
    from savoirfaire.graphs.queueing.worker import Worker
    from savoirfaire.graphs.watching import batch_progress

    if not quiet:
        line(_("batch {batch}").format(batch=name))
    if detach:
        return batch_progress(runs.engine, name)
    if runs.is_left_to_workers():
        return await _batch_at_rest(runs, name, quiet=quiet)
    async with Worker(runs, runs.queue.opened, rules):
        return await _batch_at_rest(runs, name, quiet=quiet)


async def _batch_at_rest(runs: "Runs", name: str, *, quiet: bool) -> "BatchProgress":
    import asyncio

    from savoirfaire.cli.output import note
    from savoirfaire.graphs.watching import batch_progress

    said = -1
    while True:
        found = batch_progress(runs.engine, name)
        if not quiet and found.going != said:
            said = found.going
            left = ngettext("{n} run to go", "{n} runs to go", said)
            note("  · " + left.format(n=number(said)))
        if not found.going:
            return found
        await asyncio.sleep(0.5)


def tell_batch(found: "BatchProgress", *, as_json: bool) -> None:
    """How far a batch is; exits with 1 where a run of it needs attention."""
    from savoirfaire.cli.output import emit_json, line, table

    if as_json:
        emit_json(
            {
                "batch": found.batch,
                "client": found.client,
                "graph": found.graph,
                "total": found.total,
                "counts": found.counts,
            }
        )
    else:
        rows = [
            (status_words(status), number(count)) for status, count in sorted(found.counts.items())
        ]
        table((_("status"), _("runs")), rows)
        line(_("`savoir runs --batch {batch}` lists them.").format(batch=found.batch))
    if found.counts.get("needs_attention"):
        raise typer.Exit(1)


def _show(event: Any, *, as_json: bool) -> None:
    import json

    from savoirfaire.cli.output import line
    from savoirfaire.cli.runs import when

    if as_json:
        told = {"seq": event.seq, "at": event.at, "kind": event.kind, "node": event.node}
        typer.echo(json.dumps({**told, "data": event.data}, ensure_ascii=False))
        return
    what = {
        "run.begun": _("begun"),
        "run.parked": _("parked"),
        "run.traced": _("traced"),
        "run.requeued": _("taken up by another worker"),
        "run.cancelled": _("cancelled"),
        "node.done": _("{step}: done").format(step=step_words(event.node)),
    }.get(event.kind, event.kind)
    if event.kind == "run.parked" and event.data.get("fault"):
        from savoirfaire.graphs.record import fault_of

        what = labelled(what, say(fault_of(event.data["fault"])))
    line(f"{event.seq:4}  {when(event.at)}  {what}")


def _check(workspace: "Workspace", *, as_json: bool) -> None:
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.graphs.presence import Presence
    from savoirfaire.knowledge.database import later, now, open_database

    engine = open_database(workspace.database)
    try:
        presence = Presence(engine, workspace.locks, stale=workspace.settings.runs.lease)
        living = presence.living()
        with engine.connect() as connection:
            lately = later(now(connection), -60)
    finally:
        engine.dispose()
    moving = [row.id for row in living if row.moved_at and row.moved_at > lately]
    told = {"ready": bool(moving), "workers": len(living), "moving": len(moving)}
    if as_json:
        emit_json(told)
    elif moving:
        line(_("ready: the queue moves"))
    elif living:
        line(_("not ready: the queue does not move"))
    else:
        line(_("not ready: no worker is running; `savoir worker` starts one"))
    if not moving:
        raise typer.Exit(1)
