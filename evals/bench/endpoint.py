"""An endpoint for benchmarks: compatible with OpenAI's, on loopback, quick, as late as it is told.

`python -m savoirfaire.evals.bench.endpoint LATENCY` prints its port. A request that names an item
and a call ("item 3 call 1") is answered after that call's seconds. GET /count says how many there
were of each.
"""

import asyncio
import json
import re
import sys
from collections import Counter

from savoirfaire.evals.bench.latency import Latency

_NAMED = re.compile(rb"item (\d{1,9}) call (\d)")
_LENGTH = re.compile(rb"content-length: *(\d{1,9})", re.IGNORECASE)


def answer(body: bytes, kind: bytes = b"200 OK") -> bytes:
    """A whole response of HTTP."""
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (kind, len(body)) + body


def completion(text: str) -> bytes:
    """A chat completion with a text."""
    said = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "bench",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {"prompt_tokens": 200, "completion_tokens": 100, "total_tokens": 300},
    }
    return answer(json.dumps(said).encode())


class Endpoint:
    """Answers, and counts."""

    def __init__(self, latency: Latency) -> None:
        self._latency = latency
        self.counts: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                found = _LENGTH.search(head)
                body = await reader.readexactly(int(found[1])) if found else b""
                writer.write(await self._answer(head, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"GET /count"):
            return answer(json.dumps(self.counts).encode())
        if head.startswith(b"DELETE /count"):
            self.counts.clear()
            return answer(b"{}")
        named = _NAMED.search(body)
        if named is None:
            return answer(b"{}", b"400 Bad Request")
        item, call = int(named[1]), int(named[2])
        self.counts[f"{item}/{call}"] += 1
        await asyncio.sleep(self._latency.of(item, call))
        return completion(f"The reply to item {item}, call {call}. " * 8)


async def _main(latency: Latency) -> None:
    endpoint = Endpoint(latency)
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(Latency.parse(sys.argv[1])))
