"""The graphs as an Agent Server imports them, named in `langgraph.json`.

Nothing is opened when this module is imported. Each factory composes its graph from the workspace
found from the current folder; the server brings the checkpoints. A caller gives the context
`{"client": …, "run": …}` and answers a gate with the hash of the payload it was shown.

Decisions given through an Agent Server skip the table of approvals: `savoir inbox` does not list
those questions, and neither the first answer's precedence nor who gave it is kept there.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


@asynccontextmanager
async def newsletter() -> AsyncIterator["CompiledStateGraph[Any, Any, Any, Any]"]:
    """The newsletter, with the model and the knowledge of the workspace."""
    from savoirfaire.cli.studio import open_runs
    from savoirfaire.settings import load_settings
    from savoirfaire.workspace import Workspace, find_workspace

    folder = find_workspace(Path.cwd())
    workspace = Workspace(folder, load_settings(folder, os.environ))
    workspace.prepare()
    async with open_runs(workspace) as runs:
        yield runs.wired("newsletter").graph
