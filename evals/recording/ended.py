"""An ended run, read from its workspace: how it was asked, what was decided, known, and made."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from savoirfaire.agents.model import Endpoint
from savoirfaire.errors import SavoirError
from savoirfaire.evals.recording.taking import take
from savoirfaire.evals.tasks.form import Decision, Decisions, Model, Passed, Snapshot
from savoirfaire.graphs.gates.approvals import resume_value
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import HOUSE, ClientScope

_ENDED = {"completed", "needs_attention"}
_PLAN = ("mode", "policy", "ask", "draw", "reason")


@dataclass(frozen=True)
class Ended:
    """A run that has ended: its row, how it was asked, what was decided and known, its state."""

    row: Row[Any]
    model: Model
    decisions: Decisions
    snapshot: Snapshot
    texts: dict[str, str]
    state: dict[str, Any]


async def ended_run(runs: Runs, run: str, endpoint: Endpoint) -> Ended:
    """An ended run, read from its workspace. Raises SavoirError where it has not ended."""
    row = runs.get(run)
    if row.status not in _ENDED or row.outcome == "planted":
        raise SavoirError(
            "run {run} cannot be recorded: it has not ended",
            run=run,
            hint="Decide what it waits for: `savoir inbox`. Planted items cannot be recorded.",
        )
    state = await runs.state(run)
    snapshot, texts = _known(runs.knowledge.ledger, ClientScope(row.client), row.created_at)
    decisions = Decisions(people=_people(runs, run), policy=_policy(state))
    return Ended(row, _model(row, endpoint), decisions, snapshot, texts, state)


def _known(ledger: Ledger, scope: ClientScope, clock: str) -> tuple[Snapshot, dict[str, str]]:
    """What was known of the client, and of the house where there is one: the texts are of both."""
    snapshot, texts = take(ledger, scope, clock)
    names = {name for name, *_ in ledger.clients()}
    if HOUSE not in names or scope.client == HOUSE:
        return snapshot, texts
    house, its_texts = take(ledger, ClientScope(HOUSE), clock)
    return snapshot.model_copy(update={"house": house}), texts | its_texts


def _model(row: Row[Any], endpoint: Endpoint) -> Model:
    return Model(
        mode="offline" if row.model == "offline" else "replay",
        name=endpoint.name,
        structured=endpoint.structured,
        temperature=endpoint.temperature,
        max_tokens=endpoint.max_tokens,
    )


def _people(runs: Runs, run: str) -> list[Decision]:
    asked: Counter[str] = Counter()
    found = []
    for each in runs.approvals.of_run(run):
        asked[each.gate] += 1
        if each.decided_by:
            found.append(
                Decision(
                    gate=each.gate,
                    occurrence=asked[each.gate],
                    payload_hash=each.payload_hash,
                    shown=each.request["action_requests"][0]["args"],
                    answer=resume_value(each),
                )
            )
    return found


def _policy(state: dict[str, Any]) -> list[Passed]:
    """What the policy said of each item that the state still has."""
    found = []
    for gate, plan in state.get("gates", {}).items():
        decision = state.get("decisions", {}).get(gate, {})
        found.append(
            Passed(
                gate=gate,
                payload_hash=plan["payload_hash"],
                plan={key: plan[key] for key in _PLAN if key in plan},
                approval=decision.get("approval", "") if decision.get("passed") else "",
            )
        )
    return found
