"""What every test stands on: no network, no settings of the machine, a workspace of its own."""

import gc
import ipaddress
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine, make_url, text

from savoirfaire.cli import main
from savoirfaire.cli.messages import speak
from savoirfaire.cli.workspace import create_workspace
from savoirfaire.workspace import Workspace

ENOUGH = 2_000_000_000
"""Bytes that must be free in memory; in a container there may be very few."""

ADDRESSED = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


class NetworkRefusedError(Exception):
    """A test tried to leave this machine."""


def _is_here(host: object) -> bool:
    """Say whether an address is this machine: loopback, a local socket's path, or none at all."""
    if not isinstance(host, str) or host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return "/" in host


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ADDRESSED:
        address = arguments[ADDRESSED[event]]
        host = address[0] if isinstance(address, tuple) else address
        if not _is_here(host):
            raise NetworkRefusedError(f"{event} to {host}: tests stay on loopback")


def pytest_configure() -> None:
    """Work in memory where the system has room there: every new store waits for the disk."""
    gc.disable()  # until all is collected
    memory = Path("/dev/shm")  # noqa: S108 - pytest makes a private folder in it
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


def pytest_collection_finish() -> None:
    """Keep the collected tests out of every later garbage collection: a tenth of the time."""
    gc.enable()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _stay_on_loopback() -> None:
    """Refuse every socket that would leave this machine, in whatever library it is opened."""
    sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start in English, without the settings, the log set-up or the log context of another."""
    for name in [name for name in os.environ if name.startswith("SAVOIR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANGUAGE", "en")
    speak("en")
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder; of its files what they hold and not their holes: an index is mostly holes."""
    shutil.copytree(source, target, copy_function=_copy_sparsely, dirs_exist_ok=True)


def _copy_sparsely(source: str, target: str) -> None:
    with Path(source).open("rb") as old, Path(target).open("wb") as new:
        size, at = os.fstat(old.fileno()).st_size, 0
        new.truncate(size)
        with suppress(OSError):  # nothing but a hole is left
            while at < size:
                start = os.lseek(old.fileno(), at, os.SEEK_DATA)
                at = os.lseek(old.fileno(), start, os.SEEK_HOLE)
                os.pwrite(new.fileno(), os.pread(old.fileno(), at - start, start), start)


SERVER = os.environ.get("SAVOIR_TEST_DATABASE_URL", "")
"""A PostgreSQL server's database; tests make databases of their own beside it."""


def own_database(template: str = "", encoding: str = "") -> str:
    """The address of a new database on the server: an empty one, or a copy of another's."""
    url = make_url(SERVER).set(drivername="postgresql+psycopg")
    name = f"savoir_{secrets.token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        copied = f" TEMPLATE {make_url(template).database}" if template else ""
        copied += f" TEMPLATE template0 ENCODING '{encoding}'" if encoding else ""
        connection.execute(text(f"CREATE DATABASE {name}{copied}"))
    engine.dispose()
    plain = url.set(drivername="postgresql", database=name)
    return plain.render_as_string(hide_password=False)


def drop_database(address: str) -> None:
    """Delete a database that `own_database` made."""
    url = make_url(SERVER).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {make_url(address).database} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where a ledger is to be: a path, and on a server where there is one."""
    if request.param == "sqlite":
        yield tmp_path / "ledger.db"
        return
    if not SERVER:
        pytest.skip("SAVOIR_TEST_DATABASE_URL names no PostgreSQL server")
    address = own_database()
    yield address
    drop_database(address)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty English workspace with the default settings."""
    return create_workspace(tmp_path / "workspace")


@dataclass(frozen=True)
class Said:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def savoir(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `savoir` with the arguments given, in this process."""

    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
