"""The way to a client's rows: a transaction, of one client, that exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, select

from savoirfaire.errors import ScopeError
from savoirfaire.knowledge.database import writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.quickly import quickly
from savoirfaire.knowledge.schema import clients
from savoirfaire.knowledge.scope import ClientScope, client_of

_CLIENT = select(clients).where(clients.c.name == bindparam("client"))
_IS_THERE = select(clients.c.name).where(clients.c.name == bindparam("client"))


@contextmanager
def reading(engine: Engine, scope: ClientScope) -> Iterator[Connection]:
    """One unchanging view of the ledger, for reading a client's rows. Raises ScopeError."""
    client = client_of(scope)
    with engine.connect() as connection:
        _require(connection, client)
        yield connection


@contextmanager
def changing(engine: Engine, scope: ClientScope) -> Iterator[Connection]:
    """A transaction for writing a client's rows, alone with them. Raises ScopeError."""
    client = client_of(scope)
    with writing(engine) as connection:
        _require(connection, client)
        yield connection


def client_row(connection: Connection, client: str) -> Row[Any]:
    """The row of a client that exists, else ScopeError with the nearest names."""
    row = connection.execute(_CLIENT, {"client": client}).first()
    if row is None:
        raise unknown(connection, client)
    return row


def _require(connection: Connection, client: str) -> None:
    if not quickly(connection, _IS_THERE, {"client": client}).rows:
        raise unknown(connection, client)


def unknown(connection: Connection, client: str) -> ScopeError:
    """What to raise of a client that does not exist, with the nearest names."""
    names = connection.scalars(select(clients.c.name)).all()
    return ScopeError("there is no client {name}{near}", name=client, near=near(client, names))
