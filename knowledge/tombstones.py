"""Tombstones: what was forgotten, as keyed hashes, so that it is not taken in again.

A hash is HMAC-SHA256 (RFC 2104) under the workspace's own secret, over what was forgotten and whose
it was: without the secret, nobody can try names or files against it. Of a source it is over the
SHA-256 of its bytes; of a person over the folded words of each way the name is written; of a client
over its name.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, Engine, bindparam, delete, select

from savoirfaire.errors import BusyError, ConflictError
from savoirfaire.knowledge.access import client_row
from savoirfaire.knowledge.mentions import Mentions, Words, sought
from savoirfaire.knowledge.schema import tombstones
from savoirfaire.knowledge.scope import ClientScope, client_of

Kind = Literal["source", "person", "client"]

WITHHELD = b"?"
"""Begins an origin that is a keyed hash, and no path of a file."""

_OF = select(tombstones).where(tombstones.c.scope == bindparam("of"))
_ANY = select(tombstones.c.hash).limit(1)


@dataclass(frozen=True)
class Forgotten:
    """What of one client was forgotten, at one moment; empty for most clients."""

    hashes: frozenset[str]
    mentions: Mentions
    digest: Any = None
    again: Callable[[Connection, ClientScope], "Forgotten"] | None = None
    """Reads the same once more, in a transaction."""

    def require(self, connection: Connection, scope: ClientScope) -> None:
        """Raise BusyError where something was forgotten since: it must not be written again."""
        if self.again is None:
            return
        now = self.again(connection, scope)
        if (now.hashes, now.mentions.names) != (self.hashes, self.mentions.names):
            raise BusyError(
                "something of {client} was forgotten meanwhile",
                client=scope.client,
                hint="What was read before is kept. Do it again: it goes on without what is gone.",
            )

    def source(self, digest: str) -> bool:
        """Whether a source of these bytes was forgotten."""
        return bool(self.hashes) and self.digest(digest) in self.hashes


class Tombstones:
    """The tombstones of a workspace; `key` is its secret (`workspace.load_secret`)."""

    def __init__(self, engine: Engine, key: bytes) -> None:
        self._engine = engine
        self._key = key

    def of(self, scope: ClientScope) -> Forgotten:
        """All that was forgotten of a client, read once: for a batch of files."""
        client_of(scope)
        with self._engine.connect() as connection:
            return self.within(scope, connection)

    def within(self, scope: ClientScope, connection: Connection) -> Forgotten:
        """The same inside a transaction that is under way."""
        client = client_of(scope)
        client_row(connection, client)
        if connection.execute(_ANY).first() is None:
            return Forgotten(frozenset(), Mentions(), again=self._again)
        rows = connection.execute(_OF, {"of": self.scope_hash(client)}).all()
        people = [(row.words, row.hash) for row in rows if row.kind == "person"]
        return Forgotten(
            frozenset(row.hash for row in rows if row.kind == "source"),
            Mentions.known(people, lambda words: self.hash("person", client, _said(words))),
            lambda digest: self.hash("source", client, digest),
            self._again,
        )

    def _again(self, connection: Connection, scope: ClientScope) -> Forgotten:
        return self.within(scope, connection)

    def forgotten(self, scope: ClientScope, sha256: str) -> bool:
        """Whether a source of these bytes was forgotten for this client."""
        return self.of(scope).source(sha256)

    def redact(self, scope: ClientScope, text: str) -> str:
        """`text` with a neutral mark for each mention of a person who was forgotten."""
        return self.of(scope).mentions.redact(text)

    def admit(self, connection: Connection, name: str, *, again: bool) -> None:
        """Refuse a client that was forgotten, unless a person says that it may come `again`.

        Raises ConflictError. Of a client that comes back, forgotten people stay forgotten.
        """
        mine = tombstones.c.hash == self.hash("client", name, name)
        if again:
            connection.execute(delete(tombstones).where(mine))
        elif connection.execute(select(tombstones.c.hash).where(mine)).first() is not None:
            raise ConflictError(
                "the client {name} was forgotten here",
                name=name,
                hint="Give it another name, or say `--again` to let it come back.",
            )

    # --- what is written down when something is forgotten -----------------------------------------

    def hash(self, kind: str, client: str, value: str) -> str:
        """The keyed hash of something of a client, 64 hexadecimal digits."""
        said = f"{kind}\0{client}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, said, "sha256").hex()

    def scope_hash(self, client: str) -> str:
        """The keyed hash that stands for a client."""
        return self.hash("scope", client, "")

    def withheld(self, client: str, origin: bytes) -> bytes:
        """What stands for the path of a file that names a person: it can be compared, not read.

        The same as an ingest makes of such a path.
        """
        return WITHHELD + self.hash("source", client, sha256(origin).hexdigest()).encode()

    def graves(
        self, client: str, kind: Kind, values: Iterable[str], said: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """The rows for what is forgotten: of a source its SHA-256, of a person each name.

        `said` is the rest of the row: `forgotten_at` and `certificate`.
        """
        common = {"kind": kind, "scope": self.scope_hash(client), **said}
        if kind != "person":
            return [
                {**common, "hash": self.hash(kind, client, value), "words": 0} for value in values
            ]
        return [
            {**common, "hash": self.hash(kind, client, _said(form)), "words": count}
            for count, form in sought(values)
        ]


def _said(words: Words) -> str:
    return " ".join(words)
