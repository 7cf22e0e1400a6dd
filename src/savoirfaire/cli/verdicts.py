"""The verdict on an edition as people read it: reasons, claims, voice, and edits to take."""

from collections.abc import Mapping
from typing import Any

import typer

from savoirfaire.cli.messages import _, number
from savoirfaire.cli.output import printable

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
            _line(f"  “{line}” ({len(line)}): {expected}")
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
    counts = (
        _("{n} supported").format(n=number(claims["supported"])),
        _("{n} contradicted").format(n=number(claims["contradicted"])),
        _("{n} not found").format(n=number(claims["not_found"])),
        _("{n} not judged").format(n=number(claims["not_judged"])),
    )
    _line(_("Claims: {counts}").format(counts=", ".join(counts)))
    for each in claims["open"][:_SHOWN]:
        said = f"“{_flat(each['said'])}” " if each["said"] else ""
        _line(f"  {_outcome(each['verdict'])}: {said}{_('in')} “{_flat(each['text'])}”")
        if each["quote"]:
            where = f"{each['path']} {each['start']}–{each['end']}"
            _line(f"    {where}: “{_flat(each['quote'])}”")
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
    score = voice.get("score")
    more = f" ({number(round(score, 2))})" if score is not None else ""
    _line(_("Voice: {said}{score}").format(said=said, score=more))
    worst = sorted(voice.get("findings", []), key=lambda each: -each["weight"])
    for each in worst[:_SHOWN]:
        quote = f" “{_short(each['quote'])}”" if each["quote"] else ""
        _line(f"  {each['message']}{quote}")
    _more(len(worst))


def _patches(patches: list[Mapping[str, Any]]) -> None:
    if not patches:
        return
    _line(_("Proposed edits; take those you want: `savoir decide APPROVAL edit --take 1,3`"))
    for each in patches:
        _line(f"  {each['number']}. “{each['before']}” → “{each['after']}”  {_flat(each['why'])}")


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
