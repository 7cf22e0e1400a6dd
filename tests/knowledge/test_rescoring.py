"""Weighing candidates again gives what a plain, slow reading of the formula gives."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.knowledge.asking import FORM_WEIGHTS, Query
from savoirfaire.knowledge.bm25 import K1, B, idf
from savoirfaire.knowledge.frequencies import Frequencies
from savoirfaire.knowledge.rescoring import REACH, SHORT, Row, Weighing
from savoirfaire.knowledge.sketches import Sketch, analyse
from savoirfaire.knowledge.tallies import Statistics, Tally, pack, unpack

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=60)
WORDS = ["marque", "ton", "campagne", "budget", "newsletter", "agence", "vidéo", "coût", "2025"]
GRAM_WEIGHT, NEAR = 0.4, 0.3

texts = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=9
)
questions = st.lists(st.sampled_from([*WORDS, "campagnes", "absent"]), min_size=1, max_size=6)


def rows_of(several: list[str], sequences: list[str | None]) -> list[Row]:
    """Rows with these texts, each at the next place of its sequence."""
    places: Counter[str | None] = Counter()
    rows = []
    for number, (text, sequence) in enumerate(zip(several, sequences, strict=True)):
        rows.append(Row(number, sequence, places[sequence], analyse(text).to_bytes()))
        places[sequence] += 1
    return rows


def naive(question: str, rows: list[Row], known: Statistics, identity: int) -> float:
    """The score of one row, term by term."""
    [row] = [each for each in rows if each.id == identity]
    asked, own = analyse(question), Sketch.from_bytes(row.sketch)
    heard = [(1.0, own)]
    for other in rows:
        apart = abs((other.position or 0) - (row.position or 0))
        if row.sequence and other.sequence == row.sequence and 1 <= apart <= REACH:
            share = NEAR * (REACH + 1 - apart) / REACH * min(1, SHORT / max(1, own.length))
            heard.append((share, Sketch.from_bytes(other.sketch)))
    length = sum(share * each.length for share, each in heard)
    usual = known.usual_turn if row.sequence else known.usual_length
    norm = K1 * (1 - B + B * length / usual)

    def gives(weight: float, held: int, term: int, kind: str) -> float:
        times = sum(share * getattr(each, kind).tolist().count(term) for share, each in heard)
        return float(weight * idf(known.passages, held) * times * (K1 + 1) / (times + norm))

    total, holding = 0.0, known.terms.as_dict()
    for place, term in enumerate(asked.stems.tolist()):
        if term in holding:
            total += gives(FORM_WEIGHTS[place % 3], holding[term], term, "stems")
    for gram in asked.grams.tolist():
        if known.grams[gram]:
            total += gives(GRAM_WEIGHT, int(known.grams[gram]), gram, "grams")
    return total


def weighed(question: str, rows: list[Row], known: Statistics) -> Weighing:
    """The rows, weighed for a question."""
    return Weighing(Query.of(analyse(question), known, GRAM_WEIGHT), rows, known, NEAR)


@given(texts, questions, st.randoms(use_true_random=False))
@HERE
def test_equals_the_formula(several: list[str], asked: list[str], draw: random.Random) -> None:
    """Each score is the formula's, its explanation adds up to it, and no order matters."""
    rows = rows_of(several, [draw.choice([None, "a", "b"]) for _ in several])
    known = Tally(map(analyse, several)).statistics()
    question = " ".join(asked)
    weighing = weighed(question, rows, known)
    scores = weighing.scores()
    for row in rows:
        assert scores.get(row.id, 0.0) == pytest.approx(
            naive(question, rows, known, row.id), abs=1e-3
        )
        parts = sum(part.own + part.near for part in weighing.parts(row.id))
        assert parts == pytest.approx(scores.get(row.id, 0.0), abs=1e-3)
    draw.shuffle(rows)
    assert weighed(question, rows, known).scores() == scores


def test_one_row_more_changes_no_other() -> None:
    """A candidate that is nobody's neighbour leaves every other score as it is, to the digit."""
    several = [f"{word} campagne budget" for word in WORDS]
    rows = rows_of(several, [None] * len(several))
    known = Tally(map(analyse, several)).statistics()
    whole = weighed("budget vidéo", rows, known).scores()
    for count in range(1, len(rows)):
        part = weighed("budget vidéo", rows[:count], known).scores()
        assert part == {each: score for each, score in whole.items() if each < count}


def test_neighbours_help_short_passages_most() -> None:
    """A word next door counts, the less the further it is, and for a long passage hardly at all."""
    filler = "rien dire autre chose ici maintenant"
    several = ["budget", *[filler] * 4]
    rows = rows_of(several, ["talk"] * 5)
    known = Tally(map(analyse, several)).statistics()
    near = weighed("budget", rows, known).scores()
    assert near[0] > near[1] > near[2] > near[3]
    assert 4 not in near
    long = rows_of(["budget", filler * 40], ["talk"] * 2)
    assert weighed("budget", long, known).scores()[1] < near[1] / 4


def test_a_question_as_long_as_a_book() -> None:
    """Thousands of words are weighed in parts, and the last one counts."""
    several = ["quokka", "rien"]
    known = Tally(map(analyse, several)).statistics()
    rows = rows_of(several, [None, None])
    question = " ".join(f"mot{n}" for n in range(5000)) + " quokka"
    assert list(weighed(question, rows, known).scores()) == [0]


@given(texts, texts)
@HERE
def test_counts_come_off_as_they_went_on(one: list[str], other: list[str]) -> None:
    """What a tally adds, it takes away again exactly; packed counts come back the same."""
    first, second, both = (
        Tally(map(analyse, each)).statistics() for each in (one, other, [*one, *other])
    )
    for left in (both - second, first + second - second):
        assert (left.passages, left.words) == (first.passages, first.words)
        assert left.grams.tolist() == first.grams.tolist()
        assert left.terms.as_dict() == first.terms.as_dict()
    assert unpack(pack(both.grams)).tolist() == both.grams.tolist()
    again = Frequencies.from_bytes(both.terms.to_bytes())
    assert again.as_dict() == both.terms.as_dict()
    held = Counter(term for text in (*one, *other) for term in set(analyse(text).stems.tolist()))
    assert both.terms.as_dict() == held


@pytest.mark.parametrize(
    ("words", "usual", "turn"), [(3, 16, 16), (12, 16, 24), (30, 30, 60), (100, 64, 64)]
)
def test_usual_length(words: int, usual: float, turn: float) -> None:
    """The mean, and twice the mean for turns, but for very short and for ordinary passages."""
    known = Statistics(10, 10 * words)
    assert (known.usual_length, known.usual_turn) == (usual, turn)
    assert (Statistics().usual_length, Statistics().usual_turn) == (64, 64)
