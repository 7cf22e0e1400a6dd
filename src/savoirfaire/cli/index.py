"""`savoir index`: the ledger against the index that is made of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from savoirfaire.cli.ingesting import tell_without_vectors
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, labelled, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.knowledge.verifying import Verification


Client = Annotated[
    str | None, typer.Argument(metavar="[CLIENT]", help="The client's name; or --all.")
]
Every = Annotated[bool, typer.Option("--all", help="Every client, one after the other.")]


def rebuild(
    ctx: typer.Context, client: Client = None, every: Every = False, as_json: Json = False
) -> None:
    """Make a client's index again from the texts in the ledger."""
    from savoirfaire.cli.output import emit_json

    with _chosen(ctx, client, every=every) as (knowledge, scopes):
        counts = {scope.client: knowledge.rebuild(scope) for scope in scopes}
        bare = sum(knowledge.complete(scope) for scope in scopes)
    if as_json:
        emit_json([{"client": name, "passages": count} for name, count in counts.items()])
        return
    for name, count in counts.items():
        passages = ngettext("{count} passage", "{count} passages", count)
        typer.echo(labelled(name, passages.format(count=number(count))))
    tell_without_vectors(bare)


def verify(
    ctx: typer.Context, client: Client = None, every: Every = False, as_json: Json = False
) -> None:
    """Compare a client's index with its texts; ends with exit code 1 where they differ."""
    from savoirfaire.cli.output import emit_json

    with _chosen(ctx, client, every=every) as (knowledge, scopes):
        found = [knowledge.verify(scope) for scope in scopes]
    if as_json:
        emit_json([_plain(each) for each in found])
    else:
        _tell(found)
    if not all(each.holds for each in found):
        raise typer.Exit(1)


@contextmanager
def _chosen(
    ctx: typer.Context, client: str | None, *, every: bool
) -> "Iterator[tuple[Knowledge, list[ClientScope]]]":
    """The knowledge, and the clients that the command is for."""
    from savoirfaire.cli.shelf import open_knowledge

    if (client is None) != every:
        raise typer.BadParameter(_("name one client, or give --all"))
    with open_knowledge(open_workspace(ctx)) as knowledge:
        ledger = knowledge.ledger
        names = [name for name, *_rest in ledger.clients()] if client is None else [client]
        yield knowledge, [ledger.scope(name) for name in names]


def _plain(found: "Verification") -> dict[str, object]:
    from dataclasses import asdict

    return {"holds": found.holds, **asdict(found)}


def _tell(several: "Sequence[Verification]") -> None:
    from savoirfaire.cli.output import table

    columns = (
        *(_("client"), _("passages"), _("missing"), _("surplus"), _("wrong")),
        *(_("counts"), _("verdict")),
    )
    table(columns, [_row(each) for each in several])
    bad = [each.client for each in several if not each.holds]
    if bad:
        typer.echo(_("Nothing is lost: the ledger has everything. Make the index again with:"))
    for name in bad:
        typer.echo(f"  savoir index rebuild {name}")


def _row(found: "Verification") -> tuple[str, ...]:
    places = (found.missing, found.surplus, found.wrong)
    said = _("as the ledger") if found.holds else _("differs") if found.built else _("not built")
    counts = number(found.terms + found.grams)
    return found.client, number(found.passages), *(number(len(p)) for p in places), counts, said


group = typer.Typer()
group.command()(rebuild)
group.command()(verify)
