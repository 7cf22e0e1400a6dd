"""The outbox: where effects wait and are made once.

An effect has a key that is the same whenever its node runs again (`thread:task`), and is bound to
the decision that allows it. It is planned in the database, made, and marked as made; an effect that
was interrupted in between is made again under the same key and name, which leaves one result.

Files are written by the step itself. What goes elsewhere, or is held for a while so that somebody
can stop it, is kept with its hash, and made by `effects/making.py` when it is due.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import JSON, Engine, Row, bindparam, select, update

from savoirfaire.errors import PayloadMismatchError
from savoirfaire.knowledge.access import changing
from savoirfaire.knowledge.database import later, now
from savoirfaire.knowledge.dialects import clock, upsert
from savoirfaire.knowledge.quickly import quickly
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.tools.effects.adapters import Sending, ToFiles, paths
from savoirfaire.tools.effects.files import encoded
from savoirfaire.tools.hashing import payload_hash

Way = Literal["file", "webhook", "smtp", "noop"]


@dataclass(frozen=True)
class Effect:
    """Files to publish for a run, and the decision that allows it.

    `adapter` is the way out, and `target` where to: a web address, or mail addresses.
    """

    key: str
    run: str
    kind: str
    files: Mapping[str, str]
    bound_to: str
    adapter: Way = "file"
    target: str = ""


class Outbox:
    """Effects of a workspace: a folder for each client and run, and the record of what was made.

    `hold` is how many seconds each waits before it is made.
    """

    def __init__(self, engine: Engine, folder: Path, *, hold: float = 0.0) -> None:
        self._engine = engine
        self._folder = folder
        self._hold = hold
        self.has_due = False
        """Whether something was planned here that is made by somebody else."""

    def publish(self, scope: ClientScope, effect: Effect) -> list[str]:
        """Write the effect's files, once, and return their paths relative to the outbox folder.

        What is held, or goes elsewhere, is only planned: the paths are those it will have, and none
        where no file is written. The same key again returns the first result. Raises
        PayloadMismatchError where the key was planned with other content or under another decision,
        EffectError where the files cannot be written.
        """
        for name, text in effect.files.items():
            encoded(name, text)
        names = paths(client_of(scope), effect.run, effect.files)
        is_here = effect.adapter == "file" and not self._hold
        made = self._plan(scope, effect, is_here=is_here)
        if made is not None:
            return made
        if not is_here:
            self.has_due = True
            return names if effect.adapter == "file" else []
        result = ToFiles(self._folder).make(sending_of(scope, effect))
        self._mark(scope, effect.key, result)
        return result

    def folder(self) -> Path:
        """Where published files are."""
        return self._folder

    def _plan(self, scope: ClientScope, effect: Effect, *, is_here: bool) -> list[str] | None:
        """Record the effect before it is made; its result where it was made already."""
        planned = {
            "key": effect.key,
            "client": client_of(scope),
            "run": effect.run,
            "kind": effect.kind,
            "payload_hash": payload_hash(dict(effect.files)),
            "bound_to": effect.bound_to,
        }
        row: dict[str, Any] = {**planned, "adapter": effect.adapter, "target": effect.target}
        with changing(self._engine, scope) as connection:
            if not is_here:
                due = later(now(connection), self._hold)
                row |= {"payload": dict(effect.files), "due_at": due}
            if quickly(connection, _PLAN, row).rows:
                return None
            known = connection.execute(_KNOWN, {"of": scope.client, "named": effect.key}).first()
        _refuse_other(known, planned)
        return list(known.result) if known and known.made_at else None

    def _mark(self, scope: ClientScope, key: str, result: list[str]) -> None:
        with changing(self._engine, scope) as connection:
            quickly(connection, _MADE, {"of": scope.client, "named": key, "made": result})


# Statements are made once: making one takes longer than what it does.
_PLAN = upsert(effects).values(planned_at=clock()).on_conflict_do_nothing().returning(effects.c.key)
_MINE = (effects.c.client == bindparam("of"), effects.c.key == bindparam("named"))
_KNOWN = select(effects).where(*_MINE)
_MADE = (
    update(effects)
    .where(*_MINE, effects.c.made_at.is_(None))
    .values(made_at=clock(), result=bindparam("made", type_=JSON))
)


def sending_of(scope: ClientScope, effect: Effect) -> Sending:
    """An effect as its adapter takes it."""
    return Sending(
        key=effect.key,
        client=scope.client,
        run=effect.run,
        kind=effect.kind,
        target=effect.target,
        files=effect.files,
        payload_hash=payload_hash(dict(effect.files)),
    )


def _refuse_other(known: Row[Any] | None, planned: Mapping[str, str]) -> None:
    if known is not None and known.payload_hash != planned["payload_hash"]:
        raise PayloadMismatchError(
            "{kind} of {run} has other content now", kind=planned["kind"], run=planned["run"]
        )
    if known is None or any(getattr(known, key) != value for key, value in planned.items()):
        raise PayloadMismatchError(
            "{kind} of {run} was allowed by another decision",
            kind=planned["kind"],
            run=planned["run"],
        )
