"""`savoir models check`."""

from typing import TYPE_CHECKING

import typer

from savoirfaire.cli.invocation import Json, open_workspace

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
        table(("", "", ""), [("✓" if r.ok else "✗", r.name, r.words) for r in results])
    if not all(each.ok for each in results):
        raise typer.Exit(1)


async def _check(workspace: "Workspace") -> "list[CheckResult]":
    from savoirfaire.agents.check_endpoint import check as call
    from savoirfaire.agents.model import open_gateway
    from savoirfaire.cli.studio import endpoint

    async with open_gateway("auto", endpoint(workspace.settings)) as gateway:
        return await call(gateway)


group = typer.Typer()
group.command()(check)
