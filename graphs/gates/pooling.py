"""Pools: gates whose items a person decided to count together, as one piece of evidence.

One gate leads, and the evidence of the pool is its own: plans, passes and reviews of the others'
items are entries of the leading gate, without a name or a word of anybody. Who decided, and what,
stays with the gate where it was asked, so that a client's people can be forgotten there.

The promise is then about the pool: a gate that is worse than the others may hide in it. Joining and
parting send every gate concerned back to full review, with nothing shown yet, so that nobody pools
what turned out well, or parts what turned out badly, without a part of alpha for it. Only gates of
one promise and of the same work are pooled; one whose promise changes is on its own from then on.
"""

from collections.abc import Callable, Iterator
from heapq import merge
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates import account
from savoirfaire.graphs.gates.account import item_hash
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.knowledge.schema import decisions, gates

POOLED = "pooled"
"""The kind of entry that joins a gate to another (`into`), or parts it (`into` nothing)."""

Policies = Callable[[Row[Any]], Policy]


def leading(connection: Connection, gate: Row[Any], policy: Policies) -> Row[Any]:
    """The gate whose evidence counts for `gate`: the one that leads its pool, else itself."""
    last = connection.execute(_LAST, {"at_gate": gate.id}).first()
    if last is None or not last.data["into"]:
        return gate
    leader = connection.execute(_GATE, {"id": last.data["into"]}).first()
    return leader if leader is not None and _one_promise(gate, leader, policy) else gate


def leaders(connection: Connection, rows: list[Row[Any]], policy: Policies) -> dict[int, Row[Any]]:
    """The leading gate of each of these that is in a pool and does not lead it, by number."""
    into: dict[int, int | None] = {}
    for entry in connection.execute(_ALL):
        into[entry.gate] = entry.data["into"]
    wanted = {row.id: into.get(row.id) for row in rows}
    known = {row.id: row for row in rows}
    missing = {each for each in wanted.values() if each and each not in known}
    if missing:
        found = connection.execute(select(gates).where(gates.c.id.in_(missing)))
        known |= {row.id: row for row in found}
    led = {row.id: known[wanted[row.id] or 0] for row in rows if wanted[row.id] in known}
    return {
        row.id: led[row.id]
        for row in rows
        if row.id in led and _one_promise(row, led[row.id], policy)
    }


def members(connection: Connection, leader: int) -> list[int]:
    """The numbers of the gates that were joined to this one and not parted since."""
    into: dict[int, int | None] = {}
    for entry in connection.execute(_ALL):
        into[entry.gate] = entry.data["into"]
    return [gate for gate, its in into.items() if its == leader]


def entries(connection: Connection, gate: int) -> Iterator[Row[Any]]:
    """The entries of a gate and those about all, with what was decided at gates of its pool."""
    decided = [
        account.entries(connection, each, kinds=("decided",)) for each in members(connection, gate)
    ]
    own = account.entries(connection, gate, about_all=True)
    return merge(own, *decided, key=lambda entry: entry.seq)


def require_poolable(
    connection: Connection, leader: Row[Any], others: list[Row[Any]], policy: Policies
) -> None:
    """Raise RequestError where these gates cannot be counted together, and say why."""
    if not others or leader.id in {row.id for row in others}:
        raise RequestError("a pool is of two gates at least, each named once")
    for row in (leader, *others):
        name = f"{row.client}/{row.graph}/{row.gate}"
        if leading(connection, row, policy).id != row.id:
            raise RequestError("{gate} is in a pool already", gate=name)
        if policy(row).never_lift:
            raise RequestError("{gate} stays with people, item by item", gate=name)
        if row is not leader and members(connection, row.id):
            raise RequestError("{gate} leads a pool already", gate=name)
        if not _one_promise(row, leader, policy):
            raise RequestError("{gate} has another promise than the first gate", gate=name)
        if row.state["fingerprint"] != leader.state["fingerprint"]:
            raise RequestError(
                "{gate} is before other work than the first gate: another prompt, model or graph",
                gate=name,
                hint="Evidence is about one work; gates of one graph at several clients share it.",
            )


def _one_promise(gate: Row[Any], leader: Row[Any], policy: Policies) -> bool:
    return policy(gate).version == policy(leader).version


_NO_ITEM = item_hash("")
_LAST = (
    select(decisions)
    .where(
        decisions.c.gate == bindparam("at_gate"),
        decisions.c.item == _NO_ITEM,
        decisions.c.kind == POOLED,
    )
    .order_by(decisions.c.seq.desc())
    .limit(1)
)
_ALL = select(decisions).where(decisions.c.kind == POOLED).order_by(decisions.c.seq)
_GATE = select(gates).where(gates.c.id == bindparam("id"))
