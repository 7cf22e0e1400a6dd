"""The queue, opened when it is first needed: importing DBOS takes a third of a second."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from savoirfaire.graphs.submitting import Ticket

if TYPE_CHECKING:
    from savoirfaire.graphs.queueing.engine import DbosTickets


class LateTickets:
    """Tickets as `DbosTickets` has them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def opened(self) -> "DbosTickets":
        """The queue itself."""
        from savoirfaire.graphs.queueing.engine import DbosTickets  # noqa: PLC0415

        return DbosTickets(self._engine)

    def ready(self) -> None:
        """Make what the queue needs."""
        self.opened.ready()

    def put(self, connection: Connection, tickets: Sequence[Ticket]) -> None:
        """Put tickets in the queue, in the caller's transaction on the ledger."""
        self.opened.put(connection, tickets)

    def close(self) -> None:
        """Give every connection back."""
        if "opened" in self.__dict__:
            self.opened.close()
