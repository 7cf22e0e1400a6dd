"""`savoir graphs`, `run`, `runs`, `show` and `resume`; what they share with `cli/deciding.py`."""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.campaigning import GRAPH as CAMPAIGN
from savoirfaire.cli.campaigning import gone_out, known_awaited, with_members
from savoirfaire.cli.given import read_text
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, hint, say
from savoirfaire.cli.workspace import reviewer
from savoirfaire.errors import NotFoundError, RequestError, SettingsError

if TYPE_CHECKING:
    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.workspace import Workspace

Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")]
Recall = Annotated[
    Literal["fixed", "live"] | None,
    typer.Option(help="In replay, passages as recorded (fixed) or searched anew (live)."),
]
Missing = Annotated[
    bool, typer.Option("--missing", help="With record: ask only for what is not on the tape.")
]
OfClient = Annotated[str | None, typer.Option("--client", "-c", help="Only this client's.")]


def graphs(
    draw: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print this graph as a Mermaid diagram.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the graphs that can be run."""
    from savoirfaire.cli.output import emit_json, line, table
    from savoirfaire.graphs.registry import find_graph
    from savoirfaire.graphs.registry import graphs as offered

    if draw is not None:
        from savoirfaire.graphs.drawing import mermaid

        line(mermaid(find_graph(draw)))
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
        Path,
        typer.Option(
            "--input", "-i", help="A YAML or JSON file with the request; for a proposal, the brief."
        ),
    ],
    wait: Annotated[
        bool | None,
        typer.Option(
            "--wait/--detach",
            help="Ask for the decision here, or stop at the gate; by default ask on a terminal.",
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Given again with the same key, it is the same run.")
    ] = None,
    recall: Recall = None,
    missing: Missing = False,
    as_json: Json = False,
) -> None:
    """Start a run and work on it until it ends or a person has to decide."""
    from savoirfaire.cli.bidding import brief_request, is_brief
    from savoirfaire.cli.output import line
    from savoirfaire.graphs.submitting import Asked

    workspace = open_workspace(ctx)
    given = None if is_brief(graph, source) else read_request(source)
    if given is not None and graph == CAMPAIGN:
        given = with_members(workspace, client, given)

    async def work(runs: "Runs") -> "Progress":
        scope = runs.knowledge.ledger.scope(client)
        request = given
        if request is None:
            request = await brief_request(workspace, runs.knowledge, scope, source)
        asked = Asked(key=key, queue=runs.is_left_to_workers())
        name = runs.submit(scope, graph, request, by=decider(workspace), asked=asked)
        if not as_json:
            line(_("run {run}").format(run=name))
        return await follow(runs, name, quiet=as_json)

    asks = (sys.stdin.isatty() and not as_json) if wait is None else wait
    opening = {"recall": recall, "missing": missing, "late": False}
    finish(workspace, work, as_json=as_json, ask=asks, opening=opening)


def resume(ctx: typer.Context, name: Run, as_json: Json = False) -> None:
    """Go on with a run that was interrupted or needs attention, from its last step."""

    async def work(runs: "Runs") -> "Progress":
        return await follow(runs, runs.get(name).id, quiet=as_json)

    finish(open_workspace(ctx), work, as_json=as_json, ask=False)


def runs(
    ctx: typer.Context,
    client: OfClient = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", "-s", help="Only those in this status.")
    ] = None,
    batch: Annotated[str | None, typer.Option(help="Only those of this batch.")] = None,
    graph: Annotated[str | None, typer.Option(help="Only those of this graph.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List the runs, newest first."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.pages import reason_words
    from savoirfaire.cli.studio import as_json as plain
    from savoirfaire.graphs.account import fault_in

    async def read(opened: "Runs") -> list[dict[str, Any]]:
        only = {"statuses": status or (), "batch": batch, "graph": graph}
        rows = opened.list(known_client(opened, client), limit=limit, **only)
        found = [plain(row) for row in rows]
        for row, told in zip(rows, found, strict=True):
            told["status"] = _status(opened, row.id, row.status)
            if row.reason and not as_json:
                fault = fault_in(row, opened.events(row.id))
                told["reason"] = reason_words({**told, "fault": fault})
        out.update(gone_out(opened, found))
        return found

    out: set[str] = set()

    found = with_runs(open_workspace(ctx), read)
    if as_json:
        emit_json(found)
        return
    columns: tuple[str, ...] = (_("run"), _("client"), _("graph"), _("status"), _("started"))
    if any(r["reason"] for r in found):
        columns = (*columns, _("reason"))
    table(
        columns,
        [
            (
                r["id"],
                r["client"],
                r["graph"],
                status_words(r["status"], None if r["id"] in out else r["outcome"]),
                when(r["created_at"]),
                r["reason"] or "",
            )[: len(columns)]
            for r in found
        ],
    )


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RUN|APPROVAL", help="The id to show.")],
    as_json: Json = False,
) -> None:
    """Show a run (steps, sources, breaches, tokens) or an approval (the draft, what changed)."""
    from savoirfaire.cli.output import emit_json, note
    from savoirfaire.cli.pages import approval_page, run_page
    from savoirfaire.cli.studio import as_json as plain
    from savoirfaire.graphs.account import account

    workspace = open_workspace(ctx)

    async def read(opened: "Runs") -> tuple[str, dict[str, Any]]:
        what, row = _either(opened, name)
        if what == "approval":
            return what, plain(row)
        state = await _state(opened, name)
        if state is None:
            note(
                _("graph {graph} is not installed: only the record is shown").format(
                    graph=row.graph
                )
            )
        if state == {} and row.status in {"completed", "cancelled"}:
            note(_("its states were pruned: only the record is shown"))
        events, tariff = opened.events(name), opened.till.tariff
        told = account(opened.knowledge.ledger, row, events, state or {}, tariff)
        told["status"] = _status(opened, name, row.status)
        told["approvals"] = [each.id for each in opened.approvals.of_run(name)]
        if row.graph == CAMPAIGN:
            scope = opened.knowledge.ledger.scope(row.client)
            found = known_awaited(opened.knowledge, scope, run=name)
            told["awaited"] = [each.as_dict() for each in found]
        return what, told

    what, data = with_runs(workspace, read)
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
        request = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise RequestError(
            "{file} is not valid YAML: {reason}", file=path, reason=" ".join(str(error).split())
        ) from error
    if not isinstance(request, dict):
        raise RequestError("{file} holds no request: it needs keys and values", file=path)
    return _plain_dates(request)


def read_items(path: Path) -> list[dict[str, Any]]:
    """The requests in a file: a list in YAML or JSON, or JSON lines. Raises RequestError."""
    import yaml

    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        found = _json_lines(path)
    else:
        try:
            found = yaml.safe_load(read_text(path))
        except yaml.YAMLError as error:
            raise RequestError(
                "{file} is not valid YAML: {reason}", file=path, reason=" ".join(str(error).split())
            ) from error
    if not isinstance(found, list) or not found or not all(isinstance(e, dict) for e in found):
        raise RequestError(
            "{file} holds no list of requests, each with keys and values",
            file=path,
            hint="One JSON object a line in a .jsonl file, or a list in a .yaml file.",
        )
    return [_plain_dates(each) for each in found]


def _json_lines(path: Path) -> list[Any]:
    import json

    found = []
    for place, line in enumerate(read_text(path).split("\n"), start=1):
        try:
            found += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            raise RequestError("{file}, line {n}: no JSON", file=path, n=place) from error
    return found


def _plain_dates(request: Mapping[Any, Any]) -> dict[str, Any]:
    """A request as plain JSON: YAML reads a bare 2025-06-27 as a date."""
    return {
        str(key): value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in request.items()
    }


def status_words(status: str, outcome: str | None = None) -> str:
    """A run's status as a person reads it; a run that ended with a rejection says so."""
    if (status, outcome) == ("completed", "planted"):
        return _("completed: a planted error, nothing was published")
    if (status, outcome) == ("completed", "rejected"):
        return _("completed: rejected, nothing was published")
    return {
        "queued": _("in the queue"),
        "running": _("running"),
        "interrupted": _("interrupted: `savoir resume RUN`"),
        "waiting": _("waits for a decision"),
        "needs_attention": _("needs attention"),
        "parked": _("parked: a budget has no room"),
        "completed": _("completed"),
        "cancelled": _("cancelled"),
    }.get(status, status)


def when(moment: str) -> str:
    """A recorded time on this machine's clock."""
    from datetime import datetime

    from savoirfaire.cli.messages import moment as spoken

    return spoken(datetime.fromisoformat(moment))


def step_words(node: str) -> str:
    """A step's name as a person reads it; that of a graph inside stands before its step's."""
    if "." in node:
        return ", ".join(dict.fromkeys(step_words(each) for each in node.split(".")))
    if node.startswith("plan_"):
        return _("preparing what is asked")
    if node.startswith("gate_"):
        return _("a person's decision")
    return {
        "collect": _("collecting what is known"),
        "extract": _("reading a part of a source"),
        "propose": _("keeping the proposals"),
        "price": _("pricing"),
        "plan": _("planning"),
        "open": _("writing openings to choose from"),
        "begin": _("taking the opening chosen"),
        "write": _("writing a section"),
        "assemble": _("putting the draft together"),
        "check": _("checking"),
        "revise": _("revising"),
        "publish": _("publishing"),
        "learn": _("learning"),
        "read": _("reading the mail"),
        "route": _("routing"),
        "note": _("noting what it says"),
        "draft": _("drafting the reply"),
        "send": _("sending"),
        "angles": _("finding angles"),
        "review": _("judging the angles"),
        "take": _("taking the angle chosen"),
        "angle": _("the angle"),
        "panel": _("asking the panel"),
        "newsletter": _("newsletter"),
        "social": _("posts"),
        "mail": _("mail"),
        "proposal": _("proposal"),
        "expect": _("noting what is expected"),
        "opening": _("the opening"),
        "post": _("posts"),
        "go": _("whether to bid"),
    }.get(node, node)


def decider(workspace: "Workspace") -> str:
    """Who acts here, by name; raises SettingsError where nobody is named.

    An answer of nobody would count as not given.
    """
    try:
        name = reviewer(workspace).strip()
    except (OSError, KeyError, ImportError):  # no login name: getpass raises one or another
        name = ""
    if not name:
        raise SettingsError(
            "nobody is named as the one who decides",
            hint="Set reviewer in savoir.toml, or SAVOIR_REVIEWER.",
        )
    return name


def with_runs(
    workspace: "Workspace",
    work: "Callable[[Runs], Awaitable[Any]]",
    opening: Mapping[str, Any] | None = None,
) -> Any:
    """Work with the runs; the model and its tape are opened when needed unless `opening` says."""
    import asyncio

    from savoirfaire.cli.studio import open_runs

    async def opened() -> Any:
        async with open_runs(workspace, **(opening or {"late": True})) as runs:
            return await work(runs)

    return asyncio.run(opened())


def known_client(opened: "Runs", client: str | None) -> str | None:
    """The client asked for, if any; raises ScopeError with near names for one not known."""
    return client if client is None else opened.knowledge.ledger.scope(client).client


def _either(opened: "Runs", name: str) -> tuple[str, Any]:
    """An approval or a run by id; raises NotFoundError with the nearest of both."""
    from savoirfaire.knowledge.nearest import near

    for what, get in (("approval", opened.approvals.get), ("run", opened.get)):
        with suppress(NotFoundError):
            return what, get(name)
    known = [each.id for each in (*opened.list(), *opened.approvals.open())]
    raise NotFoundError(
        "there is no run or approval {name}{near}",
        name=name,
        near=near(name, known),
        hint="`savoir runs` and `savoir inbox` list them.",
    )


async def _state(opened: "Runs", run: str) -> dict[str, Any] | None:
    """What a run's steps have written; none where its graph is not installed here."""
    try:
        return await opened.state(run)
    except NotFoundError:
        return None


def _status(opened: "Runs", run: str, status: str) -> str:
    """A run that nobody drives any more was interrupted; one without room in a budget is parked."""
    if status == "needs_attention":
        from savoirfaire.graphs.budgets.parked import faults

        return "parked" if faults(opened.engine, [run]) else status
    return "interrupted" if status == "running" and not opened.is_driven(run) else status


async def follow(runs: "Runs", run: str, *, quiet: bool) -> "Progress":
    """Work on a run, telling each step as it begins; or watch the workers do so."""
    from savoirfaire.cli.output import note

    if runs.is_left_to_workers():
        return await _followed(runs, run, quiet=quiet)

    def listen(kind: str, node: str, _data: Any) -> None:
        if kind == "node.started" and not node.startswith(("plan_", "gate_")):
            note(f"  · {step_words(node)}")

    return await runs.drive(run, None if quiet else listen)


async def _followed(runs: "Runs", run: str, *, quiet: bool) -> "Progress":
    from savoirfaire.cli.output import note
    from savoirfaire.graphs.watching import progress_of, watch

    after = max((event.seq for event in runs.events(run)), default=0)
    if runs.get(run).status not in {"queued", "completed", "cancelled"}:
        runs.enqueue(run)
    async for event in watch(runs, run, after=after):
        if not quiet and event.kind == "node.done":
            note(f"  · {step_words(event.node)}")
    return progress_of(runs, run)


def finish(
    workspace: "Workspace",
    work: "Callable[[Runs], Awaitable[Progress]]",
    *,
    as_json: bool,
    ask: bool,
    opening: Mapping[str, Any] | None = None,
    explain: Callable[[Mapping[str, Any]], Sequence[str]] = lambda _state: (),
) -> None:
    """Work on a run, ask for decisions where wanted, and say where it stands.

    `explain` says, from the state, what a person would ask next.
    """
    from savoirfaire.cli.asking import decide_here

    async def through(runs: "Runs") -> tuple["Progress", dict[str, Any], dict[str, str]]:
        progress = await work(runs)
        while ask and progress.status == "waiting":
            if not decide_here(runs, progress.approvals[0], by=decider(workspace)):
                break
            progress = await follow(runs, progress.run, quiet=as_json)
        answers = {each: _usual(runs, each) for each in progress.approvals}
        return progress, await _state(runs, progress.run) or {}, answers

    progress, state, answers = with_runs(workspace, through, opening)
    if as_json:
        from savoirfaire.cli.output import emit_json

        notes = list(explain(state))
        emit_json(as_progress(progress, state) | ({"notes": notes} if notes else {}))
    else:
        tell(workspace, progress, state, answers)
        for each in explain(state):
            typer.echo(each)
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
    if progress.caught is not None:
        told["planted"] = {"caught": progress.caught}
    if state.get("published"):
        told["published"] = state["published"]
    return told


def say_planted(progress: "Progress") -> None:
    """Tell who answered that the item was planted, once it is answered."""
    from savoirfaire.cli.output import line

    if progress.caught is not None:
        caught = _("This one was planted, with an error in it: you caught it.")
        missed = _("This one was planted, with an error in it: it got past you.")
        line(caught if progress.caught else missed)
        line(_("Nothing of it is published. `savoir seeds` shows your results."))


def _usual(runs: "Runs", approval: str) -> str:
    """The answer that is named first where a person is told how to give one."""
    from savoirfaire.graphs.gates.answers import takes

    first = takes(runs.approvals.get(approval).request)[0]
    return {"choose": "choose --option N", "respond": 'respond --reason "…"'}.get(first, first)


def tell(
    workspace: "Workspace",
    progress: "Progress",
    state: Mapping[str, Any],
    answers: Mapping[str, str],
) -> None:
    """Say where a run stands; `answers` has the usual answer to each of its open approvals."""
    from savoirfaire.cli.output import line, note

    line(_("{run}: {status}").format(run=progress.run, status=status_words(progress.status)))
    say_planted(progress)
    for path in state.get("published", []):
        line(_("published: {file}").format(file=workspace.outbox / path))
    for approval in progress.approvals:
        line(
            _(
                "To decide: `savoir show {approval}`, then `savoir decide {approval} {answer}`."
            ).format(approval=approval, answer=answers.get(approval, "approve"))
        )
    if progress.reason:
        fault = progress.fault
        note(_("error: {message}").format(message=say(fault) if fault else progress.reason))
        note(hint(fault) if fault else _(progress.hint))
