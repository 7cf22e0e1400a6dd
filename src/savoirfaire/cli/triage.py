"""Mail: taken in once, given its route, and learned from what people correct.

`savoir mail`: `fetch`, `learn`, `triage`, `routes`, `correct`, `use`, and those of `mailanswer`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.mailanswer import answer, known_routes, promised, require_route, starts
from savoirfaire.cli.messages import _, mark, ngettext, number, recognised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from savoirfaire.agents.triage.heads import Heads
    from savoirfaire.agents.triage.sorting import Mail as Read
    from savoirfaire.agents.triage.sorting import Sorted
    from savoirfaire.agents.triage.store import TriageStore, Version
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.tools.mail.intake import Taken
    from savoirfaire.workspace import Workspace

_LEVELS = (
    *(mark("high"), mark("low"), mark("unknown")),
    *(mark("positive"), mark("negative")),
    *(mark("active"), mark("replaced"), mark("refused")),
)
REASONS = (
    mark("{gap} fewer of {count} messages are routed rightly"),
    mark("{count} of {examples} examples have none; give those again with --from"),
    mark("held out, {both} are routed rightly with them, and {words} without"),
    mark("no embeddings are set; it was learned with those of {name}"),
    mark("the embeddings set are those of {other}; it was learned with those of {name}"),
    mark("the embeddings of {name} have {now} numbers; it was learned with {then}"),
    mark("the endpoint gives no embeddings ({reason})"),
)
Mail = Annotated[str, typer.Argument(metavar="MAIL", help="The mail's id: `savoir mail triage`.")]


def fetch(
    ctx: typer.Context,
    client: Client,
    origin: Annotated[
        str,
        typer.Argument(metavar="FROM", help="A folder, an EML or mbox file, or imaps://user@host."),
    ],
    attachments: Annotated[
        bool, typer.Option("--attachments", help="Take attachments into the knowledge too.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Of a server, the newest so many.")] = 500,
    as_json: Json = False,
) -> None:
    """Take mail in, each message once: from files, a mailbox, or an IMAP server."""
    from savoirfaire.cli.output import emit_json, line, note
    from savoirfaire.cli.shelf import limits, open_knowledge, tombstones
    from savoirfaire.tools.mail.intake import take

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        taken = take(
            knowledge,
            scope,
            _messages(workspace, knowledge, scope, origin, limit),
            attachments=attachments,
            limits=limits(workspace.settings),
            forgotten=tombstones(workspace, knowledge).of(scope),
        )
    failed = taken.report.failed if taken.report else []
    if as_json:
        emit_json({**_counted(taken), "sources": taken.new, "failed": failed})
    else:
        for each in failed:
            note(_("not read: {file} {reason}").format(file=each["path"], reason=each["reason"]))
        said = ngettext("{n} new message", "{n} new messages", len(taken.new))
        known = _("{known} known before").format(known=number(taken.known))
        line(f"{said.format(n=number(len(taken.new)))}, {known}")
    if failed:
        raise typer.Exit(1)


def learn(
    ctx: typer.Context,
    client: Client,
    labels: Annotated[
        Path | None,
        typer.Option("--from", metavar="CSV", help="Labelled messages: columns text, category."),
    ] = None,
    error: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="The share of wrong routes that is accepted.")
    ] = 0.05,
    as_json: Json = False,
) -> None:
    """Learn routes from labelled messages and from corrections, into a new version."""
    from dataclasses import asdict

    from savoirfaire.agents.triage.sorting import corrections, labelled, mails
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.tools.labelled import labelled_rows

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        given = dict(zip(*labelled_rows(labels), strict=True)) if labels else {}
        given |= labelled(mails(knowledge, scope), corrections(knowledge, scope))
        store = store_of(workspace, knowledge)
        version = store.learn(scope, given, error=error, embedder=knowledge.embedder)
    if as_json:
        emit_json(asdict(version))
    else:
        _tell(version)
    if version.status == "refused":
        raise typer.Exit(1)


def triage(
    ctx: typer.Context,
    client: Client,
    route: Annotated[str, typer.Option(help="Only the mails of this route.")] = "",
    as_json: Json = False,
) -> None:
    """Show each mail's route, how sure it is, how urgent, and until when."""
    from savoirfaire.agents.triage.sorting import mails
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        found, heads = routed(workspace, knowledge, scope, mails(knowledge, scope))
    found = [each for each in found if route in {"", each.guess.route}]
    if as_json:
        emit_json([each.as_dict() for each in found])
        return
    columns = (_("mail"), _("from"), _("subject"), _("route"), _("sure"), _("urgent"), _("due"))
    table(columns, [_row(each.as_dict()) for each in found])
    if heads is None:
        typer.echo(
            _("Nothing was learned yet: `savoir mail learn {c} --from CSV`.").format(c=client)
        )


def routes(ctx: typer.Context, client: Client, as_json: Json = False) -> None:
    """List the versions of a client's triage, and the routes of the one in use."""
    from dataclasses import asdict

    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        store = store_of(workspace, knowledge)
        versions, kept = store.versions(scope), store.load(scope)
        embedder = knowledge.embedder.name if knowledge.embedder else ""
    each_route = _thresholds(kept, embedder)
    if as_json:
        emit_json({"versions": [asdict(each) for each in versions], "routes": each_route})
        return
    shown = [
        (
            str(each.number),
            _(each.status),
            number(each.examples),
            number(each.accuracy),
            number(each.handled),
            each.learned_at,
        )
        for each in versions
    ]
    columns = (_("version"), _("status"), _("examples"), _("accuracy"), _("handled"), _("learned"))
    table(columns, shown)
    if each_route:
        rows = [
            (each["route"], number(each["examples"]), _never(each["threshold"]))
            for each in each_route
        ]
        table((_("route"), _("examples"), _("at once from")), rows)


def correct(
    ctx: typer.Context,
    client: Client,
    mail: Mail,
    route: Annotated[str, typer.Argument(metavar="ROUTE", help="Where it belongs.")],
    new: Annotated[bool, typer.Option("--new", help="A route that no mail has yet.")] = False,
    as_json: Json = False,
) -> None:
    """Say where a mail belongs; `savoir mail learn` learns from it."""
    from savoirfaire.agents.triage.sorting import correct as keep
    from savoirfaire.agents.triage.sorting import corrections, find_mail
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.runs import decider
    from savoirfaire.cli.shelf import open_knowledge

    if not route.strip() or len(route) > 200 or not route.isprintable():  # noqa: PLR2004
        raise typer.BadParameter(_("a route is a word or two"))
    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        find_mail(knowledge, scope, mail)
        require_route(route.strip(), known_routes(workspace, knowledge, scope), new=new)
        was = corrections(knowledge, scope).get(mail, "")
        keep(knowledge, scope, mail, route.strip(), was=was, by=decider(workspace))
    if as_json:
        emit_json({"mail": mail, "route": route.strip()})
    else:
        line(_("{mail} belongs to {route}").format(mail=mail, route=route.strip()))


def use(
    ctx: typer.Context,
    client: Client,
    version: Annotated[int, typer.Argument(metavar="N", min=1, help="The version's number.")],
) -> None:
    """Use another version of a client's triage from now on."""
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        _tell(store_of(workspace, knowledge).use(scope, version))


# --- helpers --------------------------------------------------------------------------------------


def _messages(
    workspace: "Workspace", knowledge: "Knowledge", scope: "ClientScope", origin: str, limit: int
) -> Any:
    from savoirfaire.tools.mail.intake import from_path, known_ids, message_key

    if "://" not in origin:
        return from_path(Path(origin))
    from savoirfaire.tools.mail.imap import address
    from savoirfaire.tools.mail.imap import fetch as fetched

    known = known_ids(knowledge, scope)
    secret = workspace.settings.mail.password
    password = secret.get_secret_value() if secret else ""
    return fetched(
        address(origin), password, known=lambda head: message_key(head) in known, limit=limit
    )


def store_of(workspace: "Workspace", knowledge: "Knowledge") -> "TriageStore":
    """The models of triage of a workspace's clients."""
    from savoirfaire.agents.triage.store import FOLDER, TriageStore

    return TriageStore(knowledge.ledger.engine, workspace.data / FOLDER)


def routed(
    workspace: "Workspace", knowledge: "Knowledge", scope: "ClientScope", found: "Sequence[Read]"
) -> "tuple[list[Sorted], Heads | None]":
    """The mails with their routes, and what was learned; a note where embeddings cannot be used."""
    from savoirfaire.agents.triage.heads import Meanings
    from savoirfaire.agents.triage.sorting import corrections, sort
    from savoirfaire.cli.output import note

    store = store_of(workspace, knowledge)
    kept, corrected = store.load(scope), corrections(knowledge, scope)
    if kept is None:
        return sort(found, None, corrected), None
    heads = kept[0]
    told = Meanings.none(knowledge.embedder.name if knowledge.embedder else "", len(found))
    if heads.both and heads.embedder == told.embedder:
        texts = [each.said.whole for each in found]
        told = store.meanings(scope, texts, knowledge.embedder)
    if why := heads.why_not(told):
        note(_("Routed by words alone: {reason}").format(reason=recognised(why, REASONS)))
    return sort(found, heads, corrected, told), heads


def _counted(taken: "Taken") -> dict[str, int]:
    return {"found": taken.found, "new": len(taken.new), "known": taken.known}


def _row(mail: dict[str, Any]) -> list[str]:
    sure = f"{mail['confidence']:.0%}"
    due = mail["deadline"] or ""
    return [
        mail["mail"],
        mail["from"],
        mail["subject"],
        _(mail["route"]) if mail["route"] == "unknown" else mail["route"],
        sure,
        _(mail["urgency"]),
        due,
    ]


def _thresholds(kept: Any, embedder: str) -> list[dict[str, Any]]:
    if kept is None:
        return []
    heads, examples = kept
    model = heads.used(embedder)
    return [
        {
            "route": route,
            "examples": int((examples.owners == place).sum()),
            "threshold": round(float(model.thresholds[place]), 4),
        }
        for place, route in enumerate(model.routes)
    ]


def _never(threshold: float) -> str:
    return _("never") if threshold > 1 else number(round(threshold, 2))


def _tell(version: "Version") -> None:
    from savoirfaire.cli.output import line, note

    said = _(
        "version {n}: {examples} examples, {routes} routes; held out, {right} routed rightly,"
        " {handled} at once"
    )
    line(
        said.format(
            n=version.number,
            examples=number(version.examples),
            routes=number(version.routes),
            right=f"{version.accuracy:.1%}",
            handled=f"{version.handled:.1%}",
        )
    )
    if version.embedder:
        line(_("It learned from the embeddings of {name} too.").format(name=version.embedder))
    if version.without:
        reason = recognised(version.without, REASONS)
        note(_("It learned from words alone, without embeddings: {reason}").format(reason=reason))
    if version.status == "refused":
        reason = recognised(version.reason, REASONS)
        note(_("It is not used: {reason}").format(reason=reason))


group = typer.Typer()
group.command()(fetch)
group.command()(learn)
group.command()(triage)
group.command()(routes)
group.command()(correct)
group.command()(use)
group.command()(answer)
group.command()(starts)
group.command("promises")(promised)
