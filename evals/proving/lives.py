"""What became of the simulated gates: what was published, and how soon the alarm was raised."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from savoirfaire.evals.proving.scenarios import BREAK_AT, Scenario
from savoirfaire.evals.proving.simulation import Group, Lives, Turn
from savoirfaire.evals.proving.worth import Floats, Ints
from savoirfaire.graphs.gates.evidence import Policy


@dataclass(frozen=True)
class Told:
    """What is counted of each gate over its life."""

    bad_out: Ints
    unread: Ints
    unread_bad: Ints
    first_step: Ints
    fell_after_break: Ints


def told(groups: Sequence[Group], paths: int, items: int, seed: int) -> list[dict[str, Any]]:
    """The figures of each group, in order; all groups have batches of one size."""
    lives = Lives(groups, paths, items, seed)
    rows = len(groups) * paths
    tally = Told(*np.zeros((3, rows), dtype=np.int64), *np.full((2, rows), -1))
    for number in range(lives.turns):
        turn, bad = lives.turn(number)
        _count(tally, turn, bad, number, lives)
    return [
        _figures(group, tally, slice(i * paths, (i + 1) * paths), items)
        for i, group in enumerate(groups)
    ]


def _count(tally: Told, turn: Turn, bad: Ints, number: int, lives: Lives) -> None:
    unread = ~turn.checked
    tally.bad_out[:] += bad - turn.found
    tally.unread[:] += unread * lives.size
    tally.unread_bad[:] += np.where(unread, bad, 0)
    item, broke = (number + 1) * lives.size, BREAK_AT * lives.items
    tally.first_step[turn.rose & (tally.first_step < 0)] = item
    if item > broke:
        fresh = turn.fell & (tally.fell_after_break < 0)
        tally.fell_after_break[fresh] = round(item - broke)


def _figures(group: Group, tally: Told, rows: slice, items: int) -> dict[str, Any]:
    policy, scenario = group
    paths = rows.stop - rows.start
    unread, unread_bad = tally.unread[rows].sum(), tally.unread_bad[rows].sum()
    return {
        "published": _mean(tally.bad_out[rows] / items),
        "published_plus_minus": _error(tally.bad_out[rows] / items),
        "unreviewed": _ratio(unread_bad, unread),
        "reviewed_share": round(1 - float(unread) / (items * paths), 4),
        "reviewed_share_plus_minus": _error(tally.unread[rows] / items),
        "without_gate": _without(policy, scenario),
        "ever_lifted": _mean(tally.first_step[rows] >= 0),
        **_alarms(scenario, tally.fell_after_break[rows]),
    }


def _alarms(scenario: Scenario, after: Ints) -> dict[str, Any]:
    if scenario.name != "sudden_break":
        return {}
    fell = after[after >= 0]
    median = float(np.median(fell)) if len(fell) else None
    return {"sent_back": _ratio(len(fell), len(after)), "items_until_sent_back": median}


def _without(policy: Policy, scenario: Scenario) -> float:
    """What would be published with nobody at the gate."""
    times = np.arange(1000) / 1000
    return _mean(np.array([scenario.true_rate(policy, float(time)) for time in times]))


def _mean(values: Floats | np.ndarray) -> float:
    return round(float(np.mean(values)), 5)


def _error(values: Floats) -> float:
    """Twice the standard error of the mean: about 95 % of such intervals hold the true figure."""
    return round(2 * float(np.std(values, ddof=1)) / math.sqrt(len(values)), 5)


def _ratio(part: float, whole: float) -> float | None:
    return round(float(part / whole), 5) if whole else None
