"""One canonical form of JSON, so that the same content always has the same hash."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """`value` as JSON with sorted keys, no spaces; raises TypeError where it is not plain JSON.

    NaN and infinities, for which JSON has no form, raise ValueError.
    """
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def payload_hash(value: Any) -> str:
    """The SHA-256 of `value` in canonical form, as 64 hexadecimal digits."""
    # A model may send half a surrogate pair: its hash must not be what stops a run.
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
