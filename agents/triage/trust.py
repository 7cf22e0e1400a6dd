"""How sure an answer is: the chance that it is right, learned from what was held out.

The signs of an answer, their squares and products go into a logistic regression on answers that
were given to held-out messages: some of routes that the model knew, some of routes that were kept
from it, whose every answer is wrong. So it also learns what a message looks like that belongs
nowhere. A sort of Platt scaling (J. Platt, 1999), over several signs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.features import Floats

UNKNOWN = 0.25
"""The weight, beside one for all messages that belong somewhere, of those that belong nowhere."""

_C = 0.1
_STEPS = 500


@dataclass(frozen=True)
class Trust:
    """The means and spreads of the signs, and the weights of their terms; the last is constant."""

    mean: Floats
    spread: Floats
    weights: Floats

    @classmethod
    def fit(cls, signs: Floats, right: NDArray[np.bool_], known: NDArray[np.bool_]) -> "Trust":
        """Learn from answers: whether each is right, and whether its true route was known."""
        mean, spread = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
        blank = cls(mean, spread, np.zeros(0, np.float32))
        if right.all() or not right.any():
            share = np.clip(right.mean() if len(right) else 0.5, 0.01, 0.99)
            width = blank.terms(signs).shape[1]
            weights = np.zeros(width + 1, np.float32)
            weights[-1] = np.log(share / (1 - share))
            return cls(mean, spread, weights)
        return cls(mean, spread, _weights(blank.terms(signs), right, known))

    def terms(self, signs: Floats) -> Floats:
        """The signs in units of their spread, and the products of every two."""
        plain = np.clip((signs - self.mean) / self.spread, -6, 6)
        first, second = np.triu_indices(plain.shape[1])
        return np.hstack([plain, plain[:, first] * plain[:, second]]).astype(np.float32)

    def of(self, signs: Floats) -> Floats:
        """The chance that each answer is right."""
        at = self.terms(signs) @ self.weights[:-1] + self.weights[-1]
        chance: Floats = (1 / (1 + np.exp(-np.clip(at, -30, 30)))).astype(np.float32)
        return chance


def _weights(terms: Floats, right: NDArray[Any], known: NDArray[Any]) -> Floats:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    share = known.sum() / max(1, (~known).sum())
    sample = np.where(known, 1.0, UNKNOWN * share)
    fitted = LogisticRegression(C=_C, max_iter=_STEPS).fit(terms, right, sample_weight=sample)
    return np.append(fitted.coef_[0], fitted.intercept_).astype(np.float32)
