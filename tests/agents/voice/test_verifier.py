import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.agents.voice import VoiceProfile, guidance, learn, verify
from savoirfaire.agents.voice.calibration import LEAST, LIMIT
from savoirfaire.agents.voice.profile import ENOUGH
from savoirfaire.errors import NotFoundError
from savoirfaire.evals.bench.editions import plain
from savoirfaire.evals.voiced import grade
from tests.agents.voice.letters import board, bureau, chatty

PASTED = "In today's fast-paced world, unlock the full potential of your exciting journey!"
COLLE = "Dans un monde en constante évolution, libérez tout le potentiel de votre parcours !"


def test_the_next_edition_fits(minutes: VoiceProfile) -> None:
    """Editions of the same hand on other topics pass, nearly all of them."""
    passed = [verify(each.text, minutes).fits for each in board(20, seed=7)]
    assert sum(map(bool, passed)) >= 19


@pytest.mark.parametrize("others", [chatty(8), bureau(8)], ids=["manner", "language"])
def test_another_hand_does_not_fit(minutes: VoiceProfile, others: list) -> None:
    """A letter in another manner, and one in another language, are refused."""
    assert [verify(each.text, minutes).fits for each in others] == [False] * 8


def test_words_alone_tell(minutes: VoiceProfile) -> None:
    """Without markup on either side, voices are still told apart."""
    bare = learn([type(e)(e.path, e.date, e.sha256, plain(e.text)) for e in board(24)])
    own = [verify(plain(each.text), bare).fits for each in board(8, seed=7)]
    others = [verify(plain(each.text), bare).fits for each in chatty(8)]
    assert sum(map(bool, own)) >= 7
    assert not any(others)
    assert bare.fingerprint == minutes.fingerprint


@pytest.mark.parametrize(("voice", "sentence"), [("minutes", PASTED), ("bulletin", COLLE)])
def test_a_cliche_is_named(voice: str, sentence: str, request: pytest.FixtureRequest) -> None:
    """A sentence of generated prose in a real edition is found, at its place, with its words."""
    profile: VoiceProfile = request.getfixturevalue(voice)
    text = (board if voice == "minutes" else bureau)(1, seed=3)[0].text
    changed = f"{text}\n{sentence}\n"
    found = [each for each in verify(changed, profile).findings if each.start >= len(text)]
    assert "voice.sentence" in {each.rule for each in found}
    assert any(each.quote.strip() == sentence for each in found)
    assert not [each for each in verify(text, profile).findings if each.rule == "voice.sentence"]


@pytest.mark.parametrize(
    ("added", "rule", "quote"),
    [
        ("\nIt will surprise you.\n", "voice.address", "you"),
        ("\nThe dam is open!\n", "voice.mark", "!"),
        ("\n## Fun facts\n\nThe dam is open.\n", "voice.section", "Fun facts"),
    ],
)
def test_what_is_off_has_a_place(minutes: VoiceProfile, added: str, rule: str, quote: str) -> None:
    """Whom it speaks to, a mark, a heading: each is found with its exact words."""
    text = board(1, seed=3)[0].text + added
    found = [each for each in verify(text, minutes).findings if each.rule == rule]
    assert [(each.quote, text[each.start : each.end]) for each in found] == [(quote, quote)]


def test_a_missing_part_is_told(minutes: VoiceProfile) -> None:
    """An edition without a usual section, and one that opens otherwise, hear of it."""
    text = board(1, seed=3)[0].text.replace("## Works", "").replace("This month the", "The")
    rules = {each.rule for each in verify(text, minutes).findings}
    assert {"voice.section", "voice.opening"} <= rules


@given(st.text(max_size=400))
@settings(max_examples=20, deadline=None)
def test_no_text_is_too_strange(minutes: VoiceProfile, text: str) -> None:
    """Whatever the text, there is a report, and each finding quotes it exactly."""
    report = verify(text, minutes)
    assert all(text[each.start : each.end] == each.quote for each in report.findings)
    assert report.fits is None or report.fits == (report.score >= LIMIT)


@pytest.mark.parametrize(
    "text", ["", "Short.", "\0" * 500, "[" * 5000, "`" * 5000, "a" * 20_000, "\ud800" * 50]
)
def test_hostile_texts(minutes: VoiceProfile, text: str) -> None:
    """Nothing, noise, and what makes careless patterns slow: a report, within a second."""
    started = time.process_time()
    verify(text, minutes)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("count", "trust", "judged"),
    [(1, "none", False), (LEAST, "low", True), (ENOUGH, "good", True)],
)
def test_few_editions_are_told(count: int, trust: str, *, judged: bool) -> None:
    """Below five editions there is no verdict, below twenty it is not to be relied on."""
    voice = learn(board(count))
    report = verify(board(1, seed=9)[0].text, voice)
    assert (report.trust, report.fits is not None) == (trust, judged)
    assert bool(report.why) != judged


def test_nothing_to_learn_from() -> None:
    """No editions, or editions without a word, are an error that says what to do."""
    empty = board(1)[0]
    for editions in ([], [type(empty)("a.md", "", "", " \n")]):
        with pytest.raises(NotFoundError, match="no past edition"):
            learn(editions)


def test_the_order_of_learning_does_not_matter() -> None:
    """The same editions in another order make the same voice."""
    there, back = learn(board(8)), learn(board(8)[::-1])
    text = board(1, seed=4)[0].text
    assert there.fingerprint == back.fingerprint
    assert verify(text, there).as_dict() == verify(text, back).as_dict()


def test_the_language_of_the_findings(bulletin: VoiceProfile) -> None:
    """A French voice is told of in French, in findings and in words for a prompt."""
    assert bulletin.language == "fr"
    found = verify(bureau(1)[0].text + "\n## Divers\n\nRien.\n", bulletin).findings
    assert "n'est dans aucune de vos éditions" in " ".join(each.message for each in found)
    assert "Rubriques, dans cet ordre\u00a0: Décisions, Travaux." in guidance(bulletin)


def test_a_grade(minutes: VoiceProfile) -> None:
    """A draft is graded by its score; one that cannot be judged has none."""
    assert grade(chatty(1)[0].text, minutes) < LIMIT
    assert grade("Short.", minutes) is None
