"""Making what is due: each effect is claimed, looked at once more, made, and marked as made.

One that fails is tried again, later each time; after the last try, or where it never can be made, a
person is told and decides. Of two processes that claim an effect at once, one gets it; a claim ends
by itself where its process died.
"""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, Row, or_, select, update

from savoirfaire.errors import ConflictError, EffectError, NotFoundError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.effects.adapters import Adapter, FinalEffectError, Sending
from savoirfaire.tools.hashing import payload_hash

CLAIM = 120.0  # seconds a claim lasts: longer than any adapter takes
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 3600.0  # seconds
_AT_A_TIME = 50

Held = Callable[[Row[Any]], str]
"""Why an effect may not be made any more, or not yet; empty where it may."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Maker:
    """Makes what is due in a workspace, by whatever way out each effect has.

    `held` is asked right before each is made. `attempts` is how often one is tried.
    """

    engine: Engine
    adapters: Mapping[str, Adapter]
    held: Held
    attempts: int = 8

    def once(self) -> int:
        """Make what is due now; how many were made."""
        return sum(self._one(key) for key in self._due())

    def _due(self) -> list[str]:
        with self.engine.connect() as connection:
            at = now(connection)
            query = select(effects.c.key).where(*_OPEN, effects.c.due_at <= at, _unclaimed(at))
            return list(connection.scalars(query.order_by(effects.c.due_at).limit(_AT_A_TIME)))

    def _one(self, key: str) -> bool:
        claim = secrets.token_hex(8)
        row = self._claim(key, claim)
        if row is None:
            return False
        try:
            if row.payload is None or payload_hash(row.payload) != row.payload_hash:
                raise FinalEffectError("what would be made is not what was approved")
            if why := self.held(row):
                self._settle(row, claim, due_at=_FIRST_PAUSE, problem=why)
                return False
            result = self._adapter(row).make(_sending(row))
        except EffectError as error:
            self._failed(row, claim, error)
            return False
        self._settle(row, claim, result=result)
        log.info("effect.made", key=key, kind=row.kind, adapter=row.adapter)
        return True

    def _adapter(self, row: Row[Any]) -> Adapter:
        try:
            return self.adapters[row.adapter]
        except KeyError as error:
            raise FinalEffectError("there is no way out {name}", name=row.adapter) from error

    def _claim(self, key: str, claim: str) -> Row[Any] | None:
        with writing(self.engine, shared=True) as connection:
            at = now(connection)
            mine = update(effects).where(effects.c.key == key, *_OPEN, effects.c.due_at <= at)
            return connection.execute(
                mine.where(_unclaimed(at))
                .values(
                    claim=claim, claimed_until=later(at, CLAIM), attempts=effects.c.attempts + 1
                )
                .returning(effects)
            ).first()

    def _failed(self, row: Row[Any], claim: str, error: EffectError) -> None:
        is_last = isinstance(error, FinalEffectError) or row.attempts >= self.attempts
        pause = min(_FIRST_PAUSE * 2 ** (row.attempts - 1), _LONGEST_PAUSE)
        pause *= random.uniform(0.8, 1.2)  # noqa: S311 - so that not all try at once
        log.warning("effect.failed", key=row.key, adapter=row.adapter, final=is_last)
        if is_last:
            self._settle(row, claim, problem=str(error))
        else:
            self._settle(row, claim, due_at=pause, problem=str(error))

    def _settle(
        self,
        row: Row[Any],
        claim: str,
        *,
        result: Sequence[str] | None = None,
        due_at: float | None = None,
        problem: str | None = None,
    ) -> None:
        """Say what became of an effect that was claimed, unless another has claimed it since."""
        with writing(self.engine, shared=True) as connection:
            at = now(connection)
            said: dict[str, Any] = {"claim": None, "claimed_until": None, "problem": problem}
            if result is not None:
                said |= {"made_at": at, "result": list(result), "payload": None}
            elif due_at is not None:
                said |= {"due_at": later(at, due_at)}
            else:
                said |= {"ended_at": at, "ended_by": ""}
            connection.execute(
                update(effects)
                .where(effects.c.key == row.key, effects.c.claim == claim)
                .values(**said)
            )


def listed(engine: Engine, scope: ClientScope | None = None) -> list[Row[Any]]:
    """What is in the outbox and was not made, the next first; of one client, or of all."""
    query = select(effects).where(effects.c.made_at.is_(None), effects.c.due_at.is_not(None))
    query = query.order_by(effects.c.ended_at.is_not(None), effects.c.due_at)
    if scope is None:
        with engine.connect() as connection:
            return list(connection.execute(query))
    with reading(engine, scope) as connection:
        return list(connection.execute(query.where(effects.c.client == scope.client)))


def client_of_effect(engine: Engine, key: str) -> ClientScope:
    """Whose an effect is. Raises NotFoundError with the nearest ones."""
    with engine.connect() as connection:
        client = connection.scalar(select(effects.c.client).where(effects.c.key == key))
        if client is not None:
            return ClientScope(client)
    known = [row.key for row in listed(engine)]
    raise NotFoundError("there is no effect {name}{near}", name=key, near=near(key, known))


def stop(engine: Engine, scope: ClientScope, key: str, *, by: str) -> None:
    """Give an effect up before it is made. Raises ConflictError where it is too late."""
    with changing(engine, scope) as connection:
        at = now(connection)
        mine = update(effects).where(effects.c.client == scope.client, effects.c.key == key)
        mine = mine.where(effects.c.made_at.is_(None), _unclaimed(at))
        done = connection.execute(mine.values(ended_at=at, ended_by=by, payload=None, claim=None))
    if not done.rowcount:
        raise ConflictError("{key} is made, or is being made: it is too late", key=key)


def retry(engine: Engine, scope: ClientScope, key: str) -> None:
    """Try an effect again that could not be made. Raises ConflictError for any other."""
    with changing(engine, scope) as connection:
        mine = update(effects).where(effects.c.client == scope.client, effects.c.key == key)
        mine = mine.where(effects.c.made_at.is_(None), effects.c.payload.is_not(None))
        done = connection.execute(
            mine.values(ended_at=None, ended_by=None, attempts=0, due_at=now(connection))
        )
    if not done.rowcount:
        raise ConflictError("{key} is made, or was given up", key=key)


def _sending(row: Row[Any]) -> Sending:
    return Sending(
        row.key, row.client, row.run, row.kind, row.target, row.payload, row.payload_hash
    )


_OPEN = (effects.c.made_at.is_(None), effects.c.ended_at.is_(None))


def _unclaimed(at: str) -> Any:
    return or_(effects.c.claimed_until.is_(None), effects.c.claimed_until < at)
