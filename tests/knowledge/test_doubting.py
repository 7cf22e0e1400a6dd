"""Whether what is found has enough of a question in it."""

import pytest

from savoirfaire.knowledge.doubting import FEW, LEAST, Scale, scale
from savoirfaire.knowledge.retrieval import Retrieval
from savoirfaire.knowledge.sketches import analyse
from savoirfaire.knowledge.tallies import Tally

TEXTS = [f"The bakery number {number} sells rye bread." for number in range(FEW)]


def measured(question: str) -> Scale:
    """The scale of a question, of a client with these texts."""
    statistics = Tally(analyse(each) for each in TEXTS).statistics()
    return scale(analyse(question), statistics, Retrieval().gram_weight)


def test_what_nobody_holds_counts() -> None:
    """Words that are in no passage raise the highest score there could be, and most of all."""
    asked, unknown = measured("rye bread"), measured("rye bread parachute")
    assert 0 < asked.most < unknown.most / 2


@pytest.mark.parametrize(
    ("passages", "share", "doubtful"),
    [
        (FEW, LEAST, False),
        (FEW, LEAST - 0.01, True),
        (9 * FEW, LEAST - 0.01, True),
        (FEW // 2, LEAST - 0.01, False),
        (FEW // 2, LEAST / 2 - 0.01, True),
        (0, 0.0, False),
    ],
)
def test_doubt(passages: int, share: float, doubtful: bool) -> None:  # noqa: FBT001
    """Less than the least share is doubtful; of few passages less is asked."""
    assert Scale(10.0, passages).is_doubtful(10.0 * share) is doubtful


def test_a_question_without_words() -> None:
    """There is nothing to have a share of."""
    assert measured("…").share(0.0) == 0.0
