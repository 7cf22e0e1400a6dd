"""The outbox: where effects wait and are made once.

An effect has a key that is the same whenever its node runs again (`thread:task`), and is bound to
the decision that allows it. It is planned in the database, made, and marked as made; an effect that
was interrupted in between is made again under the same key and name, which leaves one result.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from savoirfaire.errors import EffectError, PayloadMismatchError
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash


@dataclass(frozen=True)
class Effect:
    """Files to publish for a run, and the decision that allows it."""

    key: str
    run: str
    kind: str
    files: Mapping[str, str]
    bound_to: str


class Outbox:
    """Effects of a workspace: a folder for each client and run, and the record of what was made."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    def publish(self, scope: ClientScope, effect: Effect) -> list[str]:
        """Write the effect's files, once, and return their paths relative to the outbox folder.

        The same key again returns the first result. Raises PayloadMismatchError where the key was
        planned with other content, EffectError where the files cannot be written.
        """
        made = self._plan(scope, effect)
        if made is not None:
            return made
        relative = [f"{scope.client}/{effect.run}/{_safe(name)}" for name in sorted(effect.files)]
        try:
            for path, name in zip(relative, sorted(effect.files), strict=True):
                _write_whole(self._folder / path, effect.files[name])
        except OSError as error:
            raise EffectError(
                "{kind} could not be written: {reason}", kind=effect.kind, reason=error.strerror
            ) from error
        self._mark(effect.key, relative)
        return relative

    def folder(self) -> Path:
        """Where published files are."""
        return self._folder

    def _plan(self, scope: ClientScope, effect: Effect) -> list[str] | None:
        """Record the effect before it is made; its result where it was made already."""
        digest = payload_hash(dict(effect.files))
        with writing(self._engine) as connection:
            row = {
                "key": effect.key,
                "client": scope.client,
                "run": effect.run,
                "kind": effect.kind,
                "payload_hash": digest,
                "bound_to": effect.bound_to,
                "planned_at": now(connection),
            }
            connection.execute(upsert(effects).values(row).on_conflict_do_nothing())
            known = connection.execute(select(effects).where(effects.c.key == effect.key)).one()
        if (known.payload_hash, known.client) != (digest, scope.client):
            raise PayloadMismatchError(
                "{kind} of {run} has other content now", kind=effect.kind, run=effect.run
            )
        return list(known.result) if known.made_at else None

    def _mark(self, key: str, result: list[str]) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                update(effects)
                .where(effects.c.key == key, effects.c.made_at.is_(None))
                .values(made_at=now(connection), result=result)
            )


def _safe(name: str) -> str:
    if name != Path(name).name or name.startswith("."):
        raise EffectError("{name} is not a file name", name=name)
    return name


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either absent or complete, even after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".", delete=False
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
