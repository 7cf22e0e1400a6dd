"""From scores to an order: legs fused, sources mixed. Ties go by id, so that an order lasts."""

from collections import Counter
from collections.abc import Mapping, Sequence

PER_SOURCE = 3
NEARLY = 0.85


def ranked(scores: Mapping[int, float]) -> list[int]:
    """Ids by score, best first."""
    return sorted(scores, key=lambda each: (-scores[each], each))


def fused(legs: Sequence[tuple[float, Sequence[int]]], k: float) -> dict[int, tuple[float, ...]]:
    """What each leg gives to each id: weight / (k + place), 0 where the leg does not have it.

    Reciprocal rank fusion: Cormack, Clarke & Büttcher, "Reciprocal rank fusion outperforms
    Condorcet and individual rank learning methods" (2009). A leg is its weight and its ids,
    best first.
    """
    given: dict[int, list[float]] = {}
    for number, (weight, order) in enumerate(legs):
        for place, each in enumerate(order, start=1):
            given.setdefault(each, [0.0] * len(legs))[number] = weight / (k + place)
    return {each: tuple(shares) for each, shares in given.items()}


def mixed(
    order: Sequence[int], scores: Mapping[int, float], sources: Mapping[int, str], limit: int
) -> list[int]:
    """The first `limit` of `order`, of which no source has too much to say.

    From its fourth passage on, a source gives way to others that score nearly as well (.85 of it).
    A source's first passage never gives way: which sources come first is as it was.
    """
    chosen: list[int] = []
    taken: Counter[str] = Counter()
    waiting = list(order)
    while waiting and len(chosen) < limit:
        best = waiting[0]
        enough = NEARLY * scores[best]
        fresh = (
            each for each in waiting if taken[sources[each]] < PER_SOURCE and scores[each] >= enough
        )
        pick = best if taken[sources[best]] < PER_SOURCE else next(fresh, best)
        waiting.remove(pick)
        chosen.append(pick)
        taken[sources[pick]] += 1
    return chosen
