"""Mail on its way to graphs: `savoir mail answer`, `starts` and `promises`; batches of mail."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.mailtelling import tell_silent, undrafted
from savoirfaire.cli.messages import _, mark, ngettext, number
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from sqlalchemy import Row

    from savoirfaire.agents.triage.promising import Promise
    from savoirfaire.agents.triage.starts import Starts
    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.graphs.watching import BatchProgress
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.workspace import Workspace

GRAPH = "inbox"
Start = Literal["asked", "reply", "proposal", "note"]
_LEVELS = (mark("due"), mark("overdue"), mark("undated"))


def answer(
    ctx: typer.Context,
    client: Client,
    mail: Annotated[
        str, typer.Argument(metavar="[MAIL]", help="The mail's id: `savoir mail triage`.")
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Every mail that has no run yet, in one batch.")
    ] = False,
    always: Annotated[
        bool, typer.Option("--always", help="Draft a reply even where the mail asks nothing.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="With --all: leave it to the workers.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Route a mail, note what it says of the work and what it promises, and draft the reply."""
    if bool(mail) == everything:
        raise typer.BadParameter(_("name one mail, or --all"))
    workspace = open_workspace(ctx)
    asked = _asked(workspace, client, only={mail} if mail else None, again=bool(mail))
    if always:
        asked = [{**each, "answer": "always"} for each in asked]
    if everything:
        _answer_all(workspace, client, asked, detach=detach, as_json=as_json)
    else:
        _answer_one(workspace, client, asked[0], as_json=as_json)


def starts(
    ctx: typer.Context,
    client: Client,
    route: Annotated[str, typer.Argument(metavar="[ROUTE]", help="The route to set.")] = "",
    start: Annotated[
        Start | None,
        typer.Argument(help="asked: a reply where the mail asks something; note: no reply."),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="A route that no mail has yet.")] = False,
    as_json: Json = False,
) -> None:
    """Show or set what the routes of a client's mail start: a reply, a proposal, only notes."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.shelf import open_knowledge

    if bool(route) != bool(start):
        raise typer.BadParameter(_("name a route and what it starts, or neither"))
    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        known, kept = known_routes(workspace, knowledge, scope), _starts(workspace, knowledge)
        if route and start:
            require_route(route, known, new=new)
            found = kept.put(scope, route, start)
        else:
            found = kept.of(scope)
    told = {each: found.get(each, "asked") for each in sorted({*known, *found})}
    if as_json:
        emit_json(told)
    else:
        table((_("route"), _("starts")), [(name, _(_STARTS[what])) for name, what in told.items()])


_STARTS: Mapping[str, str] = {
    "asked": mark("a reply, where the mail asks something"),
    "reply": mark("a reply"),
    "proposal": mark("a proposal, with the mail as its brief"),
    "note": mark("notes only"),
}


def promised(
    ctx: typer.Context,
    client: Client,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only what is promised by this day.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The calendar of promises: who said in a mail that something will be done, and by when."""
    from savoirfaire.agents.triage.promising import promises
    from savoirfaire.agents.triage.sorting import mails
    from savoirfaire.cli.output import emit_json, line, table
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.knowledge.times import AsOf

    last = AsOf.at(until, None).valid if until else ""
    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        found = promises(
            mails(knowledge, knowledge.ledger.scope(client)),
            today=datetime.now(UTC).astimezone().date(),
        )
    found = [each for each in found if not last or (each.by and each.by <= last)]
    if as_json:
        emit_json([each.as_dict() for each in found])
    elif found:
        columns = (_("by"), _("who"), _("promise"), _("subject"), _("standing"))
        table(columns, [_promise(each) for each in found])
    else:
        line(_("No mail promises anything by a day."))


def known_routes(
    workspace: "Workspace", knowledge: "Knowledge", scope: "ClientScope"
) -> frozenset[str]:
    """The routes that were learned, and those that people gave."""
    from savoirfaire.agents.triage.sorting import corrections
    from savoirfaire.cli.triage import store_of

    kept = store_of(workspace, knowledge).load(scope)
    learned = kept[0].routes if kept else ()
    return frozenset({*learned, *corrections(knowledge, scope).values()})


def require_route(route: str, known: frozenset[str], *, new: bool) -> None:
    """Raise RequestError, with the nearest ones, for a route that is not known and not new."""
    from savoirfaire.knowledge.nearest import near

    if new or route in known:
        return
    raise RequestError(
        "there is no route {name}{near}",
        name=route,
        near=near(route, known),
        hint="`savoir mail routes CLIENT` lists them; `--new` makes it one.",
    )


def items_of(workspace: "Workspace", client: str, graph: str, items: Path) -> list[dict[str, Any]]:
    """The requests of a batch: of a file of requests, or of a folder or mailbox for the inbox.

    Mail is taken in, each message once; a mail that has a run already asks for none. A campaign's
    panel is looked up. Raises RequestError, MailError.
    """
    from savoirfaire.cli.campaigning import GRAPH as CAMPAIGN
    from savoirfaire.cli.campaigning import with_members
    from savoirfaire.cli.runs import read_items

    if graph == CAMPAIGN:
        return [with_members(workspace, client, each) for each in read_items(items)]
    if graph != GRAPH or not (items.is_dir() or items.suffix.lower() in {".mbox", ".mbx", ".eml"}):
        return read_items(items)
    return _asked(workspace, client, only=_taken(workspace, client, items), again=False)


def nothing_new(*, as_json: bool) -> None:
    """Say that there is nothing to do."""
    from savoirfaire.cli.output import emit_json, line

    if as_json:
        emit_json({"total": 0, "counts": {}})
    else:
        line(_("Nothing new: each of these mails has its run."))


# --- asking ---------------------------------------------------------------------------------------


def _taken(workspace: "Workspace", client: str, origin: Path) -> set[str]:
    """The ids of the mails in a folder or mailbox, once they are in the client's knowledge."""
    from savoirfaire.cli.output import note
    from savoirfaire.cli.shelf import limits, open_knowledge, tombstones
    from savoirfaire.tools.mail.intake import from_path, keys_of, message_key, take

    messages = list(from_path(origin))
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        taken = take(
            knowledge,
            scope,
            messages,
            limits=limits(workspace.settings),
            forgotten=tombstones(workspace, knowledge).of(scope),
        )
        for each in taken.report.failed if taken.report else []:
            note(_("not read: {file} {reason}").format(file=each["path"], reason=each["reason"]))
        wanted = {message_key(each) for each in messages}
        paths = {
            path for path, meta in knowledge.ledger.mails(scope) if wanted & keys_of(path, meta)
        }
        return {row.id for row in knowledge.ledger.sources(scope) if row.path in paths}


def _asked(
    workspace: "Workspace", client: str, *, only: set[str] | None, again: bool
) -> list[dict[str, Any]]:
    """What the inbox is asked for these mails, or for all; `again` where they have a run too."""
    from savoirfaire.agents.triage.sorting import find_mail, mails
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.cli.triage import routed
    from savoirfaire.graphs.mailing.routing import answered, inbox_requests

    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        if again and only:
            found = [find_mail(knowledge, scope, each) for each in only]
        else:
            found = [e for e in mails(knowledge, scope) if only is None or e.source in only]
        known = set() if again else set(answered(knowledge.ledger.engine, scope))
        new = [each for each in found if each.source not in known]
        ordered, heads = routed(workspace, knowledge, scope, new)
        return inbox_requests(
            ordered,
            routes=list(heads.routes) if heads else [],
            starts=_starts(workspace, knowledge).of(scope),
            language="fr" if knowledge.ledger.language(scope) == "fr" else "en",
        )


def _answer_one(
    workspace: "Workspace", client: str, request: Mapping[str, Any], *, as_json: bool
) -> None:
    from savoirfaire.cli.runs import decider, finish, follow

    async def work(runs: "Runs") -> "Progress":
        scope = runs.knowledge.ledger.scope(client)
        run = _open_run(runs, scope, request["mail"])
        run = run or runs.submit(scope, GRAPH, request, by=decider(workspace))
        progress = await follow(runs, run, quiet=as_json)
        await _start_proposals(workspace, runs, scope, quiet=as_json)
        return progress

    finish(workspace, work, as_json=as_json, ask=False, explain=undrafted)


def _open_run(runs: "Runs", scope: "ClientScope", mail: str) -> str:
    """The run that is at this mail still, if any: two would draft two replies to send."""
    from savoirfaire.graphs.mailing.routing import answered

    run = answered(runs.engine, scope).get(mail)
    return str(run.id) if run is not None and run.status != "completed" else ""


def _answer_all(
    workspace: "Workspace",
    client: str,
    requests: Sequence[Mapping[str, Any]],
    *,
    detach: bool,
    as_json: bool,
) -> None:
    from savoirfaire.cli.output import line
    from savoirfaire.cli.queueing import rules_of, tell_batch, through
    from savoirfaire.cli.runs import decider, with_runs
    from savoirfaire.graphs.submitting import Asked

    async def work(runs: "Runs") -> "BatchProgress | None":
        scope = runs.knowledge.ledger.scope(client)
        found = None
        if requests:
            asked = Asked(priority=10, queue=True)
            name = runs.submit_batch(scope, GRAPH, requests, by=decider(workspace), asked=asked)
            rules = rules_of(workspace, None)
            found = await through(runs, name, rules, detach=detach, quiet=as_json)
            if not detach and not as_json:
                await tell_silent(runs, scope, name)
        if not detach:
            await _start_proposals(workspace, runs, scope, quiet=as_json)
        return found

    unsure = sum(each["route"] == "unknown" for each in requests)
    if requests and not as_json:
        said = ngettext("{n} mail", "{n} mails", len(requests)).format(n=number(len(requests)))
        line(_("{mails}, {sure} routed by triage").format(
            mails=said, sure=number(len(requests) - unsure)
        ))  # fmt: skip
    told = with_runs(workspace, work, {"late": False})
    if told is None:
        nothing_new(as_json=as_json)
    else:
        tell_batch(told, as_json=as_json)


async def _start_proposals(
    workspace: "Workspace", runs: "Runs", scope: "ClientScope", *, quiet: bool
) -> None:
    """Start a proposal for each mail whose route asks for one and that has started none."""
    from savoirfaire.cli.output import note
    from savoirfaire.cli.runs import decider, follow
    from savoirfaire.graphs.mailing.routing import (
        PROPOSAL,
        answered,
        begun,
        proposal_key,
        proposal_request,
    )
    from savoirfaire.graphs.submitting import Asked

    wanted = {r for r, s in _starts(workspace, runs.knowledge).of(scope).items() if s == PROPOSAL}
    if not wanted:
        return
    done, paths = begun(runs.engine, scope), runs.knowledge.ledger.sources(scope)
    path_of = {row.id: str(row.path) for row in paths}
    today = datetime.now(UTC).astimezone().date().isoformat()
    for mail, run in answered(runs.engine, scope).items():
        key = proposal_key(mail)
        if key in done or mail not in path_of or await _route_of(runs, run) not in wanted:
            continue
        request = proposal_request(path_of[mail], language=workspace.settings.language, today=today)
        asked = Asked(key=key, queue=runs.is_left_to_workers())
        name = runs.submit(scope, PROPOSAL, request, by=decider(workspace), asked=asked)
        if not quiet:
            note(_("{mail} starts a proposal: {run}").format(mail=mail, run=name))
        await follow(runs, name, quiet=True)


async def _route_of(runs: "Runs", run: "Row[Any]") -> str:
    """The route of a mail: as it was asked for, else as a language model gave it in its run."""
    if run.request["route"] != "unknown" or not run.request["routes"]:
        return str(run.request["route"])
    return str((await runs.state(run.id)).get("route", ""))


def _promise(each: "Promise") -> list[str]:
    return [each.by, each.who, each.what, each.subject, _(each.standing)]


def _starts(workspace: "Workspace", knowledge: "Knowledge") -> "Starts":
    from savoirfaire.agents.triage.starts import Starts
    from savoirfaire.agents.triage.store import FOLDER

    return Starts(knowledge.ledger.engine, workspace.data / FOLDER)
