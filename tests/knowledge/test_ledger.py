import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from savoirfaire.errors import ConflictError, NotFoundError, ScopeError
from savoirfaire.knowledge.ledger import Ledger, Source, source_id
from savoirfaire.knowledge.passages import Span, cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.sketches import analyse
from savoirfaire.knowledge.store import Knowledge

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=50)
Make = Callable[..., Source]


@pytest.fixture
def ledger(knowledge: Knowledge) -> Ledger:
    """The SQL side alone."""
    return knowledge.ledger


@contextmanager
def statements(ledger: Ledger) -> Iterator[list[str]]:
    """The SQL that is run inside the block."""
    said: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(ledger.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(ledger.engine, "before_cursor_execute", note)


def writes(said: list[str]) -> list[str]:
    """The statements that change anything."""
    return [each for each in said if each.split()[0] in {"INSERT", "UPDATE", "DELETE", "REPLACE"}]


def terms_of(words: str) -> list[int]:
    """The terms of some words, each once."""
    return [int(term) for term in analyse(words).terms[0]]


def recounted(ledger: Ledger, scope: ClientScope) -> dict[int, int]:
    """The term statistics, counted from the stored passages, one by one."""
    counts: Counter[int] = Counter()
    for row in ledger.sources(scope):
        for each in ledger.passages_of(scope, row.id):
            counts.update(terms_of(f"{row.title}\n{each.heading}\n{each.quote}"))
    return dict(counts)


def kept_of(ledger: Ledger, scope: ClientScope) -> tuple[object, ...]:
    """All that is counted of a client, and its sketches."""
    with ledger.snapshot(scope) as known:
        held = known.statistics()
        sketches = {each.id: each.sketch for each in known.sketches()}
    return held.terms.as_dict(), held.passages, held.words, held.grams.tolist(), sketches


def counted(ledger: Ledger, scope: ClientScope) -> dict[int, int]:
    """The term statistics as they are kept."""
    with ledger.snapshot(scope) as known:
        return known.statistics().terms.as_dict()


# --- clients --------------------------------------------------------------------------------------


def test_clients(ledger: Ledger, make: Make) -> None:
    """The list has each client's name, language and number of sources."""
    acme = ledger.add_client("acme", "fr")
    ledger.add_client("house", "en")
    ledger.put(acme, [make(acme, "a.md", "One."), make(acme, "b.md", "Two.")])
    assert ledger.clients() == [("acme", "fr", 2), ("house", "en", 0)]
    assert (ledger.language(acme), ledger.revision(ClientScope("house"))) == ("fr", 0)


def test_a_client_is_added_once(ledger: Ledger) -> None:
    """The second time is a conflict, and changes nothing."""
    ledger.add_client("acme", "fr")
    with pytest.raises(ConflictError, match="already a client acme"):
        ledger.add_client("acme", "en")
    with pytest.raises(ScopeError):
        ledger.add_client("Acme Inc.", "en")
    assert ledger.clients() == [("acme", "fr", 0)]


# --- sources --------------------------------------------------------------------------------------


def test_put_and_read(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """A source is given back as it was written; its passages quote it exactly."""
    body = "# Plan\n\nUn café à 𐐷𐐴 😀.\n\n# Suite\n\n" + "Une phrase. " * 200
    source = replace(
        make(acme, "in/été.md", body, kind="edition", title="T", date="2025-01-02"),
        locators=[{"start": 0, "end": 4, "label": "page 1"}],
        origin=b"/in/\xe9.md",
    )
    change = ledger.put(acme, [source])
    [row] = ledger.sources(acme)
    assert tuple(row) == (source_id(acme, "in/été.md"), "in/été.md", "edition", "T", "2025-01-02")
    assert ledger.text(acme, row.id) == body
    assert ledger.known(acme) == {"in/été.md": ("0" * 64, "edition", b"/in/\xe9.md", None)}
    found = ledger.passages_of(acme, row.id)
    assert [(p.start, p.end, p.heading) for p in found] == [
        (span.start, span.end, span.heading) for span in source.spans
    ]
    assert all(body[p.start : p.end] == p.quote for p in found)
    assert set(change.added) == {p.id for p in found}
    assert not change.removed


def test_a_source_that_is_not_there(ledger: Ledger, acme: ClientScope) -> None:
    """A source id of nobody, or of another client, is not found."""
    with pytest.raises(NotFoundError, match="acme has no source s0123"):
        ledger.text(acme, "s0123")
    assert ledger.passages_of(acme, "s0123") == []


def test_unchanged_sources_are_not_written(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """Writing again what is there writes nothing, and the revision stays."""
    batch = [
        make(acme, f"{n}.md", f"# Heading\n\nNumber {n}.", date="2025-01-01") for n in range(5)
    ]
    first = ledger.put(acme, batch)
    with statements(ledger) as said:
        again = ledger.put(acme, batch)
    assert writes(said) == []
    assert (again.previous, again.revision, again.added, again.removed) == (
        *(first.revision, first.revision),
        {},
        set(),
    )


def test_an_edited_paragraph(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """Only the edited passage is removed and added; the others keep their ids, where they moved."""
    parts = [f"# Part {n}\n\nWords of part {n}." for n in range(9)]
    first = ledger.put(acme, [make(acme, "a.md", "\n\n".join(parts))])
    parts[4] += " And more words of it."
    after = make(acme, "a.md", "\n\n".join(parts))
    change = ledger.put(acme, [after])
    assert (len(change.added), len(change.removed)) == (1, 1)
    assert {s.id for s in after.spans} == set(first.added) - change.removed | set(change.added)
    assert change.previous == first.revision < change.revision
    quotes = {p.quote for p in ledger.passages_of(acme, source_id(acme, "a.md"))}
    assert quotes == set(parts)


def _other_kind(source: Source) -> Source:
    return replace(source, kind="item")


def _other_title(source: Source) -> Source:
    return replace(source, title="Other")


def _other_date(source: Source) -> Source:
    return replace(source, date="2025-02-02")


def _other_author(source: Source) -> Source:
    return replace(source, author="Ana")


def _other_language(source: Source) -> Source:
    return replace(source, language="fr")


@pytest.mark.parametrize(
    ("change", "reindexed"),
    [
        (_other_kind, 1),
        (_other_title, 1),
        (_other_date, 1),
        (_other_author, 1),
        (_other_language, 0),
    ],
)
def test_what_the_index_depends_on(
    ledger: Ledger,
    acme: ClientScope,
    make: Make,
    change: Callable[[Source], Source],
    reindexed: int,
) -> None:
    """What is searched or filtered by is indexed again, under the same ids; nothing else is."""
    source = make(acme, "a.md", "Some words.", date="2025-01-01")
    first = ledger.put(acme, [source])
    changed = change(source)
    done = ledger.put(acme, [changed])
    [row] = ledger.sources(acme)
    assert (row.kind, row.title, row.date) == (changed.kind, changed.title, changed.date)
    assert set(done.added) == done.removed == (set(first.added) if reindexed else set())
    assert (done.revision != first.revision) == bool(reindexed)


def test_newest_first(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """Sources come newest first, those without a date last, and by path where dates are equal."""
    dates = {"a": None, "b": "2024-01-01", "c": "2025-01-01", "d": "2025-01-01"}
    ledger.put(acme, [make(acme, path, "Text.", date=date) for path, date in dates.items()])
    assert [row.path for row in ledger.sources(acme)] == ["c", "d", "b", "a"]
    assert ledger.sources(acme, kind="nothing") == []


def test_listing_reads_no_texts(ledger: Ledger, acme: ClientScope) -> None:
    """Whatever lists sources leaves their texts where they are."""
    with statements(ledger) as said:
        ledger.sources(acme)
        ledger.known(acme)
        ledger.clients()
        ledger.revision(acme)
    assert said
    assert not [each for each in said if "sources.text" in each or "locators" in each]


@pytest.mark.parametrize("field", ["text", "path", "kind", "title"])
@pytest.mark.parametrize("bad", ["a\0b", "a\ud800b", "\udcff"], ids=ascii)
def test_words_that_no_store_can_hold(acme: ClientScope, make: Make, field: str, bad: str) -> None:
    """A NUL or half a surrogate pair is refused before anything is written."""
    with pytest.raises(ValueError, match=r"NUL|surrogates"):
        replace(make(acme, "a.md", "Text."), spans=(), **cast("Any", {field: bad}))


@pytest.mark.parametrize("span", [(0, 7), (-1, 2), (3, 3), (4, 2)])
def test_spans_outside_the_text(acme: ClientScope, make: Make, span: tuple[int, int]) -> None:
    """A span that is not in the text cannot be cited, and is refused."""
    with pytest.raises(ValueError, match="has no span"):
        replace(make(acme, "a.md", "Text.."), spans=[Span(1, *span, "")])


def test_one_source_never_takes_anothers_place(
    ledger: Ledger, acme: ClientScope, make: Make
) -> None:
    """Two paths with one id, should that ever happen, are a conflict; nothing is lost."""
    ledger.put(acme, [make(acme, "a.md", "First.")])
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE sources SET path = 'other.md'"))
    with pytest.raises(ConflictError, match=r"a\.md would take the place of other\.md"):
        ledger.put(acme, [make(acme, "a.md", "Second.")])
    assert ledger.text(acme, source_id(acme, "a.md")) == "First."


def test_the_last_of_two_with_one_path(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """A path given twice in a batch is one source, as it was given last."""
    ledger.put(acme, [make(acme, "a.md", "First."), make(acme, "a.md", "Second.")])
    assert ledger.text(acme, source_id(acme, "a.md")) == "Second."
    assert counted(ledger, acme) == recounted(ledger, acme)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
@HERE
def test_quotes_are_exact(shared: tuple[Ledger, ClientScope], body: str) -> None:
    """For any characters that a text can hold, the quote is the text at the span."""
    ledger, acme = shared
    identity = source_id(acme, "any.md")
    ends = range(1, len(body) + 1)
    spans = [Span(end, end - 1, min(end + 5, len(body)), "") for end in ends]
    ledger.put(acme, [Source("any.md", "document", "", None, None, "", body, spans)])
    assert ledger.text(acme, identity) == body
    for each in ledger.passages_of(acme, identity):
        assert each.quote == body[each.start : each.end]


@pytest.fixture(scope="module")
def shared(common: Path) -> Iterator[tuple[Ledger, ClientScope]]:
    """A ledger that many examples write to, one after the other."""
    (common / "shared ledger").mkdir()
    with Knowledge.open(common / "shared ledger") as opened:
        yield opened.ledger, opened.ledger.add_client("acme", "en")


# --- statistics -----------------------------------------------------------------------------------

edits = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.lists(
            st.sampled_from(["marque", "ton", "prix", "client", "2025", "œuvre", "the"]), max_size=4
        ),
        st.sampled_from(["document", "item"]),
        st.sampled_from(["", "Le titre"]),
    ),
    min_size=1,
    max_size=8,
)
_clients = iter(range(10_000))


@given(edits)
@HERE
def test_statistics_equal_a_recount(
    shared: tuple[Ledger, ClientScope], changes: list[tuple[str, list[str], str, str]]
) -> None:
    """After any edits, each term is counted once per passage that holds it; none is left over."""
    ledger, _ = shared
    scope = ledger.add_client(f"c{next(_clients)}", "en")
    for path, words, kind, title in changes:
        body = "\n\n".join(f"# {word}\n\n{word} and {words[0]}" for word in words)
        spans = cut(source_id(scope, path), body)
        ledger.put(scope, [Source(path, kind, title, None, None, "", body, spans)])
    assert counted(ledger, scope) == recounted(ledger, scope)
    with ledger.snapshot(scope) as known:
        held = known.statistics()
        assert held.passages == len(known.ids())
    assert held.terms.held(terms_of("marque absent")) == {
        term: count
        for term, count in recounted(ledger, scope).items()
        if term in terms_of("marque")
    }


def test_what_another_analyser_made(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """Terms and sketches of another analyser are made again, and the revision moves on."""
    ledger.put(acme, [make(acme, "a.md", "Some words."), make(acme, "b.md", "Autres mots.")])
    revision, right = ledger.revision(acme), kept_of(ledger, acme)
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE statistics SET words = 5, terms = x'00', grams = x'00'"))
        connection.execute(text("UPDATE passages SET sketch = NULL"))
        connection.execute(text("UPDATE clients SET analyser = ''"))
    ledger.bring_up(acme)
    assert kept_of(ledger, acme) == right
    assert ledger.revision(acme) > revision
    with statements(ledger) as said:
        ledger.bring_up(acme)
    assert writes(said) == []


@pytest.mark.parametrize("then", ["put", "remove"])
def test_writing_over_another_analysers(
    ledger: Ledger, acme: ClientScope, make: Make, then: str
) -> None:
    """A write to what another analyser made counts as one to what this one would have made."""
    other = ledger.add_client("other", "en")
    for scope in (acme, other):
        ledger.put(scope, [make(scope, "a.md", "Some words."), make(scope, "b.md", "More.")])
    with ledger.engine.begin() as connection:
        connection.execute(text("DELETE FROM statistics WHERE client = 'acme'"))
        connection.execute(text("UPDATE passages SET sketch = NULL WHERE client = 'acme'"))
        connection.execute(text("UPDATE clients SET analyser = 'fr/1' WHERE name = 'acme'"))
    for scope in (acme, other):
        if then == "put":
            ledger.put(scope, [make(scope, "b.md", "Entirely others.")])
        else:
            ledger.remove(scope, [source_id(scope, "b.md")])
    assert kept_of(ledger, acme)[:4] == kept_of(ledger, other)[:4]
    assert counted(ledger, acme) == recounted(ledger, acme)


# --- size -----------------------------------------------------------------------------------------


def test_many_sources_in_one_batch(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """More sources and terms than one statement takes are written and read whole."""
    batch = [make(acme, f"{n:04}.md", f"Passage word{n}.") for n in range(1300)]
    change = ledger.put(acme, batch)
    assert len(change.added) == len(ledger.known(acme)) == 1300
    with ledger.snapshot(acme) as known:
        assert len(known.passages(change.added)) == 1300
        wanted = terms_of(" ".join(f"word{n}" for n in range(1300)))
        held = {term: 1300 if term == analyse("word1").stems[2] else 1 for term in wanted}
        assert known.statistics().passages == 1300
        assert known.statistics().terms.held(wanted) == held
    assert ledger.put(acme, batch).removed == set()
    empty = [replace(source, spans=()) for source in batch]
    assert ledger.put(acme, empty).removed == set(change.added)
    assert counted(ledger, acme) == {}


def test_a_long_source(ledger: Ledger, acme: ClientScope, make: Make) -> None:
    """Work on a source grows with its length, not with its square (that would take minutes)."""
    seed = random.Random(1)  # noqa: S311 - no secret
    lines = [f"# {n}\n\nligne {n} {seed.random()}" for n in range(10_000)]
    started = time.process_time()
    ledger.put(acme, [make(acme, "long.md", "\n\n".join(lines))])
    lines[5_000] += " changée"
    change = ledger.put(acme, [make(acme, "long.md", "\n\n".join(lines))])
    assert (len(change.added), len(change.removed)) == (1, 1)
    with statements(ledger) as said:
        assert len(ledger.passages_of(acme, source_id(acme, "long.md"))) == 10_000
    assert len([each for each in said if "sources.text" in each]) == 1
    assert time.process_time() - started < 5


def test_a_thousand_clients(ledger: Ledger, data: Path) -> None:
    """Finding one client among a thousand reads one row."""
    with ledger.engine.begin() as connection:
        for n in range(1000):
            row = {"name": f"client-{n}", "language": "en", "created_at": "", "revision": 0}
            connection.execute(
                text(
                    "INSERT INTO clients (name, language, created_at, revision)"
                    " VALUES (:name, 'en', '', 0)"
                ),
                row,
            )
    with statements(ledger) as said:
        ledger.scope("client-500")
    assert len([each for each in said if each.startswith("SELECT")]) == 1
    with pytest.raises(ScopeError, match=r"no client client-50o → client-50,"):
        ledger.scope("client-50o")
    assert not (data / "index").exists()


# --- lessons --------------------------------------------------------------------------------------


def test_lessons(ledger: Ledger, acme: ClientScope) -> None:
    """The newest lessons of a graph come first; a key is kept once, for its client alone."""
    rival = ledger.add_client("rival", "en")

    def learn(scope: ClientScope, key: str, after: str, graph: str = "newsletter") -> None:
        ledger.add_lesson(
            scope, key, graph=graph, run="r", before="b", after=after, reason="", author="ana"
        )

    learn(acme, "k1", "one")
    time.sleep(0.002)  # the clock has milliseconds
    learn(acme, "k2", "two")
    learn(acme, "k1", "changed")
    learn(acme, "k3", "other graph", "proposal")
    learn(rival, "k1", "theirs")
    assert [lesson.after for lesson in ledger.lessons(acme, "newsletter")] == ["two", "one"]
    assert [lesson.after for lesson in ledger.lessons(acme, "newsletter", limit=1)] == ["two"]
    assert [lesson.after for lesson in ledger.lessons(rival, "newsletter")] == ["theirs"]
