"""`savoir sources`: what a client's knowledge was read from."""

from typing import TYPE_CHECKING, Annotated

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
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, labelled, number, short_day

if TYPE_CHECKING:
    from savoirfaire.knowledge.listing import Described, Listed

_THREAD_DIGITS = 8


def sources(
    ctx: typer.Context,
    client: Client,
    path: Annotated[
        str, typer.Argument(metavar="[PATH]", help="One source, by its path: what it holds.")
    ] = "",
    kind: Kinds = None,
    channel: Channels = None,
    author: Authors = None,
    since: Since = None,
    until: Until = None,
    as_json: Json = False,
) -> None:
    """List what a client's knowledge was read from, or show one source with its outline."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge

    given = Given(kind, channel, author, since, until)
    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        if path:
            one = knowledge.ledger.described(scope, path)
        else:
            found = knowledge.ledger.listed(scope, where(knowledge.ledger, scope, given))
    if as_json:
        emit_json(one.as_dict() if path else [each.as_dict() for each in found])
    elif path:
        _show(one)
    else:
        _list(client, found)


def _list(client: str, found: "list[Listed]") -> None:
    from savoirfaire.cli.output import table

    if not found:
        typer.echo(_("{client} has no such source.").format(client=client))
        return
    columns = (
        *(_("source"), _("kind"), _("title"), _("date"), _("author"), _("channel"), _("thread")),
        *(_("passages"), _("read on"), _("out of")),
    )
    rows = [
        (
            *(each.path, each.kind, each.title, short_day(each.date), each.author or ""),
            *(each.channel or "", (each.thread or "")[:_THREAD_DIGITS], number(each.passages)),
            *(short_day(each.ingested_at), each.container or ""),
        )
        for each in found
    ]
    table(columns, rows)


def _show(one: "Described") -> None:
    """Print what is known of one source, then its passages in order with their places."""
    from savoirfaire.cli.output import line, table
    from savoirfaire.cli.places import place
    from savoirfaire.cli.runs import when
    from savoirfaire.knowledge.locating import labels_at

    source = one.source
    said = (
        (_("source"), source.path),
        (_("title"), source.title),
        (_("kind"), source.kind),
        (_("date"), short_day(source.date)),
        (_("author"), source.author),
        (_("channel"), source.channel),
        (_("thread"), source.thread),
        (_("out of"), source.container),
        (_("read on"), when(source.ingested_at)),
    )
    for name, value in said:
        if value:
            line(labelled(name, value))
    typer.echo()
    rows = [
        (
            f"{part.start}–{part.end}",
            place(labels_at(one.locators, part.start, part.end)),
            part.heading,
        )
        for part in one.outline
    ]
    table((_("span"), _("place"), _("heading")), rows)
