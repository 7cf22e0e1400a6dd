"""Approvals: the pending questions at gates, and their answers.

An answer is written by compare-and-set on "nobody has decided yet": of two people who decide at
once, one wins and the other is told who, when and what. An answer carries the hash of exactly what
was shown.
"""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from savoirfaire.errors import ConflictError, NotFoundError, RequestError
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import approvals
from savoirfaire.tools.hashing import payload_hash

Verdict = Literal["approve", "edit", "reject"]


class Approvals:
    """The approvals of a workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(
        self, run: str, client: str, graph: str, interrupt: str, request: Mapping[str, Any]
    ) -> str:
        """Record a question and return its id; the same interrupt again is the same question."""
        with writing(self._engine) as connection:
            known = connection.scalar(
                select(approvals.c.id).where(
                    approvals.c.run == run, approvals.c.interrupt == interrupt
                )
            )
            if known is not None:
                return str(known)
            row = {
                "id": _next_id(connection, run, request["gate"]),
                "run": run,
                "client": client,
                "graph": graph,
                "gate": request["gate"],
                "interrupt": interrupt,
                "payload_hash": request["payload_hash"],
                "request": dict(request),
                "asked_at": now(connection),
            }
            connection.execute(upsert(approvals).values(row))
        return str(row["id"])

    def get(self, approval: str) -> Row[Any]:
        """An approval by id. Raises NotFoundError with the nearest open ones."""
        with self._engine.connect() as connection:
            row = connection.execute(select(approvals).where(approvals.c.id == approval)).first()
        if row is None:
            raise NotFoundError(
                "there is no approval {name}{near}",
                name=approval,
                near=near(approval, [each.id for each in self.open()]),
                hint="`savoir inbox` lists the open ones.",
            )
        return row

    def open(self, client: str | None = None) -> list[Row[Any]]:
        """Questions that nobody has answered, oldest first."""
        query = select(approvals).where(approvals.c.decided_by.is_(None))
        if client is not None:
            query = query.where(approvals.c.client == client)
        with self._engine.connect() as connection:
            return list(connection.execute(query.order_by(approvals.c.asked_at, approvals.c.id)))

    def of_run(self, run: str) -> list[Row[Any]]:
        """Every approval of a run, in the order they were asked."""
        query = select(approvals).where(approvals.c.run == run)
        with self._engine.connect() as connection:
            return list(connection.execute(query.order_by(approvals.c.asked_at, approvals.c.id)))

    def decide(
        self,
        approval: str,
        verdict: Verdict,
        *,
        by: str,
        reason: str = "",
        edits: Mapping[str, Any] | None = None,
    ) -> Row[Any]:
        """Answer a question, once. `edits` replaces arguments of the action, for an edit.

        Raises ConflictError where somebody decided first, RequestError where the answer is not one
        that the gate takes.
        """
        row = self.get(approval)
        decision = _decision(row, verdict, reason, edits)
        with writing(self._engine) as connection:
            won = connection.execute(
                update(approvals)
                .where(approvals.c.id == approval, approvals.c.decided_by.is_(None))
                .values(decided_by=by, decided_at=now(connection), decision=decision)
            )
        decided = self.get(approval)
        if won.rowcount == 0:
            answer = decided.decision["decisions"][0]["type"]
            raise ConflictError(
                "{who} decided {approval} at {time}: {answer}",
                who=decided.decided_by,
                approval=approval,
                time=decided.decided_at,
                answer=answer,
                hint="Your answer was not recorded; talk to them, or start a new run.",
            )
        return decided


def resume_value(row: Row[Any]) -> dict[str, Any]:
    """What the gate's interrupt is answered with: LangChain's decisions, bound to the payload."""
    return {**row.decision, "approval": row.id, "decided_by": row.decided_by}


def _decision(
    row: Row[Any], verdict: Verdict, reason: str, edits: Mapping[str, Any] | None
) -> dict[str, Any]:
    action = row.request["action_requests"][0]
    allowed = row.request["review_configs"][0]["allowed_decisions"]
    if verdict not in allowed:
        raise RequestError(
            "gate {gate} takes {allowed}, not {verdict}",
            gate=row.gate,
            allowed=", ".join(allowed),
            verdict=verdict,
        )
    if verdict == "edit" and not edits:
        raise RequestError(
            "an edit needs the edited text", hint="`savoir decide APPROVAL edit --file FILE`"
        )
    if unknown := sorted(set(edits or {}) - set(action["args"])):
        raise RequestError(
            "the action {action} has no {keys}", action=action["name"], keys=", ".join(unknown)
        )
    decision: dict[str, Any] = {"type": verdict}
    if reason:
        decision["message"] = reason
    if verdict == "edit":
        decision["edited_action"] = {"name": action["name"], "args": dict(edits or {})}
    if payload_hash(action["args"]) != row.payload_hash:
        raise RequestError("approval {name} does not show what it asks about", name=row.id)
    return {"decisions": [decision], "payload_hash": row.payload_hash}


def _next_id(connection: Connection, run: str, gate: str) -> str:
    asked = connection.scalar(
        select(func.count())
        .select_from(approvals)
        .where(approvals.c.run == run, approvals.c.gate == gate)
    )
    return f"{run}-{gate}-{int(asked or 0) + 1}"
