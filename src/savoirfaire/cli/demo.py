"""`savoir demo`: the main job on real files, start to end, with no key and no server."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.messages import _, language, mark, ngettext, number, say, speak
from savoirfaire.cli.output import line
from savoirfaire.cli.runs import Missing, Recall, decider
from savoirfaire.errors import NotFoundError, SavoirError, TapeMissError

if TYPE_CHECKING:
    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.tools.tape import Tape
    from savoirfaire.workspace import Workspace

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
TAPES = EXAMPLES / "tapes"
CLIENTS = {"en": "optech", "fr": "optech-fr"}
GRAPH = "newsletter"

Mode = Literal["replay", "offline", "live", "record"]


@dataclass(frozen=True)
class _Options:
    mode: Mode
    missing: bool
    quiet: bool
    yes: bool


def demo(
    model: Annotated[
        Mode, typer.Option(help="Where the model's replies come from; live and record need one.")
    ] = "replay",
    tongue: Annotated[
        Literal["fr", "en"] | None,
        typer.Option("--language", help="The demo client: an English or a French newsletter."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--in", metavar="DIR", help="The workspace; else a new one.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve without asking.")] = False,
    missing: Missing = False,
    recall: Recall = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Turn a newsletter's real files into an approved, published edition."""
    import asyncio

    speak(tongue or language())
    client = CLIENTS[language()]
    example = EXAMPLES / client
    if not example.is_dir():
        raise NotFoundError(
            "the demo's files are not installed with the package",
            hint="Run it in a checkout of the repository: `make demo`.",
        )
    options = _Options(model, missing, as_json, yes or as_json or not sys.stdin.isatty())
    workspace = _workspace(folder, example, model, recall)
    told = asyncio.run(_through(workspace, client, example, options))
    if as_json:
        from savoirfaire.cli.output import emit_json

        emit_json(told)


def _workspace(folder: Path | None, example: Path, mode: Mode, recall: str | None) -> "Workspace":
    """A new workspace whose settings say where the replies come from."""
    import tempfile

    from savoirfaire.cli.logs import configure
    from savoirfaire.cli.workspace import create_workspace
    from savoirfaire.settings import LogSettings, load_settings
    from savoirfaire.workspace import FILE, Workspace

    made = create_workspace(folder or Path(tempfile.mkdtemp(prefix="savoir-demo-")))
    file = made.folder / FILE
    lines = [f'mode = "{mode}"']
    if mode in {"replay", "record"}:
        lines.append(f'tape = "{(TAPES / f"{example.name}.jsonl").as_posix()}"')
    if recall:
        lines.append(f'recall = "{recall}"')
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[model]\n", "[model]\n" + "\n".join(lines) + "\n"), "utf-8")
    asks_a_model = mode in {"live", "record"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if asks_a_model and name not in {"SAVOIR_MODEL_MODE", "SAVOIR_MODEL_TAPE"}
    }
    configure(LogSettings(level="warning"))
    return Workspace(made.folder, load_settings(made.folder, kept))


async def _through(
    workspace: "Workspace", client: str, example: Path, options: _Options
) -> dict[str, Any]:
    """Ingest, run, show, decide, publish."""
    from savoirfaire.cli.runs import read_request
    from savoirfaire.cli.studio import open_runs, open_tape

    tape = open_tape(workspace, options.mode)
    async with open_runs(workspace, tape=tape, missing=options.missing) as runs:
        _introduce(runs, workspace, client, example, options)
        scope = runs.knowledge.ledger.scope(client)
        request = read_request(example / "request.yaml")
        run = runs.submit(scope, GRAPH, request, by=_("the demo"))
        progress = await _drive(runs, run, options)
        progress, by = await _decide(runs, progress, options, workspace)
        if progress.status == "completed":
            _verify(tape, options, recalled=workspace.settings.model.recall == "fixed")
        told = await _account(runs, run)
    if not options.quiet:
        _conclude(workspace, told, progress, by)
    return _summary(workspace, told)


def _introduce(
    runs: "Runs", workspace: "Workspace", client: str, example: Path, options: _Options
) -> None:
    from savoirfaire.knowledge.ingest import ingest

    scope = runs.knowledge.ledger.add_client(client, language())
    report = ingest(runs.knowledge, scope, [example])
    if report.failed:
        raise SavoirError("the demo's files cannot be read: {files}", files=report.failed)
    runs.knowledge.brand_os.fill(scope)
    if options.quiet:
        return
    line(_("The workspace of this demo: {folder}").format(folder=workspace.folder))
    line(_(_MODES[options.mode]))
    files = ngettext("{n} file", "{n} files", report.read).format(n=number(report.read))
    line(
        _("Read for the client {client}: {files}, {passages} passages, in {s} s.").format(
            client=client,
            files=files,
            passages=number(report.passages),
            s=number(round(report.seconds, 2)),
        )
    )


async def _drive(runs: "Runs", run: str, options: _Options) -> "Progress":
    from savoirfaire.cli.runs import follow

    progress = await follow(runs, run, quiet=options.quiet)
    if progress.status == "needs_attention":
        raise SavoirError(
            "{run} needs attention: {reason}",
            run=run,
            reason=say(progress.fault) if progress.fault else progress.reason,
            hint=progress.hint,
        )
    return progress


def _verify(tape: "Tape | None", options: _Options, *, recalled: bool) -> None:
    """A replay is the recorded run only if it asked for all that was recorded.

    `recalled`: the passages too come from the tape, not from a new search.
    """
    if tape is None:
        return
    lanes = {"model", "recall"} if recalled else {"model"}
    if options.mode == "record":
        tape.prune()
        if not tape.entries("model"):
            raise TapeMissError("nothing was recorded")
    elif unplayed := [entry for entry in tape.unplayed() if entry.lane in lanes]:
        roles = sorted({entry.scope.role for entry in unplayed})
        raise TapeMissError(
            "{count} recorded exchanges were never asked for: {roles}",
            count=len(unplayed),
            roles=", ".join(roles),
        )


async def _decide(
    runs: "Runs", progress: "Progress", options: _Options, workspace: "Workspace"
) -> "tuple[Progress, str]":
    """Ask the person; where there is none, approve and say so."""
    from savoirfaire.cli.asking import decide_here
    from savoirfaire.cli.pages import approval_page
    from savoirfaire.cli.studio import as_json

    by = ""
    while progress.status == "waiting":
        approval = progress.approvals[0]
        if options.yes:
            if not options.quiet:
                approval_page(as_json(runs.approvals.get(approval)))
            by = _("the demo")
            _answer(runs, approval, by)
        elif not decide_here(runs, approval, by=decider(workspace)):
            break
        progress = await _drive(runs, progress.run, options)
    return progress, by


def _answer(runs: "Runs", approval: str, by: str) -> None:
    """Take the first where there is a choice, else approve: nobody is there to look at it."""
    from savoirfaire.graphs.gates.answers import takes

    if "choose" in takes(runs.approvals.get(approval).request):
        said = _("the first, taken by the demo")
        runs.approvals.decide(approval, "choose", by=by, choice=0, reason=said)
    else:
        runs.approvals.decide(approval, "approve", by=by, reason=_("approved by the demo"))


async def _account(runs: "Runs", run: str) -> dict[str, Any]:
    from savoirfaire.graphs.account import account

    told = account(runs.knowledge.ledger, runs.get(run), runs.events(run), await runs.state(run))
    return {**told, "approvals": [each.id for each in runs.approvals.of_run(run)]}


def _summary(workspace: "Workspace", told: dict[str, Any]) -> dict[str, Any]:
    """What a program is told of the demo."""
    return {
        **{key: told[key] for key in ("run", "client", "graph", "status", "model")},
        "published": [str(workspace.outbox / path) for path in told["published"]],
        "citations": len(told["citations"]),
        "breaches_found": told["breaches_found"],
        "breaches_open": len(told["breaches"]),
        "approvals": told["approvals"],
    }


_MODES = {
    "replay": mark("No model is called: a language model's recorded replies are played again."),
    "offline": mark(
        "No model is called: the edition is put together from the sources' own sentences."
    ),
    "live": mark("A language model is called at the configured endpoint."),
    "record": mark("A language model is called at the configured endpoint, and recorded."),
}


def _conclude(workspace: "Workspace", told: dict[str, Any], progress: "Progress", by: str) -> None:
    from shutil import which

    if by:
        line(_("Approved by the demo itself, since nobody was asked."))
    for path in told["published"]:
        line(_("published: {file}").format(file=workspace.outbox / path))
    line("\n" + _("To try next, in {folder}:").format(folder=workspace.folder))
    following = [f"decide {each} approve" for each in progress.approvals]
    command = "savoir" if which("savoir") else str(Path(sys.argv[0]).absolute())
    for each in (
        f"show {told['run']}",
        f"brand {told['client']}",
        f'ask {told["client"]} "…"',
        "runs",
        *following,
    ):
        line(f"  {command} {each}")
