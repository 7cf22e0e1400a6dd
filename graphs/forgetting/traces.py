"""Traces: how the words of a source or a person are known again in what a run or a tape keeps.

A source leaves its id, its path, and whole lines that stand in no other source. A person leaves
mentions. Both are looked for in plain data, and in JSON within its texts.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from savoirfaire.knowledge.mentions import Mentions

_SOURCE_ID = re.compile(r"\bs[0-9a-f]{12}\b")
_SHORTEST_LINE = 12  # characters; shorter ones are headings and signs, which many texts share


@dataclass(frozen=True)
class Traces:
    """What sources leave behind."""

    ids: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    lines: frozenset[str] = field(default_factory=frozenset, repr=False)

    def are_in(self, value: Any) -> bool:
        """Whether plain data has any of it."""
        return any(self._are_in(text) for text in texts(value))

    def _are_in(self, text: str) -> bool:
        if text in self.paths or not self.ids.isdisjoint(_SOURCE_ID.findall(text)):
            return True
        return bool(self.lines) and any(line in self.lines for line in lines_of(text))


def texts(value: Any) -> Iterator[str]:
    """Every text in plain data, its keys and what is in JSON within a text among them."""
    if isinstance(value, str):
        yield value
        inner = embedded(value)
        if inner is not None:
            yield from texts(inner)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from texts(key)
            yield from texts(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from texts(each)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text that are long enough to tell where they are from."""
    for line in text.splitlines():
        said = " ".join(line.split())
        if len(said) >= _SHORTEST_LINE:
            yield said


def own_lines(gone: Iterable[str], others: Iterable[str]) -> frozenset[str]:
    """The lines of texts that go which no other text has."""
    mine = {line for text in gone for line in lines_of(text)}
    for text in others:
        mine.difference_update(lines_of(text))
    return frozenset(mine)


def unmentioned(value: Any, people: Mentions) -> Any:
    """Plain data without mentions of people, in JSON within its texts too."""
    if isinstance(value, str):
        inner = embedded(value)
        if inner is not None:
            bare = unmentioned(inner, people)
            value = value if bare == inner else json.dumps(bare, ensure_ascii=False)
        return people.redact(value)
    return _mapped(value, lambda each: unmentioned(each, people))


def embedded(text: str) -> Any:
    """What a text says that is JSON, where that is more than the text itself."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {change(key): change(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([change(each) for each in value])
    return value
