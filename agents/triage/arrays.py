"""Arrays of numbers as a file without code, refused where they are not as they must be.

A NumPy archive without compression, read without pickles. Every array is asked for by its kind and
its sides.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from savoirfaire.errors import TriageError

LARGEST = 2_000_000_000
"""Bytes of a file."""


def archived(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The file's bytes."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def arrays_of(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of a file: uncompressed, without objects, no larger than the file itself."""
    require(len(data) <= LARGEST)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            require(all(each.compress_type == zipfile.ZIP_STORED for each in members))
            require(sum(each.file_size for each in members) <= len(data))
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, KeyError, SyntaxError) as error:
        raise damaged() from error


def array_of(arrays: Mapping[str, NDArray[Any]], name: str, kind: Any, sides: int) -> NDArray[Any]:
    """The array of that name. Raises KeyError, and TriageError where it is of another kind."""
    found = arrays[name]
    require(isinstance(found, np.ndarray))  # NumPy gives what is no array as bytes
    require(found.dtype == np.dtype(kind) and found.ndim == sides)
    return found


def finite(values: NDArray[Any]) -> NDArray[Any]:
    """The values, all of them numbers. Raises TriageError."""
    require(bool(np.isfinite(values).all()))
    return values


def text_array(value: Any) -> NDArray[np.uint8]:
    """Plain data as an array."""
    return np.frombuffer(json.dumps(value, ensure_ascii=False).encode(), np.uint8)


def text_of(arrays: Mapping[str, NDArray[Any]], name: str) -> Any:
    """The plain data in an array. Raises KeyError, ValueError, TriageError."""
    return json.loads(bytes(array_of(arrays, name, np.uint8, 1)))


def require(is_so: bool) -> None:  # noqa: FBT001 - what is checked stands where it is checked
    """Raise TriageError unless it is so."""
    if not is_so:
        raise damaged()


def damaged() -> TriageError:
    """The file is not to be used."""
    return TriageError("the file is no model of triage, or is damaged")
