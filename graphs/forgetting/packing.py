"""What a checkpoint is packed as: JSON, MessagePack or text; read and changed, not loaded.

Values that only their own class can read stay as they are packed, and their texts are changed in
place.
"""

import json
from collections.abc import Callable
from typing import Any

import ormsgpack

_NUMBER = 9  # bytes of the longest number


class _Ext:
    """A value that only its own class can read, kept as what it is packed from."""

    def __init__(self, code: int, packed: bytes) -> None:
        self.code = code
        try:
            self.inner = unpacked(packed)
        except ValueError:
            self.inner = packed


def readable(value: Any) -> Any:
    """A stored value as data: JSON or MessagePack; anything else as text."""
    if not isinstance(value, bytes):
        return value
    try:
        if value[:1] in {b"{", b"["}:
            return json.loads(value)
        known = unpacked(value)
    except (ValueError, RecursionError):
        return value.decode("utf-8", "replace")
    # The unpacker passes over what follows a number: this is text that begins like one.
    is_text = isinstance(known, int | float | None)
    return value.decode("utf-8", "replace") if is_text and len(value) > _NUMBER else known


def plain(value: Any) -> Any:
    """The same without the wrapping of classes."""
    if isinstance(value, _Ext):
        return plain(value.inner)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def unpacked(data: bytes) -> Any:
    """What MessagePack says; raises ValueError where the bytes are none."""
    return ormsgpack.unpackb(data, ext_hook=_Ext, option=ormsgpack.OPT_NON_STR_KEYS)


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A stored value, changed, in the form it was stored in."""
    if not isinstance(value, bytes):
        return change(value)
    known = readable(value)
    if value[:1] in {b"{", b"["} and not isinstance(known, str):
        other = change(known)
        return value if other == known else json.dumps(other, ensure_ascii=False).encode()
    if isinstance(known, str) and known.encode() == value:
        return change(known).encode()
    before = _packed(known)  # changing what is wrapped changes it in place
    after = _packed(_within(known, change))
    return value if after == before else after


def _within(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change the texts of data, also of what is wrapped."""
    if isinstance(value, _Ext):
        value.inner = _within(value.inner, change)
        return value
    if isinstance(value, dict):
        return {_within(key, change): _within(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_within(each, change) for each in value)
    return change(value) if isinstance(value, str) else value


def _packed(value: Any) -> bytes:
    options = ormsgpack.OPT_NON_STR_KEYS | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    return ormsgpack.packb(value, default=_wrapped, option=options)


def _wrapped(value: Any) -> ormsgpack.Ext:
    if not isinstance(value, _Ext):
        raise TypeError(type(value).__name__)
    inner = value.inner
    return ormsgpack.Ext(value.code, inner if isinstance(inner, bytes) else _packed(inner))
