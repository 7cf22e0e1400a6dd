"""The live transport over a real socket, on the loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import SecretStr

from savoirfaire.agents.model import CallScope, Endpoint, open_gateway
from savoirfaire.agents.replies import TextForm
from savoirfaire.agents.wire import WireReply
from savoirfaire.errors import UnavailableError
from savoirfaire.testing import no_wait

MESSAGES = [{"role": "user", "content": "Hi"}]
SCOPE = CallScope("editor", "plan")


class Handler(BaseHTTPRequestHandler):
    """Answers every request well."""

    def do_POST(self) -> None:
        """Answer whole or streamed, as it is asked, and echo the key."""
        body = self.rfile.read(int(self.headers["content-length"]))
        said = WireReply(content=self.headers["authorization"], finish_reason="stop", model="m")
        answer = said.response("x", stream=b'"stream":true' in body)
        self.send_response(200)
        self.send_header("content-type", answer.headers["content-type"])
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("stream", [False, True])
async def test_over_a_socket(address: str, stream: bool) -> None:  # noqa: FBT001
    """A real server is asked and heard, whole and streamed, twice over one connection."""
    endpoint = Endpoint(address, SecretStr(" key\n"), "m")
    async with open_gateway("live", endpoint) as gateway:
        for _ in range(2):
            done = await gateway.complete(MESSAGES, scope=SCOPE, form=TextForm(), stream=stream)
            assert done.value == "Bearer key"


async def test_nobody_there(address: str) -> None:
    """A port where nobody listens is an unavailable endpoint, named without its path."""
    nowhere = Endpoint(address.replace("127.0.0.1", "127.0.0.2"), name="m", retries=0)
    async with open_gateway("live", nowhere, wait=no_wait) as gateway:
        with pytest.raises(UnavailableError, match=r"cannot connect to 127\.0\.0\.2:\d+: "):
            await gateway.complete(MESSAGES, scope=SCOPE, form=TextForm())
