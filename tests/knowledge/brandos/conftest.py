"""A Brand OS to test with, and sources as the readers give them."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import Engine

from savoirfaire.knowledge.brandos.records import Citation
from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger, Source, source_id
from savoirfaire.knowledge.readers.document import Document
from savoirfaire.knowledge.scope import ClientScope

Put = Callable[..., str]
Cite = Callable[..., Citation]


@pytest.fixture
def engine(data: Path) -> Iterator[Engine]:
    """The database of an empty ledger."""
    opened = open_database(data / "ledger.db", wait=5)
    yield opened
    opened.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """Its ledger."""
    return Ledger(engine)


@pytest.fixture
def brand_os(engine: Engine) -> BrandOS:
    """The Brand OS of its clients."""
    return BrandOS(engine)


@pytest.fixture
def acme(ledger: Ledger) -> ClientScope:
    """A client of the ledger, in the place of that of the whole store."""
    return ledger.add_client("acme", "en")


@pytest.fixture
def put(ledger: Ledger) -> Put:
    """Put a source, a text or what a reader gave; its id."""

    def put(
        scope: ClientScope,
        path: str,
        read: str | Document,
        *,
        kind: str = "",
        date: str | None = None,
        container: str | None = None,
    ) -> str:
        document = read if isinstance(read, Document) else Document(read)
        made = Source(
            path=path,
            kind=kind or document.kind,
            title=document.title,
            date=date or document.date,
            language=document.language,
            sha256="0" * 64,
            text=document.text,
            spans=(),
            locators=[asdict(each) for each in document.locators],
            container=container,
        )
        ledger.put(scope, [made])
        return source_id(scope, path)

    return put


@pytest.fixture
def cite(put: Put) -> Cite:
    """Cite words, from a source made of them."""

    def cite(scope: ClientScope, words: str, field: str = "", path: str = "") -> Citation:
        source = put(scope, path or f"{words}.md", f"It says: {words}.")
        return Citation(source=source, quote=words, field=field)

    return cite
