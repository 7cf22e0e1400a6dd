"""Searching a client: filters, time, conversations, sources in turn, reasons, and vectors."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from savoirfaire.errors import SettingsError, UnavailableError
from savoirfaire.knowledge import database
from savoirfaire.knowledge.embedding import Vectors
from savoirfaire.knowledge.ingest import Report, ingest
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.ranking import NEARLY, PER_SOURCE, fused, mixed, ranked
from savoirfaire.knowledge.retrieval import Retrieval
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Found, Knowledge
from savoirfaire.knowledge.times import AsOf
from savoirfaire.knowledge.where import Where

Make = Callable[..., Source]
HERE = settings(derandomize=True, deadline=None, database=None, max_examples=80)


def paths(found: Sequence[Found]) -> list[str]:
    """The paths of what was found."""
    return [each.passage.path for each in found]


def talk(knowledge: Knowledge, scope: ClientScope, turns: Sequence[str], thread: str = "t") -> None:
    """Record turns of a conversation, each a source of its own."""
    batch = []
    for place, said in enumerate(turns):
        path = f"{thread}-{place:03}"
        spans = cut(source_id(scope, path), said)
        made = Source(path, "mail", "", None, None, "", said, spans)
        batch.append(dataclasses.replace(made, thread=thread, place=place * 10))
    knowledge.put(scope, batch)


# --- filters --------------------------------------------------------------------------------------


@pytest.fixture
def filed(knowledge: Knowledge, acme: ClientScope, make: Make) -> Knowledge:
    """A store of notes of two authors, on two channels, on four days."""
    notes = [
        ("a", "Ana", "mail", "2025-01-01"),
        ("b", "Éric", "mail", "2025-02-01"),
        ("c", "Éric", "Slack", "2025-03-01"),
        ("d", None, None, None),
    ]
    batch = [
        dataclasses.replace(
            make(acme, path, f"budget {path}", date=date, kind="note"),
            author=author,
            channel=channel,
        )
        for path, author, channel, date in notes
    ]
    knowledge.put(acme, batch)
    return knowledge


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Where(), "abcd"),
        (Where(authors=("eric",)), "bc"),
        (Where(authors=("ANA", "Éric"), channels=("mail",)), "ab"),
        (Where(channels=("slack",)), "c"),
        (Where(since="2025-02-01"), "bc"),
        (Where(until="2025-02-01"), "ab"),
        (Where(as_of=AsOf("2025-02-15")), "abd"),
        (Where(as_of=AsOf("2025-02-15"), since="2025-01-15"), "b"),
        (Where(kinds=("item",)), ""),
    ],
)
def test_filters(filed: Knowledge, acme: ClientScope, where: Where, found: str) -> None:
    """Of several conditions all hold; one that is left out keeps everything."""
    assert "".join(sorted(paths(filed.search(acme, "budget", where=where)))) == found


def test_what_was_known(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """Words recorded after a moment are not found at it; an edit elsewhere does not hide others."""
    parts = ["# Une\n\nLe budget.", "# Deux\n\nLa campagne."]
    knowledge.put(acme, [make(acme, "a.md", "\n\n".join(parts))])
    with knowledge.ledger.engine.begin() as connection:
        connection.execute(text("UPDATE passages SET recorded_at = '2025-01-01T00:00:00.000Z'"))
    knowledge.rebuild(acme)
    parts[1] += " Une vidéo."
    knowledge.put(acme, [make(acme, "a.md", "\n\n".join(parts))])
    early, late = AsOf("2999-01-01", "2025-06-01T00:00:00.000Z"), AsOf("2999-01-01")
    for _ in range(2):
        told = [
            len(knowledge.search(acme, word, where=Where(as_of=point)))
            for word in ("budget", "vidéo")
            for point in (early, late)
        ]
        assert told == [1, 1, 0, 1]
        knowledge.rebuild(acme)


# --- conversations --------------------------------------------------------------------------------


TURNS = ["On parle du budget vidéo ?", "Oui, vas-y.", "Douze mille.", "Bien reçu.", "À demain."]


def test_a_turn_is_found_by_its_neighbours(knowledge: Knowledge, acme: ClientScope) -> None:
    """The answer to a question is found by the question's words, which it does not have."""
    talk(knowledge, acme, TURNS)
    talk(knowledge, acme, ["Autre chose.", "Douze personnes.", "Ah."], "u")
    found = knowledge.search(acme, "budget vidéo", explain=True)
    assert paths(found)[:3] == ["t-000", "t-001", "t-002"]
    assert "u-001" not in paths(found)
    [answer] = [each for each in found if each.passage.path == "t-002"]
    assert answer.why
    assert sum(part.own for part in answer.why.terms) == 0
    assert sum(part.near for part in answer.why.terms) == pytest.approx(answer.score, abs=1e-3)


def test_context_is_not_an_answer(knowledge: Knowledge, acme: ClientScope) -> None:
    """A neighbour that a filter leaves out is heard but not returned; one from later is neither."""
    talk(knowledge, acme, TURNS)
    with knowledge.ledger.engine.begin() as connection:
        connection.execute(
            text("UPDATE sources SET kind = 'note', date = '2025-05-05' WHERE path = 't-000'")
        )
    knowledge.rebuild(acme)
    mails = knowledge.search(acme, "budget douze", where=Where(kinds=("mail",)))
    assert "t-000" not in paths(mails)
    alone = knowledge.search(acme, "douze", where=Where(kinds=("mail",)))
    assert mails[0].score > alone[0].score
    early = Where(kinds=("mail",), as_of=AsOf("2025-01-01"))
    assert knowledge.search(acme, "budget douze", where=early)[0].score < mails[0].score


def test_places_need_not_be_close(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """Turns that come later, in between or not at all any more leave no gap in the order."""
    talk(knowledge, acme, TURNS)

    def numbers() -> list[tuple[str, int]]:
        with knowledge.ledger.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT path, position FROM passages JOIN sources ON sources.id = source"
                    " ORDER BY position"
                )
            )
            return [(row.path, row.position) for row in rows]

    first = make(acme, "between", "Entre deux.")
    knowledge.put(acme, [dataclasses.replace(first, thread="t", place=15)])
    assert numbers() == [
        (path, n) for n, path in enumerate(["t-000", "t-001", "between", "t-002", "t-003", "t-004"])
    ]
    knowledge.remove(acme, [source_id(acme, "t-001")])
    assert numbers() == [
        (path, n) for n, path in enumerate(["t-000", "between", "t-002", "t-003", "t-004"])
    ]
    knowledge.put(acme, [dataclasses.replace(first, thread="t", place=99)])
    assert numbers()[-1] == ("between", 4)
    assert [n for _path, n in numbers()] == [0, 1, 2, 3, 4]


# --- sources in turn ------------------------------------------------------------------------------


@given(
    st.dictionaries(st.integers(0, 40), st.tuples(st.integers(1, 60), st.sampled_from("abcd"))),
    st.integers(1, 12),
)
@HERE
def test_sources_in_turn(drawn: dict[int, tuple[int, str]], limit: int) -> None:
    """Which sources come first is as it was; one gives way only to what scores nearly as well."""
    scores = {each: float(score) for each, (score, _) in drawn.items()}
    sources = {each: source for each, (_, source) in drawn.items()}
    order = ranked(scores)
    found = mixed(order, scores, sources, limit)
    assert len(found) == len(set(found)) == min(limit, len(order))
    whole = mixed(order, scores, sources, len(order))
    assert list(dict.fromkeys(sources[i] for i in whole)) == list(
        dict.fromkeys(sources[i] for i in order)
    )
    for place, each in enumerate(whole):
        over = [i for i in whole[place + 1 :] if scores[i] > scores[each]]
        for other in over:
            assert [sources[i] for i in whole[:place]].count(sources[other]) >= PER_SOURCE
            assert scores[each] >= NEARLY * scores[other]


def test_a_long_source_leaves_room(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """Many passages of one source do not push out another that says as much."""
    body = "\n\n".join(f"# {n}\n\nLe budget de la vidéo." for n in range(9))
    knowledge.put(acme, [make(acme, "long.md", body), make(acme, "short.md", "# 9\n\nLe budget.")])
    assert "short.md" in paths(knowledge.search(acme, "budget", limit=4))


# --- reasons --------------------------------------------------------------------------------------


def test_reasons_add_up(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """An explanation has every form a word was matched by, and sums to the score."""
    body = "La campagne des réseaux, son budget et sa vidéo."
    knowledge.put(acme, [make(acme, "a.md", body), make(acme, "b.md", "Autre budget.")])
    [first, *_rest] = knowledge.search(acme, "campagnes vidéo", explain=True)
    assert first.why
    assert sum(part.own + part.near for part in first.why.terms) == pytest.approx(
        first.score, abs=1e-3
    )
    assert {part.form for part in first.why.terms} == {"fr", "en", "prefix", "gram"}
    assert {("fr", "campagnes"), ("gram", "camp"), ("gram", "_vid")} <= {
        (part.form, part.text) for part in first.why.terms
    }
    assert knowledge.search(acme, "campagnes vidéo")[0] == dataclasses.replace(first, why=None)


def test_counts_are_those_of_the_moment(
    knowledge: Knowledge, acme: ClientScope, make: Make, data: Path
) -> None:
    """What is weighed by is the client's own, and never an older count that was kept."""
    rival = knowledge.ledger.add_client("rival", "fr")
    knowledge.put(rival, [make(rival, f"{n}.md", "campagne vidéo") for n in range(9)])
    for number in range(4):
        assert knowledge.search(rival, "campagnes")
        knowledge.search(acme, "campagnes")
        knowledge.put(acme, [make(acme, f"{number}.md", f"campagne {number}")])
        told = knowledge.search(acme, "campagnes", explain=True)
        knowledge.release()
        with Knowledge.open(data) as fresh:
            assert fresh.search(acme, "campagnes", explain=True) == told


# --- vectors and settings -------------------------------------------------------------------------


class Animals:
    """Vectors by what animals a text is about, in whatever language."""

    name = "animals"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One number for cats, one for dogs, and a little for everything."""
        self.asked += texts
        about = (("chat", "cat"), ("chien", "dog"))
        return [[*(float(any(w in t for w in words)) for words in about), 0.1] for t in texts]


def test_vectors(data: Path, make: Make) -> None:
    """With a weight for them, vectors find what shares no word, and the reason says which leg."""
    vectors = Animals()
    with Knowledge.open(data, embedder=vectors) as knowledge:
        scope = knowledge.ledger.add_client("acme", "fr")
        batch = [make(scope, "a.md", "un chat"), make(scope, "b.md", "un chien")]
        knowledge.put(scope, batch)
        assert sorted(vectors.asked) == ["\n\nun chat", "\n\nun chien"]
        assert knowledge.search(scope, "dog") == []
        knowledge.ledger.tune(scope, {"settings": {"dense_weight": 1.0}, "evidence": {}})
        for _ in range(3):
            [best, *_rest] = knowledge.search(scope, "dog", explain=True)
            assert best.passage.path == "b.md"
            assert best.why
            assert sum(leg.given for leg in best.why.legs) == pytest.approx(best.score)
            assert [(leg.name, leg.place) for leg in best.why.legs] == [
                ("sparse", None),
                ("dense", 1),
            ]
            knowledge.rebuild(scope)
        assert vectors.asked.count("dog") == 1
        both = knowledge.search(scope, "dog chat", where=Where(kinds=("document",)))
        assert len(both) == 2
    with Knowledge.open(data) as without:
        assert without.search(scope, "dog") == []
        assert paths(without.search(scope, "chien")) == ["b.md"]


class Unsteady(Animals):
    """The same, from an endpoint that can be down."""

    def __init__(self) -> None:
        super().__init__()
        self.is_down = False
        self.tries = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The vectors, or the error of an endpoint that is not there."""
        self.tries += 1
        if self.is_down:
            raise UnavailableError("cannot reach the endpoint: {reason}", reason="refused")
        return super().embed(texts)


def test_without_the_endpoint_of_the_vectors(data: Path, tmp_path: Path) -> None:
    """An endpoint that is down costs no source and no answer; what it owes is added later."""
    vectors = Unsteady()

    def read(name: str, words: str) -> Report:
        (tmp_path / name).write_text(words, encoding="utf-8")
        with Knowledge.open(data, embedder=vectors) as knowledge:
            return ingest(knowledge, knowledge.ledger.scope("acme"), [tmp_path])

    def asked(question: str) -> list[Found]:
        with Knowledge.open(data, embedder=vectors) as knowledge:
            scope = knowledge.ledger.scope("acme")
            return knowledge.search(scope, question, explain=True)

    with Knowledge.open(data, embedder=vectors) as knowledge:
        scope = knowledge.ledger.add_client("acme", "fr")
        knowledge.ledger.tune(scope, {"settings": {"dense_weight": 1.0}, "evidence": {}})
    assert read("a.md", "un chat").without_vectors == 0
    vectors.is_down = True
    vectors.tries = 0
    assert read("b.md", "un chien").without_vectors == 1
    assert vectors.tries == 1
    [found] = asked("chien")
    assert found.passage.path.endswith("b.md")
    assert found.why
    assert (found.why.skipped, found.why.legs) == ("cannot reach the endpoint: refused", ())
    vectors.is_down = False
    [cat, *_rest] = asked("dog")
    assert cat.passage.path.endswith("a.md")
    assert read("b.md", "un chien").without_vectors == 0
    [dog, *_rest] = asked("dog")
    assert dog.passage.path.endswith("b.md")
    assert dog.why
    assert dog.why.skipped == ""


def test_vectors_that_fail_are_left_alone_for_a_while() -> None:
    """After a failure nothing is asked for a minute, then again."""
    times = iter([0.0, 30.0, 61.0])
    embedder = Unsteady()
    vectors = Vectors(embedder, clock=lambda: next(times))
    embedder.is_down = True
    assert vectors.of(["chat"]) is None
    embedder.is_down = False
    assert (vectors.of(["chat"]), embedder.tries) == (None, 1)
    assert vectors.of(["chat"]) == [[1.0, 0.0, 0.1]]
    assert vectors.reason == ""


def test_fusing() -> None:
    """A place gives its leg's weight over k and the place; a leg gives nothing to what it lacks."""
    assert fused([(1.0, [7, 8]), (2.0, [8])], 9) == {7: (0.1, 0.0), 8: (1 / 11, 0.2)}
    assert ranked({3: 1.0, 1: 1.0, 2: 2.0}) == [2, 1, 3]


def test_a_clients_own_settings(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """What was tuned for a client weighs its searches, and no other client's."""
    rival = knowledge.ledger.add_client("rival", "en")
    for scope in (acme, rival):
        knowledge.put(scope, [make(scope, "a.md", "campagne"), make(scope, "b.md", "autre")])
    before = [each.score for each in knowledge.search(rival, "campagne")]
    knowledge.ledger.tune(acme, {"settings": {"gram_weight": 0.0}, "evidence": {}})
    assert [each.score for each in knowledge.search(rival, "campagne")] == before
    assert knowledge.search(acme, "campagne")[0].score < before[0]
    assert knowledge.ledger.retrieval(rival) is None
    knowledge.ledger.tune(acme, None)
    assert knowledge.ledger.retrieval(acme) is None
    assert [each.score for each in knowledge.search(acme, "campagne")] == before


@pytest.mark.parametrize("kept", [{}, {"settings": {"near": 7}}, {"settings": {"other": 1}}, "x"])
def test_settings_that_cannot_be_used(kept: object) -> None:
    """Settings of another version are refused, with the way out."""
    with pytest.raises(SettingsError) as told:
        Retrieval.stored(kept)  # type: ignore[arg-type]
    assert "--reset" in told.value.hint


def test_an_older_workspace(data: Path, make: Make) -> None:
    """What the first schema kept is analysed at the first question, and answers as if new."""
    with Knowledge.open(data) as knowledge:
        scope = knowledge.ledger.add_client("acme", "fr")
        knowledge.put(scope, [make(scope, f"{n}.md", f"Le budget vidéo {n}.") for n in range(3)])
        expected = knowledge.search(scope, "budgets vidéo", explain=True)
        config = Config()
        config.set_main_option(
            "script_location", str(Path(database.__file__).parent / "migrations")
        )
        with database.writing(knowledge.ledger.engine) as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "0001")
    with Knowledge.open(data) as again:
        assert again.search(scope, "budgets vidéo", explain=True) == expected
        early = Where(as_of=AsOf("2999-01-01", "2001-01-01T00:00:00.000Z"))
        assert again.search(scope, "budgets vidéo", where=early) == []
