import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.agents.voice.anatomy import Anatomy
from savoirfaire.agents.voice.functionwords import KEPT
from savoirfaire.agents.voice.grams import count, hashes, log_likelihood
from savoirfaire.agents.voice.masking import mask

TEXT = (
    "---\ntitle: Secret\n---\n# News\n\n- The pump, see [here](https://a.example), cost 12 EUR.\n"
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("The pump broke twice, and Ines wrote a report.", "the * * *, and N * a *.\n"),
        ("L'eau de Lyon, c'est 12 % de plus.", "l'* de N, c'est # % de plus.\n"),
        ("It's v3 of the API.", "it's § of the A.\n"),
        ("## News\n\n- one `code` here", "\x01\x01N\n-one ¤ here\n"),
        ("```\nhidden\n```\n\nshown", "*\n"),
        ("<style>\n.a { color: red }\n</style>\n![A *map*](m.png)\n{:.center}\nshown", "*\n"),
        ("", ""),
    ],
)
def test_topic_goes_and_manner_stays(text: str, masked: str) -> None:
    """Function words, marks and structure are left of a text; what it is about is not."""
    assert mask(Anatomy(text)).signs == masked


@given(st.text(max_size=300))
@settings(max_examples=25)
def test_nothing_but_function_words_is_left(text: str) -> None:
    """Whatever the text, a masked word is a function word or a shape, and has a place in it."""
    masked = mask(Anatomy(text))
    words = "".join(s if s.isalnum() else " " for s in masked.signs).split()
    shapes = ("N", "A", "#")
    assert all(word in KEPT or set(word) <= set(shapes) or not word.isalpha() for word in words)
    assert len(masked.places) == len(masked.signs)
    assert all(0 <= place < max(len(text), 1) for place in masked.places)


def test_places_lead_back() -> None:
    """A sign that is kept stands at its place in the text."""
    masked = mask(Anatomy(TEXT))
    comma = masked.signs.index(",")
    assert TEXT[masked.places[comma]] == ","


def test_counts_can_be_taken_off() -> None:
    """What was counted and taken off again leaves what the others say."""
    one, other = (hashes(text) for text in ("the * and the *.\n", "a * of * or *.\n"))
    both, alone = count([one, other]), count([other])
    left = [a - b for a, b in zip(both.of(one), count([one]).of(one), strict=True)]
    assert all(np.array_equal(a, b) for a, b in zip(left, alone.of(one), strict=True))


def test_the_likelihoods_of_all_signs_make_one() -> None:
    """After a text, the likelihoods of what may come next sum up to at most one."""
    counted = count([hashes("the * and the *, or the *.\n" * 20)])
    signs = sorted(set("the * and, or.\n"))
    ends = [hashes(f"and the {sign}") for sign in signs]
    likely = [np.exp(log_likelihood(counted.of(e), counted.signs)[-1]) for e in ends]
    assert 0.9 < sum(likely) <= 1.0
    assert max(likely) == likely[signs.index("*")]
