"""`savoir graphs`, `run`, `runs`, `show`, `resume`, `inbox` and `decide`."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.invocation import open_workspace
from savoirfaire.cli.messages import _
from savoirfaire.cli.workspace import reviewer
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.workspace import Workspace

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]
Approval = Annotated[str, typer.Argument(metavar="APPROVAL", help="The approval's id.")]
OfClient = Annotated[str | None, typer.Option("--client", "-c", help="Only this client's.")]


def graphs(
    draw: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print this graph as a Mermaid diagram.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the graphs that can be run."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.graphs.registry import find_graph
    from savoirfaire.graphs.registry import graphs as offered

    if draw is not None:
        from savoirfaire.graphs.drawing import mermaid

        typer.echo(mermaid(find_graph(draw)))
        return
    specs = [find_graph(name) for name in offered()]
    if as_json:
        emit_json([{"graph": spec.name, "title": spec.title} for spec in specs])
        return
    table((_("graph"), _("what it does")), [(spec.name, _(spec.title)) for spec in specs])


def run(
    ctx: typer.Context,
    graph: Annotated[str, typer.Argument(metavar="GRAPH", help="`savoir graphs` lists them.")],
    client: Annotated[str, typer.Option("--client", "-c", help="The client to work for.")],
    source: Annotated[
        Path, typer.Option("--input", "-i", help="A YAML or JSON file with the request.")
    ],
    wait: Annotated[
        bool | None,
        typer.Option(
            "--wait/--detach",
            help="Ask for the decision here, or stop at the gate; by default ask on a terminal.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Start a run and work on it until it ends or a person has to decide."""
    workspace = open_workspace(ctx)
    request = read_request(source)

    async def work(runs: "Runs") -> "Progress":
        scope = runs.knowledge.ledger.scope(client)
        name = runs.submit(scope, graph, request, by=reviewer(workspace))
        if not as_json:
            typer.echo(_("run {run}").format(run=name))
        return await follow(runs, name, quiet=as_json)

    asks = (sys.stdin.isatty() and not as_json) if wait is None else wait
    _finish(workspace, work, as_json=as_json, ask=asks)


def resume(ctx: typer.Context, name: Run, as_json: Json = False) -> None:
    """Go on with a run that was interrupted or needs attention, from its last step."""

    async def work(runs: "Runs") -> "Progress":
        return await follow(runs, runs.get(name).id, quiet=as_json)

    _finish(open_workspace(ctx), work, as_json=as_json, ask=False)


def decide(
    ctx: typer.Context,
    approval: Approval,
    verdict: Annotated[Literal["approve", "edit", "reject"], typer.Argument(help="The decision.")],
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="For an edit: the text as it shall be.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; it is learned from.")] = "",
    as_json: Json = False,
) -> None:
    """Answer an approval; the run goes on at once."""
    workspace = open_workspace(ctx)
    edits = _edits(verdict, file)

    async def work(runs: "Runs") -> "Progress":
        decided = runs.approvals.decide(
            approval, verdict, by=reviewer(workspace), reason=reason, edits=edits
        )
        if edits and not as_json:
            _say_breaches(runs, decided.client, edits["markdown"])
        return await follow(runs, decided.run, quiet=as_json)

    _finish(workspace, work, as_json=as_json, ask=False)


def runs(ctx: typer.Context, client: OfClient = None, as_json: Json = False) -> None:
    """List the runs, newest first."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.studio import as_json as plain

    async def read(opened: "Runs") -> list[dict[str, Any]]:
        found = [plain(row) for row in opened.list(client)]
        for row in found:
            row["status"] = _status(opened, row["id"], row["status"])
        return found

    found = _with_runs(open_workspace(ctx), read)
    if as_json:
        emit_json(found)
        return
    columns = (_("run"), _("client"), _("graph"), _("status"), _("started"))
    table(
        columns,
        [
            (r["id"], r["client"], r["graph"], status_words(r["status"]), when(r["created_at"]))
            for r in found
        ],
    )


def inbox(ctx: typer.Context, client: OfClient = None, as_json: Json = False) -> None:
    """List what waits for a decision, oldest first."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.studio import as_json as plain

    async def read(opened: "Runs") -> list[dict[str, Any]]:
        return [plain(row) for row in opened.approvals.open(client)]

    found = _with_runs(open_workspace(ctx), read)
    if as_json:
        emit_json(found)
        return
    if not found:
        typer.echo(_("Nothing waits for a decision."))
        return
    rows = [
        (
            r["id"],
            r["client"],
            r["request"]["action_requests"][0]["description"],
            when(r["asked_at"]),
        )
        for r in found
    ]
    table((_("approval"), _("client"), _("what is asked"), _("since")), rows)


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RUN|APPROVAL", help="The id to show.")],
    as_json: Json = False,
) -> None:
    """Show a run (steps, sources, breaches, tokens) or an approval (the draft, what changed)."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.pages import approval_page, run_page
    from savoirfaire.cli.studio import as_json as plain
    from savoirfaire.errors import NotFoundError
    from savoirfaire.graphs.account import account

    workspace = open_workspace(ctx)

    async def read(opened: "Runs") -> tuple[str, dict[str, Any]]:
        try:
            return "approval", plain(opened.approvals.get(name))
        except NotFoundError:
            row = opened.get(name)
        told = account(opened.knowledge.ledger, row, opened.events(name), await opened.state(name))
        told["status"] = _status(opened, name, row.status)
        told["approvals"] = [each.id for each in opened.approvals.of_run(name)]
        return "run", told

    what, data = _with_runs(workspace, read)
    if as_json:
        emit_json(data)
    elif what == "approval":
        approval_page(data)
    else:
        run_page(data, workspace)


# --- shared by the commands -----------------------------------------------------------------------


def read_request(path: Path) -> dict[str, Any]:
    """The request in a YAML or JSON file; raises RequestError where there is none."""
    import yaml

    try:
        request = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(
            "{file} cannot be read: {reason}", file=path, reason=type(error).__name__
        ) from error
    except yaml.YAMLError as error:
        raise RequestError(
            "{file} is not valid YAML: {reason}", file=path, reason=" ".join(str(error).split())
        ) from error
    if not isinstance(request, dict):
        raise RequestError("{file} holds no request: it needs keys and values", file=path)
    # YAML reads a bare 2025-06-27 as a date; requests are plain JSON.
    return {
        str(key): value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in request.items()
    }


def status_words(status: str) -> str:
    """A run's status as a person reads it."""
    return {
        "running": _("running"),
        "interrupted": _("interrupted: `savoir resume RUN`"),
        "waiting": _("waits for a decision"),
        "needs_attention": _("needs attention"),
        "completed": _("completed"),
    }.get(status, status)


def when(moment: str) -> str:
    """A recorded time on this machine's clock."""
    from datetime import datetime

    from savoirfaire.cli.messages import moment as spoken

    return spoken(datetime.fromisoformat(moment))


def step_words(node: str) -> str:
    """A step's name as a person reads it."""
    return {
        "collect": _("collecting what is known"),
        "plan": _("planning"),
        "write": _("writing a section"),
        "assemble": _("putting the draft together"),
        "check": _("checking"),
        "revise": _("revising"),
        "publish": _("publishing"),
        "learn": _("learning"),
    }.get(node, node)


def _with_runs(workspace: "Workspace", work: "Callable[[Runs], Awaitable[Any]]") -> Any:
    import asyncio

    from savoirfaire.cli.studio import open_runs

    async def opened() -> Any:
        async with open_runs(workspace) as runs:
            return await work(runs)

    return asyncio.run(opened())


def _status(opened: "Runs", run: str, status: str) -> str:
    """A run that nobody drives any more was interrupted."""
    return "interrupted" if status == "running" and not opened.is_driven(run) else status


async def follow(runs: "Runs", run: str, *, quiet: bool) -> "Progress":
    """Work on a run, telling each step as it begins."""
    from savoirfaire.cli.output import note

    def listen(kind: str, node: str, _data: Any) -> None:
        if kind == "node.started" and not node.startswith(("plan_", "gate_")):
            note(f"  · {step_words(node)}")

    return await runs.drive(run, None if quiet else listen)


def _say_breaches(runs: "Runs", client: str, text: str) -> None:
    """Tell a person what their edit does against the brand's rules; the edit stands."""
    from savoirfaire.agents.checks import check_markdown
    from savoirfaire.cli.output import note

    brand = runs.knowledge.brand(runs.knowledge.ledger.scope(client))
    for breach in check_markdown(text, brand) if brand else ():
        note(_("your edit: {message}").format(message=breach.message))


def _edits(verdict: str, file: Path | None) -> dict[str, Any] | None:
    if verdict != "edit":
        if file is not None:
            raise RequestError("only an edit takes a file", hint="`savoir decide --help`")
        return None
    if file is None:
        raise RequestError(
            "an edit needs the edited text", hint="`savoir decide APPROVAL edit --file FILE`"
        )
    try:
        return {"markdown": file.read_text(encoding="utf-8-sig")}
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(
            "{file} cannot be read: {reason}", file=file, reason=type(error).__name__
        ) from error


def _finish(
    workspace: "Workspace",
    work: "Callable[[Runs], Awaitable[Progress]]",
    *,
    as_json: bool,
    ask: bool,
) -> None:
    """Work on a run, ask for decisions where wanted, and say where it stands."""
    from savoirfaire.cli.asking import decide_here

    async def through(runs: "Runs") -> tuple["Progress", dict[str, Any]]:
        progress = await work(runs)
        while ask and progress.status == "waiting":
            if not decide_here(runs, progress.approvals[0], by=reviewer(workspace)):
                break
            progress = await follow(runs, progress.run, quiet=as_json)
        return progress, await runs.state(progress.run)

    progress, state = _with_runs(workspace, through)
    if as_json:
        from savoirfaire.cli.output import emit_json

        emit_json(as_progress(progress, state))
    else:
        _tell(workspace, progress, state)
    if progress.status == "needs_attention":
        raise typer.Exit(1)


def as_progress(progress: "Progress", state: dict[str, Any]) -> dict[str, Any]:
    """Where a run stands, as plain data."""
    told: dict[str, Any] = {
        "run": progress.run,
        "status": progress.status,
        "approvals": progress.approvals,
    }
    if progress.reason:
        told["reason"] = progress.reason
    if state.get("published"):
        told["published"] = state["published"]
    return told


def _tell(workspace: "Workspace", progress: "Progress", state: dict[str, Any]) -> None:
    from savoirfaire.cli.output import note

    typer.echo(f"{progress.run}: {status_words(progress.status)}")
    for path in state.get("published", []):
        typer.echo(_("published: {file}").format(file=workspace.outbox / path))
    for approval in progress.approvals:
        typer.echo(
            _(
                "To decide: `savoir show {approval}`, then `savoir decide {approval} approve`."
            ).format(approval=approval)
        )
    if progress.reason:
        note(_("error: {message}").format(message=progress.reason))
        note(_(progress.hint))
