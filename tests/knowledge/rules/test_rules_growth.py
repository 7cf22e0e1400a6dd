"""What a check costs grows with the text, and no faster; counted in calls, not in seconds."""

import itertools
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from savoirfaire.knowledge.rules import Ruleset
from savoirfaire.knowledge.rules.canvas import Canvas

RULES = Ruleset.of(
    {
        "T.We": {"extends": "existence", "message": "%s", "tokens": ["we", "our"]},
        "T.Long": {"extends": "existence", "message": "%s", "tokens": [r"re\w+ly"]},
        "T.Stop": {"extends": "existence", "message": "%s", "nonword": True, "tokens": [r"\w, a"]},
        "T.Swap": {"extends": "substitution", "message": "%s, %s", "swap": {"utilise": "use"}},
        "T.Raw": {"extends": "existence", "message": "%s", "scope": "raw", "tokens": ["utilise"]},
    }
)
SAID = (
    "we were answering our powerful courier, a weather report really utilise"
    " *readily* `code` **and** more, than [our link](https://example.org/we) says é."
)
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so")
RARE = ["".join(parts) for parts in itertools.product(SYLLABLES, repeat=3)]
LARGE, TIMES = 41_000, 3


def written(size: int) -> str:
    """Paragraphs and lists of so many characters, always the same ones."""
    chance = random.Random(5)  # noqa: S311 - a text, no secret
    parts, length = [], 0
    while length < size:
        many = chance.randrange(4, 60)
        words = chance.choices(SAID.split(), k=many) + chance.choices(RARE, k=many)
        chance.shuffle(words)
        parts.append(chance.choice(["", "", "- ", "## "]) + " ".join(words))
        length += len(parts[-1]) + 2
    return "\n\n".join(parts)


def calls(work: Callable[[], Any]) -> int:
    """How many calls, of Python and of C, and steps of generators a piece of work takes."""
    count = 0

    def counted(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("path", ["text.md", "text.txt"])
def test_cost_grows_with_the_text(path: str) -> None:
    """Three times the text takes about three times the work, whatever is found in it."""
    one, several = written(LARGE), written(TIMES * LARGE)
    RULES.check(one[:2_000], path)
    assert RULES.check(one, path).alerts
    least = calls(lambda: RULES.check(one, path))
    assert calls(lambda: RULES.check(several, path)) < 1.25 * TIMES * least


def test_what_is_nowhere_costs_nothing() -> None:
    """A text that nothing but its parts make up is not looked for at every one of them."""
    canvas = Canvas("*a* " * (LARGE // 4))
    assert canvas.first(b"a a", 0) == canvas.first(b"*a* *a* a", 0) == -1
    for piece in (b"a a", b"*a* *a* a"):
        assert calls(lambda piece=piece: canvas.first(piece, 0)) < 20
