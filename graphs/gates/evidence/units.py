"""Units: what counts as one observation, and in which order.

Three ways of counting reviews lift a gate falsely, without anybody cheating.

- Items that were made together are good or bad together: counted one by one they lifted falsely 58 %
  of the time at a correlation of .3. So what is asked together, before anybody has seen it, is one
  unit, and its observation is the *mean* of its items: whatever the correlation, its expectation is
  the items' own rate.
- A person may decide units together that were asked apart, and chooses which. Ten good items
  approved one by one and ten bad ones rejected at a stroke are not one defect in eleven. So units
  decided together earn one clean observation at most, while what was wrong with them counts in
  full: the *sum* of their values, cut into observations of 1.
- Who approves at once and rejects after a week would fill the first week with approvals. So units
  count in the order they were *asked*, up to the first that is still open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from savoirfaire.graphs.gates.evidence.wealth import UNIT

Part = tuple[tuple[str, int | None], ...]
"""(item, outcome in thousandths, None while it is open), for the items asked together."""


@dataclass(frozen=True)
class Unit:
    """Items whose reviews count together: one part as asked, or several that were joined."""

    parts: tuple[Part, ...]

    @property
    def items(self) -> set[str]:
        """The items asked about."""
        return {item for part in self.parts for item, _ in part}

    @property
    def decided(self) -> bool:
        """Whether every item has its outcome."""
        return all(value is not None for part in self.parts for _, value in part)

    @property
    def touched(self) -> bool:
        """Whether any item has its outcome."""
        return any(value is not None for part in self.parts for _, value in part)


def asked(items: Sequence[str]) -> Unit:
    """A unit of items that are asked about together."""
    return Unit((tuple((item, None) for item in items),))


def decide(units: Sequence[Unit], outcomes: Mapping[str, int]) -> tuple[Unit, ...]:
    """The units after one decision; those it decides together are joined at the first's place."""
    touched = [unit for unit in units if not unit.items.isdisjoint(outcomes)]
    if not touched:
        return tuple(units)
    joined = Unit(tuple(_filled(part, outcomes) for unit in touched for part in unit.parts))
    kept = [joined if unit is touched[0] else unit for unit in units if unit not in touched[1:]]
    return tuple(kept)


def _filled(part: Part, outcomes: Mapping[str, int]) -> Part:
    """The first decision stands: a second one cannot mend an outcome."""
    return tuple((item, outcomes.get(item) if old is None else old) for item, old in part)


def settled(units: Sequence[Unit]) -> tuple[list[int], tuple[Unit, ...]]:
    """The observations of the units before the first open one, and the units from there on."""
    ready = next((place for place, unit in enumerate(units) if not unit.decided), len(units))
    return [each for unit in units[:ready] for each in _observed(unit)], tuple(units[ready:])


def _observed(unit: Unit) -> list[int]:
    values = [_mean(part) for part in unit.parts]
    if len(values) == 1:
        return values
    total = sum(values)
    return [total] if total <= UNIT else [UNIT] * _up(total, UNIT)


def _mean(part: Part) -> int:
    return _up(sum(value or 0 for _, value in part), len(part))


def _up(total: int, parts: int) -> int:
    return -(-total // parts)
