"""Passages found, as `savoir ask` shows them: with their source, and why where that was asked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.messages import _, number

if TYPE_CHECKING:
    from savoirfaire.knowledge.explaining import Explanation
    from savoirfaire.knowledge.searching import Found

_TERMS = 12  # of an explanation, on a terminal; programs get all


def plain(found: "Sequence[Found]") -> list[dict[str, Any]]:
    """What was found, for programs."""
    return [
        {
            "source": each.passage.path,
            "start": each.passage.start,
            "end": each.passage.end,
            "quote": each.passage.quote,
            "score": each.score,
            "kind": each.passage.kind,
            "date": each.passage.date,
            "heading": each.passage.heading,
            **({"why": asdict(each.why)} if each.why else {}),
        }
        for each in found
    ]


def show(found: "Sequence[Found]") -> None:
    """Print what was found, best first."""
    from savoirfaire.cli.output import printable

    for place, each in enumerate(found, start=1):
        passage = each.passage
        typer.echo(
            f"{place}. {printable(passage.path)} [{passage.start}–{passage.end}]"
            f"  ({number(round(each.score, 2))})"
        )
        typer.echo("   " + printable(passage.quote).replace("\n", "\n   ") + "\n")
        if each.why:
            _explain(each.why)


def _explain(why: "Explanation") -> None:
    """Print what gave a passage its score, most first; grams and stems by what they stand for."""
    from savoirfaire.cli.output import printable, table

    typer.echo(
        _("   counts as {length} words long; usual here: {usual}").format(
            length=number(round(why.length, 1)), usual=number(round(why.usual_length, 1))
        )
    )
    for leg in why.legs:
        place = _("not found") if leg.place is None else number(leg.place)
        typer.echo(f"   {leg.name}: {place}  (+{number(round(leg.given, 4))})")
    given: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in why.terms:
        total = given[_named(each.form), each.text]
        total[0] += each.own
        total[1] += each.near
    most = sorted(given.items(), key=lambda item: (-sum(item[1]), item[0]))
    rest = [sum(parts) for _term, parts in most[_TERMS:]]
    rows = [
        (printable(text), form, number(round(own, 3)), number(round(near, 3)))
        for (form, text), (own, near) in most[:_TERMS]
    ]
    if rest:
        rows.append(
            (_("{n} others").format(n=number(len(rest))), "", number(round(sum(rest), 3)), "")
        )
    table((_("   term"), _("matched by"), _("own words"), _("neighbours")), _indented(rows))
    typer.echo()


def _indented(rows: "Sequence[tuple[str, ...]]") -> list[tuple[str, ...]]:
    return [(f"   {first}", *others) for first, *others in rows]


def _named(form: str) -> str:
    """How a term was matched, in words."""
    names = {
        "fr": _("French stem"),
        "en": _("English stem"),
        "prefix": _("first letters"),
        "gram": _("four characters"),
    }
    return names[form]
