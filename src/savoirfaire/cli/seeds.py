"""`savoir seeds`: known-bad items among the approvals, and how many of them are caught."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from savoirfaire.graphs.gates.seeds import Results

_MANY = 100


def seeds(ctx: typer.Context, as_json: Json = False) -> None:
    """Show how many planted errors you caught, and how many everyone did together."""
    if ctx.invoked_subcommand is not None:
        return
    from dataclasses import asdict

    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.runs import decider
    from savoirfaire.graphs.gates.seeds import Seeds
    from savoirfaire.knowledge.database import open_database

    workspace = open_workspace(ctx)
    engine = open_database(workspace.database)
    try:
        opened, me = Seeds(engine), decider(workspace)
        mine, everyone = opened.results(me), opened.results()
    finally:
        engine.dispose()
    if as_json:
        emit_json(
            {
                "reviewer": me,
                "mine": [_without_count(asdict(each)) for each in mine],
                "everyone": [asdict(each) for each in everyone],
            }
        )
        return
    if not everyone:
        line(_("No planted error has been answered yet."))
        return
    _tell(_("You ({name})").format(name=me), mine)
    _tell(_("Everyone"), everyone)


def add(
    ctx: typer.Context,
    gate: Annotated[
        str, typer.Option("--gate", metavar="GATE", help="The gate: CLIENT/GRAPH/GATE.")
    ],
    rejected: Annotated[
        int | None,
        typer.Option("--from-rejected", min=1, max=_MANY, help="So many of what was rejected."),
    ] = None,
    approved: Annotated[
        int | None,
        typer.Option(
            "--from-approved",
            min=1,
            max=_MANY,
            help="So many of what was approved, each made wrong in one place.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", "-f", help="A JSON file: the arguments that are wrong, or a list of such."
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who plants them, where it is not you.")] = "",
    as_json: Json = False,
) -> None:
    """Plant known-bad items among the approvals of a gate; they are never published."""
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.runs import decider

    if [rejected, approved, file].count(None) != 2:  # noqa: PLR2004 - one of the three is given
        raise RequestError(
            "seeds come from one place", hint="Give --from-rejected, --from-approved or --file."
        )
    workspace = open_workspace(ctx)
    count = _plant(workspace, gate, rejected, approved, file, by.strip() or decider(workspace))
    if as_json:
        emit_json({"gate": gate, "planted": count})
        return
    said = ngettext("{gate}: {n} error planted.", "{gate}: {n} errors planted.", count)
    line(said.format(gate=gate, n=number(count)))


def _plant(
    workspace: Any, key: str, rejected: int | None, approved: int | None, file: Path | None, by: str
) -> int:
    from savoirfaire.cli.gates import open_desk
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.graphs.gates.book import Book
    from savoirfaire.graphs.gates.planting import Planter

    given = None if file is None else _arguments(file)
    with open_desk(workspace) as (engine, desk):
        gate, planter = Book(engine, desk).row(key), Planter(engine, desk)
        if given is not None:
            return planter.written(gate, given, by=by)
        if rejected is not None:
            return planter.from_past(gate, "rejected", rejected, by=by)
        with open_knowledge(workspace) as knowledge:
            brand = knowledge.brand(knowledge.ledger.scope(gate.client))
        return planter.from_past(gate, "approved", approved or 1, by=by, brand=brand)


def _arguments(file: Path) -> list[dict[str, Any]]:
    from savoirfaire.cli.deciding import read_json

    found = read_json(file)
    several = found if isinstance(found, list) else [found]
    if not several or not all(isinstance(each, dict) and each for each in several):
        raise RequestError("{file} holds no arguments: it needs keys and values", file=file)
    if len(several) > _MANY:
        raise RequestError("{file} holds more than {n} seeds", file=file, n=_MANY)
    return several


def _tell(title: str, results: "Sequence[Results]") -> None:
    from savoirfaire.cli.output import line, table

    line(title)
    if not results:
        line("  " + _("nothing yet"))
        return
    table(
        (_("gate"), _("caught"), _("missed")),
        [(each.gate, number(each.caught), number(each.missed)) for each in results],
    )


def _without_count(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if key != "reviewers"}
