"""A task's directory: written whole or not at all, and read with every file checked.

A file that is not what `task.json` has the hash of is named, and how it differs is said where the
task is run: nothing of a task that was changed by hand passes for the recorded run.
"""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from savoirfaire.errors import NotFoundError, SavoirError
from savoirfaire.evals.tasks.form import Decisions, Expected, Header, Snapshot
from savoirfaire.tools.hashing import canonical

HEADER, INPUT, TAPE = "task.json", "input.json", "tape.jsonl"
KNOWLEDGE, DECISIONS, EXPECTED = "knowledge.json", "decisions.json", "expected.json"
TEXTS = "texts"

FormT = TypeVar("FormT", bound=BaseModel)


@dataclass(frozen=True)
class Task:
    """A recorded task, read from its directory when something of it is asked for."""

    folder: Path

    @property
    def name(self) -> str:
        """What the task is called: its directory's name."""
        return self.folder.name

    @cached_property
    def header(self) -> Header:
        """What was run, and by what. Raises SavoirError where it cannot be read."""
        return self._read(HEADER, Header)

    @cached_property
    def request(self) -> dict[str, Any]:
        """The input of the run."""
        return dict(self._json(INPUT))

    @cached_property
    def snapshot(self) -> Snapshot:
        """What was known."""
        return self._read(KNOWLEDGE, Snapshot)

    @cached_property
    def decisions(self) -> Decisions:
        """What was decided."""
        return self._read(DECISIONS, Decisions)

    @cached_property
    def expected(self) -> Expected:
        """How the run ended."""
        return self._read(EXPECTED, Expected)

    @property
    def tape(self) -> Path:
        """The file of the recorded exchanges."""
        return self.folder / TAPE

    def text(self, name: str) -> str:
        """A source's canonical text, by its name in the snapshot."""
        return self._bytes(f"{TEXTS}/{name}").decode()

    def changed(self) -> list[str]:
        """The files that are not as they were recorded: changed, gone or new."""
        found = {
            path.relative_to(self.folder).as_posix(): digest(path.read_bytes())
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name != HEADER
        }
        recorded = self.header.files
        return sorted(name for name in found | recorded if found.get(name) != recorded.get(name))

    def _read(self, name: str, form: type[FormT]) -> FormT:
        try:
            return form.model_validate_json(self._bytes(name))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise self._bad(name, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error

    def _json(self, name: str) -> Any:
        try:
            return json.loads(self._bytes(name))
        except ValueError as error:
            raise self._bad(name, "it is not JSON") from error

    def _bytes(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise self._bad(name, str(error.strerror)) from error

    def _bad(self, name: str, reason: str) -> SavoirError:
        return SavoirError(
            "task {task}: {file} cannot be used: {reason}",
            task=self.name,
            file=name,
            reason=reason,
            hint="Record the task again: `savoir evals record RUN --suite SUITE`.",
        )


def open_task(folder: Path) -> Task:
    """The task in a directory. Raises NotFoundError where there is none."""
    if not (folder / HEADER).is_file():
        raise NotFoundError("there is no task in {folder}", folder=folder.name)
    return Task(folder)


def digest(data: bytes) -> str:
    """SHA-256, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def as_bytes(value: Any) -> bytes:
    """Plain data as a file has it: sorted, one key a line, so that changes can be read."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def snapshot_hash(snapshot: Snapshot) -> str:
    """The hash of what was known; texts are in it by their own hashes."""
    return digest(canonical(snapshot.model_dump(mode="json")).encode())


def write(folder: Path, name: str, value: Any) -> None:
    """Write one file of a task: bytes as they are, anything else as JSON."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else as_bytes(value))


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the texts of a snapshot under their names."""
    for name, text in texts.items():
        write(folder, f"{TEXTS}/{name}", text.encode())


def seal(folder: Path, header: Header) -> Task:
    """Write `task.json` with the hash of every other file, which makes it a task."""
    files = {
        path.relative_to(folder).as_posix(): digest(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != HEADER
    }
    write(folder, HEADER, header.model_copy(update={"files": files}))
    return Task(folder)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A directory that takes the place of `folder` at the end, or leaves it as it was."""
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    beside.mkdir(parents=True)
    try:
        yield beside
        old = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.old")
        if folder.exists():
            folder.rename(old)
        beside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
