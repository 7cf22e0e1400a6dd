"""Runs and approvals as pages on the terminal."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.messages import _, number
from savoirfaire.cli.output import printable

if TYPE_CHECKING:
    from savoirfaire.workspace import Workspace


def approval_page(data: Mapping[str, Any]) -> None:
    """The draft with its citations, and what the last revision changed."""
    request = data["request"]
    action = request["action_requests"][0]
    text = action["args"].get("markdown", "")
    _line(f"{data['id']} · {data['client']} · {data['graph']}")
    _line(action["description"])
    _line("")
    _line(text)
    _citations(action["args"].get("citations", []))
    if request.get("before"):
        _line("\n" + _("Changed by the last revision:"))
        _lines(_difference(request["before"], text))
    if data["decided_by"]:
        verdict = data["decision"]["decisions"][0]["type"]
        _line(
            "\n"
            + _("Decided by {who} at {time}: {answer}").format(
                who=data["decided_by"], time=data["decided_at"], answer=verdict
            )
        )


def run_page(data: Mapping[str, Any], workspace: "Workspace") -> None:
    """What a run did, on what grounds, at what cost, and what came of it."""
    from savoirfaire.cli.runs import status_words, step_words, when

    _line(f"{data['run']} · {data['client']} · {data['graph']}")
    _line(_("status: {status}").format(status=status_words(data["status"])))
    _line(_("model: {mode}").format(mode=mode_words(data["model"])))
    if data["reason"]:
        _line(_("reason: {reason}").format(reason=data["reason"]))
    _line("\n" + _("Steps"))
    _lines(f"  {when(step['at'])}  {step_words(step['node'])}" for step in data["steps"])
    _citations(data["citations"])
    breaches(data)
    _lines(
        "  " + _("left out: {item}, {reason}").format(item=each["item"], reason=each["reason"])
        for each in data["left_out"]
    )
    _spent(data["usage"], data["model"], workspace)
    for gate, decision in data["decisions"].items():
        _line(
            _("{gate}: {answer} by {who}").format(
                gate=gate, answer=decision["type"], who=decision["decided_by"]
            )
        )
    _lines(
        _("published: {file}").format(file=workspace.outbox / path) for path in data["published"]
    )


def mode_words(mode: str) -> str:
    """Where replies came from, in plain words."""
    return {
        "live": _("a language model"),
        "record": _("a language model, recorded"),
        "replay": _("recorded replies of a language model, played again"),
        "offline": _("none: sentences taken from the sources, word for word"),
    }.get(mode, mode)


def _citations(citations: Iterable[Mapping[str, Any]]) -> None:
    shown = list(citations)
    if shown:
        _line("\n" + _("Sources"))
    for each in shown:
        lost = "" if each.get("resolved", True) else "  " + _("(no longer found there)")
        quote = " ".join(each["quote"].split())
        short = quote if len(quote) <= 80 else quote[:79] + "…"  # noqa: PLR2004 - one line
        _line(f"  [{each['number']}] {each['path']} {each['start']}–{each['end']}{lost}: {short}")


def breaches(data: Mapping[str, Any]) -> None:
    """What was found against the brand and the sources, and what became of it."""
    _line(
        "\n"
        + _("Breaches: {found} found, {open} open").format(
            found=data["breaches_found"], open=len(data["breaches"])
        )
    )
    for each in data["breaches"]:
        _line(_("  open: {breach}").format(breach=_breach(each)))
    for each in data["mended"]:
        _line(_("  mended: {breach}").format(breach=_breach(each)))
    if data["judgement"].get("abstained"):
        _line("  " + _("not judged: {reason}").format(reason=data["judgement"]["abstained"]))
    if data["judgement"].get("dropped"):
        _line(
            "  "
            + _("{n} findings dropped: their quote is not in the draft").format(
                n=data["judgement"]["dropped"]
            )
        )


def _breach(each: Mapping[str, Any]) -> str:
    where = f" ({each['where']})" if each["where"] else ""
    quote = f" “{each['quote']}”" if each["quote"] else ""
    return f"{each['rule']}{where}{quote}: {each['message']}"


def _spent(usage: Mapping[str, int], mode: str, workspace: "Workspace") -> None:
    _line("")
    if mode == "offline":
        _line(_("cost: nothing, no model was called"))
        return
    _line(
        _("{calls} model calls, {read} tokens read, {written} written").format(
            calls=number(usage["calls"]),
            read=number(usage["input_tokens"]),
            written=number(usage["output_tokens"]),
        )
    )
    price = workspace.settings.model
    if mode == "replay":
        _line(_("cost: nothing, these calls were recorded earlier"))
    elif price.input_price is None or price.output_price is None:
        _line(_("cost: not known (set model.input_price and model.output_price)"))
    else:
        cost = (
            usage["input_tokens"] * price.input_price + usage["output_tokens"] * price.output_price
        ) / 1_000_000
        _line(_("cost: {cost}").format(cost=number(round(cost, 4))))


def _difference(before: str, after: str) -> Iterable[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return (line for line in lines if not line.startswith(("---", "+++", "@@")))


def _lines(texts: Iterable[str]) -> None:
    for text in texts:
        _line(text)


def _line(text: str) -> None:
    typer.echo(printable(text))
