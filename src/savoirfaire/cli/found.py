"""Passages found, as `savoir ask` shows them: with their source, and why where that was asked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.messages import _, labelled, number, short_day

if TYPE_CHECKING:
    from savoirfaire.knowledge.doubting import Scale
    from savoirfaire.knowledge.explaining import Explanation
    from savoirfaire.knowledge.ledger import Ledger
    from savoirfaire.knowledge.listing import Described
    from savoirfaire.knowledge.rows import StoredPassage
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.searching import Found

_TERMS = 12  # of an explanation, on a terminal; programs get all


class Places:
    """Where in their files passages stand, and who wrote these."""

    def __init__(self, ledger: "Ledger", scope: "ClientScope", found: "Sequence[Found]") -> None:
        paths = {passage.path for each in found for passage in (each.passage, *each.also)}
        self._sources = {path: ledger.described(scope, path) for path in sorted(paths)}

    def of(self, passage: "StoredPassage") -> "Described":
        """The source of a passage."""
        return self._sources[passage.path]

    def labels(self, passage: "StoredPassage") -> list[str]:
        """The page, slide, cell, comment or part of a mail, as its reader named it."""
        from savoirfaire.knowledge.locating import labels_at

        return labels_at(self.of(passage).locators, passage.start, passage.end)

    def where(self, passage: "StoredPassage") -> dict[str, Any]:
        """The source, the span and the place of a passage, for programs."""
        from savoirfaire.knowledge.locating import locator_at

        start, end = passage.start, passage.end
        place = locator_at(self.of(passage).locators, start, end)
        return {"source": passage.path, "start": start, "end": end, "place": place}


def plain(
    found: "Sequence[Found]", places: Places, scale: "Scale | None" = None
) -> list[dict[str, Any]]:
    """What was found, for programs; `share` is how much of the highest score each has."""
    return [
        {
            **places.where(each.passage),
            "quote": each.passage.quote,
            "score": each.score,
            "kind": each.passage.kind,
            "date": each.passage.date,
            "heading": each.passage.heading,
            "author": places.of(each.passage).source.author,
            "channel": places.of(each.passage).source.channel,
            "also": [places.where(other) for other in each.also],
            **({"share": round(scale.share(each.score), 3)} if scale else {}),
            **({"why": asdict(each.why)} if each.why else {}),
        }
        for each in found
    ]


def show(found: "Sequence[Found]", places: Places, scale: "Scale | None" = None) -> None:
    """Print what was found, best first; and before it, where it is hardly the answer, that."""
    from savoirfaire.cli.output import printable

    if found and scale and scale.is_doubtful(max(each.score for each in found)):
        typer.echo(_("These passages share little with the question: the answer may not be known."))
        typer.echo(_("Nearest to it is:") + "\n")
    for rank, each in enumerate(found, start=1):
        passage, source = each.passage, places.of(each.passage).source
        told = [_span(passage, places), short_day(source.date), source.author]
        said = " · ".join(printable(one) for one in told if one)
        typer.echo(f"{rank}. {said}  ({number(round(each.score, 2))})")
        typer.echo("   " + printable(passage.quote).replace("\n", "\n   ") + "\n")
        if each.also:
            others = "; ".join(printable(_span(other, places)) for other in each.also)
            typer.echo("   " + _("also in {sources}").format(sources=others) + "\n")
        if each.why:
            _explain(each.why)


def _span(passage: "StoredPassage", places: Places) -> str:
    """A passage's source and span, and its place in the file where it has one."""
    from savoirfaire.cli.places import place

    labels = places.labels(passage)
    said = f"{passage.path} [{passage.start}–{passage.end}]"
    return f"{said}, {place(labels)}" if labels else said


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
        gave = f"(+{number(round(leg.given, 4))})"
        typer.echo("   " + labelled(leg.name, f"{place}  {gave}"))
    if why.skipped:
        reason = printable(why.skipped)
        typer.echo(_("   dense: not searched, no vector: {reason}").format(reason=reason))
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
