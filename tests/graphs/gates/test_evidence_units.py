import pytest

from savoirfaire.graphs.gates.evidence.units import Unit, asked, decide, settled


def run(units: list[list[str]], decisions: list[dict[str, int]]) -> tuple[list[int], int]:
    """The observations after these decisions, and how many units are still waiting."""
    waiting: tuple[Unit, ...] = tuple(map(asked, units))
    seen: list[int] = []
    for decision in decisions:
        observations, waiting = settled(decide(waiting, decision))
        seen += observations
    return seen, len(waiting)


@pytest.mark.parametrize(
    ("units", "decisions", "seen", "waiting"),
    [
        ([["a"], ["b"]], [{"a": 0}, {"b": 1000}], [0, 1000], 0),
        ([["a"], ["b"]], [{"b": 0}], [], 2),
        ([["a"], ["b"]], [{"b": 0}, {"a": 1000}], [1000, 0], 0),
        ([["a", "b", "c", "d"]], [{"a": 0, "b": 0, "c": 0, "d": 1000}], [250], 0),
        ([["a", "b", "c"]], [{"a": 0, "b": 0, "c": 1000}], [334], 0),
        ([["a", "b"]], [{"a": 0}], [], 1),
        ([["a", "b"]], [{"a": 0}, {"b": 1000}], [500], 0),
        ([["a"], ["b"], ["c"]], [{"a": 0, "b": 0, "c": 0}], [0], 0),
        ([["a"], ["b"], ["c"]], [{"a": 1000, "b": 1000, "c": 1000}], [1000, 1000, 1000], 0),
        ([["a"], ["b"], ["c"]], [{"a": 50, "b": 50, "c": 0}], [100], 0),
        ([["a"], ["b"], ["c"]], [{"a": 500, "b": 500, "c": 50}], [1000, 1000], 0),
        ([["a", "b"], ["c"]], [{"a": 0, "b": 1000, "c": 1000}], [1000, 1000], 0),
        ([["a"]], [{"x": 0}], [], 1),
    ],
)
def test_what_counts_as_an_observation(
    units: list[list[str]], decisions: list[dict[str, int]], seen: list[int], waiting: int
) -> None:
    """Asked together: the mean. Decided together: the sum, in full. In the order of asking."""
    assert run(units, decisions) == (seen, waiting)


def test_the_first_decision_stands() -> None:
    """Deciding again does not mend what was found, even while the unit still waits."""
    assert run([["a", "b"]], [{"a": 1000}, {"a": 0, "b": 0}]) == ([500], 0)


def test_slow_rejections_wait_for_nobody() -> None:
    """A reviewer who approves at once and rejects late fills no week with approvals alone."""
    items = [[str(n)] for n in range(100)]
    approved_first = [{str(n): 0} for n in range(100) if n % 10]
    seen, waiting = run(items, approved_first)
    assert (seen, waiting) == ([], 100)
    rejected_late = [{str(n): 1000} for n in range(100) if n % 10 == 0]
    seen, waiting = run(items, approved_first + rejected_late)
    assert (sum(seen), len(seen), waiting) == (10_000, 100, 0)


def test_rejecting_at_a_stroke_hides_nothing() -> None:
    """Ten good ones approved one by one and ten bad ones rejected at once are ten in twenty."""
    items = [[str(n)] for n in range(20)]
    good = [{str(n): 0} for n in range(10)]
    bad = {str(n): 1000 for n in range(10, 20)}
    assert run(items, [*good, bad])[0] == [0] * 10 + [1000] * 10
