"""Which citations an edited record keeps: those of what was not changed, and no others.

A quote bears out what was written from it. Where a person writes something else, the quote does not
say that, and the words are the person's own.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from savoirfaire.knowledge.brandos.records import Citation

_Path = tuple[str, ...]


def kept(
    rests: Iterable[Citation], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Citation]:
    """The citations of a record's data `before` that still hold of its data `after`.

    One of a value that is as it was stays; one of a whole of which parts were changed becomes one
    of each part that was not. An item of a list is a whole: it is looked for among the new items,
    wherever it stands, and one that was changed in any part has lost its quotes. A quote that the
    source has no more is not kept.
    """
    found = (
        each.model_copy(update={"field": _pointer(path)})
        for each in rests
        if not each.lost
        for path in _unchanged(_parts(each.field), before, after, whole=not each.field)
    )
    return list(dict.fromkeys(found))


def _unchanged(path: _Path, before: Any, after: Any, *, whole: bool = False) -> Iterator[_Path]:
    """Where what a path leads to stands after the change, as far as it is unchanged."""
    if before == after:
        yield path
    elif path:
        for name, rest in _steps(path, before, after):
            yield from ((name, *found) for found in rest)
    elif isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            if name in after and not (whole and before[name] in _NOTHING):
                yield from ((name, *found) for found in _unchanged((), before[name], after[name]))


_NOTHING: tuple[Any, ...] = ("", None, [])


def _steps(path: _Path, before: Any, after: Any) -> Iterator[tuple[str, Iterator[_Path]]]:
    name, rest = path[0], path[1:]
    if isinstance(before, dict) and isinstance(after, dict):
        if name in before and name in after:
            yield name, _unchanged(rest, before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list) and name.isdecimal():
        at = int(name)
        place = _place(before, after, at) if at < len(before) else None
        if place is not None:
            yield str(place), iter([rest])


def _place(before: list[Any], after: list[Any], at: int) -> int | None:
    """Where an item stands now: of equal ones, the one of the same rank."""
    rank = sum(each == before[at] for each in before[:at])
    places = [place for place, each in enumerate(after) if each == before[at]]
    return places[rank] if rank < len(places) else None


def _parts(pointer: str) -> _Path:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _pointer(path: _Path) -> str:
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in path)
