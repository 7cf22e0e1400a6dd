"""`savoir tune retrieval`: how a client is searched, by its own questions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.evals.tuning import Tuning


def retrieval(
    ctx: typer.Context,
    client: Client,
    queries: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Questions and what answers them, a JSON object a line."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Forget what was tuned.")] = False,
    as_json: Json = False,
) -> None:
    """Pick how a client is searched, where its own judged questions can tell."""
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.evals.judged import read_judged
    from savoirfaire.evals.tuning import tune

    if (queries is None) != reset:
        raise typer.BadParameter(_("give --queries FILE, or --reset"))
    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        if queries is None:
            if not dry_run:
                knowledge.ledger.tune(scope, None)
            _forgotten(client, as_json=as_json)
            return
        questions = read_judged(knowledge, scope, queries)
        dense = knowledge.has_vectors and not knowledge.complete(scope)
        found = tune(knowledge, scope, questions, dense=dense)
        if found.changed and not dry_run:
            knowledge.ledger.tune(scope, found.kept(questions))
    _tell(found, dry_run=dry_run, as_json=as_json)


def _forgotten(client: str, *, as_json: bool) -> None:
    from savoirfaire.cli.output import emit_json

    if as_json:
        emit_json({"settings": None})
    else:
        typer.echo(_("{client} is searched as any other client.").format(client=client))


def _tell(found: "Tuning", *, dry_run: bool, as_json: bool) -> None:
    from dataclasses import asdict

    from savoirfaire.cli.output import emit_json, table

    if as_json:
        emit_json({**asdict(found), "settings": found.settings.model_dump(), "dry_run": dry_run})
        return
    if found.tried:
        rows = [
            (_("questions"), number(found.questions)),
            (_("settings tried"), number(found.tried)),
            (_("nDCG@10 as it is"), number(found.before)),
            (_("nDCG@10 tuned, held out"), number(found.after)),
            (_("chance of such a gain by luck"), number(found.p)),
            *((name, number(value)) for name, value in found.settings.model_dump().items()),
        ]
        table((_("figure"), _("value")), rows)
    if found.changed:
        typer.echo(_("Nothing was changed: --dry-run.") if dry_run else _("The client is tuned."))
        return
    asked = ngettext("{n} question", "{n} questions", found.questions)
    typer.echo(
        _("Nothing was changed: {questions} cannot tell. About {needed} could.").format(
            questions=asked.format(n=number(found.questions)),
            needed=number(max(found.needed, found.questions + 1)),
        )
    )


group = typer.Typer()
group.command()(retrieval)
