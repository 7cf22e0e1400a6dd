"""The workspace: the folder of savoir.toml, and where its data lives.

Light to import: finding a workspace loads neither the settings' machinery nor an engine.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from savoirfaire.errors import WorkspaceError

if TYPE_CHECKING:
    from savoirfaire.settings import Settings

FILE = "savoir.toml"


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
