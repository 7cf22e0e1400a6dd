"""Seals: a shard is trusted only while every byte is as it was when it was closed in order.

A process may die half way through a write, a disk may lie, a folder may be copied while in use. The
engine loads what it finds and gives wrong answers, or takes the process down; so whatever does not
match its seal is built again from the ledger.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

_BLOCK = 1 << 16
_ZEROS = bytes(_BLOCK)
_NOT_DATA = {"edge_config.json"}  # the engine writes it anew at each load


def seal(folder: Path, manifest: Path, *, form: str, revision: int) -> None:
    """Write down what `folder` holds, whole or not at all."""
    facts = {"form": form, "revision": revision, "data": fingerprint(folder)}
    beside = manifest.with_suffix(".new")
    beside.write_text(json.dumps(facts), encoding="utf-8")
    beside.replace(manifest)


def sealed_revision(folder: Path, manifest: Path, *, form: str) -> int | None:
    """The revision `folder` was sealed at; None where it is not, or not what was sealed."""
    try:
        facts = json.loads(manifest.read_bytes())
        if facts["form"] == form and facts["data"] == fingerprint(folder):
            return int(facts["revision"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        pass
    return None


def fingerprint(folder: Path) -> str:
    """A hash of the names, sizes and bytes of all files below `folder`."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name not in _NOT_DATA:
            name = path.relative_to(folder).as_posix()
            digest.update(f"{name}\0{path.stat().st_size}\0".encode())
            with path.open("rb", buffering=0) as file:
                for at, block in _blocks(file):
                    digest.update(at.to_bytes(8, "big") + block)
    return digest.hexdigest()


def _blocks(file: FileIO) -> Iterator[tuple[int, bytes]]:
    """The blocks that hold anything: the engine's files are mostly holes, which are passed over."""
    at = 0
    while True:
        at = _next_data(file, at)
        file.seek(at)
        block = file.read(_BLOCK)
        if not block:
            return
        if block != _ZEROS[: len(block)]:
            yield at, block
        at += _BLOCK


def _next_data(file: FileIO, at: int) -> int:
    """Where the block with the next data begins; `at` itself where the system cannot tell."""
    if not hasattr(os, "SEEK_DATA"):
        return at
    try:
        return os.lseek(file.fileno(), at, os.SEEK_DATA) // _BLOCK * _BLOCK
    except OSError as error:
        return os.fstat(file.fileno()).st_size if error.errno == errno.ENXIO else at
