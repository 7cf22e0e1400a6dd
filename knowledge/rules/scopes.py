"""Scopes: which blocks of text a rule is asked about (`heading`, `text & ~heading.h1`, lists)."""

from functools import lru_cache

_SIZED = frozenset({"raw", "summary"})


@lru_cache(maxsize=8_192)
def applies(scopes: tuple[str, ...], block: str) -> bool:
    """Whether a rule with these scopes is asked about a block of that scope."""
    sections = frozenset(block.split("."))
    return any(_all_parts(scope, sections) for scope in scopes)


def _all_parts(scope: str, sections: frozenset[str]) -> bool:
    return all(_part(part.strip(), sections) for part in scope.split("&"))


def _part(part: str, sections: frozenset[str]) -> bool:
    negated = part.startswith("~")
    has = sections.issuperset(name.strip() for name in part.removeprefix("~").split("."))
    if negated:
        return not has and not sections & _SIZED
    return has
