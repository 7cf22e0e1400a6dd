"""A model server that answers from a script, in place of the network."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx2
from pydantic import BaseModel, SecretStr

from savoirfaire.agents.model import Endpoint
from savoirfaire.agents.wire import Function, Tokens, ToolCall, WireReply

Scripted = str | BaseModel | dict[str, Any] | httpx2.Response | Exception

ENDPOINT = Endpoint("http://model.test/v1", SecretStr("a-key-nobody-has"), "scripted")


class ScriptedTransport(httpx2.AsyncBaseTransport, httpx2.BaseTransport):
    """Answers each request with the next of its replies, or with what a function makes of its body.

    A reply is text, a pydantic object (sent as JSON, or as the arguments of a forced tool call),
    a mapping of WireReply's fields, a whole HTTP response, or an exception to raise. Text and
    objects are counted as one token per four characters. `requests` holds the bodies that came,
    `headers` what came with them.
    """

    def __init__(
        self, replies: Iterable[Scripted] | Callable[[dict[str, Any]], Scripted], *, name: str = ""
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._name = name or ENDPOINT.name
        self._answer = replies if callable(replies) else _in_turn(iter(replies))

    @property
    def prompts(self) -> list[str]:
        """The messages of each request, as one text."""
        return [
            "\n\n".join(str(message.get("content") or "") for message in request["messages"])
            for request in self.requests
        ]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer an asynchronous client."""
        return self._respond(request, await request.aread())

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a synchronous client."""
        return self._respond(request, request.read())

    def _respond(self, request: httpx2.Request, data: bytes) -> httpx2.Response:
        body = json.loads(data)
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        said = self._answer(body)
        if isinstance(said, Exception):
            raise said
        if isinstance(said, httpx2.Response):
            return said
        name = f"scripted-{len(self.requests)}"
        return self._reply(said, body).response(name, stream=bool(body.get("stream")))

    def _reply(self, said: str | BaseModel | dict[str, Any], body: dict[str, Any]) -> WireReply:
        if isinstance(said, dict):
            return WireReply(**{"finish_reason": "stop", "model": self._name, **said})
        text = said if isinstance(said, str) else said.model_dump_json()
        asked = sum(len(str(message.get("content") or "")) for message in body["messages"])
        tokens = Tokens(prompt_tokens=asked // 4, completion_tokens=len(text) // 4)
        made = WireReply(finish_reason="stop", model=self._name, tokens=tokens)
        tools = body.get("tools")
        if tools and isinstance(said, BaseModel):
            function = Function(name=tools[0]["function"]["name"], arguments=text)
            return made.model_copy(update={"tool_calls": [ToolCall(function=function)]})
        return made.model_copy(update={"content": text})


async def no_wait(seconds: float) -> None:
    """Stand in for the gateway's sleep between tries."""
    del seconds


def _in_turn(replies: Iterator[Scripted]) -> Callable[[dict[str, Any]], Scripted]:
    def following(body: dict[str, Any]) -> Scripted:
        reply = next(replies, None)
        if reply is None:
            raise AssertionError(f"the script has no reply left for {body['messages'][-1]}")
        return reply

    return following
