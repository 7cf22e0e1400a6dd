"""One canonical form of JSON, so that the same content always has the same hash."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """`value` as JSON with sorted keys, no spaces; raises TypeError where it is not plain JSON."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def payload_hash(value: Any) -> str:
    """The SHA-256 of `value` in canonical form, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
