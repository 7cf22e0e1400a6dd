"""`savoir evals export`: results for other programs."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from savoirfaire.cli.evalscompare import Version
from savoirfaire.cli.evalslive import results_home
from savoirfaire.cli.messages import _
from savoirfaire.errors import NotFoundError, RequestError

_SUFFIX = ".json"


def export(
    ctx: typer.Context,
    version: Version,
    inspect: Annotated[
        Path,
        typer.Option("--inspect", metavar="FILE", help="A log in Inspect's format, a .json file."),
    ],
) -> None:
    """Write results in a format of other programs."""
    import json

    from savoirfaire.cli.evals import homes
    from savoirfaire.cli.output import line
    from savoirfaire.evals.live.results import find, read
    from savoirfaire.evals.report.inspecting import log_of
    from savoirfaire.evals.tasks.suites import find_suite

    if inspect.suffix != _SUFFIX:
        raise RequestError(
            "Inspect reads logs from .json files, and {file} is none",
            file=inspect.name,
            hint="Name a file that ends in .json.",
        )
    results, tasks = read(find(version, results_home(ctx))), []
    with suppress(NotFoundError):  # a suite that is gone: what was asked for is left out
        tasks = find_suite(results.head.suite, homes(ctx)).tasks
    inspect.write_text(json.dumps(log_of(results, tasks), ensure_ascii=False), encoding="utf-8")
    line(_("Written: {file}").format(file=inspect))
