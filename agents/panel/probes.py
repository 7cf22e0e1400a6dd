"""The same personas asked again: as before, in other words, in another order, flattered.

A file's answers carry the probe in a column such as `variant`; the first that occurs is the base.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from savoirfaire.agents.panel import measures
from savoirfaire.agents.panel.survey import Answer


def probed(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """For each other variant: how far the same personas' votes moved from the base.

    The shift of the mean has its bootstrap interval over personas; `same` is the share of votes
    that did not move. A steady panel shifts by nothing in a retest, a paraphrase or another order;
    one that moves with flattery says what is wanted.
    """
    if not answers:
        return []
    base = _by_persona(answers, answers[0].variant)
    names = list(dict.fromkeys(each.variant for each in answers))[1:]
    return [told for name in names if (told := _moved(name, base, _by_persona(answers, name)))]


def _moved(name: str, base: dict[str, float], other: dict[str, float]) -> dict[str, Any] | None:
    both = sorted(base.keys() & other.keys())
    if len(both) < 2:  # noqa: PLR2004 - a spread's
        return None
    before = np.array([base[who] for who in both])
    after = np.array([other[who] for who in both])
    shift = after - before
    drawn = shift[np.random.default_rng(4).integers(0, len(shift), (measures.DRAWS, len(shift)))]
    return {
        "variant": name,
        "n": len(both),
        "shift": round(float(shift.mean()), 4),
        "interval": measures.interval(drawn.mean(axis=1)),
        "same": round(float((shift == 0).mean()), 4),
        "spearman": measures.rank_correlation(list(before), list(after)),
    }


def _by_persona(answers: Sequence[Answer], variant: str) -> dict[str, float]:
    return {
        f"{each.who}\0{each.item}": each.vote
        for each in answers
        if each.variant == variant and each.vote is not None
    }
