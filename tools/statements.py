"""Facts and records as agents recall them, each with the words of the sources that say it.

What has no source that still says it is left out: an agent states nothing that it cannot cite.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.facts import Entity, Fact
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.times import AsOf

_HOPS = 2  # the facts about what is named, and about what those lead to


@dataclass(frozen=True)
class Span:
    """Words of a source: `text(source)[start:end] == quote`.

    `field` is the part of a record that they carry, a JSON pointer; empty for all of it.
    """

    source: str
    path: str
    start: int
    end: int
    quote: str
    field: str = ""


@dataclass(frozen=True)
class RecalledFact:
    """That an attribute of `subject` is `says`: a value, or another entity where `entity` says so.

    It holds from the date `valid_from` up to `valid_to`, open where None.
    """

    id: str
    subject: str
    attribute: str
    says: str
    entity: bool
    valid_from: str | None
    valid_to: str | None
    known_from: str | None
    author: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class RecalledRecord:
    """A record of the Brand OS: plain data in the form of its kind."""

    id: str
    kind: str
    title: str
    data: dict[str, Any]
    valid_from: str | None
    valid_to: str | None
    author: str
    spans: tuple[Span, ...]


class Quotes:
    """The sources of a client, read once each, to show what is cited as it stands."""

    def __init__(self, knowledge: Knowledge, scope: ClientScope) -> None:
        self._knowledge = knowledge
        self._scope = scope
        self._paths: dict[str, str] | None = None
        self._texts: dict[str, str] = {}

    def spans(self, citations: Iterable[Citation]) -> tuple[Span, ...]:
        """The citations that their sources still bear out."""
        return tuple(self._standing(citations))

    def _standing(self, citations: Iterable[Citation]) -> Iterator[Span]:
        for each in citations:
            if each.start is None or each.end is None or each.source not in self._sources():
                continue
            if self._text(each.source)[each.start : each.end] == each.quote:
                path = self._sources()[each.source]
                yield Span(each.source, path, each.start, each.end, each.quote, each.field)

    def _sources(self) -> dict[str, str]:
        if self._paths is None:
            rows = self._knowledge.ledger.sources(self._scope)
            self._paths = {row.id: row.path for row in rows}
        return self._paths

    def _text(self, source: str) -> str:
        if source not in self._texts:
            self._texts[source] = self._knowledge.ledger.text(self._scope, source)
        return self._texts[source]


def facts_about(
    knowledge: Knowledge,
    scope: ClientScope,
    question: str,
    names: Sequence[str],
    point: AsOf,
    limit: int,
) -> list[RecalledFact]:
    """The facts about what is named, nearest first: in `names`, and in the words of the question.

    A name that is not known is passed over.
    """
    found: dict[str, Fact] = {}
    for entity in _named(knowledge, scope, question, names, point):
        around = knowledge.facts.neighbourhood(scope, entity, hops=_HOPS, as_of=point, limit=limit)
        found.update({fact.id: fact for fact in around.edges if fact.id not in found})
    quotes = Quotes(knowledge, scope)
    recalled = (_fact(fact, quotes.spans(fact.citations)) for fact in found.values())
    return [fact for fact in recalled if fact.spans][:limit]


def records_at(
    knowledge: Knowledge, scope: ClientScope, kinds: Sequence[str], point: AsOf
) -> list[RecalledRecord]:
    """The active records of these kinds that hold at `point`, kind by kind. Raises RecordError."""
    quotes = Quotes(knowledge, scope)
    found = [
        RecalledRecord(
            id=record.id,
            kind=record.kind,
            title=record.title,
            data=record.data.plain(),
            valid_from=record.valid_from,
            valid_to=record.valid_to,
            author=record.author,
            spans=quotes.spans(record.citations),
        )
        for kind in dict.fromkeys(kinds)
        for record in knowledge.brand_os.list(scope, kind=kind, as_of=point)
    ]
    return [record for record in found if record.spans]


def _named(
    knowledge: Knowledge, scope: ClientScope, question: str, names: Sequence[str], point: AsOf
) -> list[Entity]:
    entities = []
    for name in names:
        try:
            entities.append(knowledge.facts.find(scope, name, point))
        except NotFoundError:
            continue
    entities += knowledge.facts.mentioned(scope, question, known=point.known)
    return list(dict.fromkeys(entities))


def _fact(fact: Fact, spans: tuple[Span, ...]) -> RecalledFact:
    return RecalledFact(
        id=fact.id,
        subject=fact.subject.name,
        attribute=fact.attribute,
        says=fact.says,
        entity=fact.object is not None,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        known_from=fact.known_from,
        author=fact.author,
        spans=spans,
    )
