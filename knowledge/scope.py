"""The scope of every read and write: one client, named on purpose.

No scope, an empty scope and an unknown client are errors; "every client" cannot be expressed. House
knowledge is a second scope whose results the caller merges, never a wider filter.
"""

import re
from dataclasses import dataclass

from savoirfaire.errors import ScopeError

HOUSE = "house"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def check_name(name: str) -> str:
    """Return `name` if it can name a client: lower-case letters, digits and inner hyphens.

    The name becomes a folder of the index and the outbox, so nothing else is let in.
    """
    if not _NAME.fullmatch(name):
        raise ScopeError(
            "{name} cannot name a client: use 1 to 64 lower-case letters, digits and hyphens",
            name=repr(name),
            hint="For example: savoir client add maison-durand",
        )
    return name


@dataclass(frozen=True)
class ClientScope:
    """One client of the ledger. `Ledger.scope` gives one after making sure that it exists."""

    client: str

    def __post_init__(self) -> None:
        """Refuse what is not the name of one client."""
        if not isinstance(self.client, str) or not self.client:
            raise ScopeError("this needs a client: the scope is empty")
        check_name(self.client)


def client_of(scope: ClientScope) -> str:
    """The client of a scope; ScopeError for anything else, such as None or a bare name."""
    if not isinstance(scope, ClientScope):
        raise ScopeError("this needs a client: there is no scope")
    return scope.client
