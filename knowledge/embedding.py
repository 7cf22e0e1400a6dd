"""What a dense leg needs: something that gives each text a vector, and may be out of reach."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from savoirfaire.errors import ModelError

_REST = 60.0  # seconds after a failure in which nothing is asked

log = structlog.get_logger(__name__)


class Embedder(Protocol):
    """Gives texts their vectors. `name` says which: vectors of two names must never meet.

    Raises ModelError where it cannot.
    """

    @property
    def name(self) -> str:
        """The model's name, which an index remembers."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text, all of one size."""
        ...


class Vectors:
    """An embedder whose failures cost the vectors alone, and are told once.

    After a failure it is left alone for a minute, so that nobody waits for it again and again.
    `reason` says what the last failure was, empty where there was none since.
    """

    def __init__(self, embedder: Embedder, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._embedder = embedder
        self._clock = clock
        self._until = 0.0
        self.reason = ""

    def of(self, texts: Sequence[str]) -> list[list[float]] | None:
        """A vector for each text; None while there are none to be had."""
        if self.reason and self._clock() < self._until:
            return None
        try:
            found = self._embedder.embed(texts)
        except ModelError as error:
            self.reason, self._until = str(error), self._clock() + _REST
            log.warning("vectors.missing", model=self._embedder.name, reason=self.reason)
            return None
        self.reason = ""
        return found
