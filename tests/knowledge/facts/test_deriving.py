from collections.abc import Mapping
from typing import Any

import pytest

from savoirfaire.knowledge.brandos.records import Record
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.facts import Facts
from savoirfaire.knowledge.ledger import Ledger, Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf

from .conftest import quote

RIVAL = {"name": "Bolt", "positioning": "the cheap one", "strengths": ["price", "speed"]}
OFFER = {
    "name": "Newsletter",
    "currency": "EUR",
    "lines": [{"item": "Issue", "unit": "piece", "amount": "1250.50"}],
}
PERSONA = {
    "name": "Nadia",
    "traits": [
        {"attribute": "job", "value": "buyer"},
        {"attribute": "fear", "value": "delays", "assumed": True},
    ],
}
STUDY = {"name": "Relaunch", "customer": "Cafés Durand", "result": "+12 %", "industry": "coffee"}


@pytest.fixture
def brand_os(ledger: Ledger) -> BrandOS:
    """The records of the ledger."""
    return BrandOS(ledger.engine)


def accepted(
    brand_os: BrandOS, scope: ClientScope, kind: str, data: Mapping[str, Any], **more: Any
) -> Record:
    """A record that a person accepted."""
    given = {"citations": [quote(scope, "Prices rose.")], "author": "kim"} | more
    supersedes = given.pop("supersedes", ())
    record = brand_os.propose(scope, kind, data, **given)
    return brand_os.accept(scope, record.id, by="kim", supersedes=supersedes)


def said(facts: Facts, scope: ClientScope, point: AsOf | None = None) -> set[str]:
    """What is said, in words."""
    return {f"{f.subject.name} {f.attribute} {f.says}" for f in facts.as_of(scope, point)}


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        (
            "competitor",
            RIVAL,
            {
                "acme competes_with Bolt",
                "Bolt positioning the cheap one",
                "Bolt strength price",
                "Bolt strength speed",
            },
        ),
        ("audience_persona", PERSONA, {"acme targets Nadia", "Nadia job buyer"}),
        (
            "offer",
            OFFER,
            {"acme offers Newsletter", "Newsletter price Issue: 1250.50 EUR / piece"},
        ),
        (
            "case_study",
            STUDY,
            {
                "acme has_case_study Relaunch",
                "Relaunch customer Cafés Durand",
                "Relaunch industry coffee",
                "Relaunch result +12 %",
            },
        ),
        ("industry", {"name": "Coffee"}, {"acme works_in Coffee"}),
        (
            "strategy",
            {"topic": "Pricing", "statement": "Never discount."},
            {"acme has_strategy Pricing", "Pricing statement Never discount."},
        ),
        (
            "brief",
            {"name": "Launch", "deadline": "2025-05-01"},
            {"acme asked_for Launch", "Launch deadline 2025-05-01"},
        ),
        ("learning", {"topic": "Emoji", "statement": "They help."}, set()),
        ("competitor", {"name": "ACME", "site": "acme.example"}, {"acme site acme.example"}),
    ],
)
def test_derived(
    facts: Facts,
    brand_os: BrandOS,
    scope: ClientScope,
    kind: str,
    form: Mapping[str, Any],
    expected: set[str],
) -> None:
    """An accepted record says its facts, as valid and as founded as it is itself, and known since.

    A proposal says nothing.
    """
    proposal = brand_os.propose(
        scope,
        kind,
        form,
        citations=[quote(scope, "Prices rose.")],
        author="model",
        valid_from="2025-01-01",
    )
    assert said(facts, scope) == set()
    record = brand_os.accept(scope, proposal.id, by="kim")
    assert said(facts, scope) == expected
    for fact in facts.as_of(scope):
        assert (fact.valid_from, fact.known_from) == ("2025-01-01", record.known_from)
        assert (fact.record, list(fact.citations)) == (record.id, record.citations)


def test_citations_of_a_part(facts: Facts, brand_os: BrandOS, scope: ClientScope) -> None:
    """A fact rests on the words that carry its part of the record."""
    words = ["Everything is said here.", "Prices rose."]
    fields = ["/positioning", "/strengths/0"]
    cited = [quote(scope, w, field=f) for w, f in zip(words, fields, strict=True)]
    accepted(brand_os, scope, "competitor", RIVAL, citations=cited)
    rests = {f"{f.attribute} {f.says}": [c.quote for c in f.citations] for f in facts.as_of(scope)}
    assert rests["positioning the cheap one"] == words[:1]
    assert rests["strength price"] == words[1:]
    assert rests["strength speed"] == rests["competes_with Bolt"] == words


def test_facts_follow_their_record(facts: Facts, brand_os: BrandOS, scope: ClientScope) -> None:
    """A new version takes the place of the old one's facts too; a rejected record says nothing."""
    first = accepted(brand_os, scope, "competitor", RIVAL)
    edited = brand_os.edit(scope, first.id, RIVAL | {"positioning": "the fast one"}, by="kim")
    assert "Bolt positioning the fast one" in said(facts, scope)
    assert "Bolt positioning the cheap one" not in said(facts, scope)
    then = AsOf("2025-01-01", first.known_from)
    if first.known_from != edited.known_from:
        assert "Bolt positioning the cheap one" in said(facts, scope, then)
    brand_os.reject(scope, edited.id, by="kim", reason="no competitor")
    assert said(facts, scope) == set()


def test_superseded_in_part(facts: Facts, brand_os: BrandOS, scope: ClientScope) -> None:
    """Where a record goes on for a part of its time, so do its facts."""
    old = accepted(brand_os, scope, "competitor", RIVAL, valid_from="2025-01-01")
    new = RIVAL | {"positioning": "the fast one"}
    accepted(brand_os, scope, "competitor", new, valid_from="2025-03-01", supersedes=[old.id])
    for day, expected in (("2025-02-01", "cheap"), ("2025-04-01", "fast")):
        (now,) = facts.as_of(scope, AsOf(day), subject="Bolt", attribute="positioning")
        assert now.says == f"the {expected} one"


def test_what_was_retracted_stays_so(facts: Facts, brand_os: BrandOS, scope: ClientScope) -> None:
    """A person's retraction of a derived fact outlives the next look at the same record."""
    record = accepted(brand_os, scope, "competitor", RIVAL)
    (fact,) = facts.as_of(scope, attribute="positioning")
    facts.retract(scope, fact.id, by="kim", reason="hearsay")
    brand_os.edit(scope, record.id, record.data.plain(), by="kim")
    assert facts.as_of(scope, attribute="positioning") == []
    assert len(facts.as_of(scope)) == 3


def test_named_by_its_brand(
    facts: Facts, ledger: Ledger, brand_os: BrandOS, scope: ClientScope
) -> None:
    """The client is called what its brand is called, and answers to its own name too."""
    text = '[brand]\nname = "Acmé Widgets"\nlanguage = "en"\nvoice = "Plain."\n'
    for path, words in (("brand.toml", text), ("old/brand.toml", "not = [toml")):
        spans = cut(source_id(scope, path), words)
        ledger.put(scope, [Source(path, "brand", "Brand", None, None, path, words, spans)])
    accepted(brand_os, scope, "industry", {"name": "Coffee"})
    assert said(facts, scope) == {"Acmé Widgets works_in Coffee"}
    assert facts.find(scope, "acme").name == "Acmé Widgets"


def test_a_record_that_lost_its_source(
    facts: Facts, ledger: Ledger, brand_os: BrandOS, scope: ClientScope
) -> None:
    """When the last source of a record is gone, its facts go with it."""
    record = accepted(brand_os, scope, "competitor", RIVAL, author="model")
    ledger.remove(scope, [record.citations[0].source])
    brand_os.reexamine(scope)
    facts.reexamine(scope)
    assert said(facts, scope) == set()
