"""Panels: votes as people write them, figures beside their baselines, verdicts that say no more."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.agents.panel import measures
from savoirfaire.agents.panel.anchors import ANCHORS, QUESTIONS
from savoirfaire.agents.panel.likeness import near_duplicates
from savoirfaire.agents.panel.rating import ByWords, distributions, expected, rated
from savoirfaire.agents.panel.report import report
from savoirfaire.agents.panel.survey import Answer, Reading, read_answers, read_survey
from savoirfaire.agents.panel.votes import Scale, is_refusal, scale_of, vote_of
from savoirfaire.errors import PanelError

HUMAN = [1, 2, 3, 4, 5] * 20
FLAT = [3] * 80 + [2] * 10 + [4] * 10


def reading(votes: list[Any], **more: Any) -> Reading:
    """Answers with these votes."""
    answers = [Answer(str(n), vote, **more) for n, vote in enumerate(votes)]
    return Reading(answers, "vote", "", ())


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "vote"),
    [
        ("4", 4),
        (" 4.0 ", 4),
        (3, 3),
        ("4/5", 4),
        ("4 out of 5", 4),
        ("3 sur 5", 3),
        ("★★★★☆", 4),
        ("4 - likely, at $3", 4),
        ("My propensity is 2, at $3 to $5", 2),
        ("Très probable", 5),
        ("Plutôt d’accord", 4),
        ("very unlikely", 1),
        ("3,5", 3.5),
        ("", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        ("between 2 and 4", None),
        ("25-34", None),
        ("2024-03-01", None),
        ("1,000", None),
        ("50 %", None),
        ("as an AI I cannot", None),
    ],
)
def test_votes(said: Any, vote: float | None) -> None:
    """A vote is read however it is written; what may be two, or none, is none."""
    assert vote_of(said) == vote


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("As an AI, I have no taste.", True),
        ("Je ne souhaite pas répondre.", True),
        ("n/a", True),
        ("I would not buy it.", False),
        ("", False),
    ],
)
def test_refusals(words: str, *, refused: bool) -> None:
    """Somebody who declines is told from somebody who dislikes."""
    assert is_refusal(words) == refused


@pytest.mark.parametrize(
    ("votes", "scale"),
    [([1, 5], (1, 5)), ([2, 7], (1, 7)), ([0, 10], (0, 10)), ([], (1, 5)), ([-3, 2], (-3, 2))],
)
def test_scales(votes: list[float], scale: tuple[int, int]) -> None:
    """The scale is the usual one that holds all votes."""
    assert scale_of(votes) == Scale(*scale)


@pytest.mark.parametrize(
    ("text", "column", "first"),
    [
        ("Id,Vote,Why\n1,4,good\n2,1,bad", "Vote", 4),
        ("Numéro;Note;Pourquoi\n1;4;bon goût\n2;2;bof", "Note", 4),
        ("ID\tpurchase_intent\tcomment\n1\t5 - likely\tok\n2\t2\tno", "purchase_intent", 5),
        ("Respondent ID,Age,Q2: liking\n7,44,3\n8,23,2\n9,51,4", "Q2: liking", 3),
        ("Response ID,Rating (1-5)\n101,3\n102,5", "Rating (1-5)", 3),
        ("age range,answer,vote comment\n25-34,2,no\n35-44,1,no", "answer", 2),
    ],
)
def test_surveys(tmp_path: Path, text: str, column: str, first: float) -> None:
    """The column of votes is found by its name and by what it holds, and said."""
    path = tmp_path / "survey.csv"
    path.write_text(text, encoding="utf-8-sig")
    found = read_survey(path)
    assert (found.vote_column, found.answers[0].vote) == (column, first)


@pytest.mark.parametrize(
    ("data", "votes"),
    [
        ([{"name": "A", "response": "4", "justification": "x"}], [4]),
        ({"answers": [{"vote": 2}, {"vote": 3}]}, [2, 3]),
        ({"Ann": {"rating": 5}, "Bob": {"rating": 1}}, [5, 1]),
        ({"Ann": 5, "Bob": "2"}, [5, 2]),
        ([1, "2", 3.0], [1, 2, 3]),
        ([{"name": "A", "reply": {"score": 4, "text": "yes"}}], [4]),
        ([{"vote": None, "text": "As an AI"}, {"vote": 3}], [3]),
    ],
)
def test_answers(tmp_path: Path, data: Any, votes: list[float]) -> None:
    """A panel's answers are read from a list, from one within an object, and by name."""
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_answers(path).votes == votes


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"{not json"),
        ("a.json", b"[]"),
        ("a.json", b"5"),
        ("a.json", b"[[[[[[[[" * 20_000),
        ("a.json", b"\x00\x01"),
        ("a.csv", b""),
        ("a.csv", b"name,city\nAnn,Lyon\n"),
        ("a.csv", b"\x89PNG\x00"),
    ],
)
def test_what_is_no_survey(tmp_path: Path, name: str, data: bytes) -> None:
    """A file without votes is refused with the reason, whatever is in it."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PanelError):
        read_answers(path)


# --- verdicts -------------------------------------------------------------------------------------


def test_collapsed_variance() -> None:
    """Equal means with a fifth of the spread are found out, and what hides it is said."""
    told = report(reading(FLAT), reading(HUMAN))
    assert told["verdict"] == "collapsed variance"
    assert told["comparison"]["variance_ratio"] == pytest.approx(0.1, abs=0.01)
    assert told["comparison"]["welch_p"] > 0.9
    assert any("t-test" in reason for reason in told["reasons"])


@pytest.mark.parametrize(
    ("panel", "human", "verdict"),
    [
        ([2] * 30 + [1] * 30 + [3] * 30, HUMAN, "collapsed variance"),
        ([1] * 50 + [2] * 30 + [4] * 10 + [5] * 20, HUMAN, "differs"),
        ([1, 5] * 50, [2, 3, 3, 3, 4] * 20, "differs"),
        (HUMAN * 2, HUMAN * 2, "equivalent within margin"),
        (HUMAN[:20], HUMAN[:20], "cannot tell"),
        ([3, 4, 2], HUMAN, "cannot tell"),
        ([3] * 40, [3] * 40, "cannot tell"),
    ],
)
def test_verdicts(panel: list[float], human: list[float], verdict: str) -> None:
    """What is shown is said, and a difference that was not found is not taken for likeness."""
    assert report(reading(panel), reading(human))["verdict"] == verdict


def test_without_people() -> None:
    """Without people's votes a panel is directional only, with the reason; never validated."""
    told = report(reading(HUMAN))
    assert (told["verdict"], told["comparison"]) == ("directional only", None)
    assert "not known" in told["reasons"][0]
    assert "validated" not in json.dumps({k: v for k, v in told.items() if k != "phrases"})


def test_people_against_themselves() -> None:
    """Two samples of the same people are rarely told apart, however they are drawn."""
    draw = np.random.default_rng(0)
    people = draw.choice([1, 2, 3, 4, 5], p=[0.22, 0.18, 0.26, 0.2, 0.14], size=(6, 100))
    found = [
        report(reading(list(map(float, one[:50]))), reading(list(map(float, one[50:]))))["verdict"]
        for one in people
    ]
    assert sum(each in {"differs", "collapsed variance"} for each in found) <= 1


def test_nobody_voted() -> None:
    """A panel of which nobody voted is refused, as is a survey without any vote."""
    with pytest.raises(PanelError, match="nobody in the panel voted"):
        report(reading([None, None]))
    with pytest.raises(PanelError, match="no vote"):
        report(reading(HUMAN), reading([None]))


def test_probes_and_ranks() -> None:
    """Asked again, shifts are told per variant; items are ranked beside what people agree on."""
    order = {"a": 1.0, "b": 3.0, "c": 5.0}
    answers = [
        Answer(f"{n}", vote + shift, variant=variant, item=item)
        for variant, shift in (("base", 0.0), ("flattery", -0.5))
        for n in range(6)
        for item, vote in order.items()
    ]
    people = [Answer(f"{n}", vote, item=item) for n in range(6) for item, vote in order.items()]
    told = report(Reading(answers, "v", "", ()), Reading(people, "v", "", ()))
    assert told["probes"][0]["variant"] == "flattery"
    assert told["probes"][0]["shift"] == -0.5
    assert told["ranks"] == {"items": 3, "spearman": 1.0, "ceiling": 1.0}


def test_groups() -> None:
    """A group is told beside all others, and its p-value pays for every group looked at."""
    votes = [(5.0, "Lyon")] * 10 + [(1.0, "Paris")] * 9 + [(2.0, "Paris")] + [(3.0, "Metz")] * 3
    answers = [Answer(str(n), v, groups={"city": city}) for n, (v, city) in enumerate(votes)]
    found = report(Reading(answers, "v", "", ("city",)))["groups"]["panel"]
    assert [each["value"] for each in found] == ["Lyon", "Paris"]
    assert found[0]["gap"] > 0
    assert found[0]["p"] < 0.001


def test_near_duplicates() -> None:
    """Answers that differ by a word are found; answers that only share a topic are not."""
    said = [
        "I would buy this soup on a hot summer day, cold and quick.",
        "I would buy this soup on a hot summer day, cold and fast.",
        "Cold soup has never been anything that my family would eat.",
    ]
    found = near_duplicates([Answer(str(n), 3, words) for n, words in enumerate(said)])
    assert found["pairs"][0][:2] == ["0", "1"]
    assert found["share"] == pytest.approx(2 / 3, abs=1e-3)


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [([1, 2, 3], [1, 2, 3], 0), ([1, 1], [5, 5], 1), ([1, 5], [5, 5], 0.5), ([3], [1, 5], 0.5)],
)
def test_distance(first: list[float], second: list[float], distance: float) -> None:
    """The largest gap between the shares of votes up to a point."""
    assert measures.distance(np.array(first), np.array(second)) == distance


def test_tost_agrees_with_two_tests() -> None:
    """Likeness is claimed where both one-sided tests are sure, and not for few votes."""
    many, few = np.array(HUMAN * 4, float), np.array(HUMAN[:5], float)
    assert (measures.tost(many, many, 0.4) or 1) < 0.001
    assert (measures.tost(few, few, 0.4) or 0) > 0.3
    assert measures.tost(np.full(5, 3.0), np.full(5, 3.0), 0.4) == 0


# --- rating ---------------------------------------------------------------------------------------


def test_rating_by_hand() -> None:
    """What is above the least, in shares, by hand: cosines .1 to .5 give 0, .1, .2, .3, .4."""
    found = distributions(np.array([0.1, 0.2, 0.3, 0.4, 0.5]))
    assert found == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert expected(found[None]) == pytest.approx([4])


def test_epsilon_goes_to_the_first_minimum() -> None:
    """ε is added where the similarity is least, and on a tie to the first alone."""
    found = distributions(np.array([0.0, 0.0, 0.2, 0.2, 0.2]), epsilon=0.1)
    assert found == pytest.approx([0.25, 0, 0.25, 0.25, 0.25])


@pytest.mark.parametrize("cosines", [[0.3] * 5, [1.0] * 5, [-1.0] * 5, [np.nan] * 5])
def test_equal_similarities(cosines: list[float]) -> None:
    """Similarities that tell nothing give the uniform distribution, and no NaN."""
    assert distributions(np.array(cosines)) == pytest.approx([0.2] * 5)


@given(
    st.lists(st.floats(-1, 1), min_size=5, max_size=5),
    st.floats(0.05, 10),
    st.floats(0, 1),
)
@settings(max_examples=50, deadline=None)
def test_always_a_distribution(cosines: list[float], temperature: float, epsilon: float) -> None:
    """Whatever is similar, shares are never negative and add up to one."""
    found = distributions(np.array(cosines), temperature=temperature, epsilon=epsilon)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize(("temperature", "epsilon"), [(0, 0), (-1, 0), (1, -1), (float("nan"), 0)])
def test_impossible_temperatures(temperature: float, epsilon: float) -> None:
    """A temperature that is not positive, or a negative ε, is refused."""
    with pytest.raises(ValueError, match="temperature"):
        distributions(np.zeros(5), temperature=temperature, epsilon=epsilon)


@pytest.mark.parametrize(("language", "measure"), [(a, b) for a in ANCHORS for b in ANCHORS[a]])
def test_anchors(language: Any, measure: Any) -> None:
    """Each measure has its sets in both languages, each statement once, and is rated by itself."""
    sets = ANCHORS[language][measure]
    said = [statement for each in sets for statement in each]
    assert len(sets) == 3
    assert len(set(said)) == 15
    assert len(set(QUESTIONS[language][measure])) == 2
    for each in sets:
        found = distributions(ByWords()(each, each))
        assert list(found.argmax(axis=1)) == [0, 1, 2, 3, 4]


def test_a_reaction_without_a_known_word() -> None:
    """What shares no word with any statement is rated uniform; nothing at all is nothing."""
    assert rated(["xyzzy"], "liking", "en", ByWords())[0] == pytest.approx([0.2] * 5)
    assert rated([], "liking", "en", ByWords()).shape == (0, 5)
