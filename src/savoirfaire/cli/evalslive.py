"""`savoir evals run` against a model, and what follows from results: `compare`, `gate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.invocation import Json, invocation, open_workspace
from savoirfaire.cli.messages import _, language, mark, ngettext, number, phrase
from savoirfaire.errors import SavoirError, WorkspaceError

if TYPE_CHECKING:
    from savoirfaire.evals.live.results import Results, Trial
    from savoirfaire.evals.replaying.many import Replayed
    from savoirfaire.evals.statistics.comparing import Comparison
    from savoirfaire.evals.tasks.folder import Task
    from savoirfaire.evals.tasks.suites import Suite

Version = Annotated[
    str, typer.Argument(metavar="RESULTS", help="A label, SUITE/LABEL, or a file of results.")
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Also write a page to read.")
]
VERDICTS = {
    "better": mark("better"),
    "worse": mark("worse"),
    "cannot tell": mark("cannot tell"),
}


def run_live(
    ctx: typer.Context,
    suite: "Suite",
    tasks: "list[Task]",
    given: dict[str, Any],
    *,
    html: Path | None,
    as_json: bool,
) -> None:
    """Make the trials that are not made yet, and say what came of them."""
    import asyncio
    from dataclasses import replace

    from savoirfaire.cli.output import progress
    from savoirfaire.cli.studio import endpoint
    from savoirfaire.evals.graders import graders_of
    from savoirfaire.evals.live.results import Head, Results
    from savoirfaire.evals.live.trials import Prices, run_trials
    from savoirfaire.evals.tasks.prompts import work_now

    workspace = open_workspace(ctx)
    settings = workspace.settings.model
    asked = endpoint(workspace.settings)
    asked = replace(asked, name=given["model"] or asked.name)
    label = given["label"] or asked.name or "live"
    head = Head(suite.name, label, "live", asked.name, work_now(tasks, asked))
    results = Results.open(_place(results_home(ctx)[0], suite.name, label), head)
    scale = graders_of(suite.graders)
    total = len(tasks) * given["trials"] - len(results.done())
    with progress(_("trials"), max(total, 0)) as advance:

        def tell(_trial: "Trial") -> None:
            advance(1)

        asyncio.run(
            run_trials(
                tasks,
                results,
                asked,
                scale,
                trials=given["trials"],
                at_once=given["at_once"],
                prices=Prices(settings.input_price or 0.0, settings.output_price or 0.0),
                tell=tell,
            )
        )
    say_results(results, html=html, as_json=as_json)


def keep_replayed(
    ctx: typer.Context, suite: "Suite", tasks: "list[Task]", told: "Replayed", label: str
) -> "Results":
    """Score a replay, and keep the scores under a label."""
    from savoirfaire.evals.graders import graders_of
    from savoirfaire.evals.live.replayed import grade_replayed, work_of
    from savoirfaire.evals.live.results import Head, Results

    names = sorted({each.header.model.name for each in tasks})
    head = Head(suite.name, label, "replay", ", ".join(names), work_of(tasks))
    results = Results.open(_place(results_home(ctx)[0], suite.name, label), head)
    return grade_replayed(tasks, told.outcomes, results, graders_of(suite.graders))


def results_home(ctx: typer.Context) -> list[Path]:
    """The folder of results: in the workspace's data, or in the current folder where none is."""
    try:
        workspace = invocation(ctx).open()
    except WorkspaceError:
        return [Path("evals-results")]
    return [workspace.data / "evals"]


def _place(home: Path, suite: str, label: str) -> Path:
    from savoirfaire.workspace import within

    return within(within(home, suite), f"{label}.jsonl")


def say_results(results: "Results", *, html: Path | None, as_json: bool) -> None:
    """What trials came to; any that could not be made ends with exit code 1."""
    from savoirfaire.cli.output import emit_json, line, table

    summary = results.summary()
    if html is not None:
        from savoirfaire.evals.report.scored import page_of

        html.write_text(page_of(results, language=language()), encoding="utf-8")
    if as_json:
        emit_json(summary)
    else:
        table((_("figure"), _("value")), [(k, number(v)) for k, v in summary["metrics"].items()])
        line(
            ngettext(
                "{n} trial of {tasks} tasks", "{n} trials of {tasks} tasks", summary["trials"]
            ).format(n=number(summary["trials"]), tasks=number(summary["tasks"]))
        )
        line(_("kept in {file}").format(file=results.path))
    if summary["errors"]:
        raise SavoirError(
            "{count} trials could not be made: {reason}",
            count=summary["errors"],
            reason=next(each.error for each in results.latest() if each.error),
            hint="They say nothing of the work. The same command makes only those again.",
        )


def compare(
    ctx: typer.Context,
    a: Version,
    b: Version,
    metric: Annotated[
        str, typer.Option(metavar="GRADER", help="Compare what one grader says; else the score.")
    ] = "",
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Say whether version B is better than A, worse, or cannot be told."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.evals.live.results import find, read
    from savoirfaire.evals.statistics.comparing import compare as compared
    from savoirfaire.evals.statistics.comparing import pass_hat

    home = results_home(ctx)
    old, new = read(find(a, home)), read(find(b, home))
    found = compared(old.scored(metric), new.scored(metric))
    if html is not None:
        from savoirfaire.evals.report.compared import page_of

        html.write_text(page_of(old, new, found, language=language()), encoding="utf-8")
    if as_json:
        hats = {"a": pass_hat(old.scored()), "b": pass_hat(new.scored())}
        both = {"form": 1, "old": old.head.work, "new": new.head.work}
        costs = {"a": old.summary()["cost"], "b": new.summary()["cost"]}
        emit_json({**found.as_dict(), "pass^k": hats, "cost": costs, "versions": both})
        return
    _say(found, old, new)


def _say(found: "Comparison", old: "Results", new: "Results") -> None:
    from savoirfaire.cli.output import line, table

    a, b = old.head.label, new.head.label
    low, high = (_points(each) for each in found.interval)
    line(_("{b} against {a}: {verdict}").format(b=b, a=a, verdict=_(VERDICTS[found.verdict])))
    line(
        _("{difference} points ({low} to {high}, 95 %), p = {p}").format(
            difference=_points(found.difference), low=low, high=high, p=number(found.p)
        )
    )
    if found.visible is None:
        line(_("So few tasks could not have shown any drop."))
    else:
        words = _("The smallest drop that would have been seen, four times in five: {n} points")
        line(words.format(n=_points(found.visible)))
    if found.over == "task":
        line(_("There are fewer than six clients: this holds for them, not for others."))
    moved = sorted(found.tasks, key=lambda each: each.b - each.a)
    rows = [
        (each.task, each.client, number(each.a), number(each.b), _points(each.b - each.a))
        for each in moved
        if each.a != each.b
    ]
    if rows:
        table((_("task"), _("client"), a, b, _("points")), rows)


def _points(share: float) -> str:
    return number(round(100 * share, 1))


def gate(
    ctx: typer.Context,
    version: Version,
    against: Annotated[
        str | None, typer.Option(metavar="RESULTS", help="What it must not be worse than.")
    ] = None,
    least: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC=VALUE", help="The least a metric must be; may be repeated."),
    ] = None,
    control: Annotated[
        str | None, typer.Option(metavar="RESULTS", help="A bad version, which must not pass.")
    ] = None,
    cannot_tell: Annotated[
        Literal["fail", "pass"], typer.Option(help="What comes of `cannot tell`.")
    ] = "fail",
    unseen: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="`cannot tell` passes if no larger drop could hide."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let a version pass, or not: for continuous integration."""
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.evals.live.gating import Rules, judge, least_of
    from savoirfaire.evals.live.results import find, read

    home = results_home(ctx)
    rules = Rules(least_of(least or []), cannot_tell, unseen)
    others = [read(find(each, home)) if each else None for each in (against, control)]
    judged = judge(read(find(version, home)), rules, *others)
    if as_json:
        reasons = [str(each) for each in judged.reasons]
        emit_json({"passes": judged.passes, "reasons": reasons, **judged.facts})
    else:
        line(_("passes") if judged.passes else _("does not pass"))
        for reason in judged.reasons:
            line(f"  {phrase(reason)}")
    if not judged.passes:
        raise typer.Exit(1)
