"""`savoir evals run` against a model: trials that are kept, and what they came to."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.invocation import invocation, open_workspace
from savoirfaire.cli.messages import _, language, ngettext, number
from savoirfaire.errors import SavoirError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from savoirfaire.agents.model import Endpoint
    from savoirfaire.evals.graders.judges import SuiteJudge
    from savoirfaire.evals.live.results import Results, Trial
    from savoirfaire.evals.live.trials import Prices
    from savoirfaire.evals.replaying.many import Replayed
    from savoirfaire.evals.tasks.folder import Task
    from savoirfaire.evals.tasks.suites import Suite
    from savoirfaire.workspace import Workspace

_DIGITS = 12
RESULTS = "evals-results"


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

    from savoirfaire.cli.studio import endpoint
    from savoirfaire.evals.live.results import Head, Results
    from savoirfaire.evals.tasks.prompts import work_now

    workspace = open_workspace(ctx)
    asked = endpoint(workspace.settings)
    asked = replace(asked, name=given["model"] or asked.name)
    asyncio.run(_require_model(asked))
    label = given["label"] or asked.name
    judges = _judges(suite, given["judge"])
    work = work_now(tasks, asked)
    head = Head(suite.name, label, "live", asked.name, work, _judge(given["judge"], judges))
    results = Results.open(_place(results_home(ctx)[0], suite.name, label), head)
    bench = (replace(asked, name=given["judge"]), judges) if judges else None
    asyncio.run(_trials(suite, tasks, results, asked, bench, given, _prices(workspace, asked)))
    say_results(results, html=html, as_json=as_json)


async def _trials(
    suite: "Suite",
    tasks: "list[Task]",
    results: "Results",
    asked: "Endpoint",
    bench: "tuple[Endpoint, Sequence[SuiteJudge]] | None",
    given: dict[str, Any],
    prices: "Prices",
) -> None:
    """Make trials, and have `bench`, a model and what it goes by, judge each of them."""
    from contextlib import AsyncExitStack
    from dataclasses import replace
    from functools import partial

    from savoirfaire.agents.model import open_gateway
    from savoirfaire.cli.output import progress
    from savoirfaire.evals.graders import graders_of
    from savoirfaire.evals.graders.judges import judged
    from savoirfaire.evals.live.trials import run_trials

    scale, total = graders_of(suite.graders), len(tasks) * given["trials"] - len(results.done())
    async with AsyncExitStack() as stack:
        if bench:
            gateway = await stack.enter_async_context(open_gateway("live", bench[0]))
            scale = replace(scale, judged=partial(judged, gateway, bench[1]))
        advance = stack.enter_context(progress(_("trials"), max(total, 0)))

        def tell(_trial: "Trial") -> None:
            advance(1)

        await run_trials(
            tasks,
            results,
            asked,
            scale,
            trials=given["trials"],
            at_once=given["at_once"],
            prices=prices,
            tell=tell,
        )


def _judges(suite: "Suite", model: str | None) -> "Sequence[SuiteJudge]":
    """The judges to be asked: the suite's, where a model is named to be them."""
    from savoirfaire.evals.graders.judges import judges_of

    found = judges_of(suite) if model else ()
    if model and not found:
        raise SavoirError(
            "suite {suite} has no rubric for a judge",
            suite=suite.name,
            hint="Name one under [[judges]] in its suite.toml; docs/evals.md shows how.",
        )
    return found


def _judge(model: str | None, judges: "Sequence[SuiteJudge]") -> str:
    from savoirfaire.evals.graders.judges import work_of

    return f"{model} {work_of(judges)[:_DIGITS]}" if judges else ""


def _prices(workspace: "Workspace", asked: "Endpoint") -> "Prices":
    """What the model costs; where that is not known, it is said."""
    from savoirfaire.cli.output import note
    from savoirfaire.evals.live.trials import Prices

    price = workspace.settings.costs.prices.get(asked.name)
    if price is not None:
        return Prices(float(price.input), float(price.output))
    told = _("The price of {model} is not in costs.prices: no cost is told.")
    note(told.format(model=asked.name))
    return Prices()


async def _require_model(endpoint: "Endpoint") -> None:
    """Raise MisconfiguredError before anything is written, where no model can be asked."""
    from savoirfaire.agents.model import open_gateway

    async with open_gateway("live", endpoint):
        pass


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
    """The folder of results: in the workspace, or in the current folder where none is."""
    try:
        return [invocation(ctx).open().folder / RESULTS]
    except WorkspaceError:
        return [Path(RESULTS)]


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
