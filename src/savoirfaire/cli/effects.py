"""`savoir outbox`: what waits to leave, what could not, and a person's say in it."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number
from savoirfaire.cli.runs import OfClient, decider, when, with_runs
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from savoirfaire.graphs.runs import Runs
    from savoirfaire.settings import Settings
    from savoirfaire.tools.effects.adapters import Adapter
    from savoirfaire.workspace import Workspace

_SMTP = 587


def outbox(
    ctx: typer.Context,
    action: Annotated[
        Literal["list", "stop", "retry", "send"],
        typer.Argument(help="What to do: list, stop one, retry one, send what is due."),
    ] = "list",
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="The effect's key.")] = "",
    client: OfClient = None,
    as_json: Json = False,
) -> None:
    """What waits to leave and what could not; stop one before it leaves, or try it again."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.tools.effects.making import client_of_effect, listed, retry, stop

    if bool(key) != (action in {"stop", "retry"}):
        raise RequestError("stop and retry take an effect's key, list and send take none")
    workspace = open_workspace(ctx)

    async def work(runs: "Runs") -> list[dict[str, Any]]:
        import asyncio

        engine = runs.engine
        if action == "stop":
            stop(engine, client_of_effect(engine, key), key, by=decider(workspace))
        elif action == "retry":
            retry(engine, client_of_effect(engine, key), key)
        elif action == "send":
            await asyncio.to_thread(runs.make_due)
        scope = runs.knowledge.ledger.scope(client) if client else None
        return [_told(row) for row in listed(engine, scope)]

    found = with_runs(workspace, work)
    if as_json:
        emit_json(found)
    else:
        _table(found)


def _told(row: Any) -> dict[str, Any]:
    status = "waiting" if row.attempts == 0 else "trying"
    if row.ended_at:
        status = "stopped" if row.ended_by else "failed"
    names = ("key", "client", "run", "kind", "adapter", "target", "attempts", "due_at")
    told = {name: getattr(row, name) for name in names}
    return {**told, "status": status, "problem": row.problem, "bound_to": row.bound_to}


def _table(found: list[dict[str, Any]]) -> None:
    from savoirfaire.cli.output import line, note, table

    if not found:
        line(_("Nothing waits to leave."))
        return
    words = {
        "waiting": _("waits"),
        "trying": _("is tried again"),
        "stopped": _("stopped"),
        "failed": _("needs a person"),
    }
    columns = (_("effect"), _("client"), _("what"), _("where to"), _("status"), _("due"), _("why"))
    rows = [
        (
            each["key"],
            each["client"],
            each["kind"],
            each["target"] or each["adapter"],
            words[each["status"]],
            when(each["due_at"]),
            each["problem"] or "",
        )
        for each in found
    ]
    table(columns, rows)
    dead = sum(each["status"] == "failed" for each in found)
    if dead:
        said = ngettext("{n} effect needs a person:", "{n} effects need a person:", dead)
        note(
            said.format(n=number(dead))
            + " "
            + _("`savoir outbox retry KEY` or `savoir outbox stop KEY`.")
        )


def ways_out(workspace: "Workspace") -> "dict[str, Adapter]":
    """Every way out that the settings give."""
    from savoirfaire.tools.effects.adapters import Nowhere, ToFiles
    from savoirfaire.tools.effects.mail import ByMail
    from savoirfaire.tools.effects.webhook import ToWebhook

    settings = workspace.settings.effects
    secret = settings.secret.get_secret_value() if settings.secret else ""
    return {
        "file": ToFiles(workspace.outbox),
        "webhook": ToWebhook(settings.hosts.split(","), secret),
        "smtp": ByMail(_mail_server(workspace.settings)),
        "noop": Nowhere(),
    }


def _mail_server(settings: "Settings") -> Any:
    from savoirfaire.tools.effects.mail import MailServer

    given = settings.effects
    if not given.smtp:
        return None
    host, _colon, port = given.smtp.rpartition(":")
    if not host or not port.isdecimal():
        host, port = given.smtp, str(_SMTP)
    password = given.smtp_password.get_secret_value() if given.smtp_password else ""
    return MailServer(host, int(port), given.sender, given.smtp_user, password, given.smtp_security)


def due_maker(workspace: "Workspace", engine: "Engine", desk: Any) -> Any:
    """Makes what is due in a workspace; nothing of it is loaded before something is."""

    def make() -> int:
        from savoirfaire.graphs.allowing import Allowed
        from savoirfaire.tools.effects.making import Maker

        most = workspace.settings.effects.attempts
        return Maker(engine, ways_out(workspace), Allowed(engine, desk), most).once()

    return make
