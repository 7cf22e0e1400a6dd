"""What a dense leg needs: something that gives each text a vector."""

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    """Gives texts their vectors. `name` says which: vectors of two names must never meet."""

    @property
    def name(self) -> str:
        """The model's name, which an index remembers."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text, all of one size."""
        ...
