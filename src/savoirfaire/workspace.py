"""The workspace: the folder of savoir.toml, and where its data lives.

Light to import: finding a workspace loads neither the settings' machinery nor an engine.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from savoirfaire.errors import WorkspaceError

if TYPE_CHECKING:
    from savoirfaire.settings import Settings

FILE = "savoir.toml"
SECRET_BYTES = 32
_NOT_IN_NAMES = frozenset('/\\:*?"<>|')  # separators, and what some systems refuse


@dataclass(frozen=True)
class Workspace:
    """An opened workspace. Its paths may not exist yet; who writes there makes them."""

    folder: Path
    settings: "Settings"

    @property
    def data(self) -> Path:
        """The folder of everything known and done."""
        return self.folder / self.settings.data

    @property
    def ledger(self) -> Path:
        """The database of sources, facts, rules, runs and approvals."""
        return self.data / "ledger.db"

    @property
    def database(self) -> Path | str:
        """Where the record is: the path of the ledger, or the address of a PostgreSQL database."""
        url = self.settings.database.url
        return url.get_secret_value() if url else self.ledger

    @property
    def states(self) -> Path | str:
        """Where the runs' states are: the path of the checkpoints, or that same address."""
        url = self.settings.database.url
        return url.get_secret_value() if url else self.checkpoints

    @property
    def index(self) -> Path:
        """The folder of the search shards, one per client; rebuilt from the ledger."""
        return self.data / "index"

    @property
    def checkpoints(self) -> Path:
        """The database of the runs' states."""
        return self.data / "checkpoints.db"

    @property
    def outbox(self) -> Path:
        """The folder of what was published."""
        return self.data / "outbox"

    @property
    def locks(self) -> Path:
        """The folder of the locks between processes."""
        return self.data / "locks"

    @property
    def logs(self) -> Path:
        """The folder of the reports of unexpected errors."""
        return self.data / "logs"

    @property
    def secret(self) -> Path:
        """The file of the workspace's secret; `load_secret` makes it."""
        return self.data / "secret.key"

    @property
    def certificates(self) -> Path:
        """The folder of what was written down about erasures: hashes and counts."""
        return self.data / "certificates"

    @property
    def tape(self) -> Path | None:
        """The file of recorded replies, if the settings name one."""
        tape = self.settings.model.tape
        return self.folder / tape if tape else None

    def prepare(self) -> None:
        """Make the data folder where it is missing: private, and out of version control."""
        if self.data.is_dir():
            return
        try:
            self.data.mkdir(mode=0o700, parents=True)
            (self.data / ".gitignore").write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise WorkspaceError(
                "the data folder {folder} cannot be made: {reason}",
                folder=self.data,
                reason=error.strerror,
            ) from error


def is_name(name: str) -> bool:
    """Whether a name stays in the folder it is put in, on every system."""
    plain = bool(name) and name.isprintable() and not name.startswith(".")
    return plain and not _NOT_IN_NAMES & set(name)


def within(folder: Path, *names: str) -> Path:
    """The path of names in a folder, one below the other. Raises WorkspaceError.

    Every id that becomes part of a path goes through here: none leads out of the folder.
    """
    for name in names:
        if not is_name(name):
            raise WorkspaceError("{name} cannot be the name of a file here", name=repr(name))
    return folder.joinpath(*names)


def nearest_workspace(start: Path) -> Path | None:
    """Give the folder with a savoir.toml at `start` or nearest above it, if there is one."""
    start = start.absolute()
    return next((at for at in (start, *start.parents) if (at / FILE).is_file()), None)


def find_workspace(start: Path) -> Path:
    """Like `nearest_workspace`; raises WorkspaceError where there is none."""
    found = nearest_workspace(start)
    if found is None:
        raise WorkspaceError(
            "no {file} in {folder} or in a folder above it", file=FILE, folder=start.absolute()
        )
    return found


def load_secret(path: Path) -> bytes:
    """The workspace's secret, 32 bytes: drawn at the first need, the same for every process since.

    It is whole or not there, and only its owner may read it. Raises WorkspaceError.
    """
    try:
        if not path.exists():
            _draw_secret(path)
        secret = path.read_bytes()
    except OSError as error:
        raise WorkspaceError(
            "{file} cannot be read or made: {reason}", file=path.name, reason=error.strerror
        ) from error
    if len(secret) != SECRET_BYTES:
        raise WorkspaceError(
            "{file} is damaged: it has {count} bytes, not {wanted}",
            file=path.name,
            count=len(secret),
            wanted=SECRET_BYTES,
            hint="Restore it from a backup: without it, what was forgotten is not known again.",
        )
    return secret


def _draw_secret(path: Path) -> None:
    """Write the secret beside its place, then give it its name: of two at once, the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(beside)
        except FileExistsError:
            return
    finally:
        beside.unlink(missing_ok=True)
