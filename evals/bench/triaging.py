"""How well triage routes messages that it has not seen, and how fast.

A test message whose category is not in training is out of scope: it has no right route, and counts
for `oos_auroc` alone. Thresholds are chosen on the training messages, each held out in turn, and
never on the test's.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from savoirfaire.agents.triage.counting import count
from savoirfaire.agents.triage.features import Floats
from savoirfaire.agents.triage.model import Learned, Triage, learn
from savoirfaire.agents.triage.thresholds import threshold
from savoirfaire.knowledge.embedding import Embedder
from savoirfaire.tools.labelled import labelled_rows

TARGETS = (95, 97, 99)
BATCH = 250
_ROUNDS = 7

_AT_ONCE = 256  # texts of one request for vectors


def triaging(train: Path, test: Path, embedder: Embedder | None = None) -> dict[str, Any]:
    """Figures of one training and one test file, both CSV with columns text and category.

    With an `embedder`, its vectors are put beside the words; what it takes is in no figure of time.
    Raises TriageError, and ModelError where the vectors cannot be had.
    """
    texts, labels = labelled_rows(train)
    seen, truth = labelled_rows(test)
    dense, outer = _vectors(embedder, texts), _vectors(embedder, seen)
    start = time.perf_counter()
    learned = learn(count(texts), labels, dense=dense)
    fit_s = time.perf_counter() - start
    batch_s = _speed(learned.triage, seen, outer)
    chosen, confidence, _ = learned.triage.answers(count(seen), outer)
    number = {route: place for place, route in enumerate(learned.triage.routes)}
    owners = np.array([number.get(label, -1) for label in truth])
    known, right = owners >= 0, chosen == owners
    return {
        "bench": "triage",
        "train": len(texts),
        "test": len(seen),
        "routes": len(number),
        "out_of_scope": int((~known).sum()),
        "accuracy": _share(right[known]),
        **_coverages(learned, confidence, right, known),
        "oos_auroc": _auroc(confidence, known),
        "held_out_accuracy": round(learned.accuracy, 4),
        "embeddings": embedder.name if embedder else "",
        "fit_s": round(fit_s, 2),
        "ms_per_250": round(batch_s * 1000, 1),
    }


def _vectors(embedder: Embedder | None, texts: Sequence[str]) -> Floats | None:
    if embedder is None:
        return None
    parts = [
        embedder.embed(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)
    ]
    return np.array([vector for part in parts for vector in part], np.float32)


def _coverages(
    learned: Learned, confidence: Floats, right: Any, known: Any
) -> dict[str, float | None]:
    """What is handled at once, of messages in scope; how much of it rightly; of the others."""
    found: dict[str, float | None] = {}
    held = learned.held.known
    for target in TARGETS:
        least = threshold(learned.confidence[held], learned.right, 1 - target / 100)
        handled = confidence >= least
        found[f"coverage@{target}"] = _share(handled[known])
        found[f"accuracy@{target}"] = _share(right[known & handled])
        found[f"oos_handled@{target}"] = _share(handled[~known])
    return found


def _share(truths: Any) -> float | None:
    return round(float(np.mean(truths)), 4) if len(truths) else None


def _auroc(confidence: Floats, known: Any) -> float | None:
    """The chance that a message in scope is surer than one out of it, ties counting half."""
    from scipy.stats import rankdata

    inside, outside = int(known.sum()), int((~known).sum())
    if not inside or not outside:
        return None
    ranks = rankdata(confidence)
    above = ranks[known].sum() - inside * (inside + 1) / 2
    return round(float(above / (inside * outside)), 4)


def _speed(triage: Triage, texts: Sequence[str], dense: Floats | None) -> float:
    """Seconds for 250 messages, from words to routes: the median over batches, each seen once."""
    taken = []
    for first in range(0, min(_ROUNDS * BATCH, len(texts)), BATCH):
        places = [place % len(texts) for place in range(first, first + BATCH)]
        some = [texts[place] for place in places]
        beside = None if dense is None else dense[places]
        start = time.perf_counter()
        triage.guess(some, beside)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
