"""Files that a person names on the command line."""

from pathlib import Path

from savoirfaire.errors import Phrase, RequestError

_REASONS = {
    FileNotFoundError: Phrase("there is no such file"),
    IsADirectoryError: Phrase("it is a folder"),
    PermissionError: Phrase("it may not be read"),
    UnicodeDecodeError: Phrase("it is no text in UTF-8"),
}


def read_text(file: Path) -> str:
    """The text of a file, without a byte order mark. Raises RequestError with the reason."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(
            "{file} cannot be read: {reason}",
            file=file,
            reason=_REASONS.get(type(error), type(error).__name__),
        ) from error
