"""How long a model takes in a benchmark: drawn for each call from a seed.

Every contestant waits the same, and the ideal can be told: the same waits on the same slots, with
no software.
"""

import heapq
import math
import random
from dataclasses import dataclass

from savoirfaire.errors import RequestError

SIGMA = 0.5
"""Of the logarithm of a call's seconds: nine calls of ten take 0.44 to 2.3 times the median."""
CALLS = 2
"""Of each item, one after the other."""


@dataclass(frozen=True)
class Latency:
    """Seconds of calls: lognormal around a median, or always the same."""

    kind: str
    median: float

    @classmethod
    def parse(cls, text: str) -> "Latency":
        """`lognormal:4` or `fixed:0.5`. Raises RequestError."""
        kind, _colon, value = text.partition(":")
        try:
            median = float(value)
        except ValueError:
            median = -1.0
        if kind not in {"lognormal", "fixed"} or not 0 <= median < math.inf:
            raise RequestError(
                "{text} is no latency: lognormal:SECONDS or fixed:SECONDS", text=repr(text)
            )
        return cls(kind, median)

    def of(self, item: int, call: int) -> float:
        """Seconds of one call of an item."""
        if self.kind == "fixed":
            return self.median
        source = random.Random(f"{item}/{call}")
        return self.median * math.exp(source.gauss(0, SIGMA))

    def ideal(self, items: int, slots: int) -> float:
        """Seconds that all items take on so many slots, each taken up by the first free one."""
        free = [0.0] * min(slots, items)
        for item in range(items):
            seconds = sum(self.of(item, call) for call in range(CALLS))
            heapq.heappush(free, heapq.heappop(free) + seconds)
        return max(free)
