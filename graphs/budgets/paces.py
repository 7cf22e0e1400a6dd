"""The pace at which a provider may be asked, kept by every process that shares a database.

A token bucket as one number: the instant at which all that was taken so far is earned again (GCRA,
ITU-T I.371). Whoever takes moves it on, and waits until it is at most a bucket ahead; so turns are
given in order, and nobody asks twice. The bucket holds a tenth of what a minute allows, and fills
so slowly that no minute sees more than that; of tokens, no more but for what one call brings.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import Engine, bindparam, select, update

from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.schema import paces

_MINUTE = 60.0
_SHARE = 10  # of a minute's allowance is in the bucket

log = structlog.get_logger(__name__)


def paced(
    earned: float, at: float, cost: float, per_minute: int, *, back: float = 0
) -> tuple[float, float]:
    """How many seconds to wait before taking `cost` at `at`, and when all will be earned again.

    `back` is what was taken before and not used.
    """
    bucket = max(1, per_minute // _SHARE)
    each = _MINUTE / (per_minute - bucket + 1)
    earned -= back * each
    wait = max(0.0, earned - (bucket - 1) * each - at)
    return wait, max(earned, at) + cost * each


class Pace:
    """How often a provider may be asked in a minute, and for how many tokens; 0: without limit."""

    def __init__(
        self,
        engine: Engine,
        provider: str,
        *,
        requests: int = 0,
        tokens: int = 0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._engine = engine
        self._provider = provider
        self._requests = requests
        self._tokens = tokens
        self._sleep = sleep
        self._unused = 0

    async def turn(self, tokens: int) -> None:
        """Wait for the turn of a request of so many tokens."""
        if not self._requests and not self._tokens:
            return
        pause = self._take(tokens)
        if pause:
            log.info("model.paced", seconds=round(pause, 3))
            await self._sleep(pause)

    def give_back(self, tokens: int) -> None:
        """So many of the tokens taken were not used; the next turn counts them."""
        self._unused += tokens

    def _take(self, tokens: int) -> float:
        """Take a turn; the seconds until it comes."""
        unused, self._unused = self._unused, 0
        with writing(self._engine, shared=True) as connection:
            fresh = {"provider": self._provider, "requests_at": 0.0, "tokens_at": 0.0}
            connection.execute(_FIRST, fresh)
            row = connection.execute(_READ, {"of": self._provider}).one()
            at = datetime.fromisoformat(now(connection)).timestamp()
            first = second = 0.0
            asked, used = row.requests_at, row.tokens_at
            if self._requests:
                first, asked = paced(asked, at, 1, self._requests)
            if self._tokens:
                second, used = paced(used, at, tokens, self._tokens, back=unused)
            said = {"of": self._provider, "asked": asked, "used": used}
            connection.execute(_MOVE, said)
        return max(first, second)


_FIRST = upsert(paces).on_conflict_do_nothing()
_READ = select(paces).where(paces.c.provider == bindparam("of")).with_for_update()
_MOVE = (
    update(paces)
    .where(paces.c.provider == bindparam("of"))
    .values(requests_at=bindparam("asked"), tokens_at=bindparam("used"))
)
