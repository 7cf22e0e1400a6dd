"""Where two JSON values differ, field by field, in words a person can act on."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

_CONTEXT = 24
_LONGEST = 96


def differences(old: Any, new: Any, at: str = "") -> Iterator[str]:
    """Name each field of `new` that is not as it was in `old`, deepest path first found.

    Strings are shown as a short window around their first difference.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _in_mappings(old, new, at)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _in_lists(old, new, at)
    elif isinstance(old, str) and isinstance(new, str):
        if old != new:
            yield f"{at} differs: {_windows(old, new)}"
    elif type(old) is not type(new) or old != new:
        yield f"{at} was {_short(old)}, is now {_short(new)}"


def common_ends(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts share at the beginning, and then at the end of the rest."""
    start = _common(one, other)
    return start, _common(reversed(one[start:]), reversed(other[start:]))


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _in_mappings(old: dict[str, Any], new: dict[str, Any], at: str) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        path = f"{at}.{key}" if at else key
        if key not in old:
            yield f"{path} is new: {_short(new[key])}"
        elif key not in new:
            yield f"{path} is gone, was {_short(old[key])}"
        else:
            yield from differences(old[key], new[key], path)


def _in_lists(old: list[Any], new: list[Any], at: str) -> Iterator[str]:
    for place, (before, after) in enumerate(zip(old, new, strict=False)):
        yield from differences(before, after, f"{at}[{place}]")
    if len(old) != len(new):
        yield f"{at} had {len(old)} items, has now {len(new)}"


def _windows(old: str, new: str) -> str:
    """Both texts around their first difference, so that the changed words can be read."""
    start, tail = common_ends(old, new)
    return (
        f"“{_window(old, start, len(old) - tail)}” is now “{_window(new, start, len(new) - tail)}”"
    )


def _window(text: str, start: int, end: int) -> str:
    """The span with whole words of context, shortened, with … where text is left out."""
    left = max(0, start - _CONTEXT)
    if left:
        left = text.find(" ", left, start) + 1 or left
    right = min(len(text), max(end, start) + _CONTEXT, left + _LONGEST)
    if right < len(text):
        right = text.rfind(" ", min(end, right), right) if " " in text[end:right] else right
    shown = text[left:right].replace("\n", "\\n")
    return f"{'…' if left else ''}{shown}{'…' if right < len(text) else ''}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
