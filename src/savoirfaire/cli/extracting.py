"""Running an extraction from the command line, and saying what it gave."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import typer

from savoirfaire.cli.messages import _, hint, ngettext, number, quoted, say
from savoirfaire.cli.output import emit_json, line, note
from savoirfaire.cli.runs import decider, follow
from savoirfaire.errors import AbstainedError

if TYPE_CHECKING:
    from savoirfaire.graphs.runs import Progress
    from savoirfaire.workspace import Workspace

GRAPH = "extraction"


def extract_with(
    workspace: "Workspace",
    client: str,
    request: Mapping[str, Any],
    *,
    mode: Literal["replay", "offline", "live", "record"] | None,
    as_json: bool,
) -> None:
    """Fill records from structured files, then have a model read the rest, where there is one."""
    workspace = _in_mode(workspace, mode)
    _fill(workspace, client, request)
    if workspace.settings.model.resolved_mode == "offline":
        _abstain(client, as_json=as_json)
        return
    progress, told = asyncio.run(_extracted(workspace, client, request, quiet=as_json))
    if as_json:
        emit_json(told)
    else:
        _tell(client, progress, told)
    if progress.status == "needs_attention":
        raise typer.Exit(1)


def _in_mode(workspace: "Workspace", mode: str | None) -> "Workspace":
    from savoirfaire.workspace import Workspace

    if mode is None:
        return workspace
    settings = workspace.settings
    model = settings.model.model_copy(update={"mode": mode})
    return Workspace(workspace.folder, settings.model_copy(update={"model": model}))


def _fill(workspace: "Workspace", client: str, request: Mapping[str, Any]) -> None:
    """Fill records, once what is asked for is known to be there."""
    from savoirfaire.agents.kinds import check_kinds
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.tools.recall import named

    check_kinds(request["kinds"])
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        rows = knowledge.ledger.sources(scope)
        for each in request["sources"]:
            named(scope, rows, each)
        knowledge.brand_os.fill(scope)


def _abstain(client: str, *, as_json: bool) -> None:
    """Say why free text was not read."""
    if as_json:
        emit_json({"proposed": [], "abstained": str(_NO_MODEL)})
        return
    note(_("Free text was not read: {reason}").format(reason=say(_NO_MODEL)))
    note(hint(_NO_MODEL))
    said = _("Structured files have filled their records: `savoir brand {client}` shows them.")
    line(said.format(client=client))


_NO_MODEL = AbstainedError("role {role} needs a language model", role="extractor")


async def _extracted(
    workspace: "Workspace", client: str, request: Mapping[str, Any], *, quiet: bool
) -> tuple["Progress", dict[str, Any]]:
    from savoirfaire.cli.studio import open_runs

    async with open_runs(workspace) as runs:
        scope = runs.knowledge.ledger.scope(client)
        run = runs.submit(scope, GRAPH, request, by=decider(workspace))
        progress = await follow(runs, run, quiet=quiet)
        state = await runs.state(run)
    told: dict[str, Any] = {"run": run, "status": progress.status}
    if progress.reason:
        told["reason"] = progress.reason
    told |= {"author": state.get("author", ""), "parts": len(state.get("parts", []))}
    for name, empty in (("left", 0), ("proposed", []), ("known", 0), ("dropped", [])):
        told[name] = state.get(name, empty)
    return progress, told


def _tell(client: str, progress: "Progress", told: Mapping[str, Any]) -> None:
    if progress.status == "needs_attention":
        fault = progress.fault
        note(_("error: {message}").format(message=say(fault) if fault else progress.reason))
        note(hint(fault) if fault else _(progress.hint))
        return
    for each in told["dropped"]:
        note(_("not proposed: {why}").format(why=_dropped(each)))
    made = ngettext("{n} record proposed", "{n} records proposed", len(told["proposed"]))
    read = ngettext("{n} part read", "{n} parts read", told["parts"])
    said = [read.format(n=number(told["parts"])), made.format(n=number(len(told["proposed"])))]
    if told["known"]:
        said.append(_("{n} were decided on before").format(n=number(told["known"])))
    line("; ".join(said))
    if told["left"]:
        line(_("{n} parts are left: the same command goes on.").format(n=number(told["left"])))
    if told["proposed"]:
        line(_("To decide on them: `savoir review {client}`.").format(client=client))


def _dropped(each: Mapping[str, str]) -> str:
    """Why a proposal was not made, in words."""
    reasons = {
        "kind": _("there is no such kind, or it was not asked for"),
        "field": _("its kind has no such value"),
        "quote": _("the source does not say this"),
        "no quote": _("a value without a quote"),
        "figure": _("a figure that its quote does not have"),
        "value": _("a value that is not of its type, or said twice"),
        "form": _("its values make no record"),
        "many": _("too many in one reply"),
        "changed": _("the source was changed meanwhile"),
    }
    told = [each["kind"], each["source"], reasons.get(each["reason"], each["reason"])]
    words = f" {quoted(each['words'])}" if each["words"] else ""
    return ", ".join(filter(None, told)) + words
