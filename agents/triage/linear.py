"""The linear part of triage: a weight for each feature and route, and what tells how sure it is.

One classifier a route against all others, with squared hinge loss (R.-E. Fan and others,
"LIBLINEAR", 2008). Beside its scores stands how near the message is to the nearest example of the
route chosen: a message about something else may score well by a few words, and is near to nothing.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.features import Floats, Seen

SIGNS = ("score", "lead", "entropy", "strange", "length", "near")
"""What tells how sure an answer is: score and lead over the second route, the entropy over routes,
the share of words never seen, the length, the cosine with the nearest example of the route."""

_C = 2.0  # of the squared hinge; from .7 to 5, cross-validation moves by less than its error
_SHARPNESS = 6.0  # of the entropy: scores lie between -2 and 1
_STEPS = 4000


@dataclass(frozen=True)
class Linear:
    """`weights` (features × routes), `bias` (routes), and each route's examples, a column each."""

    weights: Floats
    bias: Floats
    examples: tuple[Any, ...]

    @classmethod
    def fit(cls, seen: Seen, owners: NDArray[np.int32], routes: int) -> "Linear":
        """Learn from examples; `owners` has the route of each. A route may have none."""
        from sklearn.svm import LinearSVC  # noqa: PLC0415 - heavy

        there = np.unique(owners)
        weights = np.zeros((seen.vectors.shape[1], routes), np.float32)
        bias = np.full(routes, -2.0, np.float32)
        if len(there) == 1:
            bias[there] = 1.0
        else:
            fitted = LinearSVC(C=_C, random_state=0, max_iter=_STEPS).fit(seen.vectors, owners)
            learned, at = fitted.coef_, fitted.intercept_
            if len(there) == 2:  # noqa: PLR2004 - then there is one line between the two
                learned, at = np.vstack([-learned, learned]), np.concatenate([-at, at])
            weights[:, there], bias[there] = learned.T, at
        return cls(weights, bias, grouped(seen, owners, routes))

    def scores(self, seen: Seen) -> Floats:
        """A score for each text and route; the largest is the route's."""
        found: Floats = seen.vectors @ self.weights + self.bias
        return found

    def answers(self, seen: Seen) -> tuple[NDArray[np.int64], Floats, Floats]:
        """The route of each text, its signs in the order of `SIGNS`, and all scores."""
        scores = self.scores(seen)
        chosen = scores.argmax(axis=1)
        ordered = np.sort(scores, axis=1)
        lead = ordered[:, -1] - ordered[:, -2] if scores.shape[1] > 1 else ordered[:, -1]
        signs = [
            ordered[:, -1],
            lead,
            _entropy(scores),
            seen.strange,
            np.log1p(seen.lengths),
            self._near(seen, chosen),
        ]
        return chosen, np.stack(signs, axis=1).astype(np.float32), scores

    def _near(self, seen: Seen, chosen: NDArray[np.int64]) -> NDArray[Any]:
        """The cosine of each text with the nearest example of the route chosen for it."""
        near = np.zeros(len(chosen))
        for route in np.unique(chosen):
            rows = np.flatnonzero(chosen == route)
            if self.examples[route].shape[1]:
                near[rows] = (seen.plain[rows] @ self.examples[route]).toarray().max(axis=1)
        return near


def grouped(seen: Seen, owners: NDArray[np.int32], routes: int) -> tuple[Any, ...]:
    """The examples of each route by their words and stems, a column each."""
    return tuple(seen.plain[np.flatnonzero(owners == at)].T.tocsr() for at in range(routes))


def _entropy(scores: Floats) -> NDArray[Any]:
    sharp = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
    shares = sharp / sharp.sum(axis=1, keepdims=True)
    entropy: NDArray[Any] = -(shares * np.log(np.maximum(shares, 1e-12))).sum(axis=1)
    return entropy
