"""`savoir evals record`: what is replaced is shown before a task is written."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.evals import homes, quiet
from savoirfaire.cli.invocation import invocation, open_workspace
from savoirfaire.cli.messages import _, mark, ngettext, number
from savoirfaire.cli.output import emit_json, line, table
from savoirfaire.errors import SavoirError, WorkspaceError

if TYPE_CHECKING:
    from savoirfaire.evals.recording.anonymising import Disguise
    from savoirfaire.evals.recording.recording import Recorded
    from savoirfaire.graphs.runs import Runs
    from savoirfaire.settings import Settings
    from savoirfaire.workspace import Workspace

_WHAT = {
    "word": mark("name"),
    "mail": mark("address"),
    "phone": mark("telephone"),
    "number": mark("amount"),
}


def record_run(
    ctx: typer.Context,
    run: str,
    suite: str,
    name: str,
    *,
    names: list[str] | None,
    amounts: bool,
    tags: list[str],
    preview: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Record a run into a suite; without names, nothing is replaced."""
    import tempfile

    from savoirfaire.evals.tasks.suites import home_of
    from savoirfaire.workspace import within

    workspace = open_workspace(ctx)
    folder = within(home_of(suite, homes(ctx)), name)
    disguise = None if names is None else _disguise(workspace, names, amounts=amounts)
    with tempfile.TemporaryDirectory(prefix="savoir-record-") as scratch:
        made = _recorded(workspace, run, Path(scratch) / name, disguise, tags)
        if not as_json:
            _show(made, disguise)
        if not preview and (yes or disguise is None or _agreed()):
            _move(made.task.folder, folder)
            if not as_json:
                line(_("The task is written: {folder}").format(folder=folder))
    if as_json:
        told = {"task": name, "suite": suite, "written": not preview, "notes": made.notes}
        replaced = [{"kind": k, "words": o, "pseudonym": n} for k, o, n in made.replaced]
        emit_json({**told, "replaced": replaced})


def _disguise(workspace: "Workspace", names: list[str], *, amounts: bool) -> "Disguise":
    from savoirfaire.evals.recording.anonymising import Disguise
    from savoirfaire.evals.recording.pseudonyms import Pseudonyms
    from savoirfaire.workspace import load_secret

    return Disguise(Pseudonyms(load_secret(workspace.secret)), names, amounts=amounts)


def _recorded(
    workspace: "Workspace", run: str, folder: Path, disguise: "Disguise | None", tags: list[str]
) -> "Recorded":
    from savoirfaire.cli.runs import with_runs
    from savoirfaire.cli.studio import endpoint
    from savoirfaire.evals.recording.ended import ended_run
    from savoirfaire.evals.recording.recording import record

    async def work(runs: "Runs") -> Any:
        given = await ended_run(runs, run, endpoint(workspace.settings))
        return await record(given, folder, workspace.tape, disguise=disguise, tags=tags)

    made: Recorded = with_runs(workspace, work)
    return made


def _show(made: "Recorded", disguise: "Disguise | None") -> None:
    """What was replaced, and what looks like a name and was not."""
    for note in made.notes:
        line(_(note))
    if disguise is None:
        line(_("Nothing is replaced: the task has every word of the run."))
        return
    rows = [(_(_WHAT[kind]), old, new) for kind, old, new in made.replaced]
    table((_("what"), _("in the run"), _("in the task")), rows)
    task = made.task
    sources = (each for part in task.snapshot.parts for each in part.sources)
    left = disguise.left(task.text(each.text) for each in sources)
    if left:
        words = ", ".join(f"{name} ({number(count)})" for name, count in left)
        line(_("Looks like a name, and stays: {words}").format(words=words))
        line(_("Give those that tell who somebody is with --name."))


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise SavoirError(
            "nobody agreed to what is replaced",
            hint="Look at it with --preview, then say --yes.",
        )
    return typer.confirm(_("Write the task?"))


def _move(made: Path, folder: Path) -> None:
    import shutil

    from savoirfaire.evals.tasks.folder import staged

    folder.parent.mkdir(parents=True, exist_ok=True)
    with staged(folder) as beside:
        shutil.copytree(made, beside, dirs_exist_ok=True)


def _settings(ctx: typer.Context) -> "Settings":
    """The workspace's settings; outside of one, which suites do not need, the variables'."""
    from savoirfaire.settings import load_settings

    try:
        return open_workspace(ctx).settings
    except WorkspaceError:
        if (call := invocation(ctx)).chosen:
            raise
        return load_settings(call.folder, os.environ)


def record_again(ctx: typer.Context, suite: str, *, tasks: list[str], as_json: bool) -> None:
    """Record again, with the configured model, only what a change made stale."""
    from savoirfaire.cli.studio import endpoint
    from savoirfaire.evals.recording.renewing import renew
    from savoirfaire.evals.tasks.suites import find_suite

    settings = _settings(ctx)
    quiet()
    found = find_suite(suite, homes(ctx))
    chosen = [found.task(each) for each in tasks] or found.tasks
    told = renew(chosen, endpoint(settings))
    if as_json:
        emit_json(told)
        return
    renewed = [each for each in told if each["asked"] or each["changed"]]
    for each in renewed:
        asked = ngettext("{n} request", "{n} requests", each["asked"]).format(n=each["asked"])
        line(_("{task}: recorded again, {asked}").format(task=each["task"], asked=asked))
        if each["assumed"]:
            line(_("  a gate shows something else now; the old answer was assumed: look at it"))
    line(_("{n} of {all} tasks were stale.").format(n=number(len(renewed)), all=number(len(told))))
