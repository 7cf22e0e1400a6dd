"""`savoir facts`: what is so of a client's world, as people state it with a source."""

import unicodedata
from typing import TYPE_CHECKING, Annotated

import typer

from savoirfaire.cli.graphview import Day, Known, point
from savoirfaire.cli.groups import ListsByDefault
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, labelled, ngettext, number
from savoirfaire.cli.workspace import reviewer
from savoirfaire.errors import NotFoundError

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Citation
    from savoirfaire.knowledge.facts import Moved
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge

FactId = Annotated[str, typer.Argument(metavar="FACT", help="The fact's id.")]

group = typer.Typer(cls=ListsByDefault)


@group.command("list")
def list_facts(
    ctx: typer.Context,
    client: Client,
    subject: Annotated[str | None, typer.Option(help="Only about this.")] = None,
    attribute: Annotated[str | None, typer.Option(help="Only this attribute.")] = None,
    as_of: Day = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """List the facts that hold, each with its source."""
    from savoirfaire.cli.factual import fact_json, period, source_paths, sources
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        found = knowledge.facts.as_of(
            scope, point(as_of, known), subject=subject, attribute=attribute
        )
        paths = source_paths(knowledge.ledger, scope)
    if as_json:
        emit_json([fact_json(fact, paths) for fact in found])
    elif not found:
        typer.echo(_("No fact is known of {client}.").format(client=client))
    else:
        columns = (_("fact"), _("about"), _("attribute"), _("says"), _("holds"), _("source"))
        table(
            columns,
            [
                (f.id, f.subject.name, f.attribute, f.says, period(f), sources(f, paths))
                for f in found
            ],
        )


@group.command("add")
def add_fact(  # noqa: PLR0913, PLR0917 - an option for each part of a fact
    ctx: typer.Context,
    client: Client,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="What it is about.")],
    attribute: Annotated[str, typer.Argument(metavar="ATTRIBUTE", help="Such as price.")],
    quote: Annotated[str, typer.Option(help="The words of the source that say it, exactly.")],
    source: Annotated[str, typer.Option(metavar="PATH", help="The source's path.")],
    value: Annotated[str | None, typer.Argument(metavar="[VALUE]", help="Its value.")] = None,
    entity: Annotated[
        str | None, typer.Option(metavar="NAME", help="Instead of a value: what it leads to.")
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="The first day it holds.")
    ] = None,
    valid_to: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="The first day it does not hold.")
    ] = None,
    supersedes: Annotated[
        list[str] | None,
        typer.Option(metavar="FACT", help="A fact it takes the place of; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """State a fact, with the words of the source that says it."""
    from savoirfaire.cli.factual import fact_json, fact_line, source_paths
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        fact = knowledge.facts.assert_(  # noqa: PT009 - no test's
            scope,
            subject,
            attribute,
            value=value,
            object=entity,
            citations=[_citation(knowledge, scope, source, quote)],
            author=reviewer(workspace),
            valid_from=valid_from,
            valid_to=valid_to,
            supersedes=supersedes or (),
        )
        paths = source_paths(knowledge.ledger, scope)
    if as_json:
        emit_json(fact_json(fact, paths))
    else:
        line(f"{fact.id}  {fact.subject.name}  {fact_line(fact, paths)}")


@group.command("retract")
def retract_fact(
    ctx: typer.Context,
    client: Client,
    fact: FactId,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why it was wrong.")] = "",
) -> None:
    """Say a fact no longer, because it was wrong. What was known before can still be asked for."""
    from savoirfaire.cli.output import line
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        gone = knowledge.facts.retract(scope, fact, by=reviewer(workspace), reason=reason)
    line(_("No longer said: {fact}").format(fact=labelled(gone.attribute, gone.says)))


@group.command("alias")
def alias_entity(
    ctx: typer.Context,
    client: Client,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name it has.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another name for it.")],
) -> None:
    """Give something that facts are about another name."""
    from savoirfaire.cli.output import line
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        knowledge.facts.alias(scope, name, other)
        names = knowledge.facts.names(scope, name)
    line(_("Its names: {names}").format(names=", ".join(names)))


@group.command("merge")
def merge_entities(
    ctx: typer.Context,
    client: Client,
    keep: Annotated[str, typer.Argument(metavar="KEEP", help="The one that stays.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The same under another name.")],
) -> None:
    """Make one of two entities that are the same: names and facts go to the first."""
    from savoirfaire.cli.output import line
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        gone = knowledge.facts.find(scope, other)
        line(_said(knowledge.facts.merge(scope, keep, gone)))
    line(
        _("To take it back: `savoir facts separate {client} {entity}`.").format(
            client=client, entity=gone.id
        )
    )


@group.command("separate")
def separate_entities(
    ctx: typer.Context,
    client: Client,
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="The id that `merge` said.")],
) -> None:
    """Take back a merge: the entity gets its names and its unchanged facts again."""
    from savoirfaire.cli.output import line
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        line(_said(knowledge.facts.separate(knowledge.ledger.scope(client), entity)))


def _said(moved: "Moved") -> str:
    names = ngettext("{n} name", "{n} names", moved.names).format(n=number(moved.names))
    facts = ngettext("{n} fact", "{n} facts", moved.facts).format(n=number(moved.facts))
    return _("Moved: {names}, {facts}").format(names=names, facts=facts)


def _citation(knowledge: "Knowledge", scope: "ClientScope", path: str, quote: str) -> "Citation":
    """A quote of the source at a path. Raises NotFoundError with the nearest paths."""
    from pydantic import ValidationError

    from savoirfaire.errors import CitationError
    from savoirfaire.knowledge.brandos.records import Citation
    from savoirfaire.knowledge.nearest import near

    ids = {row.path: row.id for row in knowledge.ledger.sources(scope)}
    name = unicodedata.normalize("NFC", path)  # as paths are kept
    if name not in ids:
        raise NotFoundError(
            "{client} has no source {source}{near}",
            client=scope.client,
            source=path,
            near=near(path, ids),
            hint="Ingest it first: `savoir ingest CLIENT PATH`.",
        )
    try:
        return Citation(source=ids[name], quote=quote)
    except ValidationError as error:
        raise CitationError("a fact needs the words of a source that says it") from error
