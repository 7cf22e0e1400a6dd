"""Locks between processes: one file per client, empty, and left where it is."""

from pathlib import Path

import portalocker

from savoirfaire.errors import BusyError, WorkspaceError
from savoirfaire.workspace import within

_CHECK_SECONDS = 0.05


def lock_client(folder: Path, client: str, *, wait: float) -> portalocker.Lock:
    """Keep a client's index from other processes until the lock is released.

    Raises BusyError after `wait` seconds, WorkspaceError where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = portalocker.Lock(
            within(folder, f"{client}.lock"), timeout=wait, check_interval=_CHECK_SECONDS
        )
        lock.acquire()
    except portalocker.AlreadyLocked as error:
        raise BusyError(
            "another command is using the knowledge of {client} (waited {seconds} s)",
            client=client,
            seconds=f"{wait:g}",
        ) from error
    except (OSError, portalocker.LockException) as error:
        raise unusable(error) from error
    return lock


def unusable(error: Exception) -> WorkspaceError:
    """Say that the index cannot be written, and why."""
    return WorkspaceError(
        "the index cannot be written: {reason}",
        reason=error,
        hint="Make the workspace's data folder writable, then try again.",
    )
