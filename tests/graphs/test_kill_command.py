"""The command line itself, killed and interrupted while a model is thinking."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from savoirfaire.errors import BusyError

REQUEST = "title: Letter 12\ndate: 2026-05-04\nlanguage: en\nitems: [items]\n"
# What a shell starts in the background ignores Ctrl-C, and so does all that it starts.
SAVOIR = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from savoirfaire.cli import main
sys.exit(main())
"""
PATIENCE = 30


@dataclass
class Endpoint:
    """A model's endpoint on this machine, which may hold its breath at one request."""

    model: Any
    hold: str = ""
    held: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def answer(self, data: bytes) -> bytes:
        """The reply to a request; at the role to be held, only once the test goes on."""
        response = self.model.wire.handle_request(
            httpx2.Request("POST", "http://model.test/v1/chat/completions", content=data)
        )
        role = self.model.prompts[-1][0]
        first_write = role == "write" and self.model.asked["write"] == 1
        if role == self.hold and not first_write and not self.go_on.is_set():
            self.held.set()
            self.go_on.wait(PATIENCE)
        content: bytes = response.content
        return content


@pytest.fixture
def endpoint(model: Any) -> Iterator[Endpoint]:
    """An endpoint on loopback."""
    endpoint = Endpoint(model)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            content = endpoint.answer(data)
            with contextlib.suppress(ConnectionError):  # who asked may have been killed
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    endpoint.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield endpoint
    endpoint.go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


def savoir(folder: Path, endpoint: Endpoint, *arguments: str) -> "subprocess.Popen[str]":
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", SAVOIR, *arguments],
        cwd=folder,
        env={
            **os.environ,
            "SAVOIR_MODEL_BASE_URL": endpoint.address,
            "SAVOIR_MODEL_NAME": "local",
            "SAVOIR_LOG_LEVEL": "error",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_until_held(newsroom: Any, endpoint: Endpoint) -> "subprocess.Popen[str]":
    """Start a newsletter whose model takes its time."""
    folder = newsroom.workspace.folder
    (folder / "request.yaml").write_text(REQUEST, encoding="utf-8")
    process = savoir(
        folder,
        endpoint,
        "run",
        "newsletter",
        "-c",
        "acme",
        "-i",
        "request.yaml",
        "--detach",
        "--json",
    )
    assert endpoint.held.wait(PATIENCE), process.communicate()
    while endpoint.hold == "write" and "write" not in done(newsroom):
        time.sleep(0.02)
    return process


def done(newsroom: Any) -> list[str]:
    """The steps that the record says are done."""
    return [row["node"] for row in newsroom.rows("run_events") if row["kind"] == "node.done"]


def told(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What a command printed, once it has ended well."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    plain: dict[str, Any] = json.loads(out)
    return plain


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("hold", "asked"),
    [
        ("write", {"plan": 1, "write": 3, "judge": 1}),
        ("plan", {"plan": 2, "write": 2, "judge": 1}),
        ("judge", {"plan": 1, "write": 2, "judge": 2}),
    ],
)
def test_killed_resumed_decided(
    newsroom: Any, endpoint: Endpoint, hold: str, asked: dict[str, int]
) -> None:
    """Killed while the model writes, resumed by a second process, decided in a third: published.

    Only the request in the air is asked again.
    """
    endpoint.hold = hold
    process = run_until_held(newsroom, endpoint)
    process.kill()
    process.communicate()
    endpoint.go_on.set()
    folder = newsroom.workspace.folder
    (run,) = newsroom.rows("runs")
    waiting = told(savoir(folder, endpoint, "resume", run["id"], "--json"))
    assert waiting["status"] == "waiting"
    assert endpoint.model.asked == asked
    end = told(savoir(folder, endpoint, "decide", *waiting["approvals"], "approve", "--json"))
    assert end["status"] == "completed"
    assert endpoint.model.asked == asked
    assert len(newsroom.rows("effects")) == 1
    assert len(newsroom.published()) == 3


@pytest.mark.sweep
async def test_interrupted(newsroom: Any, endpoint: Endpoint, model: Any) -> None:
    """While one works on a run, no other may; Ctrl-C ends it with 130, and another goes on."""
    endpoint.hold = "write"
    process = run_until_held(newsroom, endpoint)
    (run,) = newsroom.rows("runs")
    with pytest.raises(BusyError, match=f"working on run {run['id']}"):
        await newsroom.drive(run["id"])
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Interrupted. A run that had begun can go on" in err
    assert done(newsroom) == ["collect", "plan", "write"]
    progress = await newsroom.drive(run["id"], model.wire)
    assert progress.status == "waiting"
    assert model.asked["plan"] == 1
