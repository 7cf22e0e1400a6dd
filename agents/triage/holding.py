"""What a model would have answered to messages that it had not seen.

Each message is held out once with others of its route (`FOLDS`), then once with all of its route
(`GROUPS`), as if that route did not exist. Some are asked about as if every word of them were
another, too. Nothing here looks at any message but those given.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.counting import SIZE, Counts
from savoirfaire.agents.triage.features import Features, Floats
from savoirfaire.agents.triage.linear import SIGNS, Linear

MANY = 5000
"""Examples, from which on each is held out with more others: there are enough to learn from."""

FOLDS, GROUPS = 4, 3
FOLDS_OF_MANY, GROUPS_OF_MANY = 3, 2
_FEWEST_ROUTES = 3  # below, a model without some of its routes is none
_EVERY = 10  # of ten messages held out, one is asked about as if in words nobody knows


@dataclass(frozen=True)
class Held:
    """Answers to held-out messages: the routes, the signs, whether right, whether in scope.

    The first `count` are those of messages whose route was known, in the order they were given.
    """

    chosen: NDArray[np.int64]
    signs: Floats
    right: NDArray[np.bool_]
    known: NDArray[np.bool_]


def held_out(
    counts: Counts, owners: NDArray[np.int32], routes: int, dense: Floats | None = None
) -> Held:
    """The answers to each message by models that did not learn from it."""
    number = _folds(owners)
    folds = [out for fold in range(number.max() + 1) if _parts(out := number == fold)]
    groups = [out for out in _groups(owners) if _parts(out)]
    held = _Holding(counts, owners, routes, dense)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(held.answers, [*folds, *groups]))
    chosen = np.full(len(owners), -1, np.int64)
    signs = np.zeros((len(owners), len(SIGNS)), np.float32)
    for out, each in zip(folds, found, strict=False):
        chosen[out], signs[out] = each.chosen, each.signs
    unknown = [*found[len(folds) :], *(each.foreign for each in found if each.foreign)]
    strangers = sum(len(each.chosen) for each in unknown)
    return Held(
        np.concatenate([chosen, *(each.chosen for each in unknown)]),
        np.concatenate([signs, *(each.signs for each in unknown)]),
        np.concatenate([chosen == owners, np.zeros(strangers, bool)]),
        np.concatenate([np.ones(len(owners), bool), np.zeros(strangers, bool)]),
    )


@dataclass(frozen=True)
class _Answers:
    """The routes and signs of held-out messages, and of some as if in words nobody knows."""

    chosen: NDArray[np.int64]
    signs: Floats
    foreign: "_Answers | None" = None


@dataclass(frozen=True)
class _Holding:
    counts: Counts
    owners: NDArray[np.int32]
    routes: int
    dense: Floats | None

    def answers(self, out: NDArray[np.bool_]) -> _Answers:
        """The answers to those held out by a model that learned from the rest."""
        rest = self.counts.rows(~out)
        features = Features.fit(rest)
        inner, outer = (None, None) if self.dense is None else (self.dense[~out], self.dense[out])
        linear = Linear.fit(features.of(rest, inner), self.owners[~out], self.routes)
        held = self.counts.rows(out)
        chosen, signs, _ = linear.answers(features.of(held, outer))
        some = np.arange(0, len(held), _EVERY)
        beyond = None if outer is None else -outer[some]
        foreign = linear.answers(features.of(elsewhere(held.rows(some)), beyond))
        return _Answers(chosen, signs, _Answers(*foreign[:2]))


def elsewhere(counts: Counts) -> Counts:
    """The same messages as if every word of them were another: what no model can know."""
    words, chars, pairs = map(_moved, (counts.words, counts.chars, counts.pairs))
    return Counts(words, chars, pairs, counts.lengths)


def _moved(matrix: Any) -> Any:
    moved = matrix.copy()
    moved.indices = (moved.indices + SIZE // 2 + 1) % SIZE
    moved.has_sorted_indices = False
    moved.sort_indices()
    return moved


def _parts(out: NDArray[np.bool_]) -> bool:
    return bool(out.any()) and not out.all()


def _folds(owners: NDArray[np.int32]) -> NDArray[np.int64]:
    """A fold for each message: those of one route are dealt out in a drawn order."""
    draw = np.random.default_rng(0)
    count = FOLDS if len(owners) < MANY else FOLDS_OF_MANY
    folds = np.zeros(len(owners), np.int64)
    for route in np.unique(owners):
        rows = draw.permutation(np.flatnonzero(owners == route))
        folds[rows] = (np.arange(len(rows)) + draw.integers(count)) % count
    return folds


def _groups(owners: NDArray[np.int32]) -> list[NDArray[np.bool_]]:
    """Which messages are of each group of routes, the groups of about as many routes."""
    routes = np.random.default_rng(0).permutation(np.unique(owners))
    count = GROUPS if len(owners) < MANY else GROUPS_OF_MANY
    if len(routes) < _FEWEST_ROUTES:
        return []
    return [np.isin(owners, group) for group in np.array_split(routes, count)]
