"""PDF of Word documents, by LibreOffice where it is installed.

It runs in a profile of its own, apart from that of whoever is logged in, and is stopped with all it
started where it takes too long.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_SECONDS = 120.0
_NAMES = ("soffice", "libreoffice")


def to_pdf(document: bytes, *, seconds: float = _SECONDS) -> bytes | None:
    """The PDF of a Word document; None where there is no LibreOffice, or it fails."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="savoir-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "document.docx").write_bytes(document)
        made = folder / "document.pdf"
        _run(
            [
                *(program, "--headless", "--norestore", "--nolockcheck"),
                f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                *("--convert-to", "pdf", "--outdir", str(folder), str(folder / "document.docx")),
            ],
            folder,
            seconds,
        )
        return made.read_bytes() if made.exists() else None


def _run(command: list[str], folder: Path, seconds: float) -> None:
    """Run a program, and stop it with its children where it does not end."""
    surroundings = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder)}
    with subprocess.Popen(  # noqa: S603 - a program found by name, on a file of our own
        command,
        env={**surroundings, "SOURCE_DATE_EPOCH": "315532800"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("pdf.stopped", seconds=seconds)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
