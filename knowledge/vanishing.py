"""Files that were read from a folder and are not in it any more.

Only what certainly is not there counts: not a file in a folder that cannot be looked into, nor one
that could not be read today, nor one that is only ignored by now. A folder in which there is
nothing at all may be a disk that is not attached: nothing is said to have vanished from it.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from savoirfaire.knowledge.intake import Intake
from savoirfaire.knowledge.origins import is_gone

_SEPARATOR = os.fsencode(os.sep)


def vanished(intake: Intake, paths: Sequence[Path]) -> list[str]:
    """The names of files known to lie in one of `paths` that were not found there, sorted."""
    folders = [_inside(os.fsencode(os.path.realpath(path))) for path in paths if path.is_dir()]
    attached = tuple(each for each in folders if _holds_any(each, intake.origins_found))
    return sorted(
        name
        for name, known in intake.holdings.files.items()
        if name not in intake.found
        and known.origin not in intake.origins_found
        and known.origin.startswith(attached)
        and is_gone(known.origin)
    )


def _inside(folder: bytes) -> bytes:
    return folder if folder.endswith(_SEPARATOR) else folder + _SEPARATOR


def _holds_any(folder: bytes, origins: Iterable[bytes]) -> bool:
    return any(origin.startswith(folder) for origin in origins)
