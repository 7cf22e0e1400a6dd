"""Forgetting in the ledger: what rests on what, and what stays."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from savoirfaire.errors import NotFoundError, RecordError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.citations import Citation
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.forgetting import forget_client, forget_sources, matching
from savoirfaire.knowledge.forgetting_people import SHAPELESS, forget_people, mentioning
from savoirfaire.knowledge.forgetting_records import scrub
from savoirfaire.knowledge.ledger import source_id
from savoirfaire.knowledge.mentions import MARK, Mentions
from savoirfaire.knowledge.schema import metadata
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Tombstones

ZOE = Mentions.of(["Zoé Quill"])
Make = Callable[..., Any]


def forget(knowledge: Knowledge, scope: ClientScope, *paths: str) -> None:
    """Forget sources by path."""
    with changing(knowledge.ledger.engine, scope) as connection:
        forget_sources(connection, scope, {source_id(scope, path) for path in paths})


def without(knowledge: Knowledge, scope: ClientScope, people: Mentions = ZOE) -> None:
    """Forget Zoé, or others."""
    stones = Tombstones(knowledge.ledger.engine, bytes(32))
    with changing(knowledge.ledger.engine, scope) as connection:
        forget_people(connection, scope, people, stones)


def test_words_of_a_form_are_nobodys_name(knowledge: Knowledge, acme: ClientScope) -> None:
    """A person called like a closed value or a field goes from free texts, and from these alone."""
    data = {"channel": "mail of Month", "metric": "points", "unit": "", "period": "month"}
    points = [{"date": "2025-01-01", "value": 1.0, "label": "by Month"}]
    brand_os = knowledge.brand_os
    said = data | {"points": points}
    made = brand_os.propose(acme, "channel_performance", said, citations=(), author="kim")
    brand_os.accept(acme, made.id, by="kim")
    without(knowledge, acme, Mentions.of(["Month", "Points"]))
    [left] = brand_os.list(acme)
    plain = left.data.plain()
    assert (plain["period"], plain["channel"]) == ("month", f"mail of {MARK}")
    assert (plain["metric"], plain["points"][0]["label"]) == (MARK, f"by {MARK}")


@pytest.mark.parametrize("is_active", [True, False])
def test_what_has_no_form_left_is_rejected(
    knowledge: Knowledge, acme: ClientScope, *, is_active: bool
) -> None:
    """A record that the marks make too long for its form is rejected, and no page fails for it."""
    brand_os = knowledge.brand_os
    data = {"topic": "Al " * 160, "statement": "s"}
    made = brand_os.propose(acme, "learning", data, citations=(), author="kim")
    if is_active:
        brand_os.accept(acme, made.id, by="kim")
    without(knowledge, acme, Mentions.of(["Al"]))
    with reading(knowledge.ledger.engine, acme) as connection:
        [row] = connection.execute(select(metadata.tables["records"])).all()
    assert "Al" not in str(row)
    reasons = (row.end_reason, row.reason)
    assert (row.status, SHAPELESS in reasons) == ("rejected", True)
    assert brand_os.list(acme) == brand_os.list(acme, status="rejected") == []
    assert brand_os.unreadable(acme) == []
    with pytest.raises(RecordError, match="this is no learning"):
        brand_os.get(acme, made.id)


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("a/one.md", ["a/one.md", "copy.md"]),
        ("a", ["a/one.md", "a/two.md", "copy.md"]),
        ("a/", ["a/one.md", "a/two.md", "copy.md"]),
        ("pack.zip", ["pack.zip!/x.md", "pack.zip!/y.md"]),
        ("pack.zip!/x.md", ["pack.zip!/x.md"]),
        ("ID", ["a/two.md"]),
        ("%", []),
        ("a/o", []),
    ],
)
def test_matching(
    knowledge: Knowledge, acme: ClientScope, make: Make, name: str, paths: list[str]
) -> None:
    """A path, a folder, a container or an id names sources; copies of the same bytes go along."""
    said = {
        "a/one.md": "1",
        "a/two.md": "2",
        "copy.md": "1",
        "pack.zip!/x.md": "3",
        "pack.zip!/y.md": "4",
    }
    knowledge.ledger.put(
        acme,
        [
            replace(
                make(acme, path, path),
                sha256=digit * 64,
                container="pack.zip" if path.startswith("pack") else None,
            )
            for path, digit in said.items()
        ],
    )
    name = source_id(acme, "a/two.md") if name == "ID" else name
    with reading(knowledge.ledger.engine, acme) as connection:
        assert [row.path for row in matching(connection, acme, name)] == paths


def propose(
    knowledge: Knowledge,
    scope: ClientScope,
    data: dict[str, Any],
    *cited: Any,
    kind: str = "learning",
) -> Any:
    """An active record that rests on quotes: pairs of a path and a quote, and perhaps a field."""
    citations = [
        Citation(source=source_id(scope, path), quote=quote, field=field)
        for path, quote, field in cited
    ]
    brand = knowledge.brand_os
    record = brand.propose(scope, kind, data, citations=citations, author="x")
    return brand.accept(scope, record.id, by="ann")


def test_a_field_that_only_one_source_carries(
    knowledge: Knowledge, acme: ClientScope, make: Make
) -> None:
    """A part of a record goes with its only source; one that cannot be without goes whole."""
    knowledge.ledger.put(
        acme, [make(acme, "a.md", "Rye sells well."), make(acme, "b.md", "Emoji help.")]
    )
    a, b = ("a.md", "Rye sells"), ("b.md", "Emoji help")
    kept = {"topic": "one", "statement": "People like emoji", "context": "Rye is best"}
    propose(knowledge, acme, kept, (*b, "/statement"), (*a, "/context"))
    lost = {"topic": "two", "statement": "People like rye"}
    propose(knowledge, acme, lost, (*a, "/statement"), (*b, "/topic"))
    forget(knowledge, acme, "a.md")
    records = knowledge.brand_os.list(acme)
    assert [(each.data.topic, each.data.statement, each.data.context) for each in records] == [
        ("one", "People like emoji", "")
    ]


def told(knowledge: Knowledge, scope: ClientScope, word: str) -> list[str]:
    """The tables of the ledger in which a word stands."""
    with reading(knowledge.ledger.engine, scope) as connection:
        return [
            table.name
            for table in metadata.sorted_tables
            if word.lower() in repr(connection.execute(table.select()).all()).lower()
        ]


def test_facts_of_a_record_on_two_sources(
    knowledge: Knowledge, acme: ClientScope, make: Make
) -> None:
    """What only the forgotten source said is in no fact, key or name; the rest is still said."""
    knowledge.ledger.put(
        acme,
        [
            make(acme, "a.md", "Zebulon is positioned as canary luxury, by Canaryco."),
            make(acme, "b.md", "Zebulon has fast delivery."),
        ],
    )
    cited = [("a.md", "Zebulon is positioned", ""), ("b.md", "fast delivery", "")]
    said = {"name": "Zebulon", "positioning": "canary luxury", "strengths": ["fast delivery"]}
    propose(knowledge, acme, said, *cited, kind="competitor")
    propose(knowledge, acme, {"topic": "canary luxury", "statement": "fast delivery"}, *cited)
    propose(knowledge, acme, {"topic": "fast delivery", "context": "x", "statement": "y"}, *cited)
    a, b = (Citation(source=source_id(acme, p), quote="Zebulon") for p in ("a.md", "b.md"))
    say = knowledge.facts.assert_
    for value in ("canary luxury", "fast delivery"):
        say(acme, "Zebulon", "has", value=value, citations=[a, b], author="ann")
    say(acme, "Canaryco", "sells", value="v", citations=[b], author="ann")
    forget(knowledge, acme, "a.md")
    assert told(knowledge, acme, "canary") == []
    says = [(f.subject.name, f.attribute, f.says) for f in knowledge.facts.as_of(acme)]
    assert ("Zebulon", "strength", "fast delivery") in says
    assert ("acme", "competes_with", "Zebulon") in says
    assert ("Zebulon", "has", "fast delivery") in says
    assert [each.key for each in knowledge.brand_os.list(acme, kind="competitor")] == ["zebulon"]
    assert len(knowledge.brand_os.list(acme, kind="learning")) == 2


def test_the_name_of_a_forgotten_brand(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """The client is called by its own name again where only brand.toml said the brand's."""
    pack = '[brand]\nname = "Canarybrand"\nlanguage = "en"\nvoice = "Plain."\n'
    knowledge.ledger.put(
        acme,
        [
            replace(make(acme, "brand.toml", pack), kind="brand"),
            make(acme, "b.md", "Rival sells bread."),
        ],
    )
    knowledge.brand_os.fill(acme)
    propose(knowledge, acme, {"name": "Rival"}, ("b.md", "Rival", ""), kind="competitor")
    assert knowledge.facts.as_of(acme)[0].subject.name == "Canarybrand"
    forget(knowledge, acme, "brand.toml")
    assert told(knowledge, acme, "canary") == []
    assert [fact.subject.name for fact in knowledge.facts.as_of(acme)] == ["acme"]


def test_a_source_that_was_changed_before(
    knowledge: Knowledge, acme: ClientScope, make: Make
) -> None:
    """What a record took from an earlier version of a forgotten source goes with its quotes."""
    b = make(acme, "b.md", "It has fast delivery.")
    knowledge.ledger.put(acme, [make(acme, "a.md", "Tau offers canary deals."), b])
    cited = [("a.md", "Tau offers canary deals.", ""), ("b.md", "fast delivery", "")]
    said = {"name": "Tau", "positioning": "canary deals", "strengths": ["fast delivery"]}
    propose(knowledge, acme, said, *cited, kind="competitor")
    knowledge.ledger.put(acme, [make(acme, "a.md", "Nothing of that now.")])
    forget(knowledge, acme, "a.md")
    assert told(knowledge, acme, "canary") == []
    assert knowledge.brand_os.list(acme)[0].data.strengths == ("fast delivery",)


@pytest.mark.parametrize("name", ["items/a.md", "items", "ID"])
def test_a_source_that_was_removed_before(
    knowledge: Knowledge, acme: ClientScope, make: Make, name: str
) -> None:
    """What was removed can still be forgotten: what rested on it goes, and what it shared too."""
    a = replace(make(acme, "items/a.md", "Omega is canary cheap."), sha256="a" * 64)
    knowledge.put(acme, [a, make(acme, "b.md", "It is fast.")])
    cited = [("items/a.md", "Omega is canary cheap.", ""), ("b.md", "It is fast.", "")]
    said = {"name": "Omega", "positioning": "canary cheap"}
    propose(knowledge, acme, said, cited[0], kind="competitor")
    both = {"topic": "fast", "statement": "It is fast.", "context": "canary cheap"}
    propose(knowledge, acme, both, *cited)
    knowledge.remove(acme, [source_id(acme, "items/a.md")])
    name = source_id(acme, "items/a.md") if name == "ID" else name
    with changing(knowledge.ledger.engine, acme) as connection:
        rows = matching(connection, acme, name)
        assert [(row.path, row.sha256) for row in rows] == [("items/a.md", a.sha256)]
        forget_sources(connection, acme, {row.id for row in rows})
        assert matching(connection, acme, name) == []
    assert told(knowledge, acme, "canary") == told(knowledge, acme, "items/a.md") == []
    assert [each.data.statement for each in knowledge.brand_os.list(acme)] == ["It is fast."]


def test_what_nothing_rests_on_is_left_alone(
    knowledge: Knowledge, acme: ClientScope, make: Make
) -> None:
    """A record that a person wrote, and one that rests on another source, stay as they are."""
    knowledge.ledger.put(
        acme, [make(acme, "a.md", "Rye sells."), make(acme, "b.md", "Emoji help.")]
    )
    propose(knowledge, acme, {"topic": "own", "statement": "Rye sells."})
    propose(knowledge, acme, {"topic": "b", "statement": "s"}, ("b.md", "Emoji", ""))
    before = knowledge.brand_os.list(acme)
    with reading(knowledge.ledger.engine, acme) as connection:
        assert scrub(connection, acme, {source_id(acme, "a.md")}, set()) == (set(), [])
    forget(knowledge, acme, "a.md")
    assert knowledge.brand_os.list(acme) == before


def test_entities_of_forgotten_facts(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """What only forgotten facts speak of goes with its names; what others speak of stays."""
    knowledge.ledger.put(
        acme, [make(acme, "a.md", "Rye sells."), make(acme, "b.md", "Emoji help.")]
    )
    facts = knowledge.facts
    for path, quote, subject in (("a.md", "Rye sells", "Vurtzel"), ("b.md", "Emoji help", "Shop")):
        cited = [Citation(source=source_id(acme, path), quote=quote)]
        known = facts.entity(acme, subject)
        say = facts.assert_
        say(acme, known.id, "sells", value="x", citations=cited, author="ann")
        facts.retract(acme, facts.as_of(acme, subject=known.id)[0].id, by="ann", reason=subject)
        say(acme, known.id, "sells", value="y", citations=cited, author="ann")
    history = facts.history(acme, "Shop")
    forget(knowledge, acme, "a.md")
    with pytest.raises(NotFoundError):
        facts.find(acme, "Vurtzel")
    assert [fact.subject.name for fact in facts.as_of(acme)] == ["Shop"]
    assert facts.history(acme, "Shop") == history
    with reading(knowledge.ledger.engine, acme) as connection:
        rows = connection.exec_driver_sql("SELECT * FROM facts").all()
    assert "Vurtzel" not in repr(rows)


def test_two_files_named_after_people(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """Two files whose names differ only by how a person's is written stay two sources."""
    put = [make(acme, path, f"{path} is here.") for path in ("Zoé Quill.md", "zoe-quill.md")]
    knowledge.put(acme, [replace(each, origin=f"/{each.path}".encode()) for each in put])
    without(knowledge, acme)
    paths = [row.path for row in knowledge.ledger.sources(acme)]
    assert paths == [f"{MARK} 2.md", f"{MARK}.md"]
    assert {known.origin[:1] for known in knowledge.ledger.known(acme).values()} == {b"?"}
    for path in paths:
        assert knowledge.ledger.text(acme, source_id(acme, path)) == f"{MARK}.md is here."


def test_time_stays(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """A source without a name is as old as it was with it, and so are its passages."""
    knowledge.put(acme, [make(acme, "a.md", "# One\n\nZoé Quill bakes.\n\n# Two\n\nRye.\n")])
    query = "SELECT ingested_at, recorded_at FROM sources s JOIN passages p ON p.source = s.id"
    with reading(knowledge.ledger.engine, acme) as connection:
        before = connection.exec_driver_sql(query).all()
    without(knowledge, acme)
    with reading(knowledge.ledger.engine, acme) as connection:
        assert connection.exec_driver_sql(query).all() == before
        assert mentioning(connection, acme, ZOE) == ([], {})


@pytest.mark.parametrize(
    "quote", ["Zoé Quill", "by Zoé", "Quill bakes", "é Qu", "bakes rye", "by Zoé Quill bakes"]
)
def test_citations_of_a_name(
    knowledge: Knowledge, acme: ClientScope, make: Make, quote: str
) -> None:
    """A quote that has a name, or a part of one, quotes the mark that stands there now."""
    knowledge.put(acme, [make(acme, "a.md", "This is by Zoé Quill bakes rye.")])
    propose(knowledge, acme, {"topic": "t", "statement": "s"}, ("a.md", quote, ""))
    without(knowledge, acme)
    citation = knowledge.brand_os.list(acme)[0].citations[0]
    text = knowledge.ledger.text(acme, citation.source)
    assert text == f"This is by {MARK} bakes rye."
    assert text[citation.start : citation.end] == citation.quote
    assert "Zoé" not in citation.quote
    assert "Quill" not in citation.quote


def test_entities_of_two_people(knowledge: Knowledge, acme: ClientScope) -> None:
    """Two people who are forgotten stay two entities, without a name."""
    for name in ("Zoé Quill", "Zoe Quill Bakery"):
        knowledge.facts.entity(acme, name)
    without(knowledge, acme)
    with reading(knowledge.ledger.engine, acme) as connection:
        rows = connection.exec_driver_sql("SELECT name FROM entities").all()
        told = connection.exec_driver_sql("SELECT * FROM aliases").all()
        told += connection.exec_driver_sql("SELECT * FROM facts").all()
    assert len({row.name for row in rows}) == 2
    assert "quill" not in repr([rows, told]).lower()
    for row in rows:
        assert knowledge.facts.find(acme, row.name) is not None


def test_a_client_that_is_not_there(knowledge: Knowledge, acme: ClientScope) -> None:
    """Forgetting a client twice is forgetting it once."""
    for _ in range(2):
        with writing(knowledge.ledger.engine) as connection:
            forget_client(connection, acme.client)
    assert knowledge.ledger.clients() == []
