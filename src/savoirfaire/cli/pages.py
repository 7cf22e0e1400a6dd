"""Runs and approvals as pages on the terminal."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.arguments import named
from savoirfaire.cli.campaigning import awaited_words, parts_spent
from savoirfaire.cli.costwords import cost_words
from savoirfaire.cli.messages import _, abstained_words, labelled, number, quoted, say
from savoirfaire.cli.output import printable
from savoirfaire.cli.verdicts import judged

if TYPE_CHECKING:
    from savoirfaire.workspace import Workspace

_FINDINGS = ("breaches_found", "breaches", "mended", "judgement")
_PAID = {"live", "record"}  # where replies are paid for


def approval_page(data: Mapping[str, Any]) -> None:
    """All that would be done, what the last revision changed, and what is known against it."""
    from savoirfaire.cli.runs import when

    request = data["request"]
    action = request["action_requests"][0]
    notes = dict(request.get("notes", {}))
    _line(f"{data['id']} · {data['client']} · {data['graph']}")
    _line(action["description"])
    if mode := notes.pop("model", ""):
        _line(_("model: {mode}").format(mode=mode_words(mode)))
    asked_of(data)
    _line("")
    text = _shown(request.get("kind", "approve"), action["args"])
    if request.get("before") not in (None, "", text):
        _line("\n" + _("Changed by the last revision:"))
        _lines(_difference(request["before"], text))
    _notes(notes)
    if data["decided_by"]:
        _line(
            "\n"
            + _("Decided by {who} at {time}: {answer}").format(
                who=data["decided_by"],
                time=when(data["decided_at"]),
                answer=_answer(data["decision"]["unanswered"])
                if data["decision"].get("unanswered")
                else _given(request.get("kind", "approve"), data["decision"]["decisions"][0]),
            )
        )


def asked_of(data: Mapping[str, Any]) -> None:
    """Of whom it is asked, until when; what a first person decided; what makes it risky."""
    from savoirfaire.cli.runs import when

    request = data["request"]
    if data.get("assignee"):
        _line(_("asked of: {who}").format(who=data["assignee"]))
    if data.get("expires_at"):
        _line(_("until: {time}").format(time=when(data["expires_at"])))
    if first := request.get("first"):
        _line(
            _("{who} approved it as it stands here; a second person decides.").format(
                who=first["decided_by"]
            )
        )
    elif request.get("more_to_come"):
        _line(_("A second person decides after you."))
    if flags := request.get("flags"):
        _line(_("asked because of: {flags}").format(flags=", ".join(map(str, flags))))


def _shown(kind: str, arguments: Mapping[str, Any]) -> str:
    """What is asked about: the options, numbered from 1, or the arguments; give the text."""
    if kind != "choose":
        text = _arguments(arguments)
        if kind == "ask":
            _line("\n" + _("The answer is what you write: `respond`."))
        return text
    for number_, option in enumerate(arguments["options"], start=1):
        _line(("\n" if number_ > 1 else "") + _("Option {n}").format(n=number_))
        _arguments(option)
    return ""


def _arguments(arguments: Mapping[str, Any]) -> str:
    """Show every argument, the text and its citations as people read them; give the text."""
    rest = dict(arguments)
    text = rest.pop("markdown") if isinstance(rest.get("markdown"), str) else ""
    cited = rest.pop("citations") if _are_citations(rest.get("citations")) else []
    _lines(named(rest))
    if text:
        _line(("\n" if rest else "") + text)
    _citations(cited)
    return text


def _are_citations(value: Any) -> bool:
    keys = {"number", "path", "start", "end", "quote"}
    return isinstance(value, list) and all(
        isinstance(each, Mapping) and keys <= each.keys() for each in value
    )


def _notes(notes: Mapping[str, Any]) -> None:
    """What a gate notes beside what it asks."""
    told = {key: notes[key] for key in _FINDINGS if key in notes}
    if len(told) == len(_FINDINGS):
        breaches(told)
        notes = {key: value for key, value in notes.items() if key not in told}
    notes = judged(notes)
    if notes:
        _line("")
        _lines(named(notes))


def run_page(data: Mapping[str, Any], workspace: "Workspace") -> None:
    """What a run did, on what grounds, at what cost, and what came of it."""
    from savoirfaire.cli.runs import status_words, when

    _line(f"{data['run']} · {data['client']} · {data['graph']}")
    outcome = None if data["published"] else data.get("outcome")  # a part of it was rejected
    _line(_("status: {status}").format(status=status_words(data["status"], outcome)))
    _line(_("model: {mode}").format(mode=mode_words(data["model"])))
    if data["reason"]:
        _line(_("reason: {reason}").format(reason=reason_words(data)))
    _line("\n" + _("Steps"))
    _lines(f"  {when(step['at'])}  {_step(step)}" for step in data["steps"])
    _citations(data["citations"])
    breaches(data)
    _lines(
        "  " + _("left out: {item}, {reason}").format(item=each["item"], reason=each["reason"])
        for each in data["left_out"]
    )
    _spent(data)
    _lines(parts_spent(data))
    _lines(_decided(gate, decision) for gate, decision in data["decisions"].items())
    _lines(
        _("published: {file}").format(file=workspace.outbox / path) for path in data["published"]
    )
    _lines(awaited_words(each) for each in data.get("awaited", ()))


def _decided(gate: str, decision: Mapping[str, Any]) -> str:
    """Who answered what at a gate, what they chose, and why where they said so."""
    from savoirfaire.cli.runs import step_words

    said = _("{gate}: {answer} by {who}").format(
        gate=step_words(gate),
        answer=_answer(decision.get("unanswered") or decision["type"]),
        who=decision["decided_by"],
    )
    chosen = f" ({decision['chosen']})" if decision.get("chosen") else ""
    reason = " ".join(str(decision.get("reason", "")).split())
    return f"{said}{chosen}" + (f", {quoted(reason)}" if reason else "")


def mode_words(mode: str) -> str:
    """Where replies came from, in plain words; in several ways where joined with `+`."""
    words = {
        "live": _("a language model"),
        "record": _("a language model, recorded"),
        "replay": _("recorded replies of a language model, played again"),
        "offline": _("none: sentences taken from the sources, word for word"),
    }
    return "; ".join(words.get(each, each) for each in mode.split("+"))


def _answer(verdict: str) -> str:
    return {
        "approve": _("approved"),
        "edit": _("edited"),
        "reject": _("rejected"),
        "choose": _("chosen"),
        "respond": _("answered"),
        "expired": _("never answered, so not done"),
        "withdrawn": _("withdrawn, so not done"),
    }.get(verdict, verdict)


def _given(kind: str, decision: Mapping[str, Any]) -> str:
    """The answer to an approval in words; a choice with its option, a reply with what it says."""
    if kind == "choose" and decision["type"] == "edit":
        return _("option {n}").format(n=decision["edited_action"]["args"]["chosen"] + 1)
    if decision["type"] == "respond":
        return str(decision.get("message", ""))
    return _answer(decision["type"])


def _step(step: Mapping[str, Any]) -> str:
    """A step in words; a halt has words of its own."""
    from savoirfaire.cli.runs import status_words, step_words

    if step["kind"] == "run.parked":
        return status_words("needs_attention")
    return step_words(step["node"])


def reason_words(data: Mapping[str, Any]) -> str:
    """Why a run is parked, in the language spoken now."""
    from savoirfaire.graphs.record import fault_of

    return say(fault_of(data["fault"])) if data.get("fault") else str(data["reason"])


def _citations(citations: Iterable[Mapping[str, Any]]) -> None:
    shown = list(citations)
    if shown:
        _line("\n" + _("Sources"))
    for each in shown:
        lost = "" if each.get("resolved", True) else "  " + _("(no longer found there)")
        quote = " ".join(each["quote"].split())
        short = quote if len(quote) <= 80 else quote[:79] + "…"  # noqa: PLR2004 - one line
        where = f"[{each['number']}] {each['path']} {each['start']}–{each['end']}{lost}"
        _line("  " + labelled(where, short))


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
        reason = abstained_words(data["judgement"]["abstained"])
        _line("  " + _("not judged: {reason}").format(reason=reason))
    if data["judgement"].get("dropped"):
        _line(
            "  "
            + _("{n} findings dropped: their quote is not in the draft").format(
                n=data["judgement"]["dropped"]
            )
        )


def _breach(each: Mapping[str, Any]) -> str:
    where = f" ({each['where']})" if each["where"] else ""
    quote = f" {quoted(each['quote'])}" if each["quote"] else ""
    return labelled(f"{each['rule']}{where}{quote}", each["message"])


def _spent(data: Mapping[str, Any]) -> None:
    usage, used = data["usage"], set(data["model"].split("+"))
    _line("")
    if used == {"offline"}:
        _line(_("cost: nothing, no model was called"))
        return
    _line(
        _("{calls} model calls, {read} tokens read, {written} written").format(
            calls=number(usage["calls"]),
            read=number(usage["input_tokens"]),
            written=number(usage["output_tokens"]),
        )
    )
    if not used & _PAID:
        _line(_("cost: nothing, these calls were recorded earlier"))
    else:
        _line(_("cost: {cost}").format(cost=cost_words(data["cost"])))


def _difference(before: str, after: str) -> Iterable[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return (line for line in lines if not line.startswith(("---", "+++", "@@")))


def _lines(texts: Iterable[str]) -> None:
    for text in texts:
        _line(text)


def _line(text: str) -> None:
    typer.echo(printable(text))
