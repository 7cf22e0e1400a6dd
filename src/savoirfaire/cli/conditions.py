"""The conditions of a search as a person gives them: values that exist, days in their order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from savoirfaire.errors import NotFoundError

if TYPE_CHECKING:
    from savoirfaire.knowledge.ledger import Ledger
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.times import AsOf
    from savoirfaire.knowledge.where import Where

Kinds = Annotated[
    list[str] | None, typer.Option(help="Only sources of this kind; may be repeated.")
]
Channels = Annotated[
    list[str] | None, typer.Option(help="Only sources of this channel; may be repeated.")
]
Authors = Annotated[
    list[str] | None, typer.Option(help="Only sources of this author; may be repeated.")
]
Since = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only sources dated from this day on.")
]
Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="Only sources dated up to this day.")
]

_SHOWN = 12


@dataclass(frozen=True)
class Given:
    """What the options say; an author may be given by a part of the name."""

    kinds: Sequence[str] | None = None
    channels: Sequence[str] | None = None
    authors: Sequence[str] | None = None
    since: str | None = None
    until: str | None = None
    as_of: "AsOf | None" = None


def where(ledger: "Ledger", scope: "ClientScope", given: Given) -> "Where":
    """The conditions of a client's sources. Raises NotFoundError for a value that none has."""
    from savoirfaire.knowledge.where import Where

    found = Where(since=given.since, until=given.until, as_of=given.as_of)
    if not (given.kinds or given.channels or given.authors):
        return found
    known, client = ledger.distinct(scope), scope.client
    return Where(
        tuple(_kind(each, known["kind"], client) for each in given.kinds or ()),
        tuple(_channel(each, known["channel"], client) for each in given.channels or ()),
        tuple(
            author
            for each in given.authors or ()
            for author in _authors(each, known["author"], client)
        ),
        given.since,
        given.until,
        given.as_of,
    )


def _kind(value: str, known: Iterable[str], client: str) -> str:
    if value not in known:
        raise NotFoundError(
            "{client} has no source of the kind {value}; there are: {known}",
            client=client,
            value=value,
            known=_known(value, known),
        )
    return value


def _channel(value: str, known: Iterable[str], client: str) -> str:
    from savoirfaire.knowledge.analysis import fold

    if fold(value) not in {fold(each) for each in known}:
        raise NotFoundError(
            "{client} has no source of the channel {value}; there are: {known}",
            client=client,
            value=value,
            known=_known(value, known),
        )
    return value


def _authors(value: str, known: Iterable[str], client: str) -> list[str]:
    """The author of this name, else all who have its words in theirs."""
    from savoirfaire.knowledge.analysis import fold

    names = sorted(known)
    wanted = fold(value)
    exact = [each for each in names if fold(each) == wanted]
    words = set(wanted.split())
    found = exact or [each for each in names if words and words <= set(fold(each).split())]
    if not found:
        raise NotFoundError(
            "{client} has no source of the author {value}; there are: {known}",
            client=client,
            value=value,
            known=_known(value, names),
        )
    return found


def _known(value: str, known: Iterable[str]) -> str:
    """The values there are, those most like what was given first."""
    import difflib

    names = sorted(known)
    near = difflib.get_close_matches(value, names, n=3)
    first = [*near, *(each for each in names if each not in near)]
    return ", ".join([*first[:_SHOWN], *(["…"] if first[_SHOWN:] else [])]) or "–"
