"""What each route of a client's mail starts: a reply, a proposal, or only notes.

A route that nobody has said anything about drafts a reply where its mail asks something. What was
set stands beside the models of triage, and goes with the client.
"""

import json
from pathlib import Path
from typing import Literal, get_args

from sqlalchemy import Engine

from savoirfaire.agents.triage.files import written
from savoirfaire.errors import TriageError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.workspace import within

Start = Literal["asked", "reply", "proposal", "note"]
STARTS: tuple[Start, ...] = get_args(Start)
"""`asked`: a reply where the mail asks something; `note`: what it says and promises, no reply."""


class Starts:
    """What the routes of a workspace's clients start. Raises ScopeError without a client."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    def of(self, scope: ClientScope) -> dict[str, Start]:
        """What was set, by route. Raises TriageError where the file is damaged."""
        with reading(self._engine, scope):
            return self._read(scope)

    def put(self, scope: ClientScope, route: str, start: Start) -> dict[str, Start]:
        """Set what a route starts from now on; everything that is set."""
        with changing(self._engine, scope):
            kept = {**self._read(scope), route: start}
            data = json.dumps(kept, ensure_ascii=False, indent=1)
            written(self._place(scope), data.encode())
        return kept

    def _place(self, scope: ClientScope) -> Path:
        return within(self._folder, client_of(scope)) / "starts.json"

    def _read(self, scope: ClientScope) -> dict[str, Start]:
        path = self._place(scope)
        if not path.is_file():
            return {}
        try:
            kept = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise TriageError("the list of what routes start is damaged") from error
        if not isinstance(kept, dict) or not all(each in STARTS for each in kept.values()):
            raise TriageError("the list of what routes start is damaged")
        return kept
