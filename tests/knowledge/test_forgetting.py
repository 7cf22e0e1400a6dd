"""Forgetting in the ledger: what rests on what, and what stays."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from savoirfaire.errors import NotFoundError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.citations import Citation
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.forgetting import forget_client, forget_sources, matching
from savoirfaire.knowledge.forgetting_people import forget_people, mentioning
from savoirfaire.knowledge.forgetting_records import scrub
from savoirfaire.knowledge.ledger import source_id
from savoirfaire.knowledge.mentions import MARK, Mentions
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Tombstones

ZOE = Mentions.of(["Zoé Quill"])
Make = Callable[..., Any]


def forget(knowledge: Knowledge, scope: ClientScope, *paths: str) -> None:
    """Forget sources by path."""
    with changing(knowledge.ledger.engine, scope) as connection:
        forget_sources(connection, scope, {source_id(scope, path) for path in paths})


def without(knowledge: Knowledge, scope: ClientScope) -> None:
    """Forget Zoé."""
    stones = Tombstones(knowledge.ledger.engine, bytes(32))
    with changing(knowledge.ledger.engine, scope) as connection:
        forget_people(connection, scope, ZOE, stones)


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


def propose(knowledge: Knowledge, scope: ClientScope, data: dict[str, str], *cited: Any) -> Any:
    """An active record that rests on quotes: pairs of a path and a quote, and perhaps a field."""
    citations = [
        Citation(source=source_id(scope, path), quote=quote, field=field)
        for path, quote, field in cited
    ]
    brand = knowledge.brand_os
    record = brand.propose(scope, "learning", data, citations=citations, author="x")
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
        assert scrub(connection, acme, {source_id(acme, "a.md")}, set()) == set()
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
