"""What is left of a record when some of the sources it rests on are forgotten.

A part of its data that only a forgotten source carried goes: what a citation of no other source
points at, and each text that stands in a forgotten source and in none that the record still rests
on. Of a source that was removed before, nobody knows the words: of a record that rested on it as a
whole, each text goes that no other source carries. A record that no longer has the form of its kind
goes whole.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, literal, select, update

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.mentions import MARK
from savoirfaire.knowledge.schema import citations, facts, records, removed_citations, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts

_GONE = object()


def scrub(
    connection: Connection, scope: ClientScope, gone: Collection[str], kept: Collection[str]
) -> tuple[set[str], list[Any]]:
    """Take from records, by id, what only sources that go carry.

    Gives those that go whole, and the rows of those that say something else now, as they were.
    """
    lost: set[str] = set()
    changed: list[Any] = []
    rows = [
        row
        for part in in_parts(kept)
        for row in connection.execute(
            select(records).where(records.c.client == scope.client, records.c.id.in_(part))
        )
    ]
    for row in rows:
        cited = _cited(connection, scope, row.id)
        left = _left(connection, scope, row.data, cited, gone)
        if left == row.data:
            continue
        if left is _GONE or not has_form(row.kind, left):
            lost.add(row.id)
            continue
        mine = (records.c.client == scope.client, records.c.id == row.id)
        values = {"data": left, "key": _key(row, left)}
        connection.execute(update(records).where(*mine).values(values))
        changed.append(row)
    return lost, changed


def scrub_facts(
    connection: Connection, scope: ClientScope, gone: Collection[str], kept: Collection[str]
) -> set[str]:
    """The facts of no record, among some by id, whose words only sources that go carry."""
    lost: set[str] = set()
    for part in in_parts(kept):
        own = (facts.c.client == scope.client, facts.c.id.in_(part), facts.c.record.is_(None))
        for row in connection.execute(select(facts).where(*own, facts.c.value.is_not(None))):
            cited = _cited(connection, scope, row.id)
            if _left(connection, scope, {"": row.value}, cited, gone) != {"": row.value}:
                lost.add(row.id)
    return lost


def _key(row: Any, data: Any) -> str:
    from savoirfaire.knowledge.brandos.forms import KINDS  # noqa: PLC0415 - only here needed

    return KINDS[row.kind].of(data).key if row.kind in KINDS else row.key


def _left(
    connection: Connection,
    scope: ClientScope,
    data: Any,
    cited: list[Any],
    gone: Collection[str],
) -> Any:
    others = {each.field for each in cited if each.source not in gone}
    bare = {each.field for each in cited if each.source in gone} - others
    quoted = _said(" \n ".join(each.quote for each in cited if each.source in gone))
    forgotten = _words(connection, scope, (c.source for c in cited if c.source in gone))
    forgotten = f"{forgotten} \n {quoted}"  # a quote stays after its source was changed
    carried = _words(connection, scope, (c.source for c in cited if c.source not in gone))
    if "" in bare and not others:
        return _GONE
    left = _without(data, "", bare - {""})
    unknown = any(not each.quote for each in cited if each.source in gone and not each.field)
    return _texts(
        left,
        lambda text: (unknown or _said(text) in forgotten) and _said(text) not in carried,
    )


def _without(value: Any, place: str, bare: Collection[str]) -> Any:
    """Plain data without the parts that JSON pointers point at."""
    if place in bare:
        return _GONE
    if isinstance(value, dict):
        parts = {k: _without(v, f"{place}/{_escaped(k)}", bare) for k, v in value.items()}
        return {key: part for key, part in parts.items() if part is not _GONE}
    if isinstance(value, list):
        items = (_without(each, f"{place}/{n}", bare) for n, each in enumerate(value))
        return [item for item in items if item is not _GONE]
    return value


def _texts(value: Any, goes: Callable[[str], bool]) -> Any:
    """Plain data with MARK for each text that goes; in a list, the text goes without one."""
    if isinstance(value, str):
        return MARK if value.strip() and goes(value) else value
    if isinstance(value, dict):
        return {key: _texts(part, goes) for key, part in value.items()}
    if isinstance(value, list):
        texts = [_texts(each, goes) for each in value]
        return [each for each in texts if each != MARK]
    return value


def has_form(kind: str, data: Any) -> bool:
    """Whether data is still what a record of its kind can hold."""
    from savoirfaire.knowledge.brandos.forms import KINDS  # noqa: PLC0415 - only here needed

    if kind not in KINDS:
        return True
    try:
        KINDS[kind].model_validate(data)
    except (ValidationError, SavoirError, ValueError):
        return False
    return True


def _cited(connection: Connection, scope: ClientScope, owner: str) -> list[Any]:
    mine = select(citations).where(citations.c.client == scope.client, citations.c.owner == owner)
    rows = list(connection.execute(mine.order_by(citations.c.place)))
    before = select(removed_citations, literal("").label("quote")).where(
        removed_citations.c.client == scope.client, removed_citations.c.owner == owner
    )
    return [*rows, *connection.execute(before)]


def _words(connection: Connection, scope: ClientScope, of: Iterable[str]) -> str:
    """The words of sources, on one line."""
    return " \n ".join(_read(connection, scope, sorted(set(of))))


def _read(connection: Connection, scope: ClientScope, wanted: Collection[str]) -> Iterator[str]:
    for part in in_parts(wanted):
        texts = select(sources.c.text).where(
            sources.c.client == scope.client, sources.c.id.in_(part)
        )
        yield from (_said(text) for text in connection.scalars(texts.order_by(sources.c.id)))


def _said(text: str) -> str:
    return " ".join(text.split())


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
