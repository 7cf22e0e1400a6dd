"""What is missing in a Brand OS, in words: a sentence, what to do next, and the command for it."""

import shlex
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from savoirfaire.cli.brandmodel import Todo
from savoirfaire.cli.brandwords import FRESH_WORDS, KIND_WORDS, heading
from savoirfaire.cli.messages import _, day, mark, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.lacks import Gap

_NAMED = 3


_ADVICE = {
    "waiting": mark("Look through them and decide."),
    "contradicted": mark("Say which one holds."),
    "stale": mark("Add what is new since, or confirm what is there."),
    "expired": mark("Renew it, or let it go."),
    "no_evidence": mark("Ingest interviews, surveys or reviews that say who they are."),
    "no_date": mark("Say since when it holds."),
    "lost": mark("Look whether it still holds without them."),
}


def missing(client: str, gap: "Gap") -> Todo:
    """A gap in words."""
    advice = _ADVICE.get(gap.what, "")
    if gap.what in {"none", "stale"} and gap.kind in KIND_WORDS:
        advice = "" if gap.count else KIND_WORDS[gap.kind].advice
    if gap.sources:
        return _there(client, gap)
    review = gap.count and gap.what in {"none", "waiting", "contradicted"}
    command = f"savoir review {client}" if review else f"savoir ingest {client} {_('FILE')}"
    return Todo(_said(gap), _(advice) if advice else "", command)


def _there(client: str, gap: "Gap") -> Todo:
    """What to do where sources of that kind are there, and nothing was taken from them."""
    advice = _(
        "{sources}: it is read by a model, or where its front matter says `record: {kind}`."
    ).format(sources=_listed(gap.sources), kind=gap.kind)
    command = f"savoir extract {client} --source {shlex.quote(gap.sources[0])}"
    return Todo(_said(gap), advice, command)


def _said(gap: "Gap") -> str:
    if gap.what == "none":
        none = _(KIND_WORDS[gap.kind].none) if gap.kind in KIND_WORDS else gap.kind
        return f"{none} {_proposed(gap.count)}" if gap.count else none
    if gap.what == "stale":
        return _(FRESH_WORDS[gap.kind]).format(day=_day(gap.since))
    if gap.what == "waiting":
        said = ngettext(
            "{n} proposal waits for a decision.", "{n} proposals wait for a decision.", gap.count
        )
        return said.format(n=number(gap.count))
    return _TOLD[gap.what](gap)


def _proposed(count: int) -> str:
    said = ngettext("{n} is proposed.", "{n} are proposed.", count)
    return said.format(n=number(count))


def _contradicted(gap: "Gap") -> str:
    return _("{heading}: {n} records say different things of {name}.").format(
        heading=heading(gap.kind), n=number(gap.count), name=_names(gap)
    )


def _expired(gap: "Gap") -> str:
    return _("{name} held until {day}, and nothing has taken its place.").format(
        name=_names(gap), day=_day(gap.since)
    )


def _no_evidence(gap: "Gap") -> str:
    return _("No source describes these readers or customers: {names}.").format(names=_names(gap))


def _no_date(gap: "Gap") -> str:
    return _("Nothing says since when this holds: {names}.").format(names=_names(gap))


def _lost(gap: "Gap") -> str:
    return _("{heading}: quotes are no longer in their source, for {names}.").format(
        heading=heading(gap.kind), names=_names(gap)
    )


_TOLD = {
    "contradicted": _contradicted,
    "expired": _expired,
    "no_evidence": _no_evidence,
    "no_date": _no_date,
    "lost": _lost,
}


def _names(gap: "Gap") -> str:
    return _listed(gap.names)


def _listed(all_names: Sequence[str]) -> str:
    names = ", ".join(all_names[:_NAMED])
    more = len(all_names) - _NAMED
    return _("{names} and {n} more").format(names=names, n=number(more)) if more > 0 else names


def _day(written: str | None) -> str:
    return day(date.fromisoformat(written)) if written else "–"
