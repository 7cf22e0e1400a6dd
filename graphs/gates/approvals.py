"""Approvals: the pending questions at gates, and their answers.

An answer is written by compare-and-set on "nobody has decided yet": of two people who decide at
once, one wins and the other is told who, when and what. An answer carries the hash of exactly what
was shown.

A question that nobody answers keeps all evidence behind it from being counted. Past its deadline it
is passed on, and past the next one it expires; a person may withdraw one that is stale. Either way
the item is not done, and counts as the worst there is, as a rejection does: whoever withdraws what
would have been rejected changes nothing, whoever withdraws anything else makes the work look worse,
and a planted error counts as missed. So no choice of what to withdraw helps to lift a gate.
"""

import builtins
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph.types import Interrupt
from sqlalchemy import Connection, Engine, Row, Select, func, insert, select, update

from savoirfaire.errors import (
    ConflictError,
    NotFoundError,
    PayloadMismatchError,
    RequestError,
    SavoirError,
)
from savoirfaire.graphs.desk import Desk
from savoirfaire.graphs.gates.answers import answer
from savoirfaire.graphs.gates.gate import Verdict
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.schema import approvals, runs

DEADLINE = "deadline"
"""Who decides where nobody did."""

GRACE = 3600.0
"""Seconds that whoever a late question is passed on to has at least."""


class Approvals:
    """The approvals of a workspace; `desk` keeps account of the answers."""

    def __init__(self, engine: Engine, desk: Desk | None = None) -> None:
        self._engine = engine
        self._desk = desk

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

    def open(
        self, client: str | None = None, *, to: str | None = None, limit: int | None = None
    ) -> "builtins.list[Row[Any]]":
        """Questions that nobody has answered, oldest first, as many as `limit` says.

        With `to`, those that are asked of this person, or of nobody by name.
        """
        query = _open(select(approvals), client, to)
        query = query.order_by(approvals.c.asked_at, approvals.c.id).limit(limit)
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def count(self, client: str | None = None, *, to: str | None = None) -> int:
        """How many questions `open` would give without a limit."""
        query = _open(select(func.count()).select_from(approvals), client, to)
        with self._engine.connect() as connection:
            return int(connection.scalar(query) or 0)

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
        choice: int | None = None,
    ) -> Row[Any]:
        """Answer a question, once.

        `edits` replaces arguments of the action, for an edit; `choice` is the option chosen,
        counted from 0, where the gate offers several; an answer to a question is its `reason`.

        Raises ConflictError where somebody decided first, or a second person is needed; and
        RequestError where the answer is not one that the gate takes.
        """
        row = self.get(approval)
        _require_second(row, by)
        given = answer(row, verdict, reason=reason, edits=edits, choice=choice)
        if self._answer({approval: given}, verdict, by):
            return self.get(approval)
        decided = self.get(approval)
        raise ConflictError(
            "{who} decided {approval} at {time}: {answer}",
            who=decided.decided_by,
            approval=approval,
            time=decided.decided_at,
            answer=decided.decision["decisions"][0]["type"],
            hint="Your answer was not recorded; talk to them, or start a new run.",
        )

    def decide_together(
        self, several: Sequence[str], verdict: Verdict, *, by: str, reason: str = ""
    ) -> "builtins.list[Row[Any]]":
        """Answer several questions at one stroke, which count as one review.

        Gives those that were answered; the others had been answered by somebody else. Raises as
        `decide` does, with nothing answered.
        """
        batch, given = secrets.token_hex(8), {}
        for approval in dict.fromkeys(several):
            row = self.get(approval)
            _require_second(row, by)
            given[approval] = {**answer(row, verdict, reason=reason), "batch": batch}
        return [self.get(each) for each in self._answer(given, verdict, by)]

    def withdraw(
        self, several: Sequence[str], *, by: str, reason: str = ""
    ) -> "builtins.list[Row[Any]]":
        """Take back open questions: nothing is done, and each counts as rejected.

        Gives those that were taken back; the others had been answered. Raises NotFoundError for
        one that is not there, RequestError where nobody is named.
        """
        if not by.strip():
            raise RequestError("only a person can decide this, and nobody is named")
        given = {
            each: _unanswered_as("withdrawn", self.get(each), reason)
            for each in dict.fromkeys(several)
        }
        return [self.get(each) for each in self._answer(given, "reject", by)]

    def withdraw_run(self, run: str, *, by: str, reason: str = "") -> "builtins.list[Row[Any]]":
        """Take back every open question of a run that will not go on; see `withdraw`."""
        mine = [row.id for row in self.of_run(run) if not row.decided_by]
        return self.withdraw(mine, by=by, reason=reason)

    def close_late(
        self, client: str | None = None
    ) -> "tuple[builtins.list[Row[Any]], builtins.list[Row[Any]]]":
        """Expire, then pass on, every question past its deadline; gives both.

        The runs of what expired are to go on from there.
        """
        return self.expire(client), self.escalate(client)

    def expire(self, client: str | None = None) -> "builtins.list[Row[Any]]":
        """Close every question that is past its deadline and was passed on before; it is rejected.

        Their runs are to be worked on from now. Nothing is ever approved by a deadline.
        """
        with self._engine.connect() as connection:
            late = [row for row in _late(connection, client) if row.request["deadline"].get(_ON)]
        given = {row.id: _unanswered_as("expired", row) for row in late}
        return [self.get(each) for each in self._answer(given, "reject", DEADLINE)]

    def _answer(
        self, given: Mapping[str, dict[str, Any]], verdict: Verdict, by: str
    ) -> "builtins.list[str]":
        """Write answers by compare-and-set, with their account; which of them came first."""
        won = []
        with writing(self._engine) as connection:
            at = now(connection)
            for approval, decision in given.items():
                changed = connection.execute(
                    update(approvals)
                    .where(approvals.c.id == approval, approvals.c.decided_by.is_(None))
                    .values(decided_by=by, decided_at=at, decision=decision)
                )
                won += [approval] if changed.rowcount else []
            rows = [_row(connection, approval) for approval in won]
            for row in rows:
                _set_going(connection, row.run, verdict, at)
            if self._desk is not None and rows:
                self._desk.decided(connection, rows, at)
        return won

    def hand_over(self, approval: str, to: str) -> Row[Any]:
        """Ask `to` instead of whoever was asked. Raises ConflictError where it is decided."""
        with writing(self._engine) as connection:
            moved = connection.execute(
                update(approvals)
                .where(approvals.c.id == approval, approvals.c.decided_by.is_(None))
                .values(assignee=to)
            )
        row = self.get(approval)
        if moved.rowcount == 0:
            raise ConflictError(
                "{who} has decided {approval} already", who=row.decided_by, approval=approval
            )
        return row

    def escalate(self, client: str | None = None) -> "builtins.list[Row[Any]]":
        """Hand every open question past its deadline to whom its gate names; once each.

        Where the gate names nobody the question stays where it is, and is given too. It has as long
        again as it had, an hour at least, before `expire` closes it.
        """
        with writing(self._engine) as connection:
            rows = [r for r in _late(connection, client) if not r.request["deadline"].get(_ON)]
            for row in rows:
                deadline = row.request["deadline"]
                until = later(now(connection), max(deadline["seconds"], GRACE))
                passed = {**row.request, "deadline": {**deadline, _ON: True}}
                connection.execute(
                    update(approvals)
                    .where(approvals.c.id == row.id, approvals.c.decided_by.is_(None))
                    .where(approvals.c.expires_at == row.expires_at)  # once, whoever is first
                    .values(
                        assignee=deadline["escalate_to"] or row.assignee,
                        expires_at=until,
                        request=passed,
                    )
                )
        return [self.get(row.id) for row in rows]


def _open(query: Select[Any], client: str | None, to: str | None) -> Select[Any]:
    """Only the questions that nobody has answered: of a client, and for a person."""
    query = query.where(approvals.c.decided_by.is_(None))
    if client is not None:
        query = query.where(approvals.c.client == client)
    if to is not None:
        query = query.where(func.coalesce(approvals.c.assignee, "").in_(("", to)))
    return query


def resume_value(row: Row[Any]) -> dict[str, Any]:
    """What the gate's interrupt is answered with: LangChain's decisions, bound to the payload."""
    return {**row.decision, "approval": row.id, "decided_by": row.decided_by}


_ON = "passed_on"


def _late(connection: Connection, client: str | None) -> list[Row[Any]]:
    """Open questions past their deadline, oldest first."""
    late = select(approvals).where(
        approvals.c.decided_by.is_(None), approvals.c.expires_at <= now(connection)
    )
    if client is not None:
        late = late.where(approvals.c.client == client)
    return list(connection.execute(late.order_by(approvals.c.asked_at, approvals.c.id)))


def _unanswered_as(how: str, row: Row[Any], why: str = "") -> dict[str, Any]:
    """The answer of nobody: a rejection that teaches nothing of the item, and says why it is."""
    return {
        "decisions": [{"type": "reject"}],
        "payload_hash": row.payload_hash,
        "unanswered": how,
        **({"why": why} if why else {}),
    }


def _require_second(row: Row[Any], by: str) -> None:
    first = row.request.get("first", {}).get("decided_by")
    if first == by:
        raise ConflictError(
            "gate {gate} needs a second person, and {who} was the first",
            gate=row.gate,
            who=by,
            hint="Ask somebody else to decide: `savoir inbox`.",
        )


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


def _row(connection: Connection, approval: str) -> Row[Any]:
    return connection.execute(select(approvals).where(approvals.c.id == approval)).one()


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
    at = now(connection)
    deadline = request.get("deadline")
    new = {
        **row,
        "id": f"{row['run']}-{gate}-{int(asked or 0) + 1}",
        "gate": gate,
        "payload_hash": request["payload_hash"],
        "request": dict(request),
        "asked_at": at,
        "expires_at": later(at, deadline["seconds"]) if deadline else None,
    }
    connection.execute(insert(approvals).values(new))
