"""A workspace's knowledge, opened without models or graphs: they take a second to import."""

from collections.abc import Iterator
from contextlib import contextmanager

from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.index import EdgeIndex
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.readers import Limits
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.settings import Settings
from savoirfaire.workspace import Workspace


@contextmanager
def open_knowledge(workspace: Workspace) -> Iterator[Knowledge]:
    """The knowledge of a workspace, without any model."""
    with Knowledge(Ledger(open_database(workspace.ledger)), EdgeIndex(workspace.index)) as opened:
        yield opened


def limits(settings: Settings) -> Limits:
    """What one file may cost."""
    return Limits(**settings.limits.model_dump())
