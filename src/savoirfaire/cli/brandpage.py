"""`savoir brand`: all that is known of a client, on one page, and what is missing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.campaigning import awaited_section, known_awaited
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, day, ngettext, number, say
from savoirfaire.errors import SavoirError

if TYPE_CHECKING:
    from savoirfaire.cli.brandmodel import Page, Section, Sources, Todo
    from savoirfaire.knowledge.brandos.records import Citation, Record
    from savoirfaire.knowledge.brandos.structured.material import Skipped
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.knowledge.times import AsOf

_SHOWN = 12  # proposals


def brand(
    ctx: typer.Context,
    client: Client,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, with the sources as footnotes.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="What held on this day; by default today.")
    ] = None,
    known: Annotated[
        str | None, typer.Option(metavar="DATE", help="What was known by the end of this day.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the client's Brand OS: what is known, from which sources, and what is missing."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.knowledge.times import AsOf

    at = AsOf.at(as_of or datetime.now(UTC).date().isoformat(), known)
    with open_knowledge(open_workspace(ctx)) as knowledge:
        told = _Told(knowledge, knowledge.ledger.scope(client), at)
        page = None if as_json else told.page()
    if page is None:
        emit_json(told.as_json())
    elif as_markdown:
        from savoirfaire.cli.brandmarkdown import markdown

        typer.echo(markdown(page), nl=False)
    else:
        from savoirfaire.cli.brandterminal import show

        show(page)


class _Told:
    """What is known of a client at a point of time."""

    def __init__(self, knowledge: "Knowledge", scope: "ClientScope", at: "AsOf") -> None:
        self.client, self.at = scope.client, at
        self._ledger, self._scope = knowledge.ledger, scope
        self._locators: dict[str, Any] = {}
        self.paths = {row.id: row.path for row in knowledge.ledger.sources(scope)}
        self.records = knowledge.brand_os.list(scope, as_of=at)
        self.waiting = knowledge.brand_os.list(scope, status="proposed", as_of=at)
        self.unreadable = knowledge.brand_os.unreadable(scope)
        self.awaited = known_awaited(knowledge, scope)
        self.gaps = knowledge.brand_os.gaps(scope, at.valid, known=at.known)

    def page(self) -> "Page":
        """The page, in the language spoken."""
        from savoirfaire.cli.brandmodel import Page, Sources
        from savoirfaire.cli.brandsections import section
        from savoirfaire.knowledge.brandos.forms import KINDS

        sources = Sources(self.paths, self._place)
        by_kind = {kind: [each for each in self.records if each.kind == kind] for kind in KINDS}
        sections = [section(kind, found, sources) for kind, found in by_kind.items() if found]
        if self.awaited:
            sections.append(awaited_section(self.awaited))
        if self.waiting:
            sections.append(_proposed(self.waiting, sources))
        if self.unreadable:
            sections.append(_unreadable(self.unreadable))
        return Page(self._title(), self._lines(), sections, self._missing(), sources.notes())

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {
            "client": self.client,
            "title": self._title(),
            "as_of": {"valid": self.at.valid, "known": self.at.known},
            "records": [{**each.as_json(), "title": each.title} for each in self.records],
            "proposed": [{**each.as_json(), "title": each.title} for each in self.waiting],
            "missing": [
                {**gap.as_dict(), **todo._asdict()}
                for gap, todo in zip(self.gaps, self._missing(), strict=True)
            ],
            "awaited": [each.as_dict() for each in self.awaited],
            "unreadable": [{"id": each, "kind": kind} for each, kind in self.unreadable],
            "sources": self.paths,
        }

    def _place(self, citation: "Citation") -> str:
        """The page, row or cell of a citation, in words."""
        from savoirfaire.cli.places import place
        from savoirfaire.knowledge.locating import labels_at

        if citation.start is None or citation.end is None:
            return ""
        if citation.source not in self._locators:
            shown = self._ledger.document(self._scope, citation.source)
            self._locators[citation.source] = shown.locators
        return place(labels_at(self._locators[citation.source], citation.start, citation.end))

    def _title(self) -> str:
        """The brand's own name, where it is known."""
        names = [each.data.plain()["brand"] for each in self.records if each.kind == "brand_voice"]
        return str(names[0]) if names else self.client

    def _lines(self) -> list[str]:
        count = len(self.records)
        records = ngettext("{n} record", "{n} records", count).format(n=number(count))
        cited = {cite.source for each in self.records for cite in each.citations}
        found = ngettext("from {n} source", "from {n} sources", len(cited))
        said = [
            _("Brand OS of the client {client}").format(client=self.client),
            _("{day}: {records} {sources}").format(
                day=day(date.fromisoformat(self.at.valid)),
                records=records,
                sources=found.format(n=number(len(cited))),
            ),
        ]
        if self.at.known:
            known = day(date.fromisoformat(self.at.known[:10]))
            said.append(_("As it was known on {day}").format(day=known))
        return said

    def _missing(self) -> "list[Todo]":
        from savoirfaire.cli.brandmissing import missing

        return [missing(self.client, gap) for gap in self.gaps]


def _unreadable(found: Sequence[tuple[str, str]]) -> "Section":
    from savoirfaire.cli.brandmodel import Line, Section

    said = _("{record} ({kind}) has not the form of its kind")
    lines = [Line(said.format(record=each, kind=kind), bullet=True) for each, kind in found]
    return Section(_("Unreadable"), [*lines])


def _proposed(waiting: "list[Record]", sources: "Sources") -> "Section":
    """What nobody has decided on yet, as it would stand on the page."""
    from savoirfaire.cli.brandmodel import Line, Section
    from savoirfaire.cli.brandsections import section

    blocks: list[Any] = []
    for kind, found in groupby(waiting[:_SHOWN], key=lambda each: each.kind):
        part = section(kind, list(found), sources)
        blocks += [Line(part.heading, head=True), *part.blocks]
    if len(waiting) > _SHOWN:
        more = _("and {n} more").format(n=number(len(waiting) - _SHOWN))
        blocks.append(Line(more, bullet=True))
    return Section(_("Proposed, waiting for a decision"), blocks)


def tell_skipped(skipped: "Sequence[Skipped]") -> None:
    """Say what structured files have that no record was filled with, and why."""
    from savoirfaire.cli.output import note

    for each in skipped[:_SHOWN]:
        why = say(SavoirError(each.why.template, **each.why.values))  # type: ignore[arg-type]
        note(
            _("left out: {file}, {what}: {reason}").format(
                file=each.path, what=each.what, reason=why
            )
        )
    if len(skipped) > _SHOWN:
        note(_("and {n} more").format(n=number(len(skipped) - _SHOWN)))
