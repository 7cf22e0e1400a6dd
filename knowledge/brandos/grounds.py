"""What records rest on: each citation is checked, against its source and against the record."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete

from savoirfaire.errors import RecordError
from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.citations import checked, cite
from savoirfaire.knowledge.schema import citations
from savoirfaire.knowledge.scope import ClientScope


def grounded(
    connection: Connection, scope: ClientScope, given: Sequence[Citation], data: Any
) -> list[Citation]:
    """The citations with their spans, each once.

    Raises CitationError where a source does not have the quote at the span given, or no span is
    given and the quote is not there exactly once; RecordError where `field` is not in the data.
    """
    for each in given:
        if not points_into(data, each.field):
            raise RecordError("a citation is of {field}, which is not there", field=each.field)
    return checked(connection, scope, given)


def points_into(data: Any, pointer: str) -> bool:
    """Whether a JSON pointer (RFC 6901) leads somewhere in plain data."""
    if not pointer:
        return True
    if not pointer.startswith("/"):
        return False
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            return False
    return True


def recite(
    connection: Connection, scope: ClientScope, owner: str, given: Sequence[Citation]
) -> None:
    """Put these citations in the place of those that a record has."""
    connection.execute(
        delete(citations).where(citations.c.client == scope.client, citations.c.owner == owner)
    )
    cite(connection, scope, owner, given)
