"""The outbox: where effects wait and are made once.

An effect has a key that is the same whenever its node runs again (`thread:task`), and is bound to
the decision that allows it. It is planned in the database, made, and marked as made; an effect that
was interrupted in between is made again under the same key and name, which leaves one result.
"""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, select, update

from savoirfaire.errors import EffectError, PayloadMismatchError
from savoirfaire.knowledge.access import changing
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.dialects import upsert
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.tools.hashing import payload_hash

_NOT_IN_NAMES = frozenset('/\\:*?"<>|')  # separators and what some systems refuse


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
        planned with other content or under another decision, EffectError where the files cannot be
        written.
        """
        data = {_safe(name): _encoded(name, text) for name, text in sorted(effect.files.items())}
        run = _safe(effect.run)
        made = self._plan(scope, effect)
        if made is not None:
            return made
        relative = {f"{scope.client}/{run}/{name}": content for name, content in data.items()}
        try:
            for path, content in relative.items():
                _write_whole(self._folder / path, content)
        except OSError as error:
            raise EffectError(
                "{kind} could not be written: {reason}", kind=effect.kind, reason=error.strerror
            ) from error
        self._mark(scope, effect.key, list(relative))
        return list(relative)

    def folder(self) -> Path:
        """Where published files are."""
        return self._folder

    def _plan(self, scope: ClientScope, effect: Effect) -> list[str] | None:
        """Record the effect before it is made; its result where it was made already."""
        planned = {
            "key": effect.key,
            "client": client_of(scope),
            "run": effect.run,
            "kind": effect.kind,
            "payload_hash": payload_hash(dict(effect.files)),
            "bound_to": effect.bound_to,
        }
        with changing(self._engine, scope) as connection:
            row = {**planned, "planned_at": now(connection)}
            connection.execute(upsert(effects).values(row).on_conflict_do_nothing())
            mine = (effects.c.client == scope.client, effects.c.key == effect.key)
            known = connection.execute(select(effects).where(*mine)).first()
        _refuse_other(known, planned)
        return list(known.result) if known and known.made_at else None

    def _mark(self, scope: ClientScope, key: str, result: list[str]) -> None:
        with changing(self._engine, scope) as connection:
            connection.execute(
                update(effects)
                .where(effects.c.client == scope.client)
                .where(effects.c.key == key, effects.c.made_at.is_(None))
                .values(made_at=now(connection), result=result)
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


def _safe(name: str) -> str:
    """A name that stays in its folder on every system, or EffectError."""
    if not name or name.startswith(".") or not name.isprintable() or _NOT_IN_NAMES & set(name):
        raise EffectError("{name} is not a file name", name=repr(name))
    return name


def _encoded(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise EffectError(
            "{name} has half a surrogate pair at {place}: it cannot be written",
            name=name,
            place=error.start,
        ) from error


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either absent or complete, even after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not by mkstemp, whose files only their owner may read: a published file is like any other.
    beside = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the name last as well as the bytes, where the system has a way to."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
