"""The outlook of a gate: its standing as it is listed, worked out when the gate's evidence changes.

Working it out from nothing takes 6 ms, most of it the search for the clean reviews that are left:
a list of 500 gates took 3 s. From the outlook before, which one more review moves by little, it
takes less than 1 ms, so each decision does it and a list only reads.
"""

from collections.abc import Callable, Mapping
from typing import Any

from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import Seeds, weigh
from savoirfaire.graphs.gates.evidence.standing import FAR, needed, next_rate, obstacle
from savoirfaire.graphs.gates.evidence.state import Evidence

_LAST = 2 ** (FAR.bit_length() - 1) - 1
"""The most clean reviews that the engine's own search looks at before it gives up."""

_RESTS_ON = (
    *("policy", "step", "attempt", "never_lift", "counts", "seeds"),
    *("set_aside", "carried"),
)


def rests_on(policy: Policy, evidence: Evidence) -> tuple[Any, ...]:
    """All that the outlook of a gate rests on."""
    return (policy, *(getattr(evidence, name) for name in _RESTS_ON))


def is_moved(before: Evidence, after: Evidence) -> bool:
    """Whether what the outlook rests on has changed; what waits or passed does not count."""
    return any(getattr(before, name) != getattr(after, name) for name in _RESTS_ON)


def outlook(policy: Policy, evidence: Evidence, known: Mapping[str, Any]) -> dict[str, Any]:
    """The standing of a gate as it is kept with it; `known` is the one before, if any."""
    ahead = next_rate(policy, evidence)
    near = known.get("clean_left") or 0
    return {
        "version": policy.version,
        "policy": policy.name,
        "rate": evidence.rate(policy),
        "next_rate": ahead,
        "clean_left": None if ahead is None else clean_left(policy, evidence, near),
        "obstacle": obstacle(policy, evidence),
    }


def clean_left(policy: Policy, evidence: Evidence, near: int) -> int | None:
    """The clean reviews until the next step, as the engine counts them; `near` is a guess."""
    goal = needed(policy, evidence)
    counts = dict(evidence.counts)
    clean = counts.get(0, 0)

    def reached(reviews: int) -> bool:
        caught = evidence.seeds.caught + reviews // policy.seed_every
        table = tuple(sorted({**counts, 0: clean + reviews}.items()))
        return weigh(table, Seeds(caught, evidence.seeds.missed), policy.p0).log >= goal

    few, many = _around(reached, min(max(near - 1, 0), _LAST))
    if many is None:
        return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if reached(middle) else (middle, many)
    return many


def _around(reached: Callable[[int], bool], near: int) -> tuple[int, int | None]:
    """A number that is too small and one that is enough, near each other; None for none."""
    step = 1
    if reached(near):
        few = near - step
        while few >= 0 and reached(few):
            step *= 2
            near, few = few, few - step
        return max(few, -1), near
    while near < _LAST:
        further = min(near + step, _LAST)
        if reached(further):
            return near, further
        near, step = further, 2 * step
    return near, None
