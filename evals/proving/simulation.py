"""Seeded simulation: gates go through their lives under the shipped policies.

Every gate is a row of arrays, and each turn is one unit of items for every gate at once. A person
ratifies each step as soon as it may be taken, and one seed follows every `seed_every` observations.
A test plays the same turns through the engine itself and finds the same steps.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64

from savoirfaire.evals.proving.exact import Truths
from savoirfaire.evals.proving.scenarios import Scenario
from savoirfaire.evals.proving.worth import ALL_CELLS, Floats, Ints, bets, games, worth
from savoirfaire.graphs.gates.evidence import Policy, cusum
from savoirfaire.graphs.gates.evidence.wealth import UNIT, alpha_at

Group = tuple[Policy, Scenario]
SOME_CELLS = ALL_CELLS[80:128:16]
"""A gate that fails in these fails in all of them, and most gates that fail do so here."""


class Draws:
    """Uniform numbers from a seed. The raw stream of PCG64 is the same in every numpy."""

    def __init__(self, seed: int) -> None:
        self._bits = PCG64(seed)

    def uniform(self, *shape: int) -> Floats:
        """Numbers in [0, 1)."""
        raw = self._bits.random_raw(math.prod(shape))
        numbers: Floats = (raw >> np.uint64(11)).reshape(shape).astype(np.float64)
        return numbers * 2.0**-53


@dataclass(frozen=True)
class Turn:
    """What happened to every gate in one turn. `found` counts the bad items that were seen."""

    checked: Truths
    found: Ints
    seeded: Truths
    caught: Truths
    fell: Truths
    rose: Truths


class Lives:
    """The state of `paths` gates of each group; all groups have batches of one size."""

    def __init__(self, groups: Sequence[Group], paths: int, items: int, seed: int) -> None:
        self.groups, self.paths, self.items = groups, paths, items
        self.size = groups[0][1].batch
        self.turns = items // self.size
        self.draws = Draws(seed)
        self._describe()
        rows = len(groups) * paths
        self.step, self.total, self.caught, self.missed = np.zeros((4, rows), dtype=np.int64)
        self.attempt = np.ones(rows, dtype=np.int64)
        self.counts = np.zeros((rows, self.size + 1))
        self.values = np.array([-(-UNIT * found // self.size) for found in range(self.size + 1)])
        self.lures = games(self.p0, np.ones(rows), self.values, np.array([len(ALL_CELLS)]))[:, :, 0]

    def _describe(self) -> None:
        """What stays the same in each gate, row by row."""

        def of_each(values: Sequence[object]) -> np.ndarray:
            return np.repeat(np.array(values), self.paths, axis=0)

        longest = max(len(policy.rates) for policy, _ in self.groups)
        ladders = [(*p.rates, *[0.0] * (longest - len(p.rates))) for p, _ in self.groups]
        self.ladder = of_each(ladders)
        self.top_step = of_each([len(p.rates) - 1 for p, _ in self.groups])
        self.p0 = of_each([p.p0 for p, _ in self.groups])
        self.needed = of_each([-np.log(alpha_at(p.alpha, 1)) for p, _ in self.groups])
        self.seed_every = of_each([p.seed_every for p, _ in self.groups])
        self.jump = of_each([cusum.steps(p.p0) for p, _ in self.groups])
        self.limit = of_each([cusum.limit(p.p0, p.run_length) * UNIT for p, _ in self.groups])
        self.catch = of_each([s.catch for _, s in self.groups])
        self.correlation = of_each([s.correlation for _, s in self.groups])

    def turn(self, number: int) -> tuple[Turn, Ints]:
        """Take every gate through its next unit; gives what happened, and the bad items of each."""
        bad = self._made(number)
        rows = len(bad)
        checked = self.draws.uniform(rows) < self.ladder[np.arange(rows), self.step]
        seen = bad & (self.draws.uniform(rows, self.size) < self.catch[:, None])
        found = np.where(checked, seen.sum(axis=1), 0)
        self.counts[np.flatnonzero(checked), found[checked]] += 1
        fell = self._alarm(checked & (self.step > 0), found)
        seeded, caught = self._seed(checked & ~fell)
        rose = self._rise(checked & ~fell)
        return Turn(checked, found, seeded, caught, fell, rose), bad.sum(axis=1)

    def _made(self, number: int) -> Truths:
        """Which items are bad, [rows, size]; the correlation is the chance of a shared fate."""
        time = number / self.turns
        rate = np.repeat([s.true_rate(p, time) for p, s in self.groups], self.paths)
        fates = self.draws.uniform(len(rate), self.size)
        if self.size > 1:
            shared = self.draws.uniform(len(rate)) < self.correlation
            fates[shared] = fates[shared][:, :1]
        bad: Truths = fates < rate[:, None]
        return bad

    def _alarm(self, checked: Truths, found: Ints) -> Truths:
        """Let the CUSUM see each item, the bad ones first."""
        fell = np.zeros(len(checked), dtype=bool)
        for place in range(self.size):
            seen = checked & ~fell
            moved = self.total + (place < found) * self.jump * UNIT - UNIT
            self.total = np.where(seen, np.maximum(moved, 0), self.total)
            fell |= seen & (self.total >= self.limit)
        self.step[fell], self.total[fell] = 0, 0
        self._anew(fell)
        return fell

    def _seed(self, checked: Truths) -> tuple[Truths, Truths]:
        seeded = checked & (self.counts.sum(axis=1) % self.seed_every == 0)
        caught = seeded & (self.draws.uniform(len(checked)) < self.catch)
        self.caught += caught
        self.missed += seeded & ~caught
        return seeded, caught

    def _rise(self, checked: Truths) -> Truths:
        """Take the step where the evidence allows it: first by what costs little to look at."""
        rose = checked & (self.step < self.top_step) & (self.caught > 0)
        rows = np.flatnonzero(rose)
        logs = np.matmul(self.lures[rows], self.counts[rows, :, None])[..., 0]
        best = logs.max(axis=1)
        mean = best + np.log(np.exp(logs - best[:, None]).mean(axis=1))
        rows = rows[mean >= self.needed[rows]]
        for cells in (SOME_CELLS, ALL_CELLS):
            if len(rows):
                rows = rows[self._worth(rows, cells) >= self.needed[rows]]
        rose[:] = False
        rose[rows] = True
        self.step += rose
        self._anew(rose)
        return rose

    def _worth(self, rows: Ints, cells: Ints) -> Floats:
        caught, missed = self.caught[rows], self.missed[rows]
        top = caught / np.maximum(caught + missed, 1)
        table = games(self.p0[rows], top, self.values, cells)
        return worth(self.counts[rows], table, bets(caught, missed, cells))

    def _anew(self, rows: Truths) -> None:
        """Begin the next attempt, with its smaller part of alpha."""
        was = self.attempt[rows]
        self.needed[rows] += 2 * np.log((was + 1) / was)
        self.attempt[rows] += 1
        self.counts[rows], self.caught[rows], self.missed[rows] = 0, 0, 0
