"""What may stand behind a gateway beside the network: the role's own composer, or a tape.

The HTTP client above is the same for all; only its transport differs. Offline and replay hold
nothing that could open a connection. An answer that is an error is never recorded.
"""

from typing import Any

import httpx2

from savoirfaire.agents.calls import Call, Transport
from savoirfaire.agents.live import LiveTransport
from savoirfaire.agents.wire import Function, ToolCall, WireReply, canonical_request
from savoirfaire.errors import AbstainedError
from savoirfaire.tools.tape import Tape


class OfflineTransport(Transport):
    """Replies composed from the supplied evidence, by the role itself."""

    async def reply(self, request: httpx2.Request, body: dict[str, Any], call: Call) -> WireReply:
        """The composer's reply, in the form the request demands; none means to abstain."""
        del request
        if call.compose is None:
            raise AbstainedError(
                "role {role} needs a language model, and none is set", role=call.scope.role
            )
        text = call.compose().model_dump_json()
        tools = body.get("tools")
        if tools:
            called = Function(name=tools[0]["function"]["name"], arguments=text)
            return WireReply(
                tool_calls=[ToolCall(function=called)], finish_reason="stop", model="offline"
            )
        return WireReply(content=text, finish_reason="stop", model="offline")


class ReplayTransport(Transport):
    """Replies from a tape, and nothing else."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    async def reply(self, request: httpx2.Request, body: dict[str, Any], call: Call) -> WireReply:
        """The recorded reply; raises TapeMissError where there is none."""
        del request
        return WireReply(**self._tape.play("model", canonical_request(body), call.scope))


class RecordTransport(Transport):
    """A live endpoint whose replies go on a tape.

    What was recorded since the tape was opened is played when it is asked again, so that the run
    being recorded is the run its replay will be. With `missing_only`, so is what was there before.
    """

    def __init__(self, tape: Tape, live: LiveTransport, *, missing_only: bool) -> None:
        self._tape = tape
        self._live = live
        self._missing_only = missing_only

    async def reply(self, request: httpx2.Request, body: dict[str, Any], call: Call) -> WireReply:
        """The recorded reply where it may be played, else the endpoint's, recorded."""
        asked = canonical_request(body)
        entry = self._tape.find("model", call.key)
        if entry and (self._missing_only or self._tape.is_new("model", call.key)):
            return WireReply(**self._tape.play("model", asked, call.scope))
        reply = await self._live.reply(request, body, call)
        self._tape.add("model", asked, call.scope, reply.stored())
        return reply

    async def aclose(self) -> None:
        """Close the live side."""
        await self._live.aclose()
