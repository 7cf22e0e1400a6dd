"""A model of triage as a file: arrays of numbers and no code, refused where anything is not right.

It is read after its SHA-256 was found to be the one that was noted when it was written. Every array
is checked for its kind, size and range before it is used, so that a file made to do harm is at
worst a wrong model, and is said to be none.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.arrays import (
    archived,
    array_of,
    arrays_of,
    damaged,
    finite,
    require,
    text_array,
    text_of,
)
from savoirfaire.agents.triage.counting import FORM, SIZE, Counts
from savoirfaire.agents.triage.features import Features, Floats, Part
from savoirfaire.agents.triage.heads import Heads
from savoirfaire.agents.triage.linear import SIGNS, Linear, grouped
from savoirfaire.agents.triage.model import Triage
from savoirfaire.agents.triage.trust import Trust

_MOST_ROUTES = 2000
_LONGEST_ROUTE = 200
_PARTS = ("words", "chars", "pairs")
_BOTH = "both_"  # what the arrays of the head with embeddings begin with


@dataclass(frozen=True)
class Examples:
    """What was learned from: counts, the number of each one's route, a key, and if held out right.

    The key tells the same message again; `right` how it was answered by words alone when it was
    held out, `both` how with its embedding, where it was learned with.
    """

    counts: Counts
    owners: NDArray[np.int32]
    keys: NDArray[np.uint64]
    right: NDArray[np.bool_]
    both: NDArray[np.bool_] | None = None


def packed(heads: Heads, examples: Examples) -> bytes:
    """The file's bytes."""
    about = {"form": FORM, "routes": list(heads.routes)}
    arrays: dict[str, Any] = {
        "about": text_array({**about, "embedder": heads.embedder, "size": heads.size}),
        **_packed_head("", heads.words, examples.right),
        "owners": examples.owners,
        "keys": examples.keys,
        "lengths": examples.counts.lengths,
    }
    if heads.both is not None and examples.both is not None:
        arrays |= _packed_head(_BOTH, heads.both, examples.both)
    for name in _PARTS:
        part: Part = getattr(heads.words.features, name)
        counted = getattr(examples.counts, name)
        arrays |= {f"{name}_kept": part.kept, f"{name}_idf": part.idf}
        arrays |= {
            f"{name}_data": counted.data.astype(np.float32),
            f"{name}_columns": counted.indices.astype(np.int32),
            f"{name}_ends": counted.indptr.astype(np.int64),
        }
    return archived(arrays)


def _packed_head(begin: str, triage: Triage, right: NDArray[np.bool_]) -> dict[str, Any]:
    arrays = {
        "weights": triage.linear.weights,
        "bias": triage.linear.bias,
        "mean": triage.trust.mean,
        "spread": triage.trust.spread,
        "terms": triage.trust.weights,
        "thresholds": triage.thresholds,
        "right": right,
    }
    return {f"{begin}{name}": array for name, array in arrays.items()}


def unpacked(data: bytes) -> tuple[Heads, Examples]:
    """The model and its examples. Raises TriageError for anything that is not such a file."""
    arrays = arrays_of(data)
    try:
        return _built(arrays)
    except (KeyError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise damaged() from error


def written(path: Path, data: bytes) -> None:
    """Put a file in its place, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _built(arrays: dict[str, NDArray[Any]]) -> tuple[Heads, Examples]:
    about = text_of(arrays, "about")
    routes = tuple(about["routes"])
    require(about["form"] == FORM and 1 < len(routes) <= _MOST_ROUTES)
    require(len(set(routes)) == len(routes))
    require(all(isinstance(each, str) and 0 < len(each) <= _LONGEST_ROUTE for each in routes))
    features = Features(*(_part(arrays, name) for name in _PARTS))
    has_both = f"{_BOTH}weights" in arrays
    examples = _examples(arrays, len(routes), has_both=has_both)
    near = grouped(features.of(examples.counts), examples.owners, len(routes))
    words = _head("", arrays, routes, features, near, features.width)
    if not has_both:
        return Heads(words), examples
    name, size = about["embedder"], about["size"]
    require(isinstance(name, str) and bool(name) and isinstance(size, int) and size > 0)
    both = _head(_BOTH, arrays, routes, features, near, features.width + size)
    return Heads(words, both, name, size), examples


def _examples(arrays: dict[str, NDArray[Any]], routes: int, *, has_both: bool) -> Examples:
    lengths = finite(array_of(arrays, "lengths", np.float32, 1))
    owners = array_of(arrays, "owners", np.int32, 1)
    require(not len(owners) or 0 <= owners.min() <= owners.max() < routes)
    keys = array_of(arrays, "keys", np.uint64, 1)
    right = array_of(arrays, "right", np.bool_, 1)
    both = array_of(arrays, f"{_BOTH}right", np.bool_, 1) if has_both else None
    for each in (owners, keys, right, right if both is None else both):
        require(len(each) == len(lengths))
    return Examples(_counts(arrays, lengths), owners, keys, right, both)


def _head(
    begin: str,
    arrays: dict[str, NDArray[Any]],
    routes: tuple[str, ...],
    features: Features,
    near: tuple[Any, ...],
    width: int,
) -> Triage:
    weights = finite(array_of(arrays, f"{begin}weights", np.float32, 2))
    bias, mean, spread, terms, thresholds = (
        finite(array_of(arrays, f"{begin}{name}", np.float32, 1))
        for name in ("bias", "mean", "spread", "terms", "thresholds")
    )
    require(weights.shape == (width, len(routes)) and len(bias) == len(routes))
    require(len(mean) == len(spread) == len(SIGNS) and bool((spread > 0).all()))
    require(len(terms) == len(SIGNS) + len(SIGNS) * (len(SIGNS) + 1) // 2 + 1)
    require(len(thresholds) == len(routes))
    return Triage(
        routes, features, Linear(weights, bias, near), Trust(mean, spread, terms), thresholds
    )


def _part(arrays: dict[str, NDArray[Any]], name: str) -> Part:
    kept = array_of(arrays, f"{name}_kept", np.int32, 1)
    idf = finite(array_of(arrays, f"{name}_idf", np.float32, 1))
    require(len(kept) == len(idf) and bool((np.diff(kept) > 0).all()))
    require(not len(kept) or (kept[0] >= 0 and kept[-1] < SIZE))
    return Part(kept, idf)


def _counts(arrays: dict[str, NDArray[Any]], lengths: Floats) -> Counts:
    words, chars, pairs = (_counted(arrays, name, len(lengths)) for name in _PARTS)
    return Counts(words, chars, pairs, lengths)


def _counted(arrays: dict[str, NDArray[Any]], name: str, number: int) -> Any:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    data = finite(array_of(arrays, f"{name}_data", np.float32, 1))
    columns = array_of(arrays, f"{name}_columns", np.int32, 1)
    ends = array_of(arrays, f"{name}_ends", np.int64, 1)
    require(len(data) == len(columns) and len(ends) == number + 1)
    require(ends[0] == 0 and ends[-1] == len(data) and bool((np.diff(ends) >= 0).all()))
    require(not len(columns) or (columns.min() >= 0 and columns.max() < SIZE))
    require(not len(data) or data.min() >= 1)
    return csr_matrix((data, columns, ends), shape=(number, SIZE))
