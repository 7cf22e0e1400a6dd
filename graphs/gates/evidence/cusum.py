"""CUSUM: the alarm that sends a lifted gate back to full review by itself.

Every item checked adds by how much it was worse than the promise, X - 1/N, and the sum never goes
below nothing; at the limit, the alarm. N = 1/p0, rounded up: a defect adds N - 1 steps of 1/N, a
clean item takes one off. The limit is not guessed: it is the smallest at which work at half of p0
raises a false alarm once in `run_length` checked items or less often, computed exactly.

Source: E. S. Page, Continuous inspection schemes (Biometrika 1954); the average run length by the
Markov chain of D. Brook and D. A. Evans (Biometrika 1972), solved here without approximation.
"""

import math
from functools import lru_cache

from savoirfaire.graphs.gates.evidence.wealth import UNIT


def steps(p0: float) -> int:
    """N: how many clean items make up for a defect, and one more."""
    return math.ceil(round(1 / p0, 9))


def moved(total: int, observation: int, p0: float) -> int:
    """The sum after one more item, in thousandths of 1/N; `observation` in thousandths."""
    return max(0, total + observation * steps(p0) - UNIT)


@lru_cache(maxsize=256)
def limit(p0: float, run_length: int) -> int:
    """The smallest limit, in steps of 1/N, that keeps false alarms at p0/2 this rare."""
    few, many = 0, steps(p0)
    while average_run(p0, many, p0 / 2) < run_length:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        if average_run(p0, middle, p0 / 2) < run_length:
            few = middle
        else:
            many = middle
    return many


def average_run(p0: float, bound: int, rate: float) -> float:
    """How many checked items, on average, until the alarm, where `rate` of them are defects.

    L(s) = 1 + rate L(s + N - 1) + (1 - rate) L(max(s - 1, 0)), with L = 0 from the limit on. From
    the top down, L(s) is a + b L(s - 1); a jump up composes the N - 1 of them above s.
    """
    jump, lines = steps(p0) - 1, [(0.0, 0.0)] * bound
    for start in range(bound - 1, -1, -1):
        a, b = _above(lines, start, jump)
        own = 1 - rate * b - (0.0 if start else 1 - rate)
        lines[start] = ((1 + rate * a) / own, (1 - rate) / own if start else 0.0)
    return lines[0][0]


def _above(lines: list[tuple[float, float]], start: int, jump: int) -> tuple[float, float]:
    """L(start + jump) as a + b L(start)."""
    if start + jump >= len(lines):
        return 0.0, 0.0
    a, b = 0.0, 1.0
    for state in range(start + 1, start + jump + 1):
        more, share = lines[state]
        a, b = more + share * a, share * b
    return a, b
