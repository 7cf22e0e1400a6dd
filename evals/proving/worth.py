"""The evidence of many gates at once: `graphs.gates.evidence.weigh`, computed on arrays.

The same formulas over the same cells; a test holds the two against each other.
Shapes: N gates, V kinds of outcome, R cells of the catch rate, G games.
"""

import math

import numpy as np
from numpy.typing import NDArray

from savoirfaire.graphs.gates.evidence.seeds import CELLS, STAKE
from savoirfaire.graphs.gates.evidence.wealth import GAMES, UNIT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL_CELLS = np.arange(CELLS)
BELOW_1 = 1 - 2.0**-53
_SHARES = np.array(GAMES)


def games(p0: Floats, top: Floats, values: Ints, cells: Ints = ALL_CELLS) -> Floats:
    """Log of what an outcome multiplies a game by, [N, G, R, V]; `top` is the rate of seeds caught.

    `values` are outcomes in thousandths.
    """
    low = (p0 * top)[:, None, None, None] * (cells / CELLS)[None, None, :, None]
    stake = (1 - _SHARES)[None, :, None, None] / (1 - low)
    logs: Floats = np.log1p(stake * (low - values / UNIT))
    return logs


def bets(caught: Ints, missed: Ints, cells: Ints = ALL_CELLS) -> Floats:
    """Log S at the upper end of each cell, [N, R]."""
    top = caught / np.maximum(caught + missed, 1)
    high = top[:, None] * ((cells + 1) / CELLS)[None, :]
    with np.errstate(divide="ignore"):
        kept = np.where(caught[:, None] > 0, caught[:, None] * np.log(np.maximum(high, 1e-300)), 0)
        # a rate of 1 is only met where nothing was missed
        lost = np.where(
            missed[:, None] > 0, missed[:, None] * np.log1p(-np.minimum(high, BELOW_1)), 0
        )
    any_rate = _log_beta_halves(caught, missed)[:, None]
    logs: Floats = np.logaddexp(math.log(1 - STAKE), math.log(STAKE) + any_rate - kept - lost)
    return logs


def worth(counts: Floats, of_games: Floats, of_bets: Floats) -> Floats:
    """Log W, [N], after counts [N, V] of each kind of outcome."""
    logs = np.matmul(of_games, counts[:, None, :, None])[..., 0]
    best = logs.max(axis=1)
    wealth = best + np.log(np.exp(logs - best[:, None]).mean(axis=1))
    weights: Floats = (wealth + of_bets).min(axis=1)
    return weights


def _log_beta_halves(caught: Ints, missed: Ints) -> Floats:
    """Log B(caught + 1/2, missed + 1/2) - log B(1/2, 1/2): numpy has no log-gamma of its own."""
    most = int((caught + missed).max(initial=0))
    places = np.arange(most)
    halves = np.concatenate([[0.0], np.cumsum(np.log(places + 0.5))])
    wholes = np.concatenate([[0.0], np.cumsum(np.log(places + 1.0))])
    logs: Floats = halves[caught] + halves[missed] - wholes[caught + missed]
    return logs
