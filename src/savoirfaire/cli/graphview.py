"""`savoir graph`: what is known around something, and what facts are known about."""

from typing import TYPE_CHECKING, Annotated

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, number
from savoirfaire.errors import SettingsError

if TYPE_CHECKING:
    from savoirfaire.knowledge.times import AsOf

Day = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="What held on this day; by default today."),
]
Known = Annotated[
    str | None,
    typer.Option(
        "--known", metavar="DATE", help="As far as was known on this day, or at this instant."
    ),
]


def graph(
    ctx: typer.Context,
    client: Client,
    entity: Annotated[
        str | None,
        typer.Argument(metavar="[ENTITY]", help="One of its names; without, all are listed."),
    ] = None,
    hops: Annotated[int, typer.Option(min=0, max=6, help="How many facts away.")] = 2,
    as_of: Day = None,
    known: Known = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many entities.")] = 200,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid diagram.")] = False,
    as_json: Json = False,
) -> None:
    """Show what is known around something: who, what and since when, each with its source."""
    from savoirfaire.cli import factual
    from savoirfaire.cli.output import emit_json, line, note
    from savoirfaire.cli.shelf import open_knowledge

    if mermaid and as_json:
        raise SettingsError("choose --mermaid or --json", hint="Both cannot be printed at once.")
    if mermaid and entity is None:
        raise SettingsError("a diagram needs an entity", hint="Name one: without, all are listed.")
    if entity is None:
        entities(ctx, client, as_of, known, limit, as_json=as_json)
        return
    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        around = knowledge.facts.neighbourhood(
            scope, entity, hops=hops, as_of=point(as_of, known), limit=limit
        )
        paths = factual.source_paths(knowledge.ledger, scope)
    if as_json:
        emit_json(factual.graph_json(around, paths))
    elif mermaid:
        line(factual.mermaid(around))
    else:
        for each in factual.tree(around, paths):
            line(each)
    if around.cut:
        note(_("There is more than is shown: raise --limit, or take fewer --hops."))


def entities(
    ctx: typer.Context,
    client: str,
    as_of: str | None,
    known: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """List what facts are known about, with how many."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        counts = knowledge.facts.counts(scope, point(as_of, known), limit=limit)
    if as_json:
        emit_json([{**vars(entity), "facts": count} for entity, count in counts])
    elif not counts:
        typer.echo(_("No fact is known of {client}.").format(client=client))
    else:
        rows = [(entity.name, entity.kind, number(count)) for entity, count in counts]
        table((_("entity"), _("kind"), _("facts")), rows)


def point(as_of: str | None, known: str | None) -> "AsOf":
    """The point in time that is asked for: today where no day is given, as is known now."""
    from datetime import UTC, datetime

    from savoirfaire.knowledge.times import AsOf

    return AsOf.at(as_of or datetime.now(UTC).date().isoformat(), known)
