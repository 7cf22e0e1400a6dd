"""`savoir models check`."""

from typing import TYPE_CHECKING

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import mark, recognised

if TYPE_CHECKING:
    from savoirfaire.agents.check_endpoint import CheckResult
    from savoirfaire.workspace import Workspace


def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Call the configured endpoint for text, for a structured reply and streamed."""
    import asyncio
    from dataclasses import asdict

    from savoirfaire.cli.output import emit_json, table

    results = asyncio.run(_check(open_workspace(ctx)))
    if as_json:
        emit_json([asdict(each) for each in results])
    else:
        table(("", "", ""), [("✓" if r.ok else "✗", _name(r), _words(r)) for r in results])
    if not all(each.ok for each in results):
        raise typer.Exit(1)


def _name(result: "CheckResult") -> str:
    return recognised(result.name, TRIED)


def _words(result: "CheckResult") -> str:
    return recognised(result.words, OUTCOMES)


TRIED = (
    mark("endpoint"),
    mark("text"),
    mark("structured ({way})"),
    mark("streamed"),
)
OUTCOMES = (  # the first that fits is taken
    mark("no endpoint is set: replies are composed from the evidence, without a model"),
    mark('works ({model}, {read} + {written} tokens, after {n} repairs): set {setting} = "{way}"'),
    mark('works ({model}, {read} + {written} tokens): set {setting} = "{way}"'),
    mark("works ({model}, {read} + {written} tokens, after {n} repairs)"),
    mark("works ({model}, {read} + {written} tokens)"),
)


async def _check(workspace: "Workspace") -> "list[CheckResult]":
    from savoirfaire.agents.check_endpoint import check as call
    from savoirfaire.agents.model import open_gateway
    from savoirfaire.cli.studio import endpoint

    async with open_gateway("auto", endpoint(workspace.settings)) as gateway:
        return await call(gateway)


group = typer.Typer()
group.command()(check)
