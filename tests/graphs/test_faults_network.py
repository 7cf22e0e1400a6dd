"""A model's endpoint and an index's server behind a proxy that breaks: what a person is told."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import SecretStr
from qdrant_client import QdrantClient
from sqlalchemy import select

from savoirfaire.agents.model import CallScope, Endpoint
from savoirfaire.agents.replies import TextForm
from savoirfaire.errors import IndexServerError
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import connect, open_database
from savoirfaire.knowledge.engines.server import ServerIndex
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.outbox import Effect
from tests.graphs.proxying import FAULTS, proxied
from tests.graphs.working import Request, State, opened
from tests.graphs.workshop import FAULTS as ALL

ACME = ClientScope("acme")
COMPLETION = {
    "id": "1",
    "object": "chat.completion",
    "created": 0,
    "model": "m",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
TOLD = {
    "refused": "cannot connect to 127.0.0.1",
    "reset": "connection",
    "stall": "gave no reply in 0.5 s",
    "half": "connection",
    "429": "too many requests",
    "429, come back": "asks to wait 1 s",
    "500": "failed (500): oops",
    "garbage": "connection",
}
pytestmark = pytest.mark.skipif(not ALL, reason="`make faults` asks for it")


def build(office: Office) -> StateGraph[Any, RunContext, Any, Any]:
    """A model is asked, and what it says is published."""

    async def ask(state: State) -> State:
        said = await office.gateway.complete(
            [{"role": "user", "content": "Hi"}], scope=CallScope("editor", "ask"), form=TextForm()
        )
        return {"done": [*state.get("done", []), said.value]}

    async def publish(state: State, runtime: Runtime[RunContext]) -> State:
        run = runtime.context.run
        effect = Effect(f"{run}:e", run, "send", {"item.md": state["done"][0]}, "none")
        office.outbox.publish(runtime.context.scope, effect)
        return {}

    builder: StateGraph[Any, RunContext, Any, Any] = StateGraph(State, context_schema=RunContext)
    builder.add_node("ask", ask)
    builder.add_node("publish", publish)
    builder.add_edge(START, "ask")
    builder.add_edge("ask", "publish")
    builder.add_edge("publish", END)
    return builder


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_endpoint(tmp_path: Path, fault: str) -> None:
    """A fault that passes is tried again; one that stays parks the run, which then goes on."""
    engine = open_database(tmp_path / "ledger.db")
    Ledger(engine).add_client("acme", "en")
    engine.dispose()
    spec = GraphSpec("items", "", Request, build)
    async with proxied(json.dumps(COMPLETION).encode()) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/v1"
        endpoint = Endpoint(url, SecretStr("k"), "m", timeout=0.5, retries=1)
        async with opened(tmp_path, "", spec=spec, endpoint=endpoint) as runs:
            first, second = (runs.submit(ACME, "items", {"item": n}, by="ann") for n in (1, 2))
            await proxy.break_with(fault, 10)
            parked = await runs.drive(first)
            assert (parked.status, proxy.met) == ("needs_attention", 0 if fault == "refused" else 2)
            assert TOLD[fault] in parked.reason
            assert parked.hint
            await proxy.heal()
            assert (await runs.drive(first)).status == "completed"
            if fault != "refused":
                await proxy.break_with(fault, 1)
            assert (await runs.drive(second)).status == "completed"
    ledger = connect(tmp_path / "ledger.db")
    with ledger.connect() as connection:
        made = sorted(connection.scalars(select(effects.c.run)))
    ledger.dispose()
    assert made == sorted([first, second])
    assert len(list((tmp_path / "outbox").rglob("item.md"))) == 2


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_index_server(tmp_path: Path, fault: str) -> None:
    """A server of the index that breaks is told as such, and nothing of the record is touched."""
    async with proxied(b'{"result": {"exists": false}, "status": "ok", "time": 0}') as proxy:
        await proxy.break_with(fault, 10)

        def ask() -> Any:
            client = QdrantClient(
                f"http://127.0.0.1:{proxy.port}", check_compatibility=False, timeout=1
            )
            try:
                return ServerIndex(client, "ours", FORM, locks=tmp_path).revision(ACME)
            finally:
                client.close()

        with pytest.raises(IndexServerError) as caught:
            await asyncio.to_thread(ask)
        assert caught.value.hint
        await proxy.heal()
        assert await asyncio.to_thread(ask) is None
