"""`savoir bench`: speed, as ratios measured side by side."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from savoirfaire.cli.benchall import everything
from savoirfaire.cli.invocation import Json
from savoirfaire.cli.messages import _


def startup(as_json: Json = False) -> None:
    """`savoir --help` beside `import typer`."""
    from savoirfaire.evals.bench.startup import startup as measure

    _tell(measure(), as_json=as_json)


def ingest(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="What to ingest; by default the demo's folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ingest of a folder, then again with nothing changed."""
    from savoirfaire.cli.demo import EXAMPLES
    from savoirfaire.evals.bench.ingesting import ingesting as measure

    _quiet()
    _tell(measure(folder or EXAMPLES / "optech"), as_json=as_json)


def graph(as_json: Json = False) -> None:
    """A recorded, durable run beside plain LangGraph with the same saver."""
    from savoirfaire.evals.bench.graphing import graphing as measure

    _quiet()
    _tell(measure(), as_json=as_json)


def gates(
    count: Annotated[int, typer.Option("--gates", min=1, help="How many gates.")] = 500,
    decisions: Annotated[int, typer.Option(min=1, help="How many entries each has.")] = 10_000,
    questions: Annotated[
        int, typer.Option("--waiting", min=1, help="How many questions wait for a decision.")
    ] = 10_000,
    as_json: Json = False,
) -> None:
    """Listing every gate, and one decision, over a long ledger."""
    from savoirfaire.evals.bench.gating import gating as measure
    from savoirfaire.evals.bench.waiting import waiting

    _quiet()
    figures = {**measure(count, decisions), "waiting": waiting(questions)}
    figures["met"] = figures["met"] and figures["waiting"]["met"]
    _tell(figures, as_json=as_json)


def retrieval(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder in BEIR's layout.")],
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="How deep to look.")] = 10,
    as_json: Json = False,
) -> None:
    """How well and how fast the right passage is found."""
    from savoirfaire.evals.bench.retrieving import retrieving as measure

    _quiet()
    _tell(measure(folder, k), as_json=as_json)


def triage(
    ctx: typer.Context,
    train: Annotated[Path, typer.Option(metavar="CSV", help="Columns text and category.")],
    test: Annotated[
        Path, typer.Option(metavar="CSV", help="The same; new categories are unknown.")
    ],
    embeddings: Annotated[
        bool, typer.Option("--embeddings", help="Beside words, by the endpoint's vectors.")
    ] = False,
    as_json: Json = False,
) -> None:
    """How well messages find their route, how many at once, and how fast."""
    from savoirfaire.evals.bench.triaging import triaging as measure

    embedder = _embedder(ctx) if embeddings else None
    _quiet()
    _tell(measure(train, test, embedder), as_json=as_json)


def panel(
    survey: Annotated[Path, typer.Option(metavar="CSV", help="What people voted, a row each.")],
    answers: Annotated[Path, typer.Option(metavar="JSON", help="What the panel answered.")],
    as_json: Json = False,
) -> None:
    """How far a panel's recorded answers are from people's votes."""
    from savoirfaire.evals.bench.panelling import panelling as measure

    _quiet()
    _tell(measure(survey, answers), as_json=as_json)


def index(
    points: Annotated[
        str, typer.Option(metavar="N,N,…", help="How many passages, in all clients together.")
    ] = "10000,100000",
    clients: Annotated[int, typer.Option(min=1, max=1000, help="How many clients.")] = 20,
    as_json: Json = False,
) -> None:
    """The index's speed, memory and disk beside qdrant-client's local mode."""
    from savoirfaire.cli.output import table
    from savoirfaire.evals.bench.indexing import indexing as measure

    counts = points.split(",")
    if not all(each.strip().isdecimal() and int(each) for each in counts):
        raise typer.BadParameter(_("--points takes numbers: 10000,100000"))
    _quiet()
    figures = measure([int(each) for each in counts], clients)
    if not as_json:
        rows = figures.pop("rows")
        table(list(rows[0]), [[str(value) for value in row.values()] for row in rows])
    _tell(figures, as_json=as_json)


def proposals(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of proposals.")],
    as_json: Json = False,
) -> None:
    """Whether the priced parts of proposals add up to the totals that they state."""
    from savoirfaire.cli.output import printable, table
    from savoirfaire.evals.bench.bidding import bidding as measure

    figures = measure(folder)
    if not as_json:
        rows = figures.pop("rows")
        shown = [(row["file"], row["verdict"], row["why"]) for row in rows]
        table((_("file"), _("verdict"), _("why")), [[*map(printable, row)] for row in shown])
    _tell(figures, as_json=as_json)


def voice(
    own: Annotated[Path, typer.Option(metavar="DIR", help="A newsletter's editions.")],
    others: Annotated[
        list[Path], typer.Option(metavar="DIR", help="Another newsletter's; as many as you like.")
    ],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]…", help="More of the others.")
    ] = None,
    rolling: Annotated[
        int, typer.Option(min=0, help="How many of the last editions are tried in turn.")
    ] = 50,
    as_json: Json = False,
) -> None:
    """How well a newsletter's next edition is told from other newsletters."""
    from savoirfaire.evals.bench.voicing import voicing as measure

    _quiet()
    _tell(measure(own, [*others, *(more or [])], rolling), as_json=as_json)


def rules(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Holds styles, docs, alerts.jsonl and vale.ini.")
    ],
    as_json: Json = False,
) -> None:
    """Whether the rule engine finds each alert where it belongs, and how fast."""
    from savoirfaire.evals.bench.ruling import ruling as measure

    _quiet()
    _tell(measure(folder), as_json=as_json)


def packs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Texts that professionals wrote.")],
    language: Annotated[Literal["fr", "en"], typer.Option(help="Whose shipped packs apply.")],
    as_json: Json = False,
) -> None:
    """How often each shipped rule speaks, in good prose and in worn phrases."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.evals.bench.packing import packing as measure

    figures = measure(folder, language)
    if as_json:
        emit_json(figures)
        return
    rows = [
        (name, rule["level"], str(rule["written"]), str(rule["pasted"]))
        for name, rule in figures["rules"].items()
    ]
    table((_("rule"), _("level"), _("written"), _("pasted")), rows)


def _embedder(ctx: typer.Context) -> Any:
    """What the workspace's settings name to give texts vectors. Raises SettingsError."""
    from savoirfaire.cli.invocation import open_workspace
    from savoirfaire.cli.shelf import open_embedder
    from savoirfaire.errors import SettingsError

    found = open_embedder(open_workspace(ctx).settings)
    if found is None:
        raise SettingsError(
            "no embeddings are set",
            hint="Set retrieval.embeddings and model.base_url in savoir.toml.",
        )
    return found


def runs(
    items: Annotated[int, typer.Option(min=1, help="How many items.")] = 250,
    latency: Annotated[
        str, typer.Option(metavar="KIND:SECONDS", help="How late the model's endpoint answers.")
    ] = "lognormal:4",
    concurrency: Annotated[int, typer.Option(min=1, help="How many at a time.")] = 64,
    database: Annotated[
        str, typer.Option(metavar="URL", help="An empty PostgreSQL database; none: SQLite.")
    ] = "",
    workers: Annotated[int, typer.Option(min=1, help="With PostgreSQL: how many workers.")] = 2,
    others: Annotated[
        bool,
        typer.Option(
            "--frameworks/--no-frameworks",
            help="Install two other frameworks from the package index, and measure them too.",
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Many durable runs beside plain LangGraph, and beside the client alone."""
    from savoirfaire.evals.bench.running import running as measure

    _quiet()
    figures = measure(
        items, latency, concurrency, database=database, workers=workers, others=others
    )
    _tell(figures, as_json=as_json)


def _quiet() -> None:
    """Log only warnings: what is measured is the work, as it is on a terminal."""
    from savoirfaire.cli.logs import configure
    from savoirfaire.settings import LogSettings

    configure(LogSettings(level="warning"))


def _tell(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print the figures; a promise that is not met ends with exit code 1."""
    from savoirfaire.cli.output import emit_json, table

    if as_json:
        emit_json(figures)
    else:
        table((_("figure"), _("value")), [(key, str(value)) for key, value in figures.items()])
    if not figures.get("met", True):
        raise typer.Exit(1)


group = typer.Typer()
group.callback(invoke_without_command=True)(everything)
group.command()(startup)
group.command()(ingest)
group.command()(graph)
group.command()(gates)
group.command()(runs)
group.command()(retrieval)
group.command()(triage)
group.command()(panel)
group.command()(index)
group.command()(voice)
group.command()(proposals)
group.command()(rules)
group.command()(packs)
