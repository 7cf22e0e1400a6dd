"""The verdict on an edition as people read it: reasons, claims, voice, and edits to take."""

from collections.abc import Mapping
from typing import Any

import typer

from savoirfaire.cli.messages import _, labelled, ngettext, number, quoted
from savoirfaire.cli.output import printable
from savoirfaire.cli.voicepage import share_words

_SHOWN = 12  # claims, findings or edits listed
_LONGEST = 80  # characters of a quote


def judged(notes: Mapping[str, Any]) -> dict[str, Any]:
    """Show the verdict and the subject lines among a gate's notes; give the other notes."""
    rest = dict(notes)
    if isinstance(verdict := rest.pop("verdict", None), Mapping):
        _verdict(verdict)
    if isinstance(subjects := rest.pop("subjects", None), Mapping):
        _line("\n" + _("Subject lines, and what past results let one expect"))
        for line, expected in subjects.items():
            _line("  " + labelled(f"{quoted(line)} ({number(len(line))})", expected))
        _line(f"  {_flat(rest.pop('past_subjects', ''))}")
    return rest


def _verdict(verdict: Mapping[str, Any]) -> None:
    _line("\n" + _("Verdict: {words}").format(words=_stands(verdict["stands"])))
    for reason in verdict["reasons"]:
        _line(f"  {reason}")
    _claims(verdict["claims"])
    _voice(verdict["voice"])
    _patches(verdict["patches"])


def _stands(stands: str) -> str:
    return {
        "stop": _("not to go out as it is"),
        "mend": _("to be mended"),
        "open": _("nothing found against it, and not all of it was judged"),
        "fits": _("nothing found against it"),
    }.get(stands, stands)


def _claims(claims: Mapping[str, Any]) -> None:
    words = {
        "supported": ngettext("{n} supported", "{n} supported", claims["supported"]),
        "contradicted": ngettext("{n} contradicted", "{n} contradicted", claims["contradicted"]),
        "not_found": ngettext("{n} not found", "{n} not found", claims["not_found"]),
        "not_judged": ngettext("{n} not judged", "{n} not judged", claims["not_judged"]),
    }
    counts = [each.format(n=number(claims[name])) for name, each in words.items()]
    _line(_("Claims: {counts}").format(counts=", ".join(counts)))
    for each in claims["open"][:_SHOWN]:
        said = f"{quoted(_flat(each['said']))} " if each["said"] else ""
        placed = f"{said}{_('in')} {quoted(_flat(each['text']))}"
        _line("  " + labelled(_outcome(each["verdict"]), placed))
        if each["quote"]:
            where = f"{each['path']} {each['start']}–{each['end']}"
            _line("    " + labelled(where, quoted(_flat(each["quote"]))))
        if each["reason"]:
            _line(f"    {each['reason']}")
    _more(len(claims["open"]))


def _outcome(verdict: str) -> str:
    return {
        "contradicted": _("contradicted"),
        "not_found": _("not found"),
        "not_judged": _("not judged"),
    }.get(verdict, verdict)


def _voice(voice: Mapping[str, Any]) -> None:
    if not voice:
        return
    fits = {True: _("like the client's past editions"), False: _("unlike the client's editions")}
    heard = voice.get("fits")
    said = _("cannot be told") if heard is None else fits[heard]
    _line(_("Voice: {said}").format(said=said))
    if (score := voice.get("score")) is not None:
        told = _("of their own texts of this length, {share} read less so")
        _line("  " + told.format(share=share_words(score)))
    worst = sorted(voice.get("findings", []), key=lambda each: -each["weight"])
    for each in worst[:_SHOWN]:
        quote = f" {quoted(_short(each['quote']))}" if each["quote"] else ""
        _line(f"  {each['message']}{quote}")
    _more(len(worst))


def _patches(patches: list[Mapping[str, Any]]) -> None:
    if not patches:
        return
    _line(_("Proposed edits; take those you want: `savoir decide APPROVAL edit --take 1,3`"))
    for each in patches:
        change = f"{quoted(each['before'])} → {quoted(each['after'])}"
        _line(f"  {each['number']}. {change}  {_flat(each['why'])}")


def _more(count: int) -> None:
    if count > _SHOWN:
        _line("  " + _("and {n} more").format(n=number(count - _SHOWN)))


def _short(text: str) -> str:
    flat = _flat(text)
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"


def _flat(text: str) -> str:
    return " ".join(str(text).split())


def _line(text: str) -> None:
    typer.echo(printable(text))
