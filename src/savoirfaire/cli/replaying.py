"""`savoir gates replay` and `savoir gates carry`: what is recorded, seen in another light."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.given import read_text
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, labelled, ngettext, number
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from savoirfaire.graphs.gates.evidence.policies import Policy
    from savoirfaire.graphs.gates.replaying import Replayed
    from savoirfaire.workspace import Workspace

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def replay(
    ctx: typer.Context,
    policy: Annotated[
        Path, typer.Option("--policy", help="A TOML file: p0, alpha, floor … for each risk class.")
    ],
    since: Annotated[
        str, typer.Option(help="As if in force since this day, as 2026-05-04; else from the start.")
    ] = "",
    client: Annotated[str | None, typer.Option(help="Only the gates of this client.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the plot to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Replay recorded decisions under another policy: what passes, what is saved."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.plots import steps_svg
    from savoirfaire.graphs.gates.replaying import together

    if since and not _DATE.fullmatch(since):
        raise RequestError("{since} is no date", since=since, hint="Write it as 2026-05-04.")
    workspace = open_workspace(ctx)
    names, gates = _replayed(workspace, _policies(policy), since, client)
    truth, other = together(gates)
    if svg is not None:
        title = _("Reviews under {policy} (line) and in truth (broken line)")
        svg.write_text(steps_svg(title.format(policy=policy.name), other, truth), encoding="utf-8")
    if as_json:
        emit_json(_as_json(names, gates))
    else:
        _tell(names, gates, truth, other)


def carry(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="GATE", help="The gate: CLIENT/GRAPH/GATE.")],
    evidence: Annotated[
        Path,
        typer.Option("--evidence", help="The JSON report of a paired evaluation: old and new."),
    ],
    discount: Annotated[
        float, typer.Option(min=0.01, max=1, help="The power of the old evidence that is kept.")
    ] = 0.5,
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="Why; it is kept with your name.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Carry evidence over a change of prompt or model, once, where an evaluation shows no drop."""
    from savoirfaire.cli.deciding import read_json
    from savoirfaire.cli.gates import open_desk
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.runs import decider
    from savoirfaire.graphs.gates.book import Book

    given = read_json(evidence)
    workspace = open_workspace(ctx)
    with open_desk(workspace) as (engine, desk):
        told = Book(engine, desk).carry(
            key, given, by=decider(workspace), discount=discount, reason=reason
        )
    if as_json:
        emit_json(told)
    else:
        _tell_carried(told)
    if not told["carried"]:
        raise typer.Exit(1)


def _tell_carried(told: "Mapping[str, Any]") -> None:
    """What was compared, and what it changed."""
    from savoirfaire.cli.gates import percent
    from savoirfaire.cli.output import line

    shares = {name: percent(told[name]) for name in ("most", "drop", "visible", "margin")}
    tasks = ngettext("{n} task", "{n} tasks", told["tasks"]).format(n=number(told["tasks"]))
    words = {
        "no drop": _("No drop: at most {most} worse, and up to {margin} is called none ({tasks})."),
        "drop": _("Worse than before: {drop} on average ({tasks})."),
        "cannot tell": _("Cannot tell: up to {most} worse, more than {margin} ({tasks})."),
    }[told["verdict"]]
    line(words.format(tasks=tasks, **shares))
    if told["observations"] < told["tasks"]:
        said = ngettext(
            "Tasks of several clients count as {n} observation, one for each client.",
            "Tasks of several clients count as {n} observations, one for each client.",
            told["observations"],
        )
        line(said.format(n=number(told["observations"])))
    if told["verdict"] == "cannot tell":
        line(_("So many could have shown {visible} at best: evaluate more.").format(**shares))
    if not told["carried"]:
        line(_("Nothing is carried over: the gate starts at full review."))
    else:
        power = percent(told["discount"])
        line(_("Carried over, at {power} of its power.").format(power=power))
    if told["clean_left"] is not None and told["clean_left_before"] is not None:
        line(
            _("Clean reviews until the next step: {before} before, {after} now.").format(
                before=number(told["clean_left_before"]), after=number(told["clean_left"])
            )
        )
    if not told["work_named"]:
        line(_("The report does not say which work it compared: you answer for that."))


def _policies(path: Path) -> "dict[Any, Policy]":
    import tomllib

    from savoirfaire.graphs.gates.evidence.policies import PRESETS
    from savoirfaire.graphs.gates.replaying import policies_from

    try:
        table = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise RequestError("{file} is not valid TOML: {reason}", file=path, reason=error) from error
    return policies_from(table, PRESETS)


def _replayed(
    workspace: "Workspace", policies: "Mapping[Any, Policy]", since: str, client: str | None
) -> "tuple[dict[int, str], list[Replayed]]":
    """Each gate of the ledger replayed, with the names of the gates."""
    from savoirfaire.cli.gates import open_desk
    from savoirfaire.graphs.gates import pooling
    from savoirfaire.graphs.gates.book import Book
    from savoirfaire.graphs.gates.replaying import replayed
    from savoirfaire.workspace import load_secret

    secret = load_secret(workspace.secret)
    with open_desk(workspace) as (engine, desk):
        rows = Book(engine, desk).rows(client)
        names = {row.id: f"{row.client}/{row.graph}/{row.gate}" for row in rows}
        gates = []
        with engine.connect() as connection:
            for row in rows:
                policy = policies["irreversible" if row.craft else row.risk]
                entries = pooling.entries(connection, row.id)
                gates.append(replayed(policy, entries, secret, gate=row.id, since=since))
    return names, gates


def _as_json(names: "Mapping[int, str]", gates: "Sequence[Replayed]") -> dict[str, Any]:
    from savoirfaire.graphs.gates.replaying import by_client

    clients = {gate: name.partition("/")[0] for gate, name in names.items()}
    return {
        "clients": {name: dict(sums) for name, sums in by_client(clients, gates).items()},
        "gates": [
            {
                "gate": names[each.gate],
                "items": each.items,
                "reviewed": each.reviewed,
                "asked": each.asked,
                "saved": each.saved,
                "unknown": each.unknown,
                "slips": [
                    {"approval": slip.approval, "at": slip.at, "findings": list(slip.findings)}
                    for slip in each.slips
                ],
            }
            for each in gates
        ],
        "ratified": "as soon as allowed",
    }


def _tell(
    names: "Mapping[int, str]",
    gates: "Sequence[Replayed]",
    truth: "Sequence[int]",
    other: "Sequence[int]",
) -> None:
    from savoirfaire.cli.output import line, table
    from savoirfaire.cli.plots import steps_text
    from savoirfaire.graphs.gates.replaying import by_client

    if not any(each.items for each in gates):
        line(_("Nothing has come to a gate in that time."))
        return
    columns = (
        *(_("client"), _("items"), _("reviewed"), _("would be"), _("saved")),
        *(_("would slip through"), _("not known")),
    )
    clients = {gate: name.partition("/")[0] for gate, name in names.items()}
    keys = ("items", "reviewed", "asked", "saved", "slips", "unknown")
    rows = [
        (name, *(number(sums[key]) for key in keys))
        for name, sums in sorted(by_client(clients, gates).items())
    ]
    table(columns, rows)
    slips = [slip for each in gates for slip in each.slips]
    if slips:
        said = ngettext(
            "{n} item that people rejected or mended would have passed unseen:",
            "{n} items that people rejected or mended would have passed unseen:",
            len(slips),
        )
        line("\n" + said.format(n=number(len(slips))))
    for slip in slips:
        line("  " + labelled(slip.approval, ", ".join(slip.findings)))
    line("")
    for each in steps_text(other, truth):
        line(each)
    line(_("─ reviews under the other policy, ┄ in truth; steps agreed to as soon as allowed"))
