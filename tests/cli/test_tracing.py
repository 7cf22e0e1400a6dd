"""What leaves the machine offline and in replay: nothing, whatever LangSmith's variables say."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

START = "from savoirfaire.cli import main; raise SystemExit(main())"


class Sink(ThreadingHTTPServer):
    """A tracing endpoint that counts what it is sent."""

    received: int = 0


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def _count(self) -> None:
        self.server.received += 1
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PATCH = _count  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A sink on loopback."""
    with Sink(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(sink: Sink, code: str, *arguments: str) -> None:
    """Run Python with tracing asked for, in a process of its own."""
    traced = {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_API_KEY": "x",
        "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{sink.server_port}",
    }
    subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **traced},
        check=True,
        capture_output=True,
    )


def test_the_sink_would_see_a_trace(sink: Sink) -> None:
    """The same variables do send a plain LangGraph run: the test below can fail."""
    run(
        sink,
        "from langgraph.graph import START, StateGraph\n"
        "from langchain_core.tracers.langchain import wait_for_all_tracers\n"
        "builder = StateGraph(dict)\n"
        "builder.add_node('one', lambda state: state)\n"
        "builder.add_edge(START, 'one')\n"
        "builder.compile().invoke({'a': 1})\n"
        "wait_for_all_tracers()\n",
    )
    assert sink.received > 0


@pytest.mark.parametrize("mode", [pytest.param("offline", marks=pytest.mark.sweep), "replay"])
def test_no_run_is_traced(sink: Sink, tmp_path: Path, mode: str) -> None:
    """A run without a live model sends nothing to LangSmith, whatever its variables say."""
    run(sink, START, "demo", "--json", "--model", mode, "--in", str(tmp_path / "studio"))
    assert sink.received == 0
