"""`savoir ingest`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from savoirfaire.cli.brandpage import tell_skipped
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, ngettext, number, say
from savoirfaire.errors import SavoirError

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.filling import Filled
    from savoirfaire.knowledge.ingest import Listener, Report
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.workspace import Workspace

_SHOWN = 20
_YES = {"y", "o"}  # and in French


def ingest(
    ctx: typer.Context,
    client: Client,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files and folders.")],
    kind: Annotated[
        str,
        typer.Option(help="What the files are, such as edition or item; else their folder says."),
    ] = "",
    remove_vanished: Annotated[
        bool,
        typer.Option(
            "--remove-vanished", help="Remove what was read from these folders and is gone."
        ),
    ] = False,
    allow_forgotten: Annotated[
        bool, typer.Option("--allow-forgotten", help="Take files in again that were forgotten.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read files and folders into a client's knowledge. Doing it again changes nothing."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.knowledge.ingest import remove_files

    workspace = open_workspace(ctx)
    failed: list[dict[str, str]] = []
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        given = _Given(paths, kind, allow_forgotten)
        report = _read(workspace, knowledge, scope, given, _listener(failed, quiet=as_json))
        asking = bool(report.vanished) and not (remove_vanished or as_json) and _can_ask()
        if remove_vanished or (asking and _agreed(report.vanished)):
            report.removed += remove_files(knowledge, scope, report.vanished)
        with knowledge.index.using(scope):  # so that nothing is forgotten while it is read
            filled = knowledge.brand_os.fill(scope)
    if as_json:
        emit_json({**report.as_dict(), "failed": failed, "filled": filled.as_dict()})
    else:
        _tell(report, offer=not (asking or remove_vanished))
        _tell_filled(filled)
        tell_skipped(filled.skipped)
    if failed:
        raise typer.Exit(1)


class _Given(NamedTuple):
    """What is to be read, and how."""

    paths: list[Path]
    kind: str
    allow_forgotten: bool


def _read(
    workspace: "Workspace",
    knowledge: "Knowledge",
    scope: "ClientScope",
    given: _Given,
    listen: "Listener",
) -> "Report":
    from savoirfaire.cli.output import progress
    from savoirfaire.cli.shelf import limits, tombstones
    from savoirfaire.knowledge.ingest import ingest
    from savoirfaire.knowledge.readers import find_files

    total = sum(1 for _each in find_files(given.paths))
    with progress(_("Reading"), total) as advance:
        return ingest(
            knowledge,
            scope,
            given.paths,
            limits=limits(workspace.settings),
            kind=given.kind,
            forgotten=tombstones(workspace, knowledge).of(scope),
            allow_forgotten=given.allow_forgotten,
            listen=listen,
            advance=lambda: advance(1),
        )


def _listener(failed: list[dict[str, str]], *, quiet: bool) -> "Listener":
    """Tell what is read while it is; keep what is not, with the reason in the language spoken."""
    from savoirfaire.cli.output import note, printable

    def listen(name: str, outcome: str, error: SavoirError | None) -> None:
        if outcome == "failed":
            reason = say(error) if error else ""
            failed.append({"path": name, "reason": reason})
            if not quiet:
                note(_("not read: {file} {reason}").format(file=name, reason=reason))
        elif outcome == "read" and not quiet:
            typer.echo(_("read: {file}").format(file=printable(name)))

    return listen


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _agreed(names: Sequence[str]) -> bool:
    """Ask the person at the terminal whether what vanished is to go; no answer is no."""
    _list_vanished(names)
    answer = typer.prompt(
        _("Remove what was read from them: yes (y) or no (n)?"), default="n", show_default=False
    )
    return str(answer).strip().lower()[:1] in _YES


def _list_vanished(names: Sequence[str]) -> None:
    from savoirfaire.cli.output import printable

    typer.echo(_("Read earlier from these folders, and not there any more:"))
    for name in names[:_SHOWN]:
        typer.echo("  " + printable(name))
    if len(names) > _SHOWN:
        typer.echo("  " + _("and {n} more").format(n=number(len(names) - _SHOWN)))


def _tell(report: "Report", *, offer: bool) -> None:
    read_files = ngettext("{n} file read", "{n} files read", report.read)
    typer.echo(
        _("{read}, {unchanged} unchanged, {failed} not read; {passages} passages, {s} s").format(
            read=read_files.format(n=number(report.read)),
            unchanged=number(report.unchanged),
            failed=number(len(report.failed)),
            passages=number(report.passages),
            s=number(round(report.seconds, 2)),
        )
    )
    if report.kinds:
        kinds = sorted(report.kinds.items(), key=lambda each: (-each[1], each[0]))
        said = ", ".join(f"{kind} {number(count)}" for kind, count in kinds)
        typer.echo(_("kinds: {kinds}").format(kinds=said))
    if report.removed:
        gone = ngettext("{n} source removed", "{n} sources removed", report.removed)
        typer.echo(gone.format(n=number(report.removed)))
    tell_without_vectors(report.without_vectors)
    if report.vanished and offer:
        _list_vanished(report.vanished)
        typer.echo(_("They are kept. `--remove-vanished` removes what was read from them."))


def tell_without_vectors(count: int) -> None:
    """Say that passages go without a vector, and what adds them; nothing where none does."""
    if not count:
        return
    said = ngettext(
        "{n} passage has no vector yet: the endpoint of the embeddings gives none. It is found by "
        "its words; the next ingest, or `savoir index rebuild`, asks again.",
        "{n} passages have no vectors yet: the endpoint of the embeddings gives none. They are "
        "found by their words; the next ingest, or `savoir index rebuild`, asks again.",
        count,
    )
    typer.echo(said.format(n=number(count)))


def _tell_filled(filled: "Filled") -> None:
    """Print in one line what the Brand OS was filled with; nothing where nothing is new."""
    names = ("active", "replaced", "proposed", "withdrawn", "waiting")
    counts = {name: number(getattr(filled, name)) for name in names}
    if filled.active or filled.replaced or filled.proposed or filled.withdrawn:
        said = _(
            "Brand OS: {active} records filled, {replaced} replaced, {proposed} proposed,"
            " {withdrawn} withdrawn; {waiting} to review"
        )
        typer.echo(said.format(**counts))
