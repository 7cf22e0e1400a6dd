"""The certificate of an erasure, and the note of one that is under way: keyed hashes and counts.

Neither has a name or a word of what is forgotten. The note is what makes an interrupted erasure
complete when it is asked for again: what is gone already can no longer be found by its words.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from savoirfaire.errors import WorkspaceError
from savoirfaire.graphs.forgetting.target import Target
from savoirfaire.knowledge.mentions import Mentions
from savoirfaire.knowledge.tombstones import Tombstones
from savoirfaire.tools.hashing import canonical

FORMAT = "savoirfaire-certificate"
VERSION = 1
_PENDING = ".pending.json"


@dataclass(frozen=True)
class Note:
    """An erasure under way: which one, by keyed hashes, and the runs that go whole."""

    id: str
    begun_at: str
    hashes: Mapping[str, Any]
    runs: tuple[str, ...] = ()


class Certificates:
    """The certificates of a workspace, in a folder of their own."""

    def __init__(self, folder: Path, stones: Tombstones, key: bytes) -> None:
        self._folder = folder
        self._stones = stones
        self._key = key

    def hashes(self, target: Target) -> dict[str, Any]:
        """What stands for a target where no name may stand."""
        said = [self._stones.hash("target", target.client, each) for each in target.names]
        client = self._stones.scope_hash(target.client)
        return {"kind": target.kind, "client": client, "targets": sorted(said)}

    def pending(self, target: Target) -> Note | None:
        """The note of the same erasure, where it was interrupted."""
        for path in sorted(self._folder.glob(f"*{_PENDING}")):
            note = _read_note(path)
            if note is not None and note.hashes == self.hashes(target):
                return note
        return None

    def begin(self, target: Target, at: str, runs: tuple[str, ...]) -> Note:
        """Write down that an erasure begins; one that was interrupted goes on."""
        note = self.pending(target) or Note(
            f"{at[:10]}-{secrets.token_hex(4)}", at, self.hashes(target)
        )
        note = replace(note, runs=tuple(sorted({*note.runs, *runs})))
        said = {"id": note.id, "begun_at": note.begun_at, "hashes": dict(note.hashes)}
        self._write(f"{note.id}{_PENDING}", {**said, "runs": list(note.runs)})
        return note

    def complete(self, note: Note, at: str, by: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Write the certificate, and strike the note. Whoever has the secret can check it."""
        said = {
            "format": FORMAT,
            "version": VERSION,
            "id": note.id,
            **note.hashes,
            "begun_at": note.begun_at,
            "forgotten_at": at,
            "by": by,
            **told,
        }
        certificate = {**said, "seal": self._seal(said)}
        self._write(f"{note.id}.json", certificate)
        (self._folder / f"{note.id}{_PENDING}").unlink(missing_ok=True)
        return certificate

    def redact(self, client: str, people: Mentions) -> None:
        """Put a keyed hash for a person who forgot something, in every certificate that says so.

        One that was genuine is so again; one that was changed stays known as changed.
        """
        for path in naming(self._folder, people):
            said = json.loads(path.read_bytes())
            was_genuine = self.is_genuine(said)
            said["by"] = self._stones.hash("target", client, said["by"])
            if was_genuine:
                del said["seal"]
                said["seal"] = self._seal(said)
            self._write(path.name, said)

    def is_genuine(self, certificate: Mapping[str, Any]) -> bool:
        """Whether a certificate was written here and not changed since."""
        said = {key: value for key, value in certificate.items() if key != "seal"}
        return hmac.compare_digest(str(certificate.get("seal")), self._seal(said))

    def _seal(self, said: Mapping[str, Any]) -> str:
        return hmac.digest(self._key, canonical(dict(said)).encode(), "sha256").hex()

    def _write(self, name: str, said: Mapping[str, Any]) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = self._folder / f".{name}"
            beside.write_text(json.dumps(said, indent=2), encoding="utf-8")
            beside.replace(self._folder / name)
        except OSError as error:
            raise WorkspaceError(
                "the certificate cannot be written: {reason}", reason=error.strerror
            ) from error


def naming(folder: Path, people: Mentions) -> list[Path]:
    """The certificates that say a person's name, as who forgot something."""
    return [path for path in sorted(folder.glob("*.json")) if people.spans(_by(path))]


def _by(path: Path) -> str:
    try:
        by = json.loads(path.read_bytes()).get("by")
    except (OSError, ValueError, AttributeError, RecursionError):
        return ""
    return by if isinstance(by, str) else ""


def _read_note(path: Path) -> Note | None:
    try:
        data = json.loads(path.read_bytes())
        return Note(data["id"], data["begun_at"], data["hashes"], tuple(data["runs"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
