"""A proposal asked for with nothing but the brief: a document instead of a request."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from savoirfaire.cli.messages import _
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.workspace import Workspace

_GRAPH = "proposal"
_REQUESTS = {".yaml", ".yml", ".json"}


def is_brief(graph: str, path: Path) -> bool:
    """Whether what a graph is started with is a document to answer, and no request."""
    return graph == _GRAPH and path.suffix.lower() not in _REQUESTS


async def brief_request(
    workspace: "Workspace", knowledge: "Knowledge", scope: "ClientScope", path: Path
) -> dict[str, Any]:
    """The request for a proposal to a document, which is read into the client's knowledge.

    Of a mail with attachments, the brief is the part that asks for most. Raises RequestError where
    it cannot be read.
    """
    names = await asyncio.to_thread(_read, workspace, knowledge, scope, path)
    return {
        "brief": _asking_most(knowledge, scope, names),
        "language": knowledge.ledger.language(scope),
        "date": datetime.now(UTC).astimezone().date().isoformat(),
    }


def _read(
    workspace: "Workspace", knowledge: "Knowledge", scope: "ClientScope", path: Path
) -> list[str]:
    """Read a file into a client's knowledge; the paths of its sources."""
    from savoirfaire.cli.shelf import limits, tombstones
    from savoirfaire.knowledge.ingest import ingest
    from savoirfaire.knowledge.readers import INSIDE, find_files

    said: dict[str, Exception] = {}
    if path.is_dir():
        raise RequestError("{file} is a folder: a proposal answers one brief", file=path.name)
    ingest(
        knowledge,
        scope,
        [path],
        limits=limits(workspace.settings),
        forgotten=tombstones(workspace, knowledge).of(scope),
        listen=lambda name, _outcome, error: said.update({name: error} if error else {}),
    )
    (name,) = [each for _path, each in find_files([path])]
    if name in said:
        raise RequestError("{file} cannot be read: {reason}", file=name, reason=said[name])
    rows = knowledge.ledger.sources(scope)
    return [e.path for e in rows if e.path == name or e.path.startswith(f"{name}{INSIDE}")]


def _asking_most(knowledge: "Knowledge", scope: "ClientScope", names: list[str]) -> str:
    """The source that asks for most; of several alike, the first."""
    from savoirfaire.agents.bids.requirements import requirements
    from savoirfaire.cli.output import note

    texts = {
        row.path: knowledge.ledger.text(scope, row.id)
        for row in knowledge.ledger.sources(scope)
        if row.path in names
    }
    if not texts:
        raise RequestError("there is nothing to read in it", hint="Give a brief with words in it.")
    best = max(sorted(texts), key=lambda path: len(requirements(texts[path])))
    if len(texts) > 1:
        note(_("the brief is {file}, of {count} parts").format(file=best, count=len(texts)))
    return str(best)
