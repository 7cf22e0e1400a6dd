"""What is removed leaves no trace, and what records rest on follows the text."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from savoirfaire.knowledge.anchoring import anchor
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.schema import citations
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

Make = Callable[..., Source]
HERE = settings(derandomize=True, deadline=None, database=None, max_examples=40)


def made_of(knowledge: Knowledge, scope: ClientScope) -> tuple[object, ...]:
    """All that is derived of a client's texts, and what is found."""
    with knowledge.ledger.snapshot(scope) as known:
        words, grams = known.grams()
        sketches = {each.id: each.sketch for each in known.sketches()}
        made = known.term_counts(), words, grams.tolist(), sketches, known.ids()
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
    assert knowledge._index.ids(acme) == before[4]
    again = knowledge.remove(acme, [source_id(acme, "x1.md"), "s0123"])
    assert again.previous == again.revision
    knowledge.remove(acme, [source_id(acme, each.path) for each in kept])
    assert made_of(knowledge, acme)[:3] == ({}, 0, [0] * 65536)
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


@pytest.fixture(scope="module")
def pair(in_memory: Path) -> Iterator[Knowledge]:
    """A store with two clients that have sources of the same names."""
    (in_memory / "pair").mkdir()
    with Knowledge.open(in_memory / "pair") as knowledge:
        for name in ("one", "other"):
            scope = knowledge.ledger.add_client(name, "fr")
            for path in "ab":
                body = "Le budget vidéo de la campagne."
                spans = cut(source_id(scope, path), body)
                knowledge.put(scope, [Source(path, "d", "", None, None, "", body, spans)])
        yield knowledge


# --- what records rest on -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "found"),
    [
        ("a b a b", 0, (0, 1)),
        ("a b a b", 3, (4, 5)),
        ("a b a b", 99, (4, 5)),
        ("b b b", 0, (None, None)),
        ("x a a", 3, (2, 3)),
        ("", 0, (None, None)),
        ("b a", None, (2, 3)),
    ],
)
def test_nearest(text: str, start: int | None, found: tuple[int | None, int | None]) -> None:
    """A quote is found where it is nearest to where it was; of two as near, the earlier one."""
    assert anchor(text, "a", start) == found


@given(st.text("ab", max_size=12), st.text("ab", min_size=1, max_size=2), st.integers(0, 14))
@HERE
def test_nearest_of_all(text: str, quote: str, start: int) -> None:
    """No other occurrence is nearer."""
    found = anchor(text, quote, start)
    every = [at for at in range(len(text)) if text.startswith(quote, at)]
    nearest = min((abs(at - start) for at in every), default=None)
    assert (found.start is None) == (not every)
    assert found.start is None or abs(found.start - start) == nearest


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
