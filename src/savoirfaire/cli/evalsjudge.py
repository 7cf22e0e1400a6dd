"""`savoir evals calibrate`: what a model judge is worth, by what people decided at gates."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, number

if TYPE_CHECKING:
    from savoirfaire.evals.statistics.rates import Calibration, Rate
    from savoirfaire.graphs.runs import Runs
    from savoirfaire.workspace import Workspace

Labels = list[tuple[bool, bool | None]]


def calibrate(
    ctx: typer.Context,
    judge: Annotated[
        Path, typer.Argument(metavar="JUDGE", help="A rubric, or with --labels its verdicts.")
    ],
    labels: Annotated[
        bool, typer.Option("--labels", help="JUDGE has verdicts made elsewhere, as JSON lines.")
    ] = False,
    client: Annotated[
        str | None, typer.Option("--client", "-c", help="Only this client's decisions.")
    ] = None,
    most: Annotated[int, typer.Option(min=20, max=5000, help="How many decisions.")] = 200,
    passed: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="N OF", help="It passed N of OF new items: how many are good?"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a model judge gets right, beside what people decided at gates."""
    from dataclasses import asdict

    from savoirfaire.cli.output import emit_json
    from savoirfaire.evals.graders.calibrating import read_labels, require_enough
    from savoirfaire.evals.statistics.rates import calibrate as calibrated

    told = read_labels(judge) if labels else _judged(open_workspace(ctx), judge, client, most)
    require_enough(told)
    found = calibrated(told)
    share = _share(told, passed) if passed else None
    if as_json:
        emit_json({**asdict(found), "good": asdict(share) if share else None})
        return
    _say(found, share)


def _judged(workspace: "Workspace", rubric: Path, client: str | None, most: int) -> Labels:
    import asyncio

    from savoirfaire.agents.model import open_gateway
    from savoirfaire.cli.runs import known_client, with_runs
    from savoirfaire.cli.studio import endpoint
    from savoirfaire.evals.graders.calibrating import judged, labelled, require_enough
    from savoirfaire.evals.graders.judging import read_rubric

    asked = read_rubric(rubric)

    async def read(opened: "Runs") -> Any:
        return labelled(opened, known_client(opened, client), limit=most)

    items = with_runs(workspace, read)
    require_enough([(each.human, None) for each in items])

    async def ask() -> Labels:
        async with open_gateway("live", endpoint(workspace.settings)) as gateway:
            return await judged(gateway, asked, items)

    return asyncio.run(ask())


def _share(told: Labels, passed: tuple[int, int]) -> "Rate":
    from savoirfaire.evals.statistics.rates import prevalence

    if not 0 <= passed[0] <= passed[1] or not passed[1]:
        raise typer.BadParameter(_("--passed takes two numbers: 80 100"))
    good = [said for human, said in told if human and said is not None]
    bad = [not said for human, said in told if not human and said is not None]
    return prevalence(*passed, sum(good), len(good), sum(bad), len(bad))


def _say(found: "Calibration", share: "Rate | None") -> None:
    from savoirfaire.cli.output import line, table

    rows = [
        (_("of what people approved, it passes"), found.tpr),
        (_("of what people mended or rejected, it stops"), found.tnr),
        (_("agrees with people"), found.agreement),
    ]
    if share is not None:
        rows.append((_("good, once its errors are taken off"), share))
    shown = [
        (name, _percent(r.rate), f"{_percent(r.low)} – {_percent(r.high)}", number(r.of))
        for name, r in rows
    ]
    table(("", _("share"), _("95 % interval"), _("of")), shown)
    line(_("It abstained from {n}.").format(n=number(found.abstained)))
    if not found.useful:
        line(_("It cannot be told from a coin: do not go by this judge."))


def _percent(share: float) -> str:
    return f"{number(round(100 * share, 1))} %"
