"""Writing an archive: the same content always gives the same bytes, and little is held in memory.

The file has its name only once it is whole.
"""

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, select

from savoirfaire.errors import ConflictError, WorkspaceError
from savoirfaire.knowledge.access import client_row, reading
from savoirfaire.knowledge.archives.form import (
    CLIENT,
    FORMAT,
    MANIFEST,
    TABLES,
    VERSION,
    columns_of,
    line_of,
    published_name,
    table_name,
    text_name,
)
from savoirfaire.knowledge.schema import run_events, runs, sources
from savoirfaire.knowledge.scope import ClientScope

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say
_PIECE = 1 << 20
_ROWS = 1000


def export(scope: ClientScope, engine: Engine, outbox: Path, file: Path) -> dict[str, int]:
    """Write all of a client to `file`; how many bytes each entry has.

    Raises ScopeError, ConflictError where the file is there already, WorkspaceError where it cannot
    be written.
    """
    with reading(engine, scope) as connection:
        if file.exists():
            raise ConflictError(
                "{file} exists already", file=file, hint="Give the archive another name."
            )
        beside = file.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with beside.open("xb") as raw:
                sizes = _write(raw, connection, scope, outbox)
                os.fsync(raw.fileno())
            beside.replace(file)
        except OSError as error:
            raise WorkspaceError(
                "{file} cannot be written: {reason}",
                file=file,
                reason=error.strerror,
                hint="Choose a folder that may be written to.",
            ) from error
        finally:
            beside.unlink(missing_ok=True)
    return sizes


def _write(raw: Any, connection: Connection, scope: ClientScope, outbox: Path) -> dict[str, int]:
    row = client_row(connection, scope.client)
    told = {"language": row.language, "created_at": row.created_at, "retrieval": row.retrieval}
    with zipfile.ZipFile(raw, "w") as archive:
        packer = _Packer(archive)
        packer.add(CLIENT, [line_of(told)])
        for table in TABLES:
            packer.add(table_name(table), _rows(connection, scope, table))
        for identity, text in _texts(connection, scope):
            packer.add(text_name(identity), [text.encode()])
        for path in sorted((outbox / scope.client).glob("*/*")):
            name = f"outbox/{path.parent.name}/{path.name}"
            if path.is_file() and published_name(name) is not None:
                packer.add(name, _pieces(path))
        manifest = {"format": FORMAT, "version": VERSION, "client": scope.client}
        said = json.dumps({**manifest, "entries": packer.entries}, indent=1, sort_keys=True)
        packer.add(MANIFEST, [said.encode()])
    return {name: entry["bytes"] for name, entry in packer.entries.items()}


class _Packer:
    """A ZIP being written, and what its manifest will say of each entry."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self._archive = archive

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name, _LONG_AGO)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = 3  # whatever the system: the bytes are the same
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
        self.entries[name] = {"sha256": digest.hexdigest(), "bytes": size}


def _rows(connection: Connection, scope: ClientScope, table: Any) -> Iterator[bytes]:
    columns = columns_of(table)
    found: Select[Any] = select(*columns)
    if table is run_events:
        mine = select(runs.c.id).where(runs.c.client == scope.client)
        found = found.where(run_events.c.run.in_(mine))
    else:
        found = found.where(table.c.client == scope.client)
    ordered = found.order_by(*(key for key in table.primary_key if key.name != "client"))
    for row in connection.execution_options(yield_per=_ROWS).execute(ordered).mappings():
        yield line_of(dict(row))


def _texts(connection: Connection, scope: ClientScope) -> Iterator[tuple[str, str]]:
    """Each source's text, one at a time."""
    mine = sources.c.client == scope.client
    known = select(sources.c.id).where(mine).order_by(sources.c.id)
    for identity in connection.scalars(known).all():
        text = select(sources.c.text).where(mine, sources.c.id == identity)
        yield identity, connection.execute(text).scalar_one()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
