"""What reviewers keep changing, counted in editions."""

import time
from collections.abc import Callable

import pytest

from savoirfaire.agents.habits import SHARE, TIMES, Decided, amount, effect, habits

TEXT = (
    "# Letter {n}\n\nA very amazing oven, number {n}! It was lit for everybody who lives in this"
    " town and likes bread.\n\n- Rye: the utilisation of `code!` is [new](https://a.example/!x)."
)


def editions(
    change: Callable[[str], str], changed: int, count: int = 10, text: str = TEXT
) -> list[Decided]:
    """So many editions, of which the first are changed."""
    made = []
    for n in range(count):
        shown = text.format(n=n)
        after = change(shown) if n < changed else shown
        made.append(Decided(f"r{n}", f"2026-{n + 1:02}-01T00:00:00Z", shown, after))
    return made


@pytest.mark.parametrize(
    ("change", "key", "places"),
    [
        (lambda text: text.replace("! It", ". It"), "mark: !", 9),
        (lambda text: text.replace("very amazing ", ""), "word: very amazing", 9),
        (lambda text: text.replace("utilisation", "use"), "swap: utilisation > use", 9),
        (lambda text: text.replace(" and likes", ". They like"), "sentence: length", 9),
        (lambda text: text.replace("[new](https://a.example/!x)", "new"), "link: removed", 9),
    ],
)
def test_counted(change: Callable[[str], str], key: str, places: int) -> None:
    """A change made in nine of ten editions is a habit, with how often it could have been made."""
    found = {each.key: each for each in habits(editions(change, 9))}
    assert key in found
    assert (found[key].times, found[key].chances, found[key].places) == (9, 10, places)
    assert len(found[key].runs) == 9


@pytest.mark.parametrize(
    ("changed", "count", "firm"),
    [
        (TIMES, TIMES, True),
        (TIMES - 1, TIMES - 1, False),
        (6, 10, False),
        (7, 10, True),
        (0, 9, False),
    ],
)
def test_firm(changed: int, count: int, firm: bool) -> None:  # noqa: FBT001 - a table
    """Seldom, or less than two times in three, is no habit: what was left alone counts too."""
    found = habits(editions(lambda text: text.replace("! It", ". It"), changed, count))
    assert bool(found) is firm
    assert firm is (changed >= TIMES and changed >= SHARE * count)


def test_what_is_no_habit() -> None:
    """Footnotes aside, words that only moved, code and addresses are nobody's habit."""
    moved = habits(editions(lambda text: text.replace("Rye: the", "The"), 9))
    assert all("oven" not in each.thing for each in moved)
    assert amount("mark", "!", TEXT.format(n=1)) == 1
    assert habits([]) == []


def test_the_usual_way_wins() -> None:
    """A word that is replaced in several ways is one habit, of the way it mostly went."""
    mixed = editions(lambda text: text.replace("utilisation", "use"), 6) + [
        Decided(f"x{n}", f"2027-0{n + 1}-01", TEXT, TEXT.replace("utilisation", "usage"))
        for n in range(3)
    ]
    keys = [each.key for each in habits(mixed) if "utilisation" in each.thing]
    assert keys in ([], ["swap: utilisation > use"])


def test_effect() -> None:
    """What became of a thing is its mean in the drafts before and since, and None without any."""
    old = editions(lambda text: text, 0, 4)
    calm = TEXT.replace("!", ".")
    new = [Decided(f"n{k}", "2027-01-01", calm.format(n=k), "x") for k in range(2)]
    assert effect("mark", "!", "2026-12-01", [*old, *new]) == {
        "before": 1.0, "after": 0.0, "editions_before": 4, "editions_after": 2,
    }  # fmt: skip
    assert effect("mark", "!", "2028-01-01", [])["after"] is None


def test_long_editions_stay_quick() -> None:
    """Many pages rewritten from end to end are counted in a moment."""
    text = "\n\n".join(f"Word{n % 97} and word{n % 89} were here." for n in range(600))
    begun = time.process_time()
    habits([Decided("r", "2026", text, text.replace("were", "are")) for _ in range(1)])
    assert time.process_time() - begun < 1.5
