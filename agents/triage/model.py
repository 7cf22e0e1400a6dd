"""A client's triage: learned from labelled messages, it gives each message its route.

Where it is not sure enough for the route's threshold, the route is `unknown`: a person's, or a
language model's. Learning is deterministic: the same examples give the same model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.counting import Counts, count
from savoirfaire.agents.triage.features import Features, Floats
from savoirfaire.agents.triage.holding import Held, held_out
from savoirfaire.agents.triage.linear import Linear
from savoirfaire.agents.triage.thresholds import by_route
from savoirfaire.agents.triage.trust import Trust
from savoirfaire.errors import TriageError

UNKNOWN = "unknown"
"""The route of a message that the model is not sure enough of."""

ERROR = 0.05
"""The share of wrongly routed messages that is accepted where none is stated."""

STRANGERS = 5
"""Of a hundred messages, how many are taken to belong to no route."""

EVEN = 0.5
"""No message is routed on less than even odds, however few mistakes the examples show."""

_FEWEST = 2  # routes


@dataclass(frozen=True)
class Guess:
    """The likeliest route, how sure it is in [0, 1], and the next likeliest routes.

    `route` is `unknown` where it is not sure enough, `best` the likeliest all the same;
    `embeddings` says whether the message's embedding counted beside its words.
    """

    route: str
    best: str
    confidence: float
    others: tuple[str, ...] = ()
    embeddings: bool = False


@dataclass(frozen=True)
class Triage:
    """What was learned. `thresholds` has the least confidence for each route."""

    routes: tuple[str, ...]
    features: Features
    linear: Linear
    trust: Trust
    thresholds: Floats

    def answers(
        self, counts: Counts, dense: Floats | None = None
    ) -> tuple[NDArray[np.int64], Floats, Floats]:
        """The likeliest route of each message by number, its confidence, and every score."""
        chosen, signs, scores = self.linear.answers(self.features.of(counts, dense))
        return chosen, self.trust.of(signs), scores

    def guess(self, texts: Sequence[str], dense: Floats | None = None) -> list[Guess]:
        """The route of each message."""
        if not texts:
            return []
        chosen, confidence, scores = self.answers(count(texts), dense)
        ranked = np.argsort(-scores, axis=1, kind="stable")[:, 1:4]
        sure = confidence >= self.thresholds[chosen]
        return [
            Guess(
                self.routes[at] if sure[place] else UNKNOWN,
                self.routes[at],
                round(float(confidence[place]), 4),
                tuple(self.routes[other] for other in ranked[place]),
            )
            for place, at in enumerate(chosen)
        ]


@dataclass(frozen=True)
class Learned:
    """A model, and its answers to the examples when they were held out, with their confidence."""

    triage: Triage
    held: Held
    confidence: Floats

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each example was answered rightly when it was held out."""
        return self.held.right[self.held.known]

    @property
    def accuracy(self) -> float:
        """The share of the examples answered rightly when held out."""
        return float(self.right.mean())

    @property
    def handled(self) -> float:
        """The share of the examples that would have been handled at once when held out."""
        known = self.held.known
        chosen, sure = self.held.chosen[known], self.confidence[known]
        return round(float((sure >= self.triage.thresholds[chosen]).mean()), 4)


def learn(
    counts: Counts,
    labels: Sequence[str],
    *,
    error: float = ERROR,
    dense: Floats | None = None,
) -> Learned:
    """Learn from messages and the route of each. Raises TriageError where there is too little."""
    routes = tuple(sorted(set(labels)))
    _check(routes, len(counts), len(labels))
    number = {route: place for place, route in enumerate(routes)}
    owners = np.array([number[label] for label in labels], np.int32)
    held = held_out(counts, owners, len(routes), dense)
    trust = Trust.fit(held.signs, held.right, held.known)
    features = Features.fit(counts)
    linear = Linear.fit(features.of(counts, dense), owners, len(routes))
    confidence = trust.of(held.signs)
    judged = _as_it_comes(held.known)
    thresholds = by_route(
        confidence[judged], held.right[judged], held.chosen[judged], len(routes), error
    )
    thresholds = np.maximum(thresholds, np.float32(EVEN))
    return Learned(Triage(routes, features, linear, trust, thresholds), held, confidence)


def _as_it_comes(known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Which answers thresholds are chosen on: all of known routes, and some of unknown ones.

    Of a hundred messages that come in, `STRANGERS` are taken to belong nowhere.
    """
    inside, outside = np.flatnonzero(known), np.flatnonzero(~known)
    wanted = min(len(outside), round(len(inside) * STRANGERS / (100 - STRANGERS)))
    places = np.linspace(0, max(0, len(outside) - 1), wanted).round().astype(np.int64)
    return np.concatenate([inside, outside[places]])


def _check(routes: Sequence[str], texts: int, labels: int) -> None:
    if texts != labels:
        raise TriageError("{texts} messages have {labels} labels", texts=texts, labels=labels)
    if len(routes) < _FEWEST:
        raise TriageError(
            "triage needs messages of {least} routes at least; these have {count}",
            least=_FEWEST,
            count=len(routes),
        )
