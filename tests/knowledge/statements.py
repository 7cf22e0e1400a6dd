"""What a statement asks of a client's tables: whether it keeps to one client's rows.

A statement is looked at as the database gets it. Each table with a client that it reads or changes
needs a condition of its own: `client = ?` with the client's name for the `?`, or the client of
another table that has such a condition. What is inserted carries the client's name.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from savoirfaire.knowledge.schema import metadata

TABLES = {table.name for table in metadata.sorted_tables if "client" in table.c}

_NAME = r'"?(\w+)"?'
_TABLE = rf"{_NAME}(?: AS {_NAME})?"
_CLAUSE = re.compile(rf"\b(?:FROM|JOIN|UPDATE) (?:{_TABLE})(?:, (?:{_TABLE})(?![.\w]))*")
_BOUND = re.compile(rf"(?:\b{_NAME}\.)?\bclient = (\?|'[^']*')")
_JOINED = re.compile(rf"\b{_NAME}\.client = {_NAME}\.client\b")
_INSERT = re.compile(rf"INSERT (?:OR \w+ )?INTO {_NAME} \(([^()]*)\) VALUES ", re.IGNORECASE)
_LITERAL = re.compile(r"'[^']*'")


def not_kept(statement: str, values: Sequence[Any], client: str) -> list[str]:
    """The tables of which a statement may read or change rows of another client."""
    said = " ".join(statement.split())
    if inserted := _INSERT.match(said):
        return _inserted(inserted, said, values, client)
    named = list(_named(said))
    bound = Counter[str]()
    for found in _BOUND.finditer(said):
        if _value(said, found, values) == client:
            bound[found[1] or (named[0][0] if len(named) == 1 else "")] += 1
    kept = Counter(bound)
    while links := [pair for pair in _JOINED.findall(said) if _is_new(pair, kept)]:
        for one, other in links:
            kept[one if not kept[one] else other] += 1
    uses = Counter(alias for alias, _ in named)
    joined = Counter(each for pair in set(_JOINED.findall(said)) for each in pair)
    return [
        alias
        for alias, count in uses.items()
        if not kept[alias] or count > kept[alias] + joined[alias]
    ]


def _named(said: str) -> Iterator[tuple[str, str]]:
    """Each use of a table with clients: what it is called there, and its name."""
    for clause in _CLAUSE.finditer(said):
        for each in clause[0].partition(" ")[2].split(", "):
            name, _, alias = each.replace('"', "").partition(" AS ")
            if name in TABLES:
                yield alias or name, name


def _is_new(pair: tuple[str, str], kept: Counter[str]) -> bool:
    return bool(kept[pair[0]]) != bool(kept[pair[1]])


def _value(said: str, found: re.Match[str], values: Sequence[Any]) -> Any:
    """The value that a condition is bound to."""
    if found[2] != "?":
        return found[2].strip("'")
    return values[_LITERAL.sub("", said[: found.start(2)]).count("?")]


def _inserted(found: re.Match[str], said: str, values: Sequence[Any], client: str) -> list[str]:
    if found[1] not in TABLES:
        return []
    columns = [name.strip(' "') for name in found[2].split(",")]
    at = columns.index("client")
    placed = said[found.end() :].lstrip("(").split(",")[: len(columns)]
    each_is_bound = all(each.strip(" )").startswith("?") for each in placed[: at + 1])
    return [] if each_is_bound and values[at] == client else [found[1]]


@contextmanager
def one_client_only(client: str) -> Iterator[list[str]]:
    """Listen to every database; what is given are the statements that do not keep to a client."""
    wrong: list[str] = []

    def listen(_c: Any, _k: Any, statement: str, values: Any, _x: Any, many: Any) -> None:
        every = values if many else [values]
        wrong.extend(f"{statement} {each}" for each in every if not_kept(statement, each, client))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield wrong
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
