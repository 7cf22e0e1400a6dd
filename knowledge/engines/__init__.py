"""Index engines: one protocol for the embedded engine and for a server.

An index holds what passages are found by: terms and weights, an optional dense vector, keywords and
numbers to filter by. It holds no text, decides nothing, and can be made again from the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.where import EVERYTHING, Where

__all__ = ["EVERYTHING", "Hit", "Index", "Item", "Legs", "SparseVector"]


class SparseVector(NamedTuple):
    """Dimensions (32-bit, each once) and the weight of each."""

    dimensions: list[int]
    weights: list[float]


@dataclass(frozen=True)
class Item:
    """What an index knows of a passage: its id, its vectors, and what it can be kept by.

    `keywords` and `numbers` are those of `knowledge.where`; `dense` is compared by its cosine.
    """

    id: int
    vector: SparseVector
    keywords: Mapping[str, str]
    numbers: Mapping[str, int] = field(default_factory=dict)
    dense: Sequence[float] | None = None


class Hit(NamedTuple):
    """A passage found, and its score: a sum of term weights, or a cosine."""

    id: int
    score: float


class Legs(NamedTuple):
    """The ids that both legs of a search find: by terms, in order of id; by vector, best first."""

    sparse: list[int]
    dense: list[int]


class Index(Protocol):
    """Where the passages of every client are found, each client's on its own.

    Raises ScopeError without a scope, BusyError where another process keeps the client's index, and
    IndexMismatchError where a client without a revision is searched or changed.
    """

    def using(self, scope: ClientScope) -> AbstractContextManager[object]:
        """Keep one client's index to this thread for several calls in a `with` block."""
        ...

    def holds(self, scope: ClientScope) -> bool:
        """Whether no other process can use the client's index, or forget the client, just now."""
        ...

    def revision(self, scope: ClientScope) -> int | None:
        """The ledger revision the client's index stands at; None where it must be rebuilt."""
        ...

    def rebuild(self, scope: ClientScope, items: Iterable[Item], revision: int) -> None:
        """Drop what there is of the client and build it again from `items`."""
        ...

    def update(
        self, scope: ClientScope, added: Iterable[Item], removed: set[int], revision: int
    ) -> None:
        """Apply one ledger change to an index that `revision` says is up to date."""
        ...

    def search(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> list[Hit]:
        """The passages with the highest sum of term weights, best first, ties by id."""
        ...

    def nearest(
        self,
        scope: ClientScope,
        vector: Sequence[float],
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> list[Hit]:
        """The passages whose dense vector has the highest cosine, best first, ties by id."""
        ...

    def legs(
        self,
        scope: ClientScope,
        weights: Mapping[int, float],
        vector: Sequence[float] | None,
        *,
        limit: int,
        where: Where = EVERYTHING,
    ) -> Legs:
        """The ids that `search` and, with a vector, `nearest` would find, asked for together."""
        ...

    def ids(self, scope: ClientScope) -> set[int]:
        """The ids of all passages of the client's index."""
        ...

    def bare(self, scope: ClientScope) -> set[int]:
        """The ids of the passages that have no dense vector."""
        ...

    def items(self, scope: ClientScope) -> Iterator[Item]:
        """All that is held of the client, in no order; the client is kept to this thread."""
        ...

    def drop(self, scope: ClientScope) -> None:
        """Remove every byte of the client from the index."""
        ...

    def release(self) -> None:
        """Give locks and connections back; what was written is kept, and can be used again."""
        ...
