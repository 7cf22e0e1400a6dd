"""Facts to test with: a client whose one source says all that is asserted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.facts import Fact, Facts
from savoirfaire.knowledge.ledger import Ledger, Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope

TEXT = "Everything is said here. Twice said, twice said. Prices rose.\n"
PATH = "notes.md"
Say = Callable[..., Fact]


@pytest.fixture
def ledger(data: Path) -> Any:
    """An empty ledger with the client `acme` and its source."""
    opened = Ledger(open_database(data / "ledger.db", wait=5))
    opened.put(opened.add_client("acme", "en"), [source(ClientScope("acme"))])
    yield opened
    opened.close()


@pytest.fixture
def scope(ledger: Ledger) -> ClientScope:
    """The client."""
    return ledger.scope("acme")


@pytest.fixture
def facts(ledger: Ledger) -> Facts:
    """The facts of the ledger."""
    return Facts(ledger.engine)


@pytest.fixture
def say(facts: Facts, scope: ClientScope) -> Say:
    """Assert a fact as a person does who has a source for it."""

    def assert_(subject: str, attribute: str, value: str | None = None, **more: Any) -> Fact:
        given = {"citations": [quote(scope, "Everything is said here.")], "author": "kim"} | more
        return facts.assert_(scope, subject, attribute, value=value, **given)  # noqa: PT009

    return assert_


def source(scope: ClientScope, path: str = PATH, text: str = TEXT) -> Source:
    """A source of a client."""
    spans = cut(source_id(scope, path), text)
    return Source(path, "document", "Notes", None, None, "0" * 64, text, spans)


def quote(scope: ClientScope, words: str, path: str = PATH, **more: Any) -> Citation:
    """Words of a source of the client."""
    return Citation(source=source_id(scope, path), quote=words, **more)
