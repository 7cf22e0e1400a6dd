"""Whether an effect may still be made: its decision, its run, and what was stopped since."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, select

from savoirfaire.graphs.desk import Desk
from savoirfaire.knowledge.schema import approvals, runs
from savoirfaire.tools.effects.adapters import FinalEffectError

_GRANTING = {"approve", "edit", "choose"}


@dataclass(frozen=True)
class Allowed:
    """Looks at what allowed an effect, right before it is made."""

    engine: Engine
    desk: Desk | None = None

    def __call__(self, row: Row[Any]) -> str:
        """Why it is held; empty where it may be made.

        Raises FinalEffectError where nothing allows it: no decision, a refusal, a cancelled run.
        """
        with self.engine.connect() as connection:
            status = connection.scalar(select(runs.c.status).where(runs.c.id == row.run))
            decided = connection.execute(
                select(approvals).where(approvals.c.id == row.bound_to)
            ).first()
        if status == "cancelled":
            raise FinalEffectError("the run was cancelled")
        if decided is not None:
            _require_granted(decided, row)
        elif not row.bound_to.startswith("pass-"):
            raise FinalEffectError("no decision allows it")
        return self.desk.held(row.bound_to) if self.desk else ""


def _require_granted(decided: Row[Any], row: Row[Any]) -> None:
    if decided.client != row.client or decided.run != row.run:
        raise FinalEffectError("the decision that it names is another run's")
    if decided.decided_by is None:
        raise FinalEffectError("no decision allows it")
    if decided.decision["decisions"][0]["type"] not in _GRANTING:
        raise FinalEffectError("the decision that it names was a refusal")
