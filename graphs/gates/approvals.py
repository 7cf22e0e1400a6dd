"""Approvals: the pending questions at gates, and their answers.

An answer is written by compare-and-set on "nobody has decided yet": of two people who decide at
once, one wins and the other is told who, when and what. An answer carries the hash of exactly what
was shown.
"""

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.types import Interrupt
from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from savoirfaire.errors import (
    ConflictError,
    NotFoundError,
    PayloadMismatchError,
    RequestError,
    SavoirError,
)
from savoirfaire.graphs.gates.nodes import Verdict
from savoirfaire.knowledge.database import now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import approvals, runs
from savoirfaire.tools.hashing import payload_hash


class Approvals:
    """The approvals of a workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(
        self, run: str, client: str, graph: str, interrupts: Sequence[Interrupt], *, mode: str = ""
    ) -> "builtins.list[Row[Any]]":
        """The approvals of the interrupts a run stopped at; the same interrupt is the same one.

        `mode` says where the model's replies come from now, for gates that do not note it.
        Raises PayloadMismatchError where an interrupt asks about something else by now.
        """
        asked = {each.id: _asked(graph, each.value, mode) for each in interrupts}
        with writing(self._engine) as connection:
            known = {row.interrupt: row for row in _of_run(connection, run)}
            lost = [row for row in known.values() if row.interrupt not in asked]
            for interrupt, request in asked.items():
                if interrupt in known:
                    _require_same(known[interrupt], request)
                elif same := _unanswered(lost, request):
                    _move(connection, same, interrupt)
                else:
                    row = {"run": run, "client": client, "graph": graph, "interrupt": interrupt}
                    _add(connection, row, request)
            return [row for row in _of_run(connection, run) if row.interrupt in asked]

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

    def open(self, client: str | None = None) -> "builtins.list[Row[Any]]":
        """Questions that nobody has answered, oldest first."""
        query = select(approvals).where(approvals.c.decided_by.is_(None))
        if client is not None:
            query = query.where(approvals.c.client == client)
        with self._engine.connect() as connection:
            return list(connection.execute(query.order_by(approvals.c.asked_at, approvals.c.id)))

    def of_run(self, run: str) -> "builtins.list[Row[Any]]":
        """Every approval of a run, in the order they were asked."""
        with self._engine.connect() as connection:
            return _of_run(connection, run)

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
            at = now(connection)
            won = connection.execute(
                update(approvals)
                .where(approvals.c.id == approval, approvals.c.decided_by.is_(None))
                .values(decided_by=by, decided_at=at, decision=decision)
            )
            if won.rowcount:
                _set_going(connection, row.run, verdict, at)
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
    if payload_hash(action["args"]) != row.payload_hash:
        raise RequestError("approval {name} does not show what it asks about", name=row.id)
    decision: dict[str, Any] = {"type": verdict}
    if reason:
        decision["message"] = reason
    if verdict == "edit":
        decision["edited_action"] = {"name": action["name"], "args": _edited(action, edits or {})}
    return {"decisions": [decision], "payload_hash": row.payload_hash}


def _edited(action: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    """The edits, of the kind that was shown: a text for a text, and not an empty one."""
    shown = action["args"]
    if not edits:
        raise RequestError(
            "an edit needs the edited text", hint="`savoir decide APPROVAL edit --file FILE`"
        )
    if unknown := sorted(set(edits) - set(shown)):
        raise RequestError(
            "the action {action} has no {keys}", action=action["name"], keys=", ".join(unknown)
        )
    for key, value in edits.items():
        emptied = isinstance(value, str) and not value.strip()
        if type(value) is not type(shown[key]) or (emptied and shown[key].strip()):
            raise RequestError(
                "the edit leaves {action} without its {key}",
                action=action["name"],
                key=key,
                hint="To have nothing done, reject.",
            )
    return dict(edits)


def _asked(graph: str, value: Any, mode: str) -> dict[str, Any]:
    """What a gate asks; raises SavoirError where a node interrupts without a gate."""
    if not isinstance(value, Mapping) or not {"gate", "payload_hash"} <= value.keys():
        raise SavoirError(
            "graph {graph} stopped at a question that no gate asks",
            graph=graph,
            hint="A node that needs a person's answer is a gate: see `add_gate`.",
        )
    return {**value, "notes": {"model": mode, **value.get("notes", {})}}


def _set_going(connection: Connection, run: str, verdict: Verdict, at: str) -> None:
    """The run is to be worked on from now: whoever dies before doing so leaves it to be seen."""
    mine = update(runs).where(runs.c.id == run)
    connection.execute(
        mine.where(runs.c.status == "waiting").values(status="running", updated_at=at)
    )
    if verdict == "reject":
        connection.execute(mine.values(outcome="rejected"))


def _of_run(connection: Connection, run: str) -> list[Row[Any]]:
    query = select(approvals).where(approvals.c.run == run)
    return list(connection.execute(query.order_by(approvals.c.asked_at, approvals.c.id)))


def _require_same(row: Row[Any], request: Mapping[str, Any]) -> None:
    if row.payload_hash != request["payload_hash"]:
        raise PayloadMismatchError(
            "{approval} was asked about something else than gate {gate} asks now",
            approval=row.id,
            gate=row.gate,
        )


def _unanswered(lost: Sequence[Row[Any]], request: Mapping[str, Any]) -> Row[Any] | None:
    """The same question, still open, from a step that a power cut took off the disk."""
    same = (request["gate"], request["payload_hash"])
    return next((r for r in lost if not r.decided_by and (r.gate, r.payload_hash) == same), None)


def _move(connection: Connection, row: Row[Any], interrupt: str) -> None:
    connection.execute(
        update(approvals).where(approvals.c.id == row.id).values(interrupt=interrupt)
    )


def _add(connection: Connection, row: Mapping[str, Any], request: Mapping[str, Any]) -> None:
    gate = request["gate"]
    asked = connection.scalar(
        select(func.count())
        .select_from(approvals)
        .where(approvals.c.run == row["run"], approvals.c.gate == gate)
    )
    new = {
        **row,
        "id": f"{row['run']}-{gate}-{int(asked or 0) + 1}",
        "gate": gate,
        "payload_hash": request["payload_hash"],
        "request": dict(request),
        "asked_at": now(connection),
    }
    connection.execute(insert(approvals).values(new))
