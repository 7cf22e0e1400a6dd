"""A small TCP proxy on loopback that breaks connections before it lets them through."""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, with a reset
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_SAID = {
    "429": b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}",
    "429, come back": b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}",
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops",
    "garbage": bytes(range(256)),
}
FAULTS = ["refused", "reset", "stall", "half", *_SAID]


class Proxy:
    """Leads to an upstream, but for the first connections, which meet with faults."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._faults: list[str] = []
        self._server: asyncio.Server | None = None
        self.port = 0
        self._under_way: set[asyncio.Task[None] | None] = set()
        self.met = 0
        """How many connections met with a fault."""

    async def open(self) -> None:
        """Listen, at the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more: connections are refused, and those that there are end."""
        if self._server is not None:
            self._server.close()
            self._server = None
        under_way = [task for task in self._under_way if task is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def break_with(self, fault: str, times: int) -> None:
        """Have the next connections fail; what is refused is so until it is healed."""
        if fault == "refused":
            await self.close()
        else:
            self._faults = [fault] * times

    async def heal(self) -> None:
        """Let everything through from now on."""
        self._faults = []
        if self._server is None:
            await self.open()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._under_way.add(task)
        fault = self._faults.pop(0) if self._faults else ""
        self.met += bool(fault)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(fault, reader, writer)
        finally:
            writer.close()
            self._under_way.discard(task)

    async def _answer(
        self, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if fault == "reset":
            linger: socket.socket = writer.get_extra_info("socket")
            linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return
        request = await read_message(reader)
        if fault == "stall":
            await asyncio.sleep(5)
            return
        answer = _SAID.get(fault) or await self._asked(request)
        writer.write(answer[: len(answer) // 2] if fault == "half" else answer)
        await writer.drain()

    async def _asked(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        writer.write(request)
        answer = await read_message(reader)
        writer.close()
        return answer


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer with its body, whose length it says."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)


@asynccontextmanager
async def proxied(body: bytes) -> AsyncIterator[Proxy]:
    """A proxy before a server that gives one answer to everything."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await read_message(reader)
            writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
            await writer.drain()
        writer.close()

    upstream = await asyncio.start_server(answer, "127.0.0.1", 0)
    proxy = Proxy(upstream.sockets[0].getsockname()[1])
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
        upstream.close()
