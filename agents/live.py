"""The transport to an endpoint on the network: what leaves, and what its answers mean."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2

from savoirfaire.agents.calls import Call, Transport
from savoirfaire.agents.faults import asked_pause, http_error, is_final, shorten
from savoirfaire.agents.wire import WireReply
from savoirfaire.errors import MisconfiguredError, UnavailableError

_LARGEST = 32 * 2**20
_HTTP_OK = 200
_HTTP_UNREADABLE = {400, 422}
# What some endpoints reject by name, and what they take in its place.
_DIALECTS = {"max_completion_tokens": "max_tokens", "stream_options": None}


class LiveTransport(Transport):
    """An endpoint on the network, or whatever `wire` stands in for it.

    Only the headers named here leave, and the key only here: nothing the HTTP client gathered
    from the environment does.
    """

    def __init__(self, key: str, wire: httpx2.AsyncBaseTransport | None = None) -> None:
        if not (key.isascii() and key.isprintable()):
            raise MisconfiguredError("model.api_key has characters that no key has")
        self._key = key
        self._wire = wire or _itself()
        self._unwanted: set[str] = set()

    async def respond(
        self, request: httpx2.Request, body: dict[str, Any], call: Call
    ) -> httpx2.Response:
        """Pass a stream through as it comes; read everything else whole, and check it."""
        response = await self._send(request, body, call)
        if body.get("stream") and "event-stream" in response.headers.get("content-type", ""):
            head = {"content-type": "text/event-stream"}
            return httpx2.Response(_HTTP_OK, headers=head, stream=_Watched(response, call))
        reply = WireReply.parse(await _read(response))
        return reply.response(call.key[:16], stream=bool(body.get("stream")))

    async def reply(self, request: httpx2.Request, body: dict[str, Any], call: Call) -> WireReply:
        """The endpoint's reply, asked for whole."""
        whole = {key: value for key, value in body.items() if key != "stream_options"}
        response = await self._send(request, {**whole, "stream": False}, call)
        return WireReply.parse(await _read(response))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def _send(
        self, request: httpx2.Request, body: dict[str, Any], call: Call
    ) -> httpx2.Response:
        """Send the body in the endpoint's dialect; an error answer is raised as what it means."""
        call.sent = True
        with _network(request.url):
            response = await self._wire.handle_async_request(self._outgoing(request, body))
        response.request = request
        if response.status_code == _HTTP_OK:
            return response
        explanation = await _read(response)
        learned = self._learned(response.status_code, explanation, body)
        if learned:
            self._unwanted |= learned
            with suppress(MisconfiguredError):
                return await self._send(request, body, call)
            self._unwanted -= learned
        call.pause = asked_pause(response.headers)
        call.final = is_final(response.status_code, explanation)
        raise http_error(response.status_code, explanation, self._key, call.pause)

    def _outgoing(self, request: httpx2.Request, body: dict[str, Any]) -> httpx2.Request:
        said = dict(body)
        for name in self._unwanted & said.keys():
            value, other = said.pop(name), _DIALECTS[name]
            if other:
                said[other] = value
        headers = {
            "accept": "text/event-stream" if said.get("stream") else "application/json",
            "content-type": "application/json",
            "user-agent": "savoirfaire",
        }
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        return httpx2.Request(
            "POST", request.url, headers=headers, json=said, extensions=request.extensions
        )

    def _learned(self, status: int, explanation: bytes, body: dict[str, Any]) -> set[str]:
        """Fields an endpoint rejects by name, and that can be said otherwise or left out."""
        if status not in _HTTP_UNREADABLE:
            return set()
        named = {name for name in _DIALECTS if name.encode() in explanation}
        return (named & body.keys()) - self._unwanted


def _itself() -> httpx2.AsyncBaseTransport:
    from savoirfaire.agents.network import Network  # noqa: PLC0415 - aiohttp takes .2 s to import

    return Network()


class _Watched(httpx2.AsyncByteStream):
    """A streamed answer whose faults are noted in the call, and which has an end."""

    def __init__(self, response: httpx2.Response, call: Call) -> None:
        self._response = response
        self._call = call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in _parts(self._response):
                yield part
        except UnavailableError as error:
            self._call.failure = error
            raise

    async def aclose(self) -> None:
        await self._response.aclose()


async def _read(response: httpx2.Response) -> bytes:
    try:
        return b"".join([part async for part in _parts(response)])
    finally:
        await response.aclose()


async def _parts(response: httpx2.Response) -> AsyncIterator[bytes]:
    size = 0
    with _network(response.request.url):
        async for part in response.aiter_bytes():
            size += len(part)
            if size > _LARGEST:
                raise UnavailableError("the endpoint's answer has no end")
            yield part


@contextmanager
def _network(url: httpx2.URL) -> Iterator[None]:
    """Say what a fault of the connection means; the address is named without path or user."""
    host = url.netloc.decode("ascii", "replace")
    try:
        yield
    except httpx2.UnsupportedProtocol as error:
        raise MisconfiguredError("model.base_url is no web address") from error
    except httpx2.TimeoutException as error:
        raise UnavailableError("{host} did not answer in time", host=host) from error
    except httpx2.ConnectError as error:
        raise UnavailableError(
            "cannot connect to {host}: {reason}", host=host, reason=shorten(str(error), "")
        ) from error
    except httpx2.HTTPError as error:
        raise UnavailableError(
            "the connection to {host} broke: {reason}", host=host, reason=shorten(str(error), "")
        ) from error
