"""Many gates: a promise over several of them at once."""

import math
from collections.abc import Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=str)


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
        if log_weights[name] >= math.log(total / (place * alpha))
    ]
    return ordered[: max(kept, default=0)]
