"""Steps that run side by side: one that fails lets the others end first.

LangGraph cancels the others as soon as one fails; what they had asked a model for would be asked,
and paid for, again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Siblings:
    """The steps of each run that are going on at the same time."""

    def __init__(self) -> None:
        self._going: Counter[str] = Counter()
        self._over: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def together(self, run: str) -> AsyncIterator[None]:
        """One of the steps of a run; its error is raised when all that are going on have ended."""
        over = self._over.setdefault(run, asyncio.Event())
        self._going[run] += 1
        try:
            try:
                yield
            finally:
                self._going[run] -= 1
                if not self._going[run]:
                    del self._going[run]
                    self._over.pop(run).set()
        except Exception:
            await over.wait()
            raise
