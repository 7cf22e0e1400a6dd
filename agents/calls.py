"""A call on its way to a model, and the transport that serves it.

The client above a transport wraps what the transport raises; so the error also stands in the
call's record, where the gateway finds it.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import BaseModel

from savoirfaire.agents.wire import WireReply, canonical_request
from savoirfaire.tools.tape import CallScope, tape_key

Compose = Callable[[], BaseModel]


@dataclass
class Call:
    """One call on its way: who asks, what composes offline, and what the transport found.

    `sent` says that it went to an endpoint.
    """

    scope: CallScope
    compose: Compose | None = None
    key: str = ""
    pause: float | None = None
    final: bool = False
    sent: bool = False
    failure: Exception | None = None


CALL: ContextVar[Call] = ContextVar("savoirfaire_call")


class Transport(httpx2.AsyncBaseTransport):
    """An HTTP transport that knows the call it serves."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request; what goes wrong is noted in the call before it is raised."""
        call = CALL.get()
        try:
            body = json.loads(await request.aread())
            call.key = tape_key(canonical_request(body), call.scope)
            return await self.respond(request, body, call)
        except Exception as error:
            call.failure = error
            raise

    async def respond(
        self, request: httpx2.Request, body: dict[str, Any], call: Call
    ) -> httpx2.Response:
        """The reply as the HTTP answer the client asked for, streamed or whole."""
        reply = await self.reply(request, body, call)
        return reply.response(call.key[:16], stream=bool(body.get("stream")))

    async def reply(self, request: httpx2.Request, body: dict[str, Any], call: Call) -> WireReply:
        """What the model says."""
        raise NotImplementedError
