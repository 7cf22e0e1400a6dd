"""Planting seeds: from work that was rejected, from good work made bad, or written for the purpose.

Each is put in the place of an approval that a person answered once, and looks as that one did.
Whoever plants is not told which approval it became.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, insert, select

from savoirfaire.errors import NotFoundError, RequestError
from savoirfaire.graphs.gates import account
from savoirfaire.graphs.gates.evidence.state import from_json
from savoirfaire.graphs.gates.mutants import Mutant, mutants
from savoirfaire.graphs.gates.policy import PolicyDesk
from savoirfaire.graphs.gates.seeds import PLANTED
from savoirfaire.graphs.record import new_id
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.database import later, now, writing
from savoirfaire.knowledge.schema import approvals, run_events, runs, seeds
from savoirfaire.tools.hashing import payload_hash

Origin = Literal["rejected", "approved"]


class Planter:
    """Plants seeds at the gates of a workspace; `desk` knows what the evidence stands at."""

    def __init__(self, engine: Engine, desk: PolicyDesk) -> None:
        self._engine = engine
        self._desk = desk

    def from_past(
        self, gate: Row[Any], origin: Origin, count: int, *, by: str, brand: BrandPack | None = None
    ) -> int:
        """Plant up to `count` seeds from past work, newest first; how many there were.

        What was rejected is planted as it was, and proves nothing of who rejected it; what was
        approved is made bad in one place. No work is used twice. Raises NotFoundError for none.
        """
        made = 0
        with writing(self._engine) as connection:
            for donor in _donors(connection, gate, origin):
                if made == count:
                    break
                arguments = donor.request["action_requests"][0]["args"]
                if origin == "rejected":
                    known = [donor.decided_by]
                    self._plant(connection, gate, donor, "rejected", arguments, known, by)
                    made += 1
                elif mutant := _mutant(arguments, brand, made):
                    self._plant(connection, gate, donor, mutant.made, mutant.arguments, [], by)
                    made += 1
        if not made:
            raise NotFoundError(
                "nothing {origin} at {gate} can be made a seed of",
                origin=origin,
                gate=gate.gate,
                hint="Write one: `savoir seeds add --file FILE`.",
            )
        return made

    def written(self, gate: Row[Any], several: Sequence[Mapping[str, Any]], *, by: str) -> int:
        """Plant seeds that somebody wrote, each the arguments that differ; how many they are.

        Raises RequestError where they are no arguments of this gate, NotFoundError where nothing
        was ever asked at it.
        """
        with writing(self._engine) as connection:
            donor = next(_donors(connection, gate, None), None)
            if donor is None:
                raise NotFoundError(
                    "nobody has decided at {gate} yet: there is nothing to look like",
                    gate=gate.gate,
                )
            shown = donor.request["action_requests"][0]["args"]
            for given in several:
                _check(given, shown)
                self._plant(connection, gate, donor, "file", {**shown, **given}, [by], by)
        return len(several)

    def _plant(
        self,
        connection: Connection,
        gate: Row[Any],
        donor: Row[Any],
        made: str,
        arguments: Mapping[str, Any],
        known_to: Sequence[str],
        by: str,
    ) -> None:
        """Put a seed where `donor` stood: a run nobody drives, its approval, and its entry."""
        leader = self._desk.leading(connection, gate)
        self._require_asked(leader)
        at, run = now(connection), new_id(gate.graph)
        approval = f"{run}-{gate.gate}-1"
        shown = payload_hash(arguments)
        _copy_run(connection, donor, run, at)
        connection.execute(insert(approvals).values(_approval(donor, run, approval, arguments, at)))
        row = {
            "client": gate.client,
            "approval": approval,
            "run": run,
            "gate": leader.id,
            "donor": donor.id,
            "made": made,
            "known_to": list(known_to),
            "attempt": from_json(leader.state).attempt,
            "counts": False,
            "counted": False,
        }
        connection.execute(insert(seeds).values(row))
        entry = account.Entry(gate.id, PLANTED, approval, shown, by, {"made": made})
        account.append(connection, entry, at=at)

    def _require_asked(self, gate: Row[Any]) -> None:
        if self._desk.policy(gate).never_lift or from_json(gate.state).never_lift:
            raise RequestError(
                "{gate} stays with people: nothing there rests on seeds", gate=gate.gate
            )


def _donors(connection: Connection, gate: Row[Any], origin: Origin | None) -> Iterator[Row[Any]]:
    """Decided approvals of a gate that a seed may look like, newest first; no seeds.

    Of a run whose steps were pruned nothing can be copied.
    """
    own = select(seeds.c.approval)
    query = (
        select(approvals)
        .where(
            approvals.c.client == gate.client,
            approvals.c.graph == gate.graph,
            approvals.c.gate == gate.gate,
            approvals.c.decided_by.is_not(None),
            approvals.c.id.not_in(own),
            approvals.c.run.in_(select(run_events.c.run)),
        )
        .order_by(approvals.c.asked_at.desc(), approvals.c.id)
    )
    if origin is not None:
        query = query.where(approvals.c.id.not_in(select(seeds.c.donor)))
    wanted = {"rejected": {"reject"}, "approved": {"approve"}, None: {"approve", "edit", "reject"}}
    for row in connection.execute(query).all():
        kind, verdict = row.request.get("kind"), row.decision["decisions"][0]["type"]
        if kind == "approve" and "first" not in row.request and verdict in wanted[origin]:
            yield row


def _mutant(arguments: Mapping[str, Any], brand: BrandPack | None, turn: int) -> Mutant | None:
    """One of the mutants, another kind in each turn."""
    found = list(mutants(arguments, brand))
    return found[turn % len(found)] if found else None


def _check(given: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    if unknown := sorted(set(given) - set(shown)):
        raise RequestError("the gate shows no {keys}", keys=", ".join(unknown))
    other = [key for key, value in given.items() if type(value) is not type(shown[key])]
    if other:
        raise RequestError("a seed has other kinds of {keys}", keys=", ".join(sorted(other)))
    if all(shown[key] == value for key, value in given.items()):
        raise RequestError("a seed that changes nothing is not known to be bad")


def _approval(
    donor: Row[Any], run: str, approval: str, arguments: Mapping[str, Any], at: str
) -> dict[str, Any]:
    """The approval of a seed, as its donor's was when it was asked."""
    action = donor.request["action_requests"][0]
    shown = payload_hash(arguments)
    request = {
        **donor.request,
        "action_requests": [{**action, "args": dict(arguments)}],
        "payload_hash": shown,
        "item": _item(donor, run, shown),
        "before": donor.request["before"] if action["args"] == arguments else "",
    }
    deadline = request.get("deadline")
    return {
        "id": approval,
        "run": run,
        "client": donor.client,
        "graph": donor.graph,
        "gate": donor.gate,
        "interrupt": secrets.token_hex(16),
        "payload_hash": shown,
        "request": request,
        "asked_at": at,
        "expires_at": later(at, deadline["seconds"]) if deadline else None,
    }


def _item(donor: Row[Any], run: str, shown: str) -> str:
    """An item's id of the form that its donor's has."""
    before, _, end = str(donor.request.get("item", "")).rpartition(":")
    return f"{before.replace(donor.run, run)}:{shown[: len(end)]}"


def _copy_run(connection: Connection, donor: Row[Any], run: str, at: str) -> None:
    """The run of a seed and its steps, as long ago as its donor's were when it was asked."""
    old = connection.execute(select(runs).where(runs.c.id == donor.run)).one()._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    copy = {
        **old,
        "id": run,
        "status": "waiting",
        "outcome": None,
        "reason": None,
        "created_at": _shifted(at, donor.asked_at, old["created_at"]),
        "updated_at": at,
    }
    connection.execute(insert(runs).values(copy))
    query = select(run_events).where(run_events.c.run == donor.run).order_by(run_events.c.seq)
    for event in connection.execute(query).all():
        when = _shifted(at, donor.asked_at, event.at)
        row = {**event._mapping, "run": run, "at": when}  # noqa: SLF001 - as above
        connection.execute(insert(run_events).values(row))
        if event.node == f"plan_{donor.gate}":
            break


def _shifted(at: str, asked_at: str, moment: str) -> str:
    """The instant as long before `at` as `moment` was before `asked_at`."""
    ago = datetime.fromisoformat(asked_at) - datetime.fromisoformat(moment)
    return later(at, -max(ago.total_seconds(), 0.0))
