"""Traces: how the words of a source or a person are known again in what a run or a tape keeps.

A source leaves its id, its path, and what stands in no other source of its client: whole lines, and
words in a row, since a long line is shown in parts. A person leaves mentions. Both are looked for
in plain data, and in JSON within its texts.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from savoirfaire.knowledge.mentions import Mentions

_SOURCE_ID = re.compile(r"\bs[0-9a-f]{12}\b")
_FENCE = "<<<source "  # before the path of what a role is shown
_ROW = 8  # words that together tell where they are from
_MANY = 200  # words of a text of which every fourth row is kept: no part of it has so few
_KEPT = 4
_SHORTEST_LINE = 12  # characters; shorter ones are headings and signs, which many texts share


@dataclass(frozen=True)
class Traces:
    """What sources leave behind."""

    ids: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    lines: frozenset[str] = field(default_factory=frozenset, repr=False)
    rows: frozenset[int] = field(default_factory=frozenset, repr=False)

    def are_in(self, value: Any) -> bool:
        """Whether plain data has any of it."""
        return any(self._are_in(text) for text in texts(value))

    def _are_in(self, text: str) -> bool:
        if text in self.paths or not self.ids.isdisjoint(_SOURCE_ID.findall(text)):
            return True
        if self.paths and any(path in self.paths for path in _fenced(text)):
            return True
        if self.lines and any(line in self.lines for line in lines_of(text)):
            return True
        return bool(self.rows) and not self.rows.isdisjoint(rows_of(text))


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


def rows_of(text: str) -> Iterator[int]:
    """Hashes of all words in a row in a text, by which it is known in this process alone."""
    words = text.split()
    for place in range(len(words) - _ROW + 1):
        yield hash(tuple(words[place : place + _ROW]))


def own_rows(gone: Iterable[str], others: Iterable[str]) -> frozenset[int]:
    """The words in a row of texts that go which no other text has; of a long text, a part."""
    mine: set[int] = set()
    for text in gone:
        is_long = len(text.split()) > _MANY
        mine.update(row for row in rows_of(text) if not is_long or row % _KEPT == 0)
    for text in others:
        mine.difference_update(rows_of(text))
    return frozenset(mine)


def _fenced(text: str) -> Iterator[str]:
    """The paths of the sources that a role is shown in a text."""
    for line in text.splitlines():
        if line.startswith(_FENCE):
            yield line.removeprefix(_FENCE)


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
