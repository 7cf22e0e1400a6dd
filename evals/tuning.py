"""How a client is best searched, by its own judged questions, and whether they can tell.

Every setting of a small grid is tried on every question. In each of five folds the best setting on
the others is used on the fold, so that no question helps to choose what it is judged by. The gain
over the settings in force has to hold in a paired sign-flip test of these held-out differences;
else nothing is changed. (Fisher, "The Design of Experiments", 1935; for retrieval: Smucker, Allan &
Carterette, "A comparison of statistical significance tests for information retrieval evaluation",
2007.)
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.evals.judged import Judged
from savoirfaire.evals.measures import ndcg
from savoirfaire.knowledge.retrieval import Retrieval
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

K = 10
FOLDS = 5
LEAST = 20  # questions; with fewer, a fold has three and anything wins
ALPHA = 0.05
WORTH = 0.01  # of nDCG: the least gain that a person would notice

_GRAMS = (0.2, 0.3, 0.4, 0.5, 0.6)
_NEAR = (0.0, 0.15, 0.3, 0.45)
_DENSE = (0.25, 0.5, 1.0, 2.0)
_RRF_K = (1.0, 10.0, 60.0)
_FOUND = 3 * K
_FLIPS = 10_000
_POWER = 1.645 + 0.842  # one-sided 5 %, power 80 %

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Tuning:
    """What came of it. Quality is nDCG@10; `after` and `gain` are held out, over the folds.

    `needed` is how many questions would tell the gain that was seen, or one point where none was.
    """

    changed: bool
    questions: int
    tried: int
    settings: Retrieval
    before: float
    after: float
    gain: float
    p: float
    needed: int

    def kept(self, questions: Sequence[Judged]) -> dict[str, Any]:
        """What the ledger keeps: the settings, and the evidence without any question's words."""
        evidence = asdict(self) | {"sha256": _fingerprint(questions)}
        for name in ("changed", "settings"):
            evidence.pop(name)
        return {"settings": self.settings.model_dump(), "evidence": evidence}


def tune(
    knowledge: Knowledge, scope: ClientScope, questions: Sequence[Judged], *, dense: bool = False
) -> Tuning:
    """Try the grid on a client's questions; nothing is written. `dense`: try the dense leg too."""
    present = Retrieval.stored(knowledge.ledger.retrieval(scope))
    if len(questions) < LEAST:
        return Tuning(
            changed=False,
            questions=len(questions),
            tried=0,
            settings=present,
            before=0.0,
            after=0.0,
            gain=0.0,
            p=1.0,
            needed=LEAST,
        )
    settings = [present, *(each for each in _grid(dense=dense) if each != present)]
    quality = np.array(
        [[_quality(knowledge, scope, one, each) for one in questions] for each in settings]
    )
    held_out = _held_out(quality, _folds(questions))
    gains = held_out - quality[0]
    chosen = _best(quality)
    p = _sign_flip(gains)
    changed = bool(chosen and gains.mean() > 0 and p <= ALPHA)
    return Tuning(
        changed=changed,
        questions=len(questions),
        tried=len(settings),
        settings=settings[chosen] if changed else present,
        before=round(float(quality[0].mean()), 4),
        after=round(float(held_out.mean()), 4),
        gain=round(float(gains.mean()), 4),
        p=round(p, 4),
        needed=_needed(gains),
    )


def _grid(*, dense: bool) -> Iterator[Retrieval]:
    for gram, near in product(_GRAMS, _NEAR):
        yield Retrieval(gram_weight=gram, near=near)
        for weight, k in product(_DENSE, _RRF_K) if dense else ():
            yield Retrieval(gram_weight=gram, near=near, dense_weight=weight, rrf_k=k)


def _quality(knowledge: Knowledge, scope: ClientScope, one: Judged, settings: Retrieval) -> float:
    found = knowledge.search(scope, one.text, limit=_FOUND, settings=settings)
    return ndcg(one.hits(found), [1.0] * one.wanted, K)


def _folds(questions: Sequence[Judged]) -> NDArray[np.int64]:
    """The fold of each question: drawn by its words, so that it is the same in any file."""
    order = sorted(
        range(len(questions)),
        key=lambda place: hashlib.sha256(questions[place].text.encode()).digest(),
    )
    folds = np.empty(len(questions), np.int64)
    folds[order] = np.arange(len(questions)) % FOLDS
    return folds


def _held_out(quality: Numbers, folds: NDArray[np.int64]) -> Numbers:
    """Each question's quality by the setting that is best on the other folds."""
    held_out = np.empty(quality.shape[1])
    for fold in range(FOLDS):
        inside = folds == fold
        held_out[inside] = quality[_best(quality[:, ~inside]), inside]
    return held_out


def _best(quality: Numbers) -> int:
    """The setting with the best mean; of equal ones the first, which is the one in force."""
    return int(np.argmax(quality.mean(axis=1).round(9)))


def _sign_flip(gains: Numbers) -> float:
    """How likely a mean gain as large is where the sign of each is chance; one-sided."""
    gains = gains[gains != 0]
    if not len(gains):
        return 1.0
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (_FLIPS, len(gains)))
    as_large = (signs * np.abs(gains)).sum(axis=1) >= gains.sum() - 1e-9
    return (1 + int(as_large.sum())) / (1 + _FLIPS)


def _needed(gains: Numbers) -> int:
    """How many questions would tell the gain that was seen, four times in five."""
    spread = float(gains.std(ddof=1)) if len(gains) > 1 else 0.0
    gain = max(float(gains.mean()), WORTH)
    return max(LEAST, math.ceil((_POWER * spread / gain) ** 2))


def _fingerprint(questions: Sequence[Judged]) -> str:
    texts = sorted(one.model_dump_json() for one in questions)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
