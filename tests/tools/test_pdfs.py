"""PDF of Word documents, where there is a program for it."""

import os
from pathlib import Path

import pytest

from savoirfaire.errors import EffectError
from savoirfaire.tools.effects.files import encoded, packed
from savoirfaire.tools.pdfs import to_pdf


def office(folder: Path, script: str) -> None:
    """A program called like LibreOffice."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the program")
@pytest.mark.parametrize(
    ("script", "made"),
    [
        ('for last; do :; done; cat "$last" > "${last%.docx}.pdf"', b"words"),
        ("exit 1", None),
        ("exec sleep 30", None),
    ],
)
def test_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, made: bytes | None
) -> None:
    """What the program makes is given; one that fails or does not end gives nothing."""
    office(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert to_pdf(b"words", seconds=0.5) == made


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without LibreOffice there is no PDF, and no error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert to_pdf(b"words") is None


def test_packed() -> None:
    """Bytes go through the outbox unchanged; text stays text, and half a character is refused."""
    assert encoded("a/b.docx", packed(bytes(range(256)))) == bytes(range(256))
    assert encoded("a.md", "é") == "é".encode()
    with pytest.raises(EffectError):
        encoded("a.md", "\ud800")
