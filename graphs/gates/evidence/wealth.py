"""Wealth: how strongly outcomes speak against "this work is too often bad".

An outcome X in [0, 1] says how bad a reviewed item was. The doubt to overcome is H0: given all that
came before, E[X] >= p0. Somebody who doubts H0 bets on every outcome at fair odds. In one game they
stake the share lambda_j, and an outcome multiplies what they have by 1 + lambda_j (p0 - X). Their
wealth E is the mean over the five games. Under H0 nobody gains on average, whatever the
distribution, so the chance that E *ever* reaches 1/alpha is at most alpha, however often one looks.

Sources: J. Ville, Étude critique de la notion de collectif (1939), for the inequality;
I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting (JRSS B,
2024), for betting on bounded outcomes; for outcomes 0 and 1 a game is the likelihood ratio of g_j
to p0.

Outcomes are counted in thousandths, rounded up: that only makes work look worse, and a wealth
computed from counts is the same in every order, without drift, for any number of reviews.
"""

import math
from collections.abc import Iterable

from savoirfaire.errors import RequestError

UNIT = 1000
"""Outcomes are kept as whole numbers of 1/1000."""

GAMES = (0.04, 0.1, 0.2, 0.4, 0.6)
"""g_j / p0: the shares of p0 that the five games bet the work's true rate to be."""

Counts = tuple[tuple[int, int], ...]
"""(outcome in thousandths, how many), by outcome."""


def thousandths(outcome: float) -> int:
    """An outcome in [0, 1] as thousandths, rounded up. Raises RequestError for anything else."""
    if not 0 <= outcome <= 1:
        raise RequestError("an outcome lies between 0 and 1, not {value}", value=outcome)
    return math.ceil(round(outcome * UNIT, 6))  # 0.07 * 1000 is 70.00000000000001


def count(outcomes: Iterable[float]) -> Counts:
    """The counts of outcomes in [0, 1]."""
    return add((), map(thousandths, outcomes))


def add(counts: Counts, observations: Iterable[int]) -> Counts:
    """The counts with further observations, in thousandths."""
    table = dict(counts)
    for observation in observations:
        table[observation] = table.get(observation, 0) + 1
    return tuple(sorted(table.items()))


def log_wealth(counts: Counts, p0: float) -> float:
    """The natural logarithm of E_n after these outcomes, for H0: E[X] >= p0, p0 in [0, 1).

    It grows with p0: a milder doubt is the easier one to overcome.
    """
    games = [_game(counts, p0, (1 - share) / (1 - p0)) for share in GAMES]
    best = max(games)
    return best + math.log(math.fsum(math.exp(game - best) for game in games) / len(GAMES))


def _game(counts: Counts, p0: float, stake: float) -> float:
    # lambda_j = (p0 - g_j) / (p0 (1 - p0)) = (1 - g_j/p0) / (1 - p0): no division by p0 = 0
    return math.fsum(n * math.log1p(stake * (p0 - value / UNIT)) for value, n in counts)


def alpha_at(alpha: float, attempt: int) -> float:
    """The part of alpha that the m-th attempt may use: 6 alpha / (pi^2 m^2), alpha in all."""
    return 6 * alpha / (math.pi * attempt) ** 2
