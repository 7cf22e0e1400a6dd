"""Many gates: what one piece of evidence is about, and promises over several gates at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from savoirfaire.errors import RequestError

ALL = "*"
"""Stands in a key for everything that was pooled."""

POOLABLE = frozenset({"client", "graph", "gate", "action"})
"""What may be pooled. Risk and fingerprint may not: another risk has another promise, and another
prompt or model does other work."""

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, order=True)
class Key:
    """What one piece of evidence is about."""

    client: str
    graph: str
    gate: str
    action: str
    risk: str
    fingerprint: str

    def life(self) -> tuple[str, ...]:
        """The key without its fingerprint: one life of a gate, in which alpha is used once."""
        return tuple(
            getattr(self, each.name) for each in fields(self) if each.name != "fingerprint"
        )


def pooled(key: Key, over: Collection[str]) -> Key:
    """The key that stands for all values of the fields in `over`, where somebody chose to pool them.

    The promise is then about the pool: a gate of its own that is worse than the others may hide in
    it. Raises RequestError for what cannot be pooled.
    """
    if refused := sorted(set(over) - POOLABLE):
        raise RequestError("evidence cannot be pooled over {fields}", fields=", ".join(refused))
    return replace(key, **dict.fromkeys(over, ALL))


def e_bh(log_weights: Mapping[Name, float], alpha: float) -> list[Name]:
    """The gates to offer together so that at most alpha of them, on average, are offered wrongly.

    The k gates with the largest evidence, for the largest k whose k-th is at least K/(k alpha).
    Valid whatever the gates have in common, and wherever each one stopped.
    Source: R. Wang and A. Ramdas, False discovery rate control with e-values (JRSS B 2022).
    """
    ordered = sorted(log_weights, key=lambda name: (-log_weights[name], name))
    total = len(ordered)
    kept = [
        place
        for place, name in enumerate(ordered, 1)
        if place / total * alpha >= 1 or log_weights[name] >= _log(total / (place * alpha))
    ]
    return ordered[: max(kept, default=0)]
