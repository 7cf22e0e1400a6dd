"""The facts that an active record says, so that the graph and `as_of` have them too.

Long words stay in the record: a fact is what can be asked for by name. What a source does not say
(an assumed trait) is no fact.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select

from savoirfaire.errors import BrandPackError
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.brandos import forms
from savoirfaire.knowledge.brandos.records import REEXAMINED, Citation, Record
from savoirfaire.knowledge.facts.entities import called, found, made
from savoirfaire.knowledge.facts.names import LONGEST_ATTRIBUTE, key_of
from savoirfaire.knowledge.facts.rows import RETRACTED, Content, Entity, content_of
from savoirfaire.knowledge.facts.stating import put
from savoirfaire.knowledge.schema import facts, sources
from savoirfaire.knowledge.scope import ClientScope

_BRAND = "brand"


class Named(NamedTuple):
    """An entity that a record speaks of."""

    name: str
    kind: str


class Said(NamedTuple):
    """One fact of a record: about the client where `subject` is None.

    `field` is the JSON pointer of where the record says it.
    """

    subject: Named | None
    attribute: str
    says: str | Named
    field: str


def derive(connection: Connection, scope: ClientScope, record: Record, at: str) -> None:
    """Say what an active record says, with its validity and its citations.

    What a person has retracted of the same record is not said again.
    """
    client = client_entity(connection, scope, at)
    refused = _retracted(connection, scope, record.id)
    for said in DERIVED[record.kind](record.data):
        content = _content(connection, scope, record, said, client, at)
        if content.subject != content.object and content not in refused:
            rests = citations_of(record, said.field)
            put(connection, scope, content, citations=rests, author=record.author, at=at)


def _retracted(connection: Connection, scope: ClientScope, record: str) -> set[Content]:
    """What people have retracted of what a record said."""
    why = facts.alias("why")
    rows = connection.execute(
        select(facts)
        .join(why, and_(why.c.client == facts.c.client, why.c.supersedes == facts.c.id))
        .where(
            facts.c.client == scope.client,
            facts.c.record == record,
            why.c.record == record,
            why.c.status == RETRACTED,
            why.c.author != REEXAMINED,
        )
    )
    return {content_of(row) for row in rows}


def client_entity(connection: Connection, scope: ClientScope, at: str) -> Entity:
    """The client itself, by the name of its brand, else by its own; it answers to both."""
    names = [*_brand_names(connection, scope), scope.client]
    known = (found(connection, scope, name) for name in names)
    entity = next((each for each in known if each is not None), None)
    entity = entity or made(connection, scope, names[0], "client", at, scope.client)
    for name in names:
        if found(connection, scope, name) is None:
            called(connection, scope, entity.id, name, at, scope.client)
    return entity


def citations_of(record: Record, field: str) -> list[Citation]:
    """What a part of a record rests on: its own citations, else those of the whole."""
    own = [each for each in record.citations if not each.lost and _covers(each.field, field)]
    return own or [each for each in record.citations if not each.lost]


def _covers(cited: str, field: str) -> bool:
    """Whether a citation is of this field, of something in it, or of what it is in."""
    return f"{field}/".startswith(f"{cited}/") or f"{cited}/".startswith(f"{field}/")


def _content(
    connection: Connection,
    scope: ClientScope,
    record: Record,
    said: Said,
    client: Entity,
    at: str,
) -> Content:
    def entity(named: Named) -> str:
        return made(connection, scope, named.name, named.kind, at, record.author).id

    is_value = isinstance(said.says, str)
    return Content(
        subject=entity(said.subject) if said.subject else client.id,
        attribute=key_of(said.attribute).replace(" ", "_")[:LONGEST_ATTRIBUTE],
        value=said.says if isinstance(said.says, str) else None,
        object=None if is_value else entity(Named(*said.says)),
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        record=record.id,
    )


def _brand_names(connection: Connection, scope: ClientScope) -> list[str]:
    """The name in the client's brand.toml, where it has one that can be read."""
    packs = connection.execute(
        select(sources.c.path, sources.c.text).where(
            sources.c.client == scope.client, sources.c.kind == _BRAND
        )
    ).all()
    if not packs:
        return []
    top = min(packs, key=lambda pack: (pack.path.count("/"), pack.path))
    try:
        return [BrandPack.parse(top.text).brand.name]
    except BrandPackError:
        return []


# --- what each kind of record says ----------------------------------------------------------------


def _competitor(data: forms.Competitor) -> Iterator[Said]:
    rival = Named(data.name, "competitor")
    yield Said(None, "competes_with", rival, "/name")
    if data.positioning:
        yield Said(rival, "positioning", data.positioning, "/positioning")
    if data.site:
        yield Said(rival, "site", data.site, "/site")
    for attribute, lines in (("strength", data.strengths), ("weakness", data.weaknesses)):
        field = "strengths" if attribute == "strength" else "weaknesses"
        for place, line in enumerate(lines):
            yield Said(rival, attribute, line, f"/{field}/{place}")


def _persona(data: forms.AudiencePersona) -> Iterator[Said]:
    persona = Named(data.name, "persona")
    yield Said(None, "targets", persona, "/name")
    for place, trait in enumerate(data.traits):
        if not trait.assumed:
            yield Said(persona, trait.attribute, trait.value, f"/traits/{place}")


def _industry(data: forms.Industry) -> Iterator[Said]:
    yield Said(None, "works_in", Named(data.name, "industry"), "/name")


def _strategy(data: forms.Strategy) -> Iterator[Said]:
    topic = Named(data.topic, "strategy")
    yield Said(None, "has_strategy", topic, "/topic")
    yield Said(topic, "statement", data.statement, "/statement")


def _offer(data: forms.Offer) -> Iterator[Said]:
    offer = Named(data.name, "offer")
    yield Said(None, "offers", offer, "/name")
    for place, line in enumerate(data.lines):
        unit = f" / {line.unit}" if line.unit else ""
        price = f"{line.item}: {line.amount:f} {data.currency}{unit}"
        yield Said(offer, "price", price, f"/lines/{place}")


def _case_study(data: forms.CaseStudy) -> Iterator[Said]:
    study = Named(data.name, "case_study")
    yield Said(None, "has_case_study", study, "/name")
    if data.customer:
        yield Said(study, "customer", Named(data.customer, "customer"), "/customer")
    if data.industry:
        yield Said(study, "industry", Named(data.industry, "industry"), "/industry")
    yield Said(study, "result", data.result, "/result")


def _brief(data: forms.Brief) -> Iterator[Said]:
    brief = Named(data.name, "brief")
    yield Said(None, "asked_for", brief, "/name")
    if data.deadline:
        yield Said(brief, "deadline", data.deadline, "/deadline")


DERIVED: Mapping[str, Callable[[Any], Iterator[Said]]] = {
    "competitor": _competitor,
    "audience_persona": _persona,
    "industry": _industry,
    "strategy": _strategy,
    "offer": _offer,
    "case_study": _case_study,
    "brief": _brief,
}
"""What a record says, by its kind; the other kinds are read as records, not as facts."""
