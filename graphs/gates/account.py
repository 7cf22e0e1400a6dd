"""The ledger of decisions: what happened at gates, in order, each row chained to the one before.

Rows are appended and never changed. A row's hash covers the hash of the row before it, so that one
that was changed, added or taken away in between is found by `verify`. It holds no client's text:
what was shown is a hash, and the names of people are outside the chain, hashed into it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.mentions import MARK
from savoirfaire.knowledge.schema import decisions
from savoirfaire.tools.hashing import payload_hash

_CHAINED = ("seq", "at", "gate", "kind", "item", "shown", "by_hash", "note_hash", "data")
START = "0" * 64
_MISSING = Phrase("an entry before it is missing").template
_CHANGED = Phrase("it, or the one before it, was changed").template
_RENAMED = Phrase("the name of who decided, or why, was changed").template


@dataclass(frozen=True)
class Entry:
    """Something that happened: at which gate, of what kind, with which item, shown what, by whom.

    `data` is plain JSON without anybody's words; `note` is what was said of it. `item` is the
    item's id, kept as a hash.
    """

    gate: int | None
    kind: str
    item: str = ""
    shown: str = ""
    by: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and why."""

    seq: int
    reason: str


def append(connection: Connection, entry: Entry, *, at: str = "") -> int:
    """Write an entry after the last one and give its number; the caller holds the write lock."""
    last = connection.execute(_LAST).first()
    row: dict[str, Any] = {
        "seq": (last.seq if last else 0) + 1,
        "at": at or now(connection),
        "gate": entry.gate,
        "kind": entry.kind,
        "item": item_hash(entry.item),
        "shown": entry.shown,
        "by": entry.by,
        "by_hash": name_hash(entry.by),
        "note": entry.note,
        "note_hash": name_hash(entry.note),
        "data": dict(entry.data),
    }
    row["hash"] = _hash(last.hash if last else START, row)
    connection.execute(_APPEND, row)
    return int(row["seq"])


def find(connection: Connection, gate: int, item: str, kind: str) -> Row[Any] | None:
    """The first entry of this kind for an item at a gate."""
    return connection.execute(
        _FIND, {"at_gate": gate, "of_item": item_hash(item), "of_kind": kind}
    ).first()


def item_hash(item: str) -> str:
    """How the ledger names an item: its id has the client's name in it."""
    return hashlib.sha256(item.encode()).hexdigest() if item else ""


def entries(
    connection: Connection,
    gate: int | None = None,
    *,
    kinds: Sequence[str] = (),
    since: str = "",
    about_all: bool = False,
) -> Iterator[Row[Any]]:
    """Entries in order: of one gate, or all; of some kinds, or all; from an instant on.

    `about_all`: with those of one gate, the entries that are about every gate.
    """
    query = select(decisions).order_by(decisions.c.seq)
    if gate is not None and about_all:
        query = query.where((decisions.c.gate == gate) | decisions.c.gate.is_(None))
    elif gate is not None:
        query = query.where(decisions.c.gate == gate)
    if kinds:
        query = query.where(decisions.c.kind.in_(kinds))
    if since:
        query = query.where(decisions.c.at >= since)
    yield from connection.execute(query)


def verify(engine: Engine) -> tuple[int, list[Break]]:
    """How many entries there are, and where the chain does not hold."""
    count, before, breaks = 0, START, []
    with engine.connect() as connection:
        for row in entries(connection):
            count += 1
            if row.seq != count:
                breaks.append(Break(row.seq, _MISSING))
                count = row.seq
            if _hash(before, {key: getattr(row, key) for key in _CHAINED}) != row.hash:
                breaks.append(Break(row.seq, _CHANGED))
            elif not _is(row.by, row.by_hash) or not _is(row.note, row.note_hash):
                breaks.append(Break(row.seq, _RENAMED))
            before = row.hash
    return count, breaks


def _hash(before: str, row: Mapping[str, Any]) -> str:
    return payload_hash([before, *(row[key] for key in _CHAINED)])


def name_hash(words: str) -> str:
    """How the chain knows a name, or other words that may have to be forgotten."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest() if words else ""


def _is(words: str, hashed: str) -> bool:
    """Whether these are the words that were hashed, or what an erasure left of them."""
    return MARK in words or name_hash(words) == hashed


_LAST = select(decisions.c.seq, decisions.c.hash).order_by(decisions.c.seq.desc()).limit(1)
_APPEND = insert(decisions)
_FIND = (
    select(decisions)
    .where(
        decisions.c.gate == bindparam("at_gate"),
        decisions.c.item == bindparam("of_item"),
        decisions.c.kind == bindparam("of_kind"),
    )
    .order_by(decisions.c.seq)
    .limit(1)
)
