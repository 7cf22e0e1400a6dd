"""The ways out: each takes an effect that is allowed and due, and makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from savoirfaire.errors import EffectError
from savoirfaire.tools.effects.files import encoded, safe, write_whole


class FinalEffectError(EffectError):
    """An effect cannot be made, and trying again will not help."""

    hint = (
        "Mend the cause, then `savoir outbox retry KEY`; or give it up: `savoir outbox stop KEY`."
    )


@dataclass(frozen=True)
class Sending:
    """An effect to be made: `files` by name, for a client and a run, under a key, to a target."""

    key: str
    client: str
    run: str
    kind: str
    target: str
    files: Mapping[str, str]
    payload_hash: str


class Adapter(Protocol):
    """A way out. Making the same effect again leaves one result, or can be told by its key."""

    def make(self, sending: Sending) -> list[str]:
        """Make it; what was made, in words.

        Raises EffectError where it may work later, FinalEffectError where it will not.
        """


class ToFiles:
    """Writes the files below a folder of the client and the run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, sending: Sending) -> list[str]:
        """Write them; their paths in the folder."""
        names = paths(sending.client, sending.run, sending.files)
        try:
            for path, text in zip(names, _texts(sending.files), strict=True):
                write_whole(self._folder / path, encoded(path, text))
        except OSError as error:
            raise EffectError(
                "{kind} could not be written: {reason}", kind=sending.kind, reason=error.strerror
            ) from error
        return names


class Nowhere:
    """Makes nothing: what would have been made is on record."""

    def make(self, _sending: Sending) -> list[str]:
        """Nothing."""
        return []


def paths(client: str, run: str, files: Mapping[str, str]) -> list[str]:
    """Where files of a run are, below the outbox's folder. Raises EffectError for a bad name."""
    return [f"{client}/{safe(run)}/{safe(name)}" for name in sorted(files)]


def _texts(files: Mapping[str, str]) -> list[str]:
    return [files[name] for name in sorted(files)]
