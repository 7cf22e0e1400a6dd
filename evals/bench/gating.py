"""How fast gates are with a long ledger: listing every gate, and one decision at one of them."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine, insert, text

from savoirfaire.evals.bench.measuring import machine
from savoirfaire.graphs.desk import Item
from savoirfaire.graphs.gates.approvals import Approvals
from savoirfaire.graphs.gates.book import Book
from savoirfaire.graphs.gates.evidence.policies import PRESETS
from savoirfaire.graphs.gates.evidence.seeds import Seeds
from savoirfaire.graphs.gates.evidence.state import Evidence
from savoirfaire.graphs.gates.policy import PolicyDesk
from savoirfaire.knowledge.database import open_database, writing
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import approvals, gates, runs
from savoirfaire.tools.hashing import payload_hash

LIST_LIMIT = 0.3
DECISION_LIMIT = 0.005
_CLIENT, _GRAPH = "bench", "mail"


def gating(gate_count: int = 500, decisions: int = 10_000, rounds: int = 200) -> dict[str, Any]:
    """Seconds to list `gate_count` gates with `decisions` entries each, and for one decision.

    Listed from nothing, again, after decisions at many gates, and after an upgrade that changed
    every promise. A decision is the plan of an item, and a person's answer with its account.
    """
    with _ledger(gate_count, decisions) as engine:
        desk = PolicyDesk(engine, lambda: bytes(range(32)))
        book = Book(engine, desk)
        first, again = _seconds(book.views), min(_seconds(book.views) for _ in range(5))
        plans, answers = _decisions(engine, desk, gate_count, rounds)
        after = _seconds(book.views)
        upgraded = _seconds(Book(engine, _upgraded(engine)).views)
    decision = median(plans) + median(answers)
    return {
        "bench": "gates",
        "met": max(again, after, upgraded) < LIST_LIMIT and decision < DECISION_LIMIT,
        "gates": gate_count,
        "entries": gate_count * decisions,
        "list_from_nothing_s": round(first, 4),
        "list_s": round(again, 4),
        "list_after_decisions_s": round(after, 4),
        "list_after_upgrade_s": round(upgraded, 4),
        "plan_ms": round(1000 * median(plans), 3),
        "answer_ms": round(1000 * median(answers), 3),
        "decision_ms": round(1000 * decision, 3),
        "limits": {"list_s": LIST_LIMIT, "decision_ms": 1000 * DECISION_LIMIT},
        "machine": machine(),
    }


def _upgraded(engine: Engine) -> PolicyDesk:
    """A desk whose every promise is another one."""
    policies = {risk: replace(policy, p0=policy.p0 / 2) for risk, policy in PRESETS.items()}
    return PolicyDesk(engine, lambda: bytes(range(32)), policies=policies)


@contextmanager
def _ledger(gate_count: int, decisions: int) -> Iterator[Engine]:
    """A ledger with so many gates, each under way, and so many entries for each."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Path(folder) / "ledger.db")
        try:
            Ledger(engine).add_client(_CLIENT, "en")
            with writing(engine) as connection:
                connection.execute(insert(gates), [_gate(n) for n in range(gate_count)])
                many = {"last": gate_count * decisions, "gates": gate_count}
                connection.execute(_ENTRIES, many)
            yield engine
        finally:
            engine.dispose()


def _gate(number: int) -> dict[str, Any]:
    policy = PRESETS["client-facing"]
    counts = ((0, 20 + number % 60), (50, number % 4), (1000, number % 3))
    state = Evidence(policy.version, "work", counts=counts, seeds=Seeds(2 + number % 5, number % 2))
    return {
        "client": _CLIENT,
        "graph": _GRAPH,
        "gate": f"g{number}",
        "action": "send",
        "risk": policy.name,
        "craft": False,
        "state": state.to_json(),
        "standing": {},
        "updated_at": "2026-01-01T00:00:00.000Z",
    }


def _decisions(
    engine: Engine, desk: PolicyDesk, gate_count: int, rounds: int
) -> tuple[list[float], list[float]]:
    """Seconds for each plan, and for each answer."""
    asked, plans, answers = Approvals(engine, desk), [], []
    _begin_run(engine)
    for turn in range(rounds):
        item = _item(turn, f"g{turn % gate_count}")
        plans.append(_seconds(lambda item=item: desk.plan(item)))
        _ask(engine, item)
        name = f"run-{item.gate}-{turn}"
        answers.append(_seconds(lambda name=name: asked.decide(name, "approve", by="bob")))
    return plans, answers


def _item(turn: int, gate: str) -> Item:
    shown = payload_hash({"text": f"mail {turn}"})
    named = (_CLIENT, "run", _GRAPH, gate, "send", "client-facing")
    return Item(*named, craft=False, id=f"run:{turn}", payload_hash=shown, fingerprint="work")


def _begin_run(engine: Engine) -> None:
    at = "2026-01-01T00:00:00.000Z"
    row = {
        "id": "run",
        "client": _CLIENT,
        "graph": _GRAPH,
        "fingerprint": "",
        "request": {},
        "model": "offline",
        "status": "waiting",
        "submitted_by": "ann",
        "created_at": at,
        "updated_at": at,
    }
    with writing(engine) as connection:
        connection.execute(insert(runs).values(row))


def _ask(engine: Engine, item: Item) -> None:
    name, _, turn = item.id.partition(":")
    action = {"name": "send", "args": {"text": f"mail {turn}"}, "description": "Send?"}
    review = {"action_name": "send", "allowed_decisions": ["approve", "edit", "reject"]}
    request = {"action_requests": [action], "review_configs": [review], "item": item.id}
    row = {
        "id": f"{name}-{item.gate}-{turn}",
        "run": name,
        "client": item.client,
        "graph": item.graph,
        "gate": item.gate,
        "interrupt": turn,
        "payload_hash": item.payload_hash,
        "request": request,
        "asked_at": "2026-01-01T00:00:00.000Z",
    }
    with writing(engine) as connection:
        connection.execute(insert(approvals).values(row))


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# Made in the database: what is measured is a long ledger, not how one comes about.
_ENTRIES = text(
    """
    WITH RECURSIVE place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < :last)
    INSERT INTO decisions
        (seq, at, gate, kind, item, shown, by, by_hash, note, note_hash, data, hash)
    SELECT n, '2026-01-01T00:00:00.000Z', 1 + n % :gates,
           CASE n % 3 WHEN 0 THEN 'planned' WHEN 1 THEN 'decided' ELSE 'reviewed' END,
           printf('%064x', n), printf('%064x', n), 'bob', printf('%064x', 7), '', '',
           '{"events": [], "seconds": 12.5}', printf('%064x', n)
    FROM place
    """
)
