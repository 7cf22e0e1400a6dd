"""What is removed leaves no trace, and what records rest on follows the text."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from savoirfaire.knowledge.anchoring import anchor
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.facts import Facts
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.schema import citations
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.surroundings import Text

Make = Callable[..., Source]
HERE = settings(derandomize=True, deadline=None, database=None, max_examples=40)


def made_of(knowledge: Knowledge, scope: ClientScope) -> tuple[object, ...]:
    """All that is derived of a client's texts, and what is found."""
    with knowledge.ledger.snapshot(scope) as known:
        held = known.statistics()
        sketches = {each.id: each.sketch for each in known.sketches()}
        counts = held.terms.as_dict(), held.passages, held.words, held.grams.tolist()
        made = *counts, sketches, known.ids()
    found = knowledge.search(scope, "budget vidéo campagne", limit=50)
    return *made, [(each.passage, each.score) for each in found]


def test_as_if_never_there(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """Removing sources restores statistics, sketches and answers to the last digit."""
    kept = [make(acme, f"{n}.md", f"Le budget {n} de la campagne.") for n in range(5)]
    knowledge.put(acme, kept)
    before = made_of(knowledge, acme)
    more = [make(acme, f"x{n}.md", f"La vidéo {n} et son budget.\n\n# B\n\nB{n}") for n in range(4)]
    knowledge.put(acme, more)
    assert made_of(knowledge, acme) != before
    change = knowledge.remove(acme, [source_id(acme, each.path) for each in more])
    assert change.removed == {span.id for each in more for span in each.spans}
    assert made_of(knowledge, acme) == before
    assert knowledge._index.ids(acme) == before[5]
    again = knowledge.remove(acme, [source_id(acme, "x1.md"), "s0123"])
    assert again.previous == again.revision
    knowledge.remove(acme, [source_id(acme, each.path) for each in kept])
    assert made_of(knowledge, acme)[:4] == ({}, 0, 0, [0] * 65536)
    assert knowledge.ledger.sources(acme) == []


edits = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["budget", "vidéo été", "", "campagne 12"])),
    max_size=6,
)


@given(edits)
@HERE
def test_nothing_of_another_client(pair: Knowledge, changes: list[tuple[str, str]]) -> None:
    """Whatever is written and removed for one client, all that another has stays as it is."""
    knowledge = pair
    one, other = (knowledge.ledger.scope(name) for name in ("one", "other"))
    before = made_of(knowledge, one)
    for path, body in changes:
        if body:
            spans = cut(source_id(other, path), body)
            knowledge.put(other, [Source(path, "d", "", None, None, "", body, spans)])
        else:
            knowledge.remove(other, [source_id(other, path), source_id(one, path)])
    assert made_of(knowledge, one) == before


class Stopped(Facts):
    """Facts of a process that is killed as it looks at them again."""

    def reexamine_within(self, *_: object) -> None:
        """Die."""
        raise KeyboardInterrupt

    def reexamine(self, *_: object) -> None:
        """Die."""
        raise KeyboardInterrupt


def test_removed_with_what_rests_on_it_or_not_at_all(
    knowledge: Knowledge, acme: ClientScope, make: Make
) -> None:
    """A process that is stopped amid a removal leaves no record without its ground."""
    quote = "Le ton est direct."
    source = source_id(acme, "a.md")
    knowledge.put(acme, [make(acme, "a.md", quote)])
    said = {"topic": "ton", "statement": quote}
    cited = [Citation(source=source, quote=quote)]
    record = knowledge.brand_os.propose(acme, "learning", said, citations=cited, author="kim")

    facts, knowledge.facts = knowledge.facts, Stopped(knowledge.ledger.engine)
    with pytest.raises(KeyboardInterrupt):
        knowledge.remove(acme, [source])
    knowledge.facts = facts
    assert knowledge.brand_os.get(acme, record.id) == record
    assert knowledge.search(acme, "ton direct")
    knowledge.remove(acme, [source])
    assert knowledge.brand_os.get(acme, record.id).status == "rejected"


@pytest.fixture(scope="module")
def pair(common: Path) -> Iterator[Knowledge]:
    """A store with two clients that have sources of the same names."""
    (common / "pair").mkdir()
    with Knowledge.open(common / "pair") as knowledge:
        for name in ("one", "other"):
            scope = knowledge.ledger.add_client(name, "fr")
            for path in "ab":
                body = "Le budget vidéo de la campagne."
                spans = cut(source_id(scope, path), body)
                knowledge.put(scope, [Source(path, "d", "", None, None, "", body, spans)])
        yield knowledge


# --- what records rest on -------------------------------------------------------------------------


TABLE = "| | April | May |\n| Open rate | 11 % | {} |\n| Bounce rate | 3 % | {} |\n"


@pytest.mark.parametrize(
    ("old", "new", "quote", "found"),
    [
        (TABLE.format("12 %", "4 %"), TABLE.format("13 %", "12 %"), "12 %", None),
        (TABLE.format("12 %", "4 %"), TABLE.format("12 %", "12 %"), "12 %", 0),
        (TABLE.format("5 %", "12 %"), TABLE.format("12 %", "12 %"), "12 %", 1),
        (TABLE.format("12 %", "4 %"), "New.\n\n" + TABLE.format("12 %", "4 %"), "12 %", 0),
        ("Open rate: 12 %", "Bounce rate in May: 12 %", "12 %", None),
        ("Open rate: 12 %", "Open rate: 112 %", "12 %", None),
        ("Open rate\n12 %\n", "Bounce\n12 %\nOpen rate\n12 %\n", "12 %", 1),
        ("Open rate\n12 %\n", "Bounce\n12 %\nOpen rate\n13 %\n", "12 %", None),
        ("Rate 12 %\nRate 12 %", "Rate 12 %", "12 %", 0),
        ("Rate 12 %", "Rate 12 %\nRate 12 %", "12 %", None),
        ("He said: we sell rye bread.", "We sell rye bread.", "sell rye bread", 0),
        ("a: we sell rye bread", "b: sell rye bread, c: sell rye bread", "sell rye bread", None),
        ("12 %", "", "12 %", None),
    ],
)
def test_the_same_statement_or_none(old: str, new: str, quote: str, found: int | None) -> None:
    """A quote moves to where it says the same, by its row, column or words; else it is lost."""
    places = [at for at in range(len(new)) if new.startswith(quote, at)]
    expected = (None, None) if found is None else (places[found], places[found] + len(quote))
    assert anchor(Text(old), Text(new), quote, old.index(quote)) == expected


def test_what_was_lost_comes_back_where_it_says_what_it_is() -> None:
    """Of a lost quote nothing is known but its words: they must be enough, and stand once."""
    text = Text("Open rate: 12 %. We sell rye bread.")
    assert anchor(text, text, "12 %", None) == (None, None)
    assert anchor(text, text, "We sell rye bread.", None) == (17, 35)


line = st.lists(st.sampled_from(["open", "rate", "12", "|", "712"]), max_size=4).map(" ".join)


@given(st.lists(line, min_size=1, max_size=5).map("\n".join))
@HERE
def test_nothing_changed_nothing_moved(text: str) -> None:
    """In a text that stays as it is, every whole quote stays where it is."""
    places = [at for at in range(len(text)) if text.startswith("12", at)]
    for at in places:
        assert anchor(Text(text), Text(text), "12", at) == (at, at + 2)


def test_citations_follow(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """A changed source's citations move with their quote, lose their span without it, get it back.

    Those of a removed source go with it.
    """
    body, quote = "Avant. Le ton est direct. Après.", "Le ton est direct."
    source = source_id(acme, "a.md")
    knowledge.put(acme, [make(acme, "a.md", body), make(acme, "b.md", body)])
    rows = [
        {"client": "acme", "owner": "r1", "place": place, "field": "", "source": source_id(acme, p)}
        | {"start": body.index(quote), "end": body.index(quote) + len(quote), "quote": quote}
        for place, p in enumerate(["a.md", "b.md"])
    ]
    with knowledge.ledger.engine.begin() as connection:
        connection.execute(insert(citations), rows)

    def spans() -> list[tuple[int | None, int | None]]:
        with knowledge.ledger.engine.connect() as connection:
            told = select(citations.c.start, citations.c.end).order_by(citations.c.place)
            return [tuple(row) for row in connection.execute(told)]

    at = body.index(quote)
    other = (at, at + len(quote))
    knowledge.put(acme, [make(acme, "a.md", f"Plus long. {body}")])
    assert spans() == [(at + 11, at + 11 + len(quote)), other]
    knowledge.put(acme, [make(acme, "a.md", "Plus rien.")])
    assert spans() == [(None, None), other]
    knowledge.put(acme, [make(acme, "a.md", quote)])
    assert spans() == [(0, len(quote)), other]
    knowledge.remove(acme, [source])
    assert spans() == [other]
