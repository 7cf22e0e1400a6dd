"""HTTP to an endpoint by aiohttp, whose parser is compiled.

httpx2's own transport is Python throughout, and its pool looks through all its connections at each
call: with 64 calls under way, a fifth of the CPU that a run of two calls took went there.
"""

import os
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx2

_FAULTS: tuple[tuple[type[Exception], type[httpx2.TransportError]], ...] = (
    (aiohttp.NonHttpUrlClientError, httpx2.UnsupportedProtocol),
    (aiohttp.InvalidURL, httpx2.UnsupportedProtocol),
    (TimeoutError, httpx2.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ClientPayloadError, httpx2.ReadError),
    (aiohttp.ClientResponseError, httpx2.RemoteProtocolError),
    (aiohttp.ClientError, httpx2.NetworkError),
    (OSError, httpx2.NetworkError),
)
_NOT_SAID = ("User-Agent", "Accept-Encoding", "Accept")  # by aiohttp itself


class Network(httpx2.AsyncBaseTransport):
    """The network, as httpx2 asks for it: faults are httpx2's own (`TransportError`).

    It keeps no cookies, follows no redirect, asks no proxy of the environment, and adds no header
    but the length and the host. Connections are as many as there are calls at once, and kept.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its answer is read as it comes."""
        with _as_httpx2():
            answer = await self._opened().request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=await request.aread(),
                timeout=_timeout(request),
                ssl=self._secured() if request.url.scheme == "https" else True,
                allow_redirects=False,
            )
        return httpx2.Response(
            answer.status, headers=list(answer.raw_headers), stream=_Answer(answer), request=request
        )

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:  # not before there is a loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NOT_SAID,
                auto_decompress=False,  # httpx2 does, by the headers
            )
        return self._session

    def _secured(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx2.create_ssl_context(trust_env=False)
        return self._tls


class _Answer(httpx2.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx2():
            async for part in self._answer.content.iter_any():
                yield part

    async def aclose(self) -> None:
        """Give the connection back; where the body was not read to its end, it is closed."""
        self._answer.release()


def _timeout(request: httpx2.Request) -> aiohttp.ClientTimeout:
    asked = request.extensions.get("timeout", {})
    return aiohttp.ClientTimeout(sock_connect=asked.get("connect"), sock_read=asked.get("read"))


@contextmanager
def _as_httpx2() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for kind, meaning in _FAULTS:
            if isinstance(error, kind):
                raise meaning(_reason(error)) from error
        raise


def _reason(error: Exception) -> str:
    """What went wrong, without the address: there may be a key in it."""
    if isinstance(error, aiohttp.ClientResponseError):
        return " ".join(error.message.split())
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return "no address of the web"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return error.strerror or "no such name"
    if isinstance(error, aiohttp.ClientConnectorError) and error.errno:
        return os.strerror(error.errno)
    return str(error)
