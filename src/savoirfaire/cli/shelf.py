"""A workspace's knowledge, opened without models or graphs: they take a second to import."""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

import structlog

from savoirfaire.errors import SettingsError
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.embedding import Embedder
from savoirfaire.knowledge.engines import Index
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.indexing import form_of
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.readers import Limits
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Tombstones
from savoirfaire.settings import IndexSettings, Settings
from savoirfaire.workspace import Workspace, load_secret

log = structlog.get_logger(__name__)


@contextmanager
def open_knowledge(workspace: Workspace) -> Iterator[Knowledge]:
    """The knowledge of a workspace, without any model."""
    embedder = open_embedder(workspace.settings)
    index = open_index(workspace, form_of(embedder))
    with Knowledge(Ledger(open_database(workspace.database)), index, embedder) as opened:
        yield opened


def open_embedder(settings: Settings) -> Embedder | None:
    """What gives passages vectors, where the settings name a model; nothing is asked of it yet.

    Offline and in replay there is none: what was recalled is on the tape.
    """
    model, name = settings.model, settings.retrieval.embeddings
    if not name or model.resolved_mode not in {"live", "record"}:
        return None
    from savoirfaire.agents.embedding import EndpointEmbedder
    from savoirfaire.agents.model import Endpoint

    endpoint = Endpoint(
        base_url=model.base_url,
        api_key=model.api_key,
        timeout=model.timeout,
        retries=model.retries,
    )
    return EndpointEmbedder(endpoint, name)


def open_index(workspace: Workspace, form: str = FORM) -> Index:
    """The index that the settings name; nothing is asked of a server yet."""
    chosen = workspace.settings.index
    if chosen.engine == "edge":
        return EdgeIndex(workspace.index, form, keep=chosen.open_clients)
    return _server_index(chosen, workspace.index, form)


def _server_index(chosen: IndexSettings, locks: Path, form: str) -> Index:
    import warnings

    from qdrant_client import QdrantClient

    from savoirfaire.knowledge.engines.options import Options
    from savoirfaire.knowledge.engines.server import ServerIndex

    url = chosen.url or os.environ.get("QDRANT_URL")
    if not url:
        raise SettingsError("with index.engine = server, index.url is needed too")
    key = chosen.api_key.get_secret_value() if chosen.api_key else None
    with warnings.catch_warnings(record=True, action="always") as said:  # of a key in the clear
        client = QdrantClient(
            url, api_key=key, timeout=ceil(chosen.timeout), check_compatibility=False
        )
    for each in said:
        log.warning("index.server", reason=str(each.message))
    known = {each.name for each in dataclasses.fields(Options)}
    options = Options(**chosen.model_dump(include=known))
    return ServerIndex(client, chosen.collection, form, locks=locks, options=options)


def tombstones(workspace: Workspace, knowledge: Knowledge) -> Tombstones:
    """What was forgotten in a workspace."""
    return Tombstones(knowledge.ledger.engine, load_secret(workspace.secret))


def limits(settings: Settings) -> Limits:
    """What one file may cost."""
    return Limits(**settings.limits.model_dump())
