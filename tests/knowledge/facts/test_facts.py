import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.errors import CitationError, ConflictError, NotFoundError, SavoirError
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.facts import Fact, Facts
from savoirfaire.knowledge.facts.names import key_of
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf

from .conftest import TEXT, Say, quote, source

LONG_AGO = "2000-01-01T00:00:00.000Z"


def said(facts: Facts, scope: ClientScope, valid: str, known: str | None = None) -> list[str]:
    """What was said at a point, in order."""
    return [fact.says for fact in facts.as_of(scope, AsOf(valid, known))]


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "ACME"),
        ("Café Crème", "cafe creme"),
        ("Coca-Cola", "coca cola"),
        ("L'Oréal", "L’OREAL"),
        ("S.N.C.F.", "SNCF"),
        ("  Acme \n Corp ", "acme corp"),
        ("Œuvre", "oeuvre"),
        ("Acme, Inc.", "ACME INC"),
    ],
)
def test_one_name(facts: Facts, scope: ClientScope, one: str, other: str) -> None:
    """Case, accents, spaces and punctuation do not make another entity."""
    assert facts.entity(scope, one) == facts.entity(scope, other)
    assert facts.find(scope, other).name == " ".join(one.split())


@pytest.mark.parametrize(("one", "other"), [("Acme", "Acmé 2"), ("!!!", "???"), ("A B", "AB")])
def test_two_names(facts: Facts, scope: ClientScope, one: str, other: str) -> None:
    """Other words are another entity, and so are other signs where there is nothing else."""
    assert facts.entity(scope, one) != facts.entity(scope, other)


@pytest.mark.parametrize("name", ["", "  \n", "a\0b", "\ud800", "x" * 501])
def test_no_name(facts: Facts, scope: ClientScope, name: str) -> None:
    """What a database cannot keep, or nobody can read, is no name."""
    with pytest.raises(SavoirError, match="1 to 500"):
        facts.entity(scope, name)


def test_alias(facts: Facts, scope: ClientScope) -> None:
    """Another name finds the same entity; saying it twice changes nothing."""
    acme = facts.entity(scope, "Acme", kind="company")
    for _ in range(2):
        facts.alias(scope, acme, "The Widget People")
    assert facts.find(scope, "the widget people") == acme
    assert facts.names(scope, acme.id) == ["Acme", "The Widget People"]


def test_a_name_means_one(facts: Facts, scope: ClientScope) -> None:
    """The name of one entity cannot be given to another."""
    facts.entity(scope, "Acme")
    facts.entity(scope, "Bolt")
    with pytest.raises(ConflictError, match="another entity"):
        facts.alias(scope, "Acme", "BOLT!")


def test_unknown_name(facts: Facts, scope: ClientScope) -> None:
    """What is not known is not found, and what is like it is named."""
    facts.entity(scope, "Maison Durand")
    with pytest.raises(NotFoundError, match=r"nothing called Maison Dupond → Maison Durand\?"):
        facts.find(scope, "Maison Dupond")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("What does ACME say?", ["Acme"]),
        ("bolt and acme", ["Bolt", "Acme"]),
        ("acme corp", ["Acme Corp"]),
        ("acme corporation", ["Acme"]),
        ("le prix de l’Été doré", ["Été doré"]),
        ("acmes", []),
        ("it is his", []),
        ("", []),
        ("acme acme acme", ["Acme"]),
    ],
)
def test_mentioned(facts: Facts, scope: ClientScope, words: str, expected: list[str]) -> None:
    """A text names entities by whole words, the longest name first, never by a common word."""
    for name in ("Acme", "Acme Corp", "Bolt", "Été doré", "It"):
        facts.entity(scope, name)
    assert [entity.name for entity in facts.mentioned(scope, words)] == expected


def test_a_name_given_later(facts: Facts, scope: ClientScope, say: Say) -> None:
    """A name is known from when it was given: before that it finds nothing."""
    first = say("Acme", "price", "1")
    facts.alias(scope, "Acme", "Widget")
    before = AsOf("2025-01-01", LONG_AGO)
    assert facts.find(scope, "widget").name == "Acme"
    assert facts.mentioned(scope, "widget", known=LONG_AGO) == []
    with pytest.raises(NotFoundError):
        facts.as_of(scope, before, subject="Widget")
    assert facts.as_of(scope, subject="Widget") == [first]


# --- saying ---------------------------------------------------------------------------------------


def test_a_fact(facts: Facts, scope: ClientScope, say: Say) -> None:
    """A fact has its entities, both its times, its author and the words it rests on."""
    fact = say("Acme", "Competes with", object="Bolt", valid_from="2025-01-01")
    assert (fact.subject.name, fact.attribute, fact.says) == ("Acme", "competes_with", "Bolt")
    assert (fact.valid_from, fact.valid_to, fact.known_to) == ("2025-01-01", None, None)
    assert fact.author == "kim"
    (cited,) = fact.citations
    assert TEXT[cited.start : cited.end] == cited.quote == "Everything is said here."
    assert facts.get(scope, fact.id) == fact


def test_said_twice(facts: Facts, scope: ClientScope, say: Say) -> None:
    """The same assertion is one fact, however it is written and whoever repeats it."""
    first = say("Acme", "price", "10", valid_from="2025-01-01")
    assert say("ACME", "Price", " 10 ", valid_from="2025-01-01", author="lou") == first
    assert facts.as_of(scope) == [first]


def test_more_evidence(facts: Facts, scope: ClientScope, say: Say) -> None:
    """Said again with other words, a fact rests on both; before, it rested on the first alone."""
    first = say("Acme", "price", "10")
    both = say("Acme", "price", "10", citations=[quote(scope, "Prices rose.")])
    assert [each.quote for each in both.citations] == ["Everything is said here.", "Prices rose."]
    assert facts.as_of(scope) == [both]
    assert facts.get(scope, first.id).citations == first.citations
    later = say("Acme", "price", "12", supersedes=[first.id])  # by the id it had before
    assert facts.as_of(scope) == [later]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"valid_from": "2025-03-01", "valid_to": "2025-02-01"}, "is not after"),
        ({"valid_from": "2025-03-01", "valid_to": "2025-03-01"}, "is not after"),
        ({"valid_from": "2025-02-30"}, "is not a date"),
        ({"valid_from": "01/03/2025"}, "is not a date"),
        ({"valid_to": "2025-3-1"}, "is not a date"),
        ({"object": "Bolt"}, "either a value or another"),
        ({"value": None}, "either a value or another"),
        ({"value": None, "object": "acme!"}, "not one to itself"),
        ({"value": ""}, "1 to 20000"),
        ({"value": "a\0"}, "1 to 20000"),
        ({"attribute": ""}, "1 to 64"),
        ({"attribute": "x" * 65}, "1 to 64"),
        ({"supersedes": ["f0"]}, "no fact f0"),
        ({"citations": []}, "the words of a source"),
    ],
)
def test_refused(
    facts: Facts, scope: ClientScope, say: Say, given: dict[str, Any], wrong: str
) -> None:
    """What is no fact is refused with the reason, and nothing of it is kept."""
    with pytest.raises(SavoirError, match=wrong):
        say(**{"subject": "Acme", "attribute": "price", "value": "10"} | given)
    assert facts.as_of(scope) == []
    with pytest.raises(NotFoundError):
        facts.find(scope, "Acme")


@pytest.mark.parametrize(
    ("words", "more", "wrong"),
    [
        ("everything is said here", {}, "does not say"),
        ("Everything is said here", {"start": 1}, "does not say"),
        ("Everything is said here", {"start": 0, "end": 5}, "does not say"),
        ("wice said", {}, "more than once"),
        ("Everything", {"path": "other.md"}, "no source"),
    ],
)
def test_quotes_are_exact(
    facts: Facts, scope: ClientScope, say: Say, words: str, more: dict[str, Any], wrong: str
) -> None:
    """A quote that its source does not have, there and once, founds no fact."""
    with pytest.raises(CitationError, match=wrong):
        say("Acme", "price", "10", citations=[quote(scope, words, **more)])
    assert facts.as_of(scope) == []


def test_another_clients_source(ledger: Ledger, say: Say) -> None:
    """The words of another client's source found nothing here."""
    rival = ledger.add_client("rival", "en")
    ledger.put(rival, [source(rival, "theirs.md")])
    with pytest.raises(CitationError, match="no source"):
        say("Acme", "price", "10", citations=[quote(rival, "Prices rose.", "theirs.md")])


# --- superseding ----------------------------------------------------------------------------------

JANUARY, MARCH, JUNE, NEVER = "2025-01-01", "2025-03-01", "2025-06-01", None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((None, None), (None, None), ["new", "new", "new", "new"]),
        ((None, None), (MARCH, None), ["old", "old", "new", "new"]),
        ((None, None), (None, MARCH), ["new", "new", "old", "old"]),
        ((None, None), (MARCH, JUNE), ["old", "old", "new", "old"]),
        ((JANUARY, None), (MARCH, JUNE), [None, "old", "new", "old"]),
        ((JANUARY, JUNE), (MARCH, None), [None, "old", "new", "new"]),
        ((JANUARY, JUNE), (JANUARY, JUNE), [None, "new", "new", None]),
        ((MARCH, JUNE), (None, None), ["new", "new", "new", "new"]),
    ],
)
def test_superseded_in_part(
    facts: Facts,
    scope: ClientScope,
    say: Say,
    old: tuple[str | None, str | None],
    new: tuple[str | None, str | None],
    expected: list[str | None],
) -> None:
    """Where the new fact holds the old does not; elsewhere it does, and before it did all along."""
    first = say("Acme", "price", "old", valid_from=old[0], valid_to=old[1])
    second = say("Acme", "price", "new", valid_from=new[0], valid_to=new[1], supersedes=[first.id])
    days = ["2024-06-01", "2025-02-01", "2025-04-01", "2025-07-01"]
    assert [next(iter(said(facts, scope, day)), None) for day in days] == expected
    before = [bool(said(facts, scope, day, LONG_AGO)) for day in days]
    assert before == [False] * 4
    assert second.supersedes == first.id
    left = [fact for fact in facts.as_of(scope, AsOf(days[1])) if fact.says == "old"]
    assert all(f.supersedes == first.id and f.citations == first.citations for f in left)


def test_never_by_default(facts: Facts, scope: ClientScope, say: Say) -> None:
    """What is superseded, retracted or only proposed is in no answer that does not ask for it."""
    old = say("Acme", "price", "old")
    say("Acme", "price", "new", supersedes=[old.id])
    wrong = say("Acme", "founder", "nobody")
    facts.retract(scope, wrong.id, by="kim", reason="a mistake")
    say("Acme", "motto", "perhaps", status="proposed")
    reads: list[Callable[[], list[Fact]]] = [
        lambda: facts.as_of(scope),
        lambda: facts.as_of(scope, subject="Acme"),
        lambda: facts.neighbourhood(scope, "Acme").edges,
    ]
    for read in reads:
        assert [fact.says for fact in read()] == ["new"]
    assert [count for _entity, count in facts.counts(scope)] == [1]


def test_several_at_once(facts: Facts, scope: ClientScope, say: Say) -> None:
    """One fact can take the place of several; each is gone, and told."""
    olds = [say("Acme", "price", each) for each in ("1", "2", "3")]
    new = say("Acme", "price", "4", supersedes=[old.id for old in olds])
    assert facts.as_of(scope) == [new]
    replaced = [f for f in facts.history(scope, "Acme", "price") if f.status == "replaced"]
    assert {(f.supersedes, f.value) for f in replaced} == {(o.id, new.id) for o in olds[1:]}


def test_superseding_again(facts: Facts, scope: ClientScope, say: Say) -> None:
    """Saying again what took the place of a fact changes nothing."""
    old = say("Acme", "price", "1")
    new = say("Acme", "price", "2", supersedes=[old.id])
    assert say("Acme", "price", "2", supersedes=[old.id]) == new
    assert len(facts.history(scope, "Acme", "price")) == 2


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"attribute": "cost"}, "something else"),
        ({"subject": "Bolt"}, "something else"),
        ({"valid_from": "2026-01-01"}, "nothing to supersede"),
    ],
)
def test_not_superseded(
    facts: Facts, scope: ClientScope, say: Say, changed: dict[str, Any], wrong: str
) -> None:
    """Only a fact of the same matter and time can be superseded."""
    old = say("Acme", "price", "1", valid_to="2025-12-31")
    with pytest.raises(ConflictError, match=wrong):
        say(
            **{"subject": "Acme", "attribute": "price", "value": "2"} | changed, supersedes=[old.id]
        )
    assert facts.as_of(scope, AsOf("2025-05-05")) == [old]


def test_retract(facts: Facts, scope: ClientScope, say: Say) -> None:
    """A retracted fact is told as it was before, and why it is gone; it cannot be twice."""
    wrong = say("Acme", "price", "1")
    assert said(facts, scope, JANUARY, wrong.known_from) == ["1"]
    gone = facts.retract(scope, wrong.id, by="lou", reason="from another invoice")
    assert gone.known_to is not None
    assert said(facts, scope, JANUARY) == []
    (why,) = [f for f in facts.history(scope, "Acme") if f.status == "retracted"]
    assert (why.value, why.author, why.supersedes) == ("from another invoice", "lou", wrong.id)
    with pytest.raises(ConflictError, match="no longer said"):
        facts.retract(scope, wrong.id, by="lou", reason="again")
    with pytest.raises(ConflictError, match="no longer said"):
        say("Acme", "price", "2", supersedes=[wrong.id])
    assert say("Acme", "price", "1").id != wrong.id  # it may be said anew


def test_proposed(facts: Facts, scope: ClientScope, say: Say) -> None:
    """A proposal waits for a person, once; accepting it takes the place of what it supersedes."""
    old = say("Acme", "price", "1")
    more = {"status": "proposed", "author": "model", "supersedes": [old.id]}
    proposal = say("Acme", "price", "2", **more)
    assert say("Acme", "price", "2", **more) == proposal
    assert facts.proposed(scope) == [proposal]
    assert facts.as_of(scope) == [old]
    accepted = facts.accept(scope, proposal.id, by="kim")
    assert facts.as_of(scope) == [accepted]
    assert (accepted.author, accepted.citations) == ("kim", proposal.citations)
    assert facts.proposed(scope) == []
    with pytest.raises(ConflictError, match="not proposed"):
        facts.accept(scope, proposal.id, by="lou")


def test_rejected(facts: Facts, scope: ClientScope, say: Say) -> None:
    """A rejected proposal is no fact and cannot be accepted any more."""
    proposal = say("Acme", "price", "2", status="proposed")
    facts.reject(scope, proposal.id, by="kim", reason="no")
    assert facts.as_of(scope) == facts.proposed(scope) == []
    with pytest.raises(ConflictError):
        facts.accept(scope, proposal.id, by="kim")


# --- merging --------------------------------------------------------------------------------------


def test_merge(facts: Facts, scope: ClientScope, say: Say) -> None:
    """The one that stays has all names and facts; what was known before stays as it was."""
    say("Acme", "price", "1")
    say("Acme Corp", "founded", "1950")
    last = say("Bolt", "competes with", object="Acme Corp")
    other = facts.find(scope, "Acme Corp")
    moved = facts.merge(scope, "Acme", "Acme Corp")
    assert (moved.names, moved.facts) == (1, 2)
    assert facts.find(scope, "acme corp").name == facts.find(scope, other.id).name == "Acme"
    assert [f.says for f in facts.as_of(scope, subject="Acme Corp")] == ["1950", "1"]
    assert [f.says for f in facts.as_of(scope, subject="Bolt")] == ["Acme"]
    then = facts.as_of(scope, AsOf("2025-01-01", last.known_from))
    assert {f.subject.name for f in then} == {"Acme", "Acme Corp", "Bolt"}
    assert facts.merge(scope, "Acme", "Acme Corp") == replace(moved, names=0, facts=0)


def test_merge_and_take_back(facts: Facts, scope: ClientScope, say: Say) -> None:
    """A merge that is taken back leaves names and facts as they were, but for what came since."""
    say("Acme", "price", "1")
    say("Acme Corp", "price", "1")  # would be said twice of one
    say("Acme Corp", "founded", "1950")
    say("Acme Corp", "motto", "old")
    say("Acme", "owns", object="Acme Corp")  # would be about itself
    other = facts.find(scope, "Acme Corp")
    before = contents(facts, scope)
    facts.merge(scope, "Acme", other)
    merged = contents(facts, scope)
    assert {subject for subject, *_rest in merged} == {"Acme"}
    assert len(merged) == 3
    (old,) = facts.as_of(scope, subject="Acme", attribute="motto")
    say("Acme", "motto", "new", supersedes=[old.id])
    facts.separate(scope, other)
    assert contents(facts, scope) == before - {("Acme Corp", "motto", "old")} | {
        ("Acme", "motto", "new")
    }
    assert facts.names(scope, "Acme Corp") == ["Acme Corp"]
    with pytest.raises(ConflictError, match="not merged"):
        facts.separate(scope, other.id)


@pytest.mark.parametrize("order", [("Acme", "Bolt"), ("Bolt", "Acme")])
def test_merges_on_merges_are_taken_back(
    facts: Facts, scope: ClientScope, say: Say, order: tuple[str, str]
) -> None:
    """What was merged, and merged on with that, is taken back in any order, and only once."""
    for name in ("Acme", "Bolt", "Core"):
        say(name, "motto", name.lower())
    before = contents(facts, scope)
    ids = {name: facts.find(scope, name) for name in ("Acme", "Bolt")}
    facts.merge(scope, "Bolt", "Acme")
    facts.merge(scope, "Core", "Bolt")
    assert {subject for subject, *_rest in contents(facts, scope)} == {"Core"}
    for name in order:
        facts.separate(scope, ids[name])
        assert (name, "motto", name.lower()) in contents(facts, scope)
    assert facts.names(scope, "Core") == ["Core"]
    if order[0] == "Bolt":
        assert facts.find(scope, "Acme").name == "Acme"
    assert contents(facts, scope) == before
    with pytest.raises(ConflictError, match="not merged"):
        facts.separate(scope, ids["Acme"])


def contents(facts: Facts, scope: ClientScope) -> set[tuple[str, str, str]]:
    """What is said now."""
    return {(fact.subject.name, fact.attribute, fact.says) for fact in facts.as_of(scope)}


# --- what it rests on -----------------------------------------------------------------------------


def test_reexamine(facts: Facts, ledger: Ledger, scope: ClientScope, say: Say) -> None:
    """A fact whose last source is gone is no longer said; one with another source is."""
    ledger.put(scope, [source(scope, "second.md")])
    more = quote(scope, "Prices rose.", "second.md")
    say("Acme", "price", "1", citations=[more])
    kept = say("Acme", "founded", "1950", citations=[quote(scope, "Prices rose."), more])
    facts.reexamine(scope)
    assert len(facts.as_of(scope)) == 2
    ledger.remove(scope, [more.source])
    facts.reexamine(scope)
    (left,) = facts.as_of(scope)
    assert (left.id, len(left.citations)) == (kept.id, 1)


def test_two_writers(facts: Facts, data: Path, scope: ClientScope, say: Say) -> None:
    """Of two who supersede one fact at once, one does and the other is told."""
    old = say("Acme", "price", "old")
    outcomes: list[str] = []

    def supersede(value: str) -> None:
        own = Facts(open_database(data / "ledger.db", wait=10))
        try:
            own.assert_(  # noqa: PT009
                scope,
                *("Acme", "price"),
                value=value,
                citations=[quote(scope, "Prices rose.")],
                author=value,
                supersedes=[old.id],
            )
            outcomes.append("said")
        except ConflictError:
            outcomes.append("told")
        finally:
            own._engine.dispose()

    writers = [threading.Thread(target=supersede, args=(value,)) for value in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(outcomes) == ["said", "told"]
    assert len(facts.as_of(scope)) == 1


def test_the_same_from_many(facts: Facts, data: Path, scope: ClientScope) -> None:
    """The same said by several at once is one fact about one entity."""

    def repeat() -> None:
        own = Facts(open_database(data / "ledger.db", wait=10))
        own.assert_(  # noqa: PT009
            scope,
            *("Acme", "price"),
            value="10",
            citations=[quote(scope, "Prices rose.")],
            author="kim",
        )
        own._engine.dispose()

    writers = [threading.Thread(target=repeat) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [fact.says for fact in facts.as_of(scope)] == ["10"]
    assert len(facts.counts(scope)) == 1


def test_a_clock_that_goes_back(facts: Facts, ledger: Ledger, scope: ClientScope, say: Say) -> None:
    """A fact known from later than now, by a clock since set back, is superseded after that."""
    old = say("Acme", "price", "1")
    later = "2999-01-01T00:00:00.000Z"
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE facts SET known_from = ?", (later,))
    new = say("Acme", "price", "2", supersedes=[old.id])
    assert new.known_from == later
    assert said(facts, scope, JANUARY) == said(facts, scope, JANUARY, later) == ["2"]


def test_keys_are_stable() -> None:
    """What a name is found by is its own key: comparing twice changes nothing."""
    for name in ("L'Oréal S.A.", "!!!", "Été", "日本", "x_y"):
        assert key_of(key_of(name)) == key_of(name)
