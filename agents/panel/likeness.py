"""Answers that are nearly the same as another: personas that share one voice."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from savoirfaire.agents.panel.survey import Answer

ALIKE = 0.85
"""The cosine of their runs of characters from which on two answers are nearly the same."""

_MOST = 3000
_SHORTEST = 20


def near_duplicates(answers: Sequence[Answer]) -> dict[str, Any]:
    """The share of answers with one nearly the same, and the pairs, the nearest first.

    Of the first 3,000 answers with twenty letters at least.
    """
    from scipy.sparse import triu  # noqa: PLC0415 - heavy

    from savoirfaire.agents.triage.counting import count  # noqa: PLC0415 - heavy

    told = [each for each in answers if len(each.words) >= _SHORTEST][:_MOST]
    if len(told) < 2:  # noqa: PLR2004 - a pair
        return {"share": None, "compared": len(told), "pairs": []}
    counts = count([each.words for each in told]).chars
    damped = counts.copy()
    damped.data = 1 + np.log(damped.data)
    length = np.sqrt(damped.multiply(damped).sum(axis=1)).reshape(-1, 1)
    vectors = damped.multiply(1 / np.maximum(length, 1e-9)).tocsr()
    alike = triu(vectors @ vectors.T, k=1).tocoo()
    close = alike.data >= ALIKE
    pairs = sorted(
        zip(alike.data[close], alike.row[close], alike.col[close], strict=True),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    involved = {place for _, one, other in pairs for place in (one, other)}
    return {
        "share": round(len(involved) / len(told), 4),
        "compared": len(told),
        "pairs": [[told[a].who, told[b].who, round(float(s), 3)] for s, a, b in pairs[:20]],
    }
