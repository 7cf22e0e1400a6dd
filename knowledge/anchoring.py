"""What records and facts rest on, kept true while the sources change.

`text(source)[start:end] == quote` holds for every citation that has a span. Where a source no
longer has the quote, or only in another statement, the citation loses its span, and people are
told. Words enough to say by themselves what they are about get it back where they come back.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from savoirfaire.knowledge.schema import citations, sources
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.snapshot import in_parts
from savoirfaire.knowledge.surroundings import Text, is_telling


class Anchor(NamedTuple):
    """A span of a text, or none."""

    start: int | None
    end: int | None


LOST = Anchor(None, None)


def anchor(old: Text, new: Text, quote: str, start: int | None) -> Anchor:
    """Where `new` has the statement that `quote` is in `old` at `start`; LOST where that is unsure.

    It is where the quote stands among the same words. Of several such places it is the one that has
    as many before it as in `old`, where there are as many in all. A quote that says by itself what
    it is about may stand among others too, if only once.
    """
    if not quote:
        return LOST
    whole = start is None or old.is_whole(start, start + len(quote))
    found = new.places(quote, whole=whole)
    alike: list[int] = []
    if start is not None:
        around = old.around(start, start + len(quote))
        alike = [at for at, each in found if each == around]
        before = [at for at, each in old.places(quote, whole=whole) if each == around]
        if start in before and len(before) == len(alike):
            return _at(alike[before.index(start)], quote)
    if len(alike) == 1:
        return _at(alike[0], quote)
    return _at(found[0][0], quote) if len(found) == 1 and is_telling(quote) else LOST


def cited_texts(
    connection: Connection, scope: ClientScope, identities: Iterable[str]
) -> dict[str, str]:
    """What those of some sources that anything rests on say, by id: to be asked before a change."""
    texts: dict[str, str] = {}
    for part in in_parts(identities):
        owned = select(citations.c.source).where(
            citations.c.client == scope.client, citations.c.source.in_(part)
        )
        rows = connection.execute(
            select(sources.c.id, sources.c.text).where(
                sources.c.client == scope.client, sources.c.id.in_(owned)
            )
        )
        texts |= {row.id: row.text for row in rows}
    return texts


def follow(
    connection: Connection,
    scope: ClientScope,
    before: Mapping[str, str],
    texts: Mapping[str, str],
) -> None:
    """Find the quotes of changed sources again: what each said `before`, and says now, by id."""
    mine = citations.c.client == scope.client
    olds = {each: Text(text) for each, text in before.items()}
    news = {each: Text(texts[each]) for each in before}
    moved = []
    for part in in_parts(before):
        cited = select(citations).where(mine, citations.c.source.in_(part))
        for row in connection.execute(cited):
            found = anchor(olds[row.source], news[row.source], row.quote, row.start)
            if found != (row.start, row.end):
                moved.append({"of": row.owner, "at": row.place, "s": found.start, "e": found.end})
    if moved:
        connection.execute(
            update(citations)
            .where(mine, citations.c.owner == bindparam("of"), citations.c.place == bindparam("at"))
            .values(start=bindparam("s"), end=bindparam("e")),
            moved,
        )


def _at(start: int, quote: str) -> Anchor:
    return Anchor(start, start + len(quote))
