"""The last proposal to the same brief, to compare a new one with."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, select

from savoirfaire.knowledge.access import reading
from savoirfaire.knowledge.schema import approvals, runs, seeds
from savoirfaire.knowledge.scope import ClientScope

_GRAPH, _GATE = "proposal", "send"


def last_proposal(engine: Engine, scope: ClientScope, brief: str, *, before: str) -> str:
    """The Markdown of the newest proposal to `brief` of the runs begun before the run `before`.

    As it was decided on, a person's edits included, else as it was shown; empty where there is
    none. What was planted to test reviewers is none.
    """
    mine = select(runs.c.created_at).where(runs.c.id == before, runs.c.client == scope.client)
    query = (
        select(approvals.c.request, approvals.c.decision, runs.c.request.label("asked"))
        .join(runs, runs.c.id == approvals.c.run)
        .where(runs.c.client == scope.client, approvals.c.client == scope.client)
        .where(runs.c.graph == _GRAPH, approvals.c.gate == _GATE, runs.c.id != before)
        .where(runs.c.created_at <= mine.scalar_subquery())
        .where(runs.c.id.not_in(select(seeds.c.run)))
        .order_by(runs.c.created_at.desc(), approvals.c.asked_at.desc())
    )
    with reading(engine, scope) as connection:
        for row in connection.execute(query):
            if row.asked.get("brief") == brief:
                return _markdown(row.request, row.decision)
    return ""


def _markdown(request: Mapping[str, Any], decision: Mapping[str, Any] | None) -> str:
    arguments = request["action_requests"][0]["args"]
    for each in (decision or {}).get("decisions", ()):
        if each["type"] == "edit":
            arguments = each["edited_action"]["args"]
    return str(arguments.get("markdown", ""))
