"""`savoir evals`: recorded tasks, replayed without a model or run live against one."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from savoirfaire.cli.evalscompare import compare, gate
from savoirfaire.cli.evalsexport import export
from savoirfaire.cli.evalsjudge import calibrate
from savoirfaire.cli.invocation import Json, invocation
from savoirfaire.cli.messages import _, labelled, language, mark, ngettext, number
from savoirfaire.errors import WorkspaceError

if TYPE_CHECKING:
    from savoirfaire.evals.replaying.many import Replayed

_SHOWN = 5  # differences of one kind

Suite = Annotated[str, typer.Argument(metavar="SUITE", help="A suite's name, or its folder.")]


def suites(ctx: typer.Context, as_json: Json = False) -> None:
    """Recorded tasks: replay them, run them live, compare versions."""
    if ctx.invoked_subcommand is not None:
        return
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.evals.tasks.suites import SHIPPED, open_suite, suites_in

    found = [open_suite(each) for home in (*homes(ctx), SHIPPED) for each in suites_in(home)]
    if as_json:
        emit_json(
            [{"suite": s.name, "title": s.title(language()), "tasks": len(s.tasks)} for s in found]
        )
        return
    rows = [(each.name, number(len(each.tasks)), each.title(language())) for each in found]
    table((_("suite"), _("tasks"), _("what it is about")), rows)


def record(  # noqa: PLR0913, PLR0917 - one for each option
    ctx: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="An ended run's id; none with --missing.")
    ] = None,
    suite: Annotated[
        str, typer.Option("--suite", metavar="SUITE", help="Where the task goes.")
    ] = "",
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The task's name; else the run's id.")
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="WORDS", help="Also replace this name; may be repeated."),
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="A word about the task; may be repeated.")
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Replace nothing: for work that is public already.")
    ] = False,
    keep_amounts: Annotated[
        bool, typer.Option("--keep-amounts", help="Leave amounts of money as they are.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be replaced; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    missing: Annotated[
        bool, typer.Option("--missing", help="Record again the tasks that a change made stale.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Freeze an ended run as a task, without the names of anybody in it."""
    from savoirfaire.cli.evalsrecord import record_again, record_run

    if missing:
        record_again(ctx, suite, tasks=[name] if name else [], as_json=as_json)
        return
    if not run or not suite:
        raise typer.BadParameter(_("name the run, and the suite with --suite"))
    record_run(
        ctx,
        run,
        suite,
        name or run,
        names=None if as_is else names or [],
        amounts=not keep_amounts,
        tags=tags or [],
        preview=preview,
        yes=yes or as_json,
        as_json=as_json,
    )


def run(  # noqa: PLR0913, PLR0917 - one for each option
    ctx: typer.Context,
    suite: Suite,
    replay: Annotated[
        bool, typer.Option("--replay", help="From the tapes: no model, no network.")
    ] = False,
    recall: Annotated[
        Literal["fixed", "live"],
        typer.Option(help="In replay, passages as recorded (fixed) or searched anew (live)."),
    ] = "fixed",
    checkpoints: Annotated[
        Literal["memory", "sqlite"], typer.Option(help="Where the replay keeps its states.")
    ] = "memory",
    only: Annotated[
        list[str] | None, typer.Option("--task", help="Only this task; may be repeated.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Live, with this model.")
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Live: also ask this model the suite's rubrics."),
    ] = None,
    trials: Annotated[int, typer.Option(min=1, max=1000, help="How often each task.")] = 3,
    label: Annotated[
        str, typer.Option(metavar="WORD", help="What this version is called in comparisons.")
    ] = "",
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many tasks at a time.")] = 4,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="In replay, how many processes.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write a page to read.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Replay a suite from its tapes, or run it live against a model."""
    from savoirfaire.evals.tasks.suites import find_suite

    found = find_suite(suite, homes(ctx))
    chosen = [found.task(each) for each in only] if only else found.tasks
    if not replay:
        from savoirfaire.cli.evalslive import run_live

        asked = {"model": model, "judge": judge}
        given = {**asked, "trials": trials, "label": label, "at_once": at_once}
        run_live(ctx, found, chosen, given, html=html, as_json=as_json)
        return
    from savoirfaire.evals.replaying.many import replay_all

    quiet()
    told = replay_all(
        found.name, chosen, recall=recall, checkpointer=checkpoints, processes=processes
    )
    if label:
        from savoirfaire.cli.evalslive import keep_replayed

        keep_replayed(ctx, found, chosen, told, label)
    _written(told, junit, html)
    _tell(told, as_json=as_json)


# --- shared ---------------------------------------------------------------------------------------


def homes(ctx: typer.Context) -> list[Path]:
    """The folders of suites beside those shipped: the workspace's, where there is one."""
    with suppress(WorkspaceError):
        return [invocation(ctx).find() / "suites"]
    return []


def quiet() -> None:
    """Log only errors: a replay tells what it found itself."""
    from savoirfaire.cli.logs import configure
    from savoirfaire.settings import LogSettings

    configure(LogSettings(level="error"))


def _written(told: "Replayed", junit: Path | None, html: Path | None) -> None:
    if junit is not None:
        from savoirfaire.evals.report.junit import junit_of

        junit.write_bytes(junit_of(told))
    if html is not None:
        from savoirfaire.evals.report.replayed import page_of

        html.write_text(page_of(told, language=language()), encoding="utf-8")


def _tell(told: "Replayed", *, as_json: bool) -> None:
    """Say how a replay went; anything but every task passed ends with exit code 1."""
    from savoirfaire.cli.output import emit_json, line

    if as_json:
        emit_json(told.summary())
    for outcome in () if as_json else told.outcomes:
        if outcome.verdict == "passed":
            continue
        line(f"{outcome.task}: {_(VERDICTS[outcome.verdict])}")
        for finding in outcome.findings:
            line(f"  {_(KINDS[finding.kind])} · {finding.where}")
            for words in finding.words[:_SHOWN]:
                line(f"    {_(words) if words else ''}")
            if len(finding.words) > _SHOWN:
                line(_("    and {n} more").format(n=number(len(finding.words) - _SHOWN)))
    if not as_json:
        line(_summary(told))
    if not told.passed:
        raise typer.Exit(1)


def _summary(told: "Replayed") -> str:
    figures = told.summary()
    passed = ngettext(
        "{passed} of {n} task is as recorded",
        "{passed} of {n} tasks are as recorded",
        figures["tasks"],
    ).format(passed=number(figures["passed"]), n=number(figures["tasks"]))
    more = _("{s} s, no model was called").format(s=number(figures["seconds"]))
    return labelled(told.suite, f"{passed} ({more})")


VERDICTS = {
    "passed": mark("as recorded"),
    "failed": mark("not as recorded"),
    "error": mark("could not be run"),
}
KINDS = {
    "miss": mark("not on the tape"),
    "unplayed": mark("never asked for"),
    "stale": mark("changed since"),
    "decision": mark("nobody decided this"),
    "extra": mark("asked more often"),
    "state": mark("ended differently"),
    "error": mark("error"),
}


FIXED = (
    mark("was changed since the task was recorded"),
    mark("was recorded, and never asked for"),
    mark("was decided, and never asked"),
    mark("has other steps or edges now"),
    mark("is not what the run knew"),
    mark("nobody was asked at this gate when the task was recorded"),
    mark("its hash differs"),
    mark("everything known is kept: the run reads more than it names"),
)


group = typer.Typer()
group.callback(invoke_without_command=True)(suites)
group.command()(record)
group.command()(run)
group.command()(compare)
group.command()(gate)
group.command()(calibrate)
group.command()(export)
