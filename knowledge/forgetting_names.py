"""What else a person is called in a client's sources: addresses beside the name, and parts of it.

An address that stands beside the name as mails write it, `Nadia Ferrand <n.ferrand@x.example>`, and
beside nobody else's, is the person's. What may be another's too, such as a surname by itself, is
only named: a person says whether it goes.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.mentions import Mentions
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import entities, sources
from savoirfaire.knowledge.scope import ClientScope

_ADDRESS = r"[A-Za-z0-9](?:[\w.+'-]{0,63})@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
_BESIDE = re.compile(
    rf"(?P<name>[^<>\[\]\n]{{0,200}})[<\[](?:mailto:)?(?P<address>{_ADDRESS})[>\]]"
)
_ANY = re.compile(_ADDRESS)
_WORD = re.compile(r"[^\W\d_]+")
_PARTICLES = frozenset(["de", "del", "der", "des", "di", "du", "la", "le", "les", "van", "von"])
_SHORTEST = 3  # letters of a name that is looked for within an address
_TEXTS = 32  # whole texts in memory at a time


class Others(NamedTuple):
    """Addresses that are the person's, and in how many sources each other word still stands."""

    addresses: list[str]
    left: dict[str, int]


def others(connection: Connection, scope: ClientScope, names: Sequence[str]) -> Others:
    """What a person of these names is also called in the sources of a client."""
    people = Mentions.of(names)
    mine, shared = _paired(connection, scope, names, people)
    all_of = Mentions.of([*names, *mine])
    parts = [part for name in names if "@" not in name for part in name.split() if _tells(part)]
    parted = Mentions.of(parts)
    letters = {fold(part) for part in parts if len(part) >= _SHORTEST}
    written: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in _texts(connection, scope):
        left = all_of.redact(text)
        found = {*_alone(left, parted), *_addresses(left, letters, shared)}
        counts.update({written.setdefault(fold(each), each) for each in found})
    return Others(sorted(mine), dict(sorted(counts.items(), key=lambda each: (-each[1], each[0]))))


def nearest_person(connection: Connection, scope: ClientScope, name: str) -> str:
    """The people known by name who are called most like `name`, to end a message with."""
    authors = select(sources.c.author).where(sources.c.client == scope.client)
    named = select(entities.c.name).where(entities.c.client == scope.client)
    known = {*connection.scalars(authors), *connection.scalars(named)} - {None}
    for text in _texts(connection, scope):
        known |= {_bare(each["name"]) for each in _BESIDE.finditer(text)}
    return near(name, sorted(known - {""}))


def _paired(
    connection: Connection, scope: ClientScope, names: Sequence[str], people: Mentions
) -> tuple[set[str], set[str]]:
    """The addresses beside the person's name: those beside no other's, and the rest."""
    own = {word for name in names for word in _words(name)}
    hers: set[str] = set()
    others_too: set[str] = set()
    for text in _texts(connection, scope):
        for each in _BESIDE.finditer(text):
            address = each["address"].casefold()
            if any(_is_name(said, people) for said in _readings(each["name"])):
                hers.add(address)
            elif not (people.spans(each["name"]) or _is_part(_bare(each["name"]), address, own)):
                others_too.add(address)
    known = {each for each in hers if people.spans(each)}
    return hers - others_too - known, (hers & others_too) - known


def _texts(connection: Connection, scope: ClientScope) -> Iterator[str]:
    mine = select(sources.c.text).where(sources.c.client == scope.client)
    ordered = mine.order_by(sources.c.path).execution_options(yield_per=_TEXTS)
    yield from connection.scalars(ordered)


def _readings(before: str) -> list[str]:
    """The ways to read where a name begins: a comma may stand within it or before it."""
    said = before.rpartition(":")[2]
    return [before, said, re.split("[,;]", said)[-1], ",".join(said.split(",")[-2:])]


def _bare(before: str) -> str:
    return _readings(before)[2].strip(" \"'«»“”()>|*")


def _is_name(said: str, people: Mentions) -> bool:
    """Whether words are the person's name and nothing else."""
    spans = people.spans(said)
    if len(spans) != 1:
        return False
    start, end = spans[0]
    return not _words(said[:start] + " " + said[end:])


def _is_part(said: str, address: str, own: set[str]) -> bool:
    """Whether words beside an address are nobody else's name."""
    initials = {word[0] for word in own}
    return said.casefold() == address or all(w in own or w in initials for w in _words(said))


def _words(said: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(said)]


def _tells(part: str) -> bool:
    """Whether a part of a name says something by itself."""
    letters = fold("".join(_WORD.findall(part)))
    return len(letters) > 1 and letters not in _PARTICLES


def _alone(text: str, parted: Mentions) -> Iterator[str]:
    """Parts of the name by themselves, where they are written as names are."""
    for start, end in parted.spans(text):
        if text[start].isupper():
            yield text[start:end]


def _addresses(text: str, letters: set[str], shared: set[str]) -> Iterator[str]:
    """Addresses that have a part of the name in them, or that the person shares with others."""
    for each in _ANY.findall(text):
        local = fold(each.partition("@")[0])
        if each.casefold() in shared or any(part in local for part in letters):
            yield each.casefold()
