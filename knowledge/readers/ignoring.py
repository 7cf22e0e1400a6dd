"""What the `.savoirignore` files of a folder keep out: patterns as in a `.gitignore`.

Each counts for its own folder and those below it, the nearest one first. One that cannot be obeyed
is an error: to read what somebody wanted kept out cannot be made good.
"""

import unicodedata
from pathlib import Path
from typing import Any

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.readers.encoding import decode
from savoirfaire.knowledge.readers.opening import load
from savoirfaire.knowledge.readers.refusal import UnreadableError

IGNORE_FILE = ".savoirignore"

_LIMITS = Limits(file_mb=0.1)


class Ignored:
    """What is kept out of a walk; it learns the rules of each folder that the walk comes to."""

    def __init__(self) -> None:
        self._rules: dict[Path, Any] = {}

    def learn(self, folder: Path) -> None:
        """Take over the rules of a folder, if it has any."""
        path = folder / IGNORE_FILE
        if path.is_symlink() or path.exists():
            try:
                self._rules[folder] = _rules(path)
            except UnreadableError as error:
                if error.code != "empty":
                    raise UnreadableError(
                        error.code,
                        "{file} {reason}",
                        file=IGNORE_FILE,
                        reason=Phrase(error.template, **error.values),
                    ) from error

    def file(self, path: Path) -> bool:
        """Tell whether a file is kept out."""
        return self._matches(path, "")

    def folder(self, path: Path) -> bool:
        """Tell whether a folder is kept out, with all that is in it."""
        return self._matches(path, "/")

    def _matches(self, path: Path, ending: str) -> bool:
        if not self._rules:
            return False
        for folder in path.parents:
            if rules := self._rules.get(folder):
                name = path.relative_to(folder).as_posix()
                kept_out: bool | None = rules.check_file(_composed(name) + ending).include
                if kept_out is not None:
                    return kept_out
        return False


def _rules(path: Path) -> Any:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - few folders have rules

    lines = _composed(decode(load(path, _LIMITS))[0]).splitlines()
    for number, line in enumerate(lines, 1):
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError as error:
            raise UnreadableError(
                "damaged", "has a pattern that cannot be understood (line {line})", line=number
            ) from error
    return GitIgnoreSpec.from_lines(lines, backend="simple")


def _composed(text: str) -> str:
    """Give names and patterns one form, whatever system wrote them."""
    return unicodedata.normalize("NFC", text)
