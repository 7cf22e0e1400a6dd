"""The parts of sources that are read for records: which, how long, and how far already."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from savoirfaire.agents.merging import windows
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.recall import named

LONGEST = 12_000
"""Characters of one part: about 3,000 tokens, which any model reads with care."""

OVERLAP = 1_500
"""Characters that a part has in common with the one before it: one passage at least."""

_ONLY_NAMED = {"brand", "edition", "item", "table"}
"""Kinds of source that fill records without a model, or report news; read only where named."""


class Part(BaseModel):
    """A span `[start, end)` of a source's text, and the hash that the source had."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    path: str
    sha256: str
    start: int
    end: int
    about: str


def to_read(
    ledger: Ledger, scope: ClientScope, author: str, names: Sequence[str], *, again: bool
) -> list[Part]:
    """What `author` has still to read of the sources named, or of all, in order.

    Raises NotFoundError for a name that matches none of the client's sources.
    """
    rows = ledger.sources(scope)
    wanted = {each for name in names for each in named(scope, rows, name)}
    read = {} if again else ledger.extracted(scope, author)
    known = ledger.known(scope)
    found: list[Part] = []
    for row in sorted(rows, key=lambda row: str(row.path)):
        if row.id in wanted if names else row.kind not in _ONLY_NAMED:
            sha256 = known[row.path].sha256
            before, reached = read.get(row.id, ("", 0))
            begin = reached if before == sha256 else 0
            found += _parts(ledger, scope, row, sha256, begin)
    return found


def is_current(ledger: Ledger, scope: ClientScope, part: Part) -> bool:
    """Whether the source of a part is still as it was."""
    known = ledger.known(scope).get(part.path)
    return known is not None and known.sha256 == part.sha256


def furthest(parts: Sequence[Part]) -> Iterator[Part]:
    """The last part of each source."""
    last = {part.source: part for part in sorted(parts, key=lambda part: part.end)}
    yield from last.values()


def _parts(
    ledger: Ledger, scope: ClientScope, row: Row[Any], sha256: str, begin: int
) -> Iterator[Part]:
    spans = [(each.start, each.end) for each in ledger.passages_of(scope, row.id)]
    for start, end in windows(spans, begin=begin, longest=LONGEST, overlap=OVERLAP):
        yield Part(
            source=row.id,
            path=row.path,
            sha256=sha256,
            start=start,
            end=end,
            about=_about(row),
        )


def _about(row: Row[Any]) -> str:
    """What a source is, in the words of its own file."""
    said = {"path": row.path, "kind": row.kind, "title": row.title, "date": row.date}
    return "\n".join(f"{name}: {value}" for name, value in said.items() if value)
