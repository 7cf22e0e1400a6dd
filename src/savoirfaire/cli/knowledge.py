"""`savoir client` and `savoir ask`."""

from typing import Annotated, Literal

import typer

from savoirfaire.cli.conditions import (
    Authors,
    Channels,
    Given,
    Kinds,
    Since,
    Until,
    where,
)
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's name.")]


def add_client(
    ctx: typer.Context,
    name: Client,
    language: Annotated[
        Literal["fr", "en"] | None,
        typer.Option(help="The client's language; by default the workspace's."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Let a client come back that was forgotten here.")
    ] = False,
) -> None:
    """Add a client to the workspace."""
    from savoirfaire.cli.shelf import open_knowledge, tombstones
    from savoirfaire.knowledge.database import writing

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        with writing(knowledge.ledger.engine) as connection:
            tombstones(workspace, knowledge).admit(connection, name, again=again)
        knowledge.ledger.add_client(name, language or workspace.settings.language)
    typer.echo(_("Added the client {name}. Next: `savoir ingest {name} FILES`.").format(name=name))


def list_clients(ctx: typer.Context, as_json: Json = False) -> None:
    """List the clients."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        rows = knowledge.ledger.clients()
    if as_json:
        emit_json([{"client": n, "language": tongue, "sources": c} for n, tongue, c in rows])
        return
    table((_("client"), _("language"), _("sources")), [(n, t, str(c)) for n, t, c in rows])


def ask(  # noqa: PLR0913, PLR0917 - a search has that many conditions
    ctx: typer.Context,
    client: Client,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages.")] = 8,
    kind: Kinds = None,
    channel: Channels = None,
    author: Authors = None,
    since: Since = None,
    until: Until = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="Leave out what is dated after this day.")
    ] = None,
    known: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="With --as-of: leave out what was recorded later."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what gave each passage its score.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find the passages of a client's knowledge that answer a question, with their source."""
    from savoirfaire.cli.found import Places, plain, show
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.knowledge.times import AsOf

    if known and not as_of:
        raise typer.BadParameter(_("--known needs --as-of"))
    if not any(map(str.isalnum, question)):
        raise typer.BadParameter(_("the question has no words"))
    point = AsOf.at(as_of, known) if as_of else None
    given = Given(kind, channel, author, since, until, point)
    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        kept = where(knowledge.ledger, scope, given)
        found = knowledge.search(scope, question, limit=limit, where=kept, explain=explain)
        places = Places(knowledge.ledger, scope, found)
        scale = knowledge.scale(scope, question)
    if as_json:
        emit_json(plain(found, places, scale))
        return
    if not found:
        typer.echo(_("Nothing that {client} has on record answers this.").format(client=client))
    show(found, places, scale)


group = typer.Typer()
group.command("add")(add_client)
group.command("list")(list_clients)
