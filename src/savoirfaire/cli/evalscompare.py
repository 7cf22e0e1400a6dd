"""`savoir evals compare` and `savoir evals gate`: what follows from the results of versions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.evalslive import results_home
from savoirfaire.cli.invocation import Json
from savoirfaire.cli.messages import _, language, mark, number, phrase

if TYPE_CHECKING:
    from savoirfaire.evals.live.results import Results
    from savoirfaire.evals.statistics.comparing import Comparison

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

    home = results_home(ctx)
    old, new = read(find(a, home)), read(find(b, home))
    found = compared(old.scored(metric), new.scored(metric))
    if html is not None:
        from savoirfaire.evals.report.compared import page_of

        html.write_text(page_of(old, new, found, language=language()), encoding="utf-8")
    if as_json:
        told = {"a": (old, found.a), "b": (new, found.b)}
        emit_json({**found.as_dict(), **{key: _version(*each) for key, each in told.items()}})
        return
    _say(found, old, new)


def _version(results: "Results", mean: float) -> dict[str, Any]:
    """One side of a comparison, as plain data."""
    summary = results.summary()
    kept = ("label", "mode", "model", "work", "trials", "cost", "tokens", "metrics")
    return {"mean": mean, **{key: summary[key] for key in kept}}


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
