"""`savoir bench` by itself: every benchmark, kept with the machine's facts, compared as ratios."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json
from savoirfaire.cli.lazy import children
from savoirfaire.cli.messages import _, number

if TYPE_CHECKING:
    from collections.abc import Mapping


def everything(
    ctx: typer.Context,
    listed: Annotated[
        bool, typer.Option("--list", help="Name the benchmarks; run nothing.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this one; may be repeated.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the figures in this file.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with figures kept earlier.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Benchmarks: speed as ratios, measured side by side."""
    if ctx.invoked_subcommand is not None:
        return
    known = children(ctx.command)
    if listed:
        _list(known, as_json=as_json)
        return
    alone = [each.name for each in known if not _asks(each)]
    if unknown := sorted(set(only or ()) - set(alone)):
        words = _("{names} cannot be run without being told more: `savoir bench NAME --help`")
        raise typer.BadParameter(words.format(names=", ".join(unknown)))
    from savoirfaire.evals.bench.every import FORM, facts, read

    then = read(against) if against else None
    figures = _run(only or alone, as_json=as_json)
    now = {"form": FORM, "machine": facts(), "figures": figures}
    if out is not None:
        _keep(out, now)
    _tell(now, then, as_json=as_json)
    if any("error" in each or not each.get("met", True) for each in figures.values()):
        raise typer.Exit(1)


def _asks(command: Any) -> bool:
    return any(each.required for each in command.params)


def _list(known: list[Any], *, as_json: bool) -> None:
    from savoirfaire.cli.output import emit_json, table

    rows = [(each.name, _(each.help or "").split("\n")[0], _asks(each)) for each in known]
    if as_json:
        told = [{"bench": name, "about": about, "needs_data": asks} for name, about, asks in rows]
        emit_json(told)
        return
    columns = (_("benchmark"), _("what it measures"), _("by itself"))
    shown = [(n, about, _("no: it needs data") if asks else _("yes")) for n, about, asks in rows]
    table(columns, shown)


def _run(names: list[str], *, as_json: bool) -> dict[str, Any]:
    from savoirfaire.cli.output import note
    from savoirfaire.evals.bench.every import measured

    figures = {}
    for name, found in measured(names):
        figures[name] = found
        if not as_json:
            note(f"  · {name}: {found.get('error') or _('measured')}")
    return figures


def _keep(out: Path, now: "Mapping[str, Any]") -> None:
    import json

    out.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _tell(now: "Mapping[str, Any]", then: "Mapping[str, Any] | None", *, as_json: bool) -> None:
    from savoirfaire.cli.output import emit_json, note, table
    from savoirfaire.evals.bench.every import compared, other_machine

    ratios = compared(now, then) if then else []
    if as_json:
        told = {name: round(ratio, 4) for name, _value, ratio in ratios}
        emit_json({**now, **({"ratios": told} if then else {})})
        return
    if then and (differ := other_machine(now, then)):
        words = _("Another machine measured the earlier figures: {facts} differ.")
        note(words.format(facts=", ".join(differ)))
    if then:
        rows = [
            (name, number(value), f"{number(round(ratio, 2))} ×") for name, value, ratio in ratios
        ]
        table((_("figure"), _("now"), _("against then")), rows)
        return
    flat = [
        (name, key, str(value))
        for name, figures in now["figures"].items()
        for key, value in figures.items()
        if key not in {"machine", "bench"}
    ]
    table((_("benchmark"), _("figure"), _("value")), flat)
