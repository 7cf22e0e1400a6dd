"""Semantic similarity rating: from a reaction in words to a distribution over five points.

After B. Maier and others, "LLMs reproduce human purchase intent via semantic similarity elicitation
of Likert ratings" (arXiv 2510.08338, 2025): g_r = (1 + cos(e, a_r)) / 2 of the reaction e and the
statement a_r of point r, p_r ∝ g_r − min g (+ ε on the first minimum), brought to a temperature,
and meaned over several sets of statements. Equal similarities tell nothing: then it is uniform.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.panel.anchors import ANCHORS, Measure, Tongue
from savoirfaire.knowledge.embedding import Embedder

Matrix = NDArray[np.float64]
POINTS = 5
LEXICAL = "lexical/1"
_EVEN = 1e-9  # differences of similarity below this are noise of the arithmetic


class Similarity(Protocol):
    """The cosines of texts with statements, a row a text; `name` says by what."""

    @property
    def name(self) -> str:
        """What gives the similarity: a model's name, or `lexical/1`."""
        ...

    def __call__(self, texts: Sequence[str], statements: Sequence[str]) -> Matrix:
        """The cosine of each text with each statement."""
        ...


@dataclass(frozen=True)
class ByEmbedding:
    """By the vectors of an embeddings endpoint. Raises ModelError where it gives none."""

    embedder: Embedder

    @property
    def name(self) -> str:
        """The model's name."""
        return self.embedder.name

    def __call__(self, texts: Sequence[str], statements: Sequence[str]) -> Matrix:
        """The cosine of each text with each statement."""
        vectors = np.array(self.embedder.embed([*texts, *statements]), np.float64)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors / np.maximum(length, 1e-12)
        found: Matrix = vectors[: len(texts)] @ vectors[len(texts) :].T
        return found


class ByWords:
    """By the words and stems that a text and a statement share.

    It knows no meaning: "not bad at all" is near to "bad". What comes of it is directional at most.
    """

    name = LEXICAL

    def __call__(self, texts: Sequence[str], statements: Sequence[str]) -> Matrix:
        """The cosine of each text with each statement."""
        from savoirfaire.agents.triage.counting import count  # noqa: PLC0415 - heavy
        from savoirfaire.agents.triage.features import Features  # noqa: PLC0415 - heavy

        known = count(statements)
        features = Features.fit(known)
        rows, columns = features.of(count(texts)).plain, features.of(known).plain
        found: Matrix = np.asarray((rows @ columns.T).todense(), np.float64)
        return found


def rated(
    reactions: Sequence[str],
    measure: Measure,
    language: Tongue,
    similarity: Similarity,
    *,
    temperature: float = 1.0,
    epsilon: float = 0.0,
) -> Matrix:
    """The distribution over five points of each reaction, a row each (n × 5)."""
    if not reactions:
        return np.zeros((0, POINTS))
    sets = ANCHORS[language][measure]
    statements = [statement for each in sets for statement in each]
    cosines = similarity(reactions, statements).reshape(len(reactions), len(sets), POINTS)
    each_set = distributions(cosines, temperature=temperature, epsilon=epsilon)
    meaned: Matrix = each_set.mean(axis=1)
    return meaned


def distributions(cosines: Matrix, *, temperature: float = 1.0, epsilon: float = 0.0) -> Matrix:
    """The distribution for cosines with five statements, the last axis; the others stay.

    `temperature` above 1 evens out, below 1 sharpens. Raises ValueError where it is not positive or
    `epsilon` is negative.
    """
    if not temperature > 0 or epsilon < 0:
        raise ValueError("the temperature is positive, and epsilon is not negative")
    gamma = (1 + np.clip(np.nan_to_num(cosines), -1, 1)) / 2
    weights = gamma - gamma.min(axis=-1, keepdims=True)
    flat = weights.max(axis=-1, keepdims=True) < _EVEN
    first = np.arange(gamma.shape[-1]) == gamma.argmin(axis=-1)[..., None]
    weights = np.where(flat, 1.0, weights + epsilon * first)
    top = weights.max(axis=-1, keepdims=True)
    sharp = (weights / top) ** (1 / temperature)
    found: Matrix = sharp / sharp.sum(axis=-1, keepdims=True)
    return found


def expected(distribution: Matrix) -> Matrix:
    """The mean point of each distribution, from 1 to 5."""
    found: Matrix = distribution @ np.arange(1, POINTS + 1)
    return found
