"""`savoir export` and `savoir import`."""

from pathlib import Path
from typing import Annotated

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, number


def export_client(
    ctx: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client's name.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write, a ZIP.")],
    as_json: Json = False,
) -> None:
    """Write all that is known and was decided for a client to one file, in open formats."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.knowledge.archives import export

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        sizes = export(scope, knowledge.ledger.engine, workspace.outbox, file)
    if as_json:
        emit_json({"file": str(file), "entries": len(sizes), "bytes": sum(sizes.values())})
        return
    typer.echo(_("Written: {file}, {n} entries.").format(file=file, n=number(len(sizes))))
    typer.echo(_("It holds everything in clear: keep it as you would the client's own files."))


def import_client(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive of a client.")],
    name: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Give the client another name.")
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Let a client come back that was forgotten here.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read an archive as a new client; all of it, or nothing."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge, tombstones
    from savoirfaire.knowledge.archives import restore

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        stones = tombstones(workspace, knowledge)
        engine = knowledge.ledger.engine
        scope = restore(engine, file, workspace.outbox, stones, name=name, again=again)
        count = len(knowledge.ledger.sources(scope))
    if as_json:
        emit_json({"client": scope.client, "sources": count})
        return
    line = _("Read the client {name}: {n} sources.")
    typer.echo(line.format(name=scope.client, n=number(count)))
