"""What `models check` says of an endpoint."""

from typing import Any

import httpx2

from savoirfaire.agents.check_endpoint import Ready, check
from savoirfaire.agents.model import Endpoint, open_gateway
from savoirfaire.testing import ENDPOINT, Scripted, ScriptedTransport, hostile, no_wait

READY = Ready(ready=True, days=7, word="ready")


async def said(answer: Any, endpoint: Endpoint = ENDPOINT) -> dict[str, tuple[bool, str]]:
    """What the check says of an endpoint."""
    wire = answer if isinstance(answer, ScriptedTransport) else ScriptedTransport(answer)
    async with open_gateway("live", endpoint, wire=wire, wait=no_wait) as gateway:
        return {result.name: (result.ok, result.words) for result in await check(gateway)}


async def test_all_works() -> None:
    """One call each for text, a structured reply and a stream; each is told."""
    results = await said(["ready", READY, "ready"])
    assert results["text"] == (True, "works (scripted, 23 + 1 tokens)")
    assert results["structured (json_schema)"][0]
    assert results["streamed"][0]
    assert len(results) == 3


async def test_another_way_works() -> None:
    """Where the set way of structured replies fails, the one that works is named."""

    def answer(body: dict[str, Any]) -> Scripted:
        form = body.get("response_format", {}).get("type")
        if form == "json_schema":
            return httpx2.Response(400, json={"error": {"message": "no such response_format"}})
        return READY if form or "tools" in body else "ready"

    results = await said(answer)
    ok, words = results["structured (json_schema)"]
    assert not ok
    assert "no such response_format" in words
    assert results["structured (tool)"][1].endswith('set model.structured = "tool"')
    assert results["structured (json)"][1].endswith('set model.structured = "json"')


async def test_nothing_works() -> None:
    """A dead endpoint fails all three, with the reason and what to do; no other way is tried."""
    wire = hostile("wrong key")
    results = await said(wire)
    assert [ok for ok, _ in results.values()] == [False] * 3
    assert "refuses the key" in results["text"][1]
    assert "model.api_key" in results["text"][1]
    assert len(wire.requests) == 3


async def test_offline() -> None:
    """With no endpoint there is nothing to call, and that is said."""
    async with open_gateway("auto", Endpoint()) as gateway:
        (result,) = await check(gateway)
    assert not result.ok
    assert "no endpoint is set" in result.words
