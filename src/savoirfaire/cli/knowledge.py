"""`savoir client`, `savoir ingest` and `savoir ask`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's name.")]


def add_client(
    ctx: typer.Context,
    name: Client,
    language: Annotated[
        Literal["fr", "en"] | None,
        typer.Option(help="The client's language; by default the workspace's."),
    ] = None,
) -> None:
    """Add a client to the workspace."""
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
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


def ingest(
    ctx: typer.Context,
    client: Client,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files and folders.")],
    kind: Annotated[
        str,
        typer.Option(help="What the files are, such as edition or item; else their folder says."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Read files and folders into a client's knowledge. Doing it again changes nothing."""
    from savoirfaire.cli.output import emit_json, note, printable, progress
    from savoirfaire.cli.shelf import limits, open_knowledge
    from savoirfaire.knowledge.ingest import ingest as read
    from savoirfaire.knowledge.readers import find_files

    workspace = open_workspace(ctx)
    total = sum(1 for _each in find_files(paths))
    with (
        open_knowledge(workspace) as knowledge,
        progress(_("Reading"), total) as advance,
    ):
        scope = knowledge.ledger.scope(client)

        def listen(name: str, outcome: str, reason: str) -> None:
            advance(1)
            if not as_json and outcome == "failed":
                note(_("not read: {file} {reason}").format(file=name, reason=reason))
            elif not as_json and outcome == "read":
                typer.echo(_("read: {file}").format(file=printable(name)))

        report = read(
            knowledge, scope, paths, limits=limits(workspace.settings), kind=kind, listen=listen
        )
    if as_json:
        emit_json(report.as_dict())
    else:
        read_files = ngettext("{n} file read", "{n} files read", report.read)
        typer.echo(
            _(
                "{read}, {unchanged} unchanged, {failed} not read; {passages} passages, {s} s"
            ).format(
                read=read_files.format(n=number(report.read)),
                unchanged=number(report.unchanged),
                failed=number(len(report.failed)),
                passages=number(report.passages),
                s=number(round(report.seconds, 2)),
            )
        )
    if report.failed:
        raise typer.Exit(1)


def ask(
    ctx: typer.Context,
    client: Client,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages.")] = 8,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only sources of this kind; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the passages of a client's knowledge that answer a question, with their source."""
    from savoirfaire.cli.output import emit_json, printable
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        found = knowledge.search(scope, question, limit=limit, kinds=kind or ())
    if as_json:
        emit_json(
            [
                {
                    "source": each.passage.path,
                    "start": each.passage.start,
                    "end": each.passage.end,
                    "quote": each.passage.quote,
                    "score": each.score,
                    "kind": each.passage.kind,
                    "heading": each.passage.heading,
                }
                for each in found
            ]
        )
        return
    if not found:
        typer.echo(_("Nothing that {client} has on record answers this.").format(client=client))
    for place, each in enumerate(found, start=1):
        passage = each.passage
        typer.echo(
            f"{place}. {printable(passage.path)} [{passage.start}–{passage.end}]"
            f"  ({number(round(each.score, 2))})"
        )
        typer.echo("   " + printable(passage.quote).replace("\n", "\n   ") + "\n")
