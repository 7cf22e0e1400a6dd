"""The network as it is: what leaves, what is kept, and what each fault is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest

from savoirfaire.agents.network import Network

URL = "http://127.0.0.1:{port}/v1?a=b%20c"
FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nset-cookie: a=b\r\n\r\nfine"
ASKED = {"accept": "application/json", "authorization": "Bearer own"}
SHORT = {"timeout": {"connect": 1.0, "read": 0.05}}


@asynccontextmanager
async def served(*answers: bytes | None) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that says one of the answers to each request, and nothing for None; what it heard.

    It closes the connection where an answer breaks off.
    """
    heard: list[str] = []
    left = list(answers)
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while left:
                heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
                await reader.readexactly(2)
                answer = left.pop(0)
                if answer is None:
                    await over.wait()
                    break
                writer.write(answer)
                await writer.drain()
                if answer is not FINE:
                    break
        writer.transport.abort() if over.is_set() else writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield URL.format(port=server.sockets[0].getsockname()[1]), heard
        over.set()
        await asyncio.sleep(0)


async def _asked(network: Network, url: str) -> tuple[int, bytes]:
    request = httpx2.Request("POST", url, headers=ASKED, json={}, extensions=SHORT)
    answer = await network.handle_async_request(request)
    try:
        return answer.status_code, await answer.aread()
    finally:
        await answer.aclose()


async def test_what_leaves() -> None:
    """The headers that were given, the host and the length: no cookie, nothing of the client's."""
    async with served(FINE, FINE) as (url, heard), Network() as network:
        assert [await _asked(network, url) for _ in range(2)] == [(200, b"fine")] * 2
    first, second = heard
    assert first == second
    line, *headers = first.strip().split("\r\n")
    assert line == "POST /v1?a=b%20c HTTP/1.1"
    named = {header.split(":")[0].lower() for header in headers}
    assert named == {"host", "accept", "authorization", "content-length", "content-type"}


async def test_no_redirect() -> None:
    """An answer that sends elsewhere is an answer: a key goes to no other address."""
    moved = b"HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n"
    async with served(moved, FINE) as (url, heard), Network() as network:
        assert await _asked(network, url) == (302, b"")
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"", httpx2.NetworkError),
        (b"not HTTP at all\r\n\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal", httpx2.ReadError),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
            httpx2.RemoteProtocolError,
        ),
        (b"HTTP/1.1 200 OK\r\na: " + b"x" * 99_999, httpx2.RemoteProtocolError),
        (None, httpx2.TimeoutException),
    ],
)
async def test_faults(answer: bytes | None, fault: type[Exception]) -> None:
    """Each way to break is one of httpx2's faults, and the next call works."""
    async with served(answer, FINE) as (url, _heard), Network() as network:
        with pytest.raises(fault) as raised:
            await _asked(network, url)
        assert "b%20c" not in str(raised.value)
        assert await _asked(network, url) == (200, b"fine")


@pytest.mark.parametrize(
    ("url", "fault", "said"),
    [
        ("http://127.0.0.2:1/v1", httpx2.ConnectError, "^Connection refused$"),
        ("ftp://m.test/v1", httpx2.UnsupportedProtocol, "^(?!.*v1)"),
        ("http:///v1", httpx2.UnsupportedProtocol, "^(?!.*v1)"),
    ],
)
async def test_no_way(url: str, fault: type[Exception], said: str) -> None:
    """Nobody there, and what is no address."""
    async with Network() as network:
        with pytest.raises(fault, match=said):
            await _asked(network, url)


async def test_half_read() -> None:
    """An answer that is left in the middle spoils no other: its connection is not used again."""
    long = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 200_000
    async with served(long, FINE) as (url, _heard), Network() as network:
        answer = await network.handle_async_request(
            httpx2.Request("POST", url, headers=ASKED, json={}, extensions=SHORT)
        )
        await anext(aiter(answer.aiter_bytes()))
        await answer.aclose()
        assert await _asked(network, url) == (200, b"fine")
