"""A model of triage as a file: arrays of numbers and no code, refused where anything is not right.

A NumPy archive without compression, read without pickles, after its SHA-256 was found to be the one
that was noted when it was written. Every array is checked for its kind, size and range before it is
used, so that a file made to do harm is at worst a wrong model, and is said to be none.
"""

import io
import json
import os
import secrets
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.agents.triage.counting import FORM, SIZE, Counts
from savoirfaire.agents.triage.features import Features, Floats, Part
from savoirfaire.agents.triage.linear import SIGNS, Linear, grouped
from savoirfaire.agents.triage.model import Triage
from savoirfaire.agents.triage.trust import Trust
from savoirfaire.errors import TriageError

LARGEST = 2_000_000_000
"""Bytes of a model's file."""

_MOST_ROUTES = 2000
_LONGEST_ROUTE = 200
_PARTS = ("words", "chars", "pairs")


@dataclass(frozen=True)
class Examples:
    """What was learned from: counts, the number of each one's route, a key, and if held out right.

    The key tells the same message again; `right` how it was answered when it was held out.
    """

    counts: Counts
    owners: NDArray[np.int32]
    keys: NDArray[np.uint64]
    right: NDArray[np.bool_]


def packed(triage: Triage, examples: Examples, *, dense: bool) -> bytes:
    """The file's bytes."""
    arrays: dict[str, Any] = {
        "about": _text({"form": FORM, "routes": list(triage.routes), "dense": dense}),
        "weights": triage.linear.weights,
        "bias": triage.linear.bias,
        "mean": triage.trust.mean,
        "spread": triage.trust.spread,
        "terms": triage.trust.weights,
        "thresholds": triage.thresholds,
        "owners": examples.owners,
        "keys": examples.keys,
        "right": examples.right,
        "lengths": examples.counts.lengths,
    }
    for name in _PARTS:
        part: Part = getattr(triage.features, name)
        counted = getattr(examples.counts, name)
        arrays |= {f"{name}_kept": part.kept, f"{name}_idf": part.idf}
        arrays |= {
            f"{name}_data": counted.data.astype(np.float32),
            f"{name}_columns": counted.indices.astype(np.int32),
            f"{name}_ends": counted.indptr.astype(np.int64),
        }
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def unpacked(data: bytes) -> tuple[Triage, Examples]:
    """The model and its examples. Raises TriageError for anything that is not such a file."""
    arrays = _arrays(data)
    try:
        return _built(arrays)
    except (KeyError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise _damaged() from error


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


def _text(value: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), np.uint8)


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of a file: uncompressed, without objects, no larger than the file itself."""
    if len(data) > LARGEST:
        raise _damaged()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if any(each.compress_type != zipfile.ZIP_STORED for each in members):
                raise _damaged()
            if sum(each.file_size for each in members) > len(data):
                raise _damaged()
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, KeyError, SyntaxError) as error:
        raise _damaged() from error


def _built(arrays: dict[str, NDArray[Any]]) -> tuple[Triage, Examples]:
    about = json.loads(bytes(_of(arrays, "about", np.uint8, 1)))
    routes = tuple(about["routes"])
    _require(about["form"] == FORM and 1 < len(routes) <= _MOST_ROUTES)
    _require(len(set(routes)) == len(routes))
    _require(all(isinstance(each, str) and 0 < len(each) <= _LONGEST_ROUTE for each in routes))
    features = Features(*(_part(arrays, name) for name in _PARTS))
    lengths = _finite(_of(arrays, "lengths", np.float32, 1))
    number = len(lengths)
    counts = _counts(arrays, lengths)
    owners = _of(arrays, "owners", np.int32, 1)
    _require(
        len(owners) == number and (not number or 0 <= owners.min() <= owners.max() < len(routes))
    )
    examples = Examples(
        counts, owners, _of(arrays, "keys", np.uint64, 1), _of(arrays, "right", np.bool_, 1)
    )
    _require(len(examples.keys) == len(examples.right) == number)
    linear = _linear(arrays, features, examples, routes)
    trust = Trust(
        *(_finite(_of(arrays, name, np.float32, 1)) for name in ("mean", "spread", "terms"))
    )
    terms = len(SIGNS) + len(SIGNS) * (len(SIGNS) + 1) // 2 + 1
    _require(len(trust.mean) == len(trust.spread) == len(SIGNS) and len(trust.weights) == terms)
    _require(bool((trust.spread > 0).all()))
    thresholds = _finite(_of(arrays, "thresholds", np.float32, 1))
    _require(len(thresholds) == len(routes))
    return Triage(routes, features, linear, trust, thresholds), examples


def _linear(
    arrays: dict[str, NDArray[Any]], features: Features, examples: Examples, routes: tuple[str, ...]
) -> Linear:
    weights = _finite(_of(arrays, "weights", np.float32, 2))
    bias = _finite(_of(arrays, "bias", np.float32, 1))
    _require(weights.shape == (features.width, len(routes)) and len(bias) == len(routes))
    seen = features.of(examples.counts)
    return Linear(weights, bias, grouped(seen, examples.owners, len(routes)))


def _part(arrays: dict[str, NDArray[Any]], name: str) -> Part:
    kept = _of(arrays, f"{name}_kept", np.int32, 1)
    idf = _finite(_of(arrays, f"{name}_idf", np.float32, 1))
    _require(len(kept) == len(idf) and bool((np.diff(kept) > 0).all()))
    _require(not len(kept) or (kept[0] >= 0 and kept[-1] < SIZE))
    return Part(kept, idf)


def _counts(arrays: dict[str, NDArray[Any]], lengths: Floats) -> Counts:
    words, chars, pairs = (_counted(arrays, name, len(lengths)) for name in _PARTS)
    return Counts(words, chars, pairs, lengths)


def _counted(arrays: dict[str, NDArray[Any]], name: str, number: int) -> Any:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy

    data = _finite(_of(arrays, f"{name}_data", np.float32, 1))
    columns = _of(arrays, f"{name}_columns", np.int32, 1)
    ends = _of(arrays, f"{name}_ends", np.int64, 1)
    _require(len(data) == len(columns) and len(ends) == number + 1)
    _require(ends[0] == 0 and ends[-1] == len(data) and bool((np.diff(ends) >= 0).all()))
    _require(not len(columns) or (columns.min() >= 0 and columns.max() < SIZE))
    _require(not len(data) or data.min() >= 1)
    return csr_matrix((data, columns, ends), shape=(number, SIZE))


def _of(arrays: dict[str, NDArray[Any]], name: str, kind: Any, sides: int) -> NDArray[Any]:
    found = arrays[name]
    _require(isinstance(found, np.ndarray))  # NumPy gives what is no array as bytes
    _require(found.dtype == np.dtype(kind) and found.ndim == sides)
    return found


def _finite(values: Floats) -> Floats:
    _require(bool(np.isfinite(values).all()))
    return values


def _require(is_so: bool) -> None:  # noqa: FBT001 - what is checked stands where it is checked
    if not is_so:
        raise _damaged()


def _damaged() -> TriageError:
    return TriageError("the file is no model of triage, or is damaged")
