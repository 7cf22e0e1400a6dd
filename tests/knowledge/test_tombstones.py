"""Tombstones and the secret they are made with."""

import multiprocessing
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from savoirfaire.errors import ConflictError, ScopeError, WorkspaceError
from savoirfaire.knowledge.database import open_database, writing
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.mentions import MARK
from savoirfaire.knowledge.schema import tombstones
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.tombstones import Kind, Tombstones
from savoirfaire.workspace import load_secret

ACME, BOLT = ClientScope("acme"), ClientScope("bolt")
KEY = bytes(range(32))
SAID = {"forgotten_at": "2026-01-01T00:00:00.000Z", "certificate": "c1"}


@pytest.fixture
def engine(data: Path) -> Iterator[Engine]:
    """A ledger with two clients."""
    opened = open_database(data / "ledger.db")
    ledger = Ledger(opened)
    for client in ("acme", "bolt"):
        ledger.add_client(client, "en")
    yield opened
    opened.dispose()


def bury(engine: Engine, kind: Kind, *values: str) -> Tombstones:
    """Write tombstones of acme."""
    stones = Tombstones(engine, KEY)
    with writing(engine) as connection:
        connection.execute(insert(tombstones), stones.graves("acme", kind, values, SAID))
    return stones


def test_a_forgotten_source_is_known_by_its_bytes(engine: Engine) -> None:
    """Only the same bytes, of the same client, are known as forgotten."""
    stones = bury(engine, "source", "ab" * 32)
    assert stones.forgotten(ACME, "ab" * 32)
    assert not stones.forgotten(ACME, "cd" * 32)
    assert not stones.forgotten(BOLT, "ab" * 32)


def test_a_forgotten_person_is_known_by_hashes(engine: Engine, data: Path) -> None:
    """A name is redacted for its client only, and stands nowhere in the ledger."""
    stones = bury(engine, "person", "Zoé Quill", "zq@acme.example")
    said = "QUILL, Zoe wrote from zq@acme.example."
    assert stones.redact(ACME, said) == f"{MARK} wrote from {MARK}."
    assert stones.redact(BOLT, said) == said
    engine.dispose()
    assert b"uill" not in (data / "ledger.db").read_bytes()


def test_another_secret_knows_nothing(engine: Engine) -> None:
    """Hashes cannot be tried without the secret."""
    bury(engine, "person", "Zoé Quill")
    bury(engine, "source", "ab" * 32)
    other = Tombstones(engine, bytes(32))
    assert other.redact(ACME, "Zoé Quill") == "Zoé Quill"
    assert not other.forgotten(ACME, "ab" * 32)


def test_a_forgotten_client(engine: Engine) -> None:
    """A forgotten client is known by name until that is lifted."""
    stones = bury(engine, "client", "acme")
    with writing(engine) as connection, pytest.raises(ConflictError, match="forgotten here"):
        stones.admit(connection, "acme", again=False)
    with writing(engine) as connection:
        stones.admit(connection, "bolt", again=False)
        stones.admit(connection, "acme", again=True)
    with writing(engine) as connection:  # the stone is lifted: nothing is refused any more
        stones.admit(connection, "acme", again=False)


@pytest.mark.parametrize("scope", [None, "acme", ClientScope("acne")])
def test_no_scope(engine: Engine, scope: ClientScope) -> None:
    """Without a client that exists, nothing is said."""
    stones = Tombstones(engine, KEY)
    with pytest.raises(ScopeError):
        stones.forgotten(scope, "ab")
    with pytest.raises(ScopeError):
        stones.redact(scope, "words")


# --- the secret -----------------------------------------------------------------------------------


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    """The secret is 32 bytes that only its owner may read, and stays."""
    path = tmp_path / "data" / "secret.key"
    secret = load_secret(path)
    assert len(secret) == 32
    assert load_secret(path) == secret
    assert list(path.parent.iterdir()) == [path]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_agree_on_the_secret(tmp_path: Path) -> None:
    """Processes that need the secret at the same time for the first time get the same one."""
    paths = [tmp_path / f"{number % 3}" / "secret.key" for number in range(30)]
    with multiprocessing.get_context("forkserver").Pool(4) as pool:
        drawn = pool.map(load_secret, paths, chunksize=1)
    assert {(path, secret) for path, secret in zip(paths, drawn, strict=True)} == {
        (path, path.read_bytes()) for path in paths
    }


def test_a_damaged_secret(tmp_path: Path) -> None:
    """A secret that was cut is refused, and not drawn again."""
    path = tmp_path / "secret.key"
    path.write_bytes(b"short")
    with pytest.raises(WorkspaceError, match="5 bytes, not 32"):
        load_secret(path)


def test_a_secret_that_cannot_be_made(tmp_path: Path) -> None:
    """Where there is no way to write it, the reason is said."""
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match=r"secret\.key cannot be read or made"):
        load_secret(tmp_path / "file" / "secret.key")
