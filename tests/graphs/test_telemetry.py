"""Traces: spans with names and numbers, no words, a pause that is no error, and the way back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langgraph.errors import GraphInterrupt
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from savoirfaire.agents.tracing import tracing
from savoirfaire.graphs import telemetry_names as names
from savoirfaire.graphs.telemetry import Trace, traced

SECRET = "the secret recipe"  # noqa: S105 - a client's words
ANSWER = AIMessage(
    SECRET,
    usage_metadata={"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
    response_metadata={"finish_reason": "stop", "model_name": "m-1"},
)


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Where spans end up."""
    return InMemorySpanExporter()


@pytest.fixture
def trace(spans: InMemorySpanExporter, request: pytest.FixtureRequest) -> Iterator[Trace]:
    """A drive that is traced, with what was said where a test asks for it."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("root") as root:
        yield Trace(tracer, root, content=getattr(request, "param", False))


def step(trace: Trace, name: str, error: BaseException | None = None) -> None:
    """A step that asks a model, and fails or pauses where there is an error."""
    one, inner, asked = uuid4(), uuid4(), uuid4()
    said: dict[str, Any] = {"name": name, "metadata": {"langgraph_node": name}}
    trace.on_chain_start(None, {}, run_id=one, parent_run_id=uuid4(), **said)
    trace.on_chain_start(None, {}, run_id=inner, parent_run_id=one, **{**said, "name": "within"})
    question = [[HumanMessage(SECRET)]]
    trace.on_chat_model_start(
        None, question, run_id=asked, parent_run_id=inner, invocation_params={"model": "m"}
    )
    trace.on_llm_end(LLMResult(generations=[[ChatGeneration(message=ANSWER)]]), run_id=asked)
    trace.on_chain_end({}, run_id=inner)
    if error is None:
        trace.on_chain_end({}, run_id=one)
    else:
        trace.on_chain_error(error, run_id=one)


def told(spans: InMemorySpanExporter) -> dict[str, Any]:
    """The spans that have ended, by name."""
    return {span.name: span for span in spans.get_finished_spans()}


def test_steps_and_calls(trace: Trace, spans: InMemorySpanExporter) -> None:
    """A call is below its step, and this below the drive; tokens are counted, no word is told."""
    step(trace, "write")
    call, write = told(spans)["chat m"], told(spans)["step write"]
    assert call.parent.span_id == write.context.span_id
    assert trace.place.split("-")[2] == f"{write.parent.span_id:016x}"
    assert dict(call.attributes) == {
        names.OPERATION: "chat",
        names.REQUEST_MODEL: "m",
        names.RESPONSE_MODEL: "m-1",
        names.FINISH_REASONS: ("stop",),
        names.INPUT_TOKENS: 7,
        names.OUTPUT_TOKENS: 3,
    }
    assert not any(SECRET in span.to_json() for span in spans.get_finished_spans())


@pytest.mark.parametrize("trace", [True], indirect=True)
def test_content_where_it_is_asked_for(trace: Trace, spans: InMemorySpanExporter) -> None:
    """What was said is in the spans of calls only where that is asked for."""
    step(trace, "write")
    said = told(spans)["chat m"].attributes
    assert json.loads(said[names.INPUT_MESSAGES]) == [{"role": "human", "content": SECRET}]
    assert json.loads(said[names.OUTPUT_MESSAGES]) == [{"role": "ai", "content": SECRET}]


@pytest.mark.parametrize(
    ("error", "status", "paused"),
    [(GraphInterrupt(()), StatusCode.UNSET, True), (ValueError(SECRET), StatusCode.ERROR, None)],
)
def test_a_pause_is_no_error(
    trace: Trace,
    spans: InMemorySpanExporter,
    error: Exception,
    status: StatusCode,
    paused: bool | None,  # noqa: FBT001 - a table
) -> None:
    """A step that waits for a person has not failed; one that fails says how, not with what."""
    step(trace, "gate", error)
    gate = told(spans)["step gate"]
    assert (gate.status.status_code, gate.attributes.get(names.PAUSED)) == (status, paused)
    assert SECRET not in gate.to_json()


def test_nobody_listens() -> None:
    """Without a tracer provider nothing is traced, and nothing is imported for it."""
    with traced("r", "g", "c") as trace:
        assert trace is None


@pytest.mark.parametrize(("mode", "enabled"), [("live", None), ("offline", False)])
def test_langsmith(mode: str, enabled: bool | None) -> None:  # noqa: FBT001 - a table
    """LangSmith's variables count where a live model is asked, and nowhere else."""
    from langsmith.run_helpers import get_tracing_context  # noqa: PLC0415 - slow to import

    with tracing(mode):
        assert get_tracing_context()["enabled"] is enabled


RUN = """
import asyncio, json, sys
from pathlib import Path
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from savoirfaire.cli.studio import open_runs
from savoirfaire.settings import load_settings
from savoirfaire.workspace import Workspace

spans, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)

async def main(folder, request):
    workspace = Workspace(folder, load_settings(folder, {}))
    async with open_runs(workspace) as runs:
        run = runs.submit(runs.knowledge.ledger.scope("acme"), "newsletter", request, by="ann")
        (approval,) = (await runs.drive(run)).approvals
        runs.approvals.decide(approval, "approve", by="bob")
        assert (await runs.drive(run)).status == "completed"

asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
print(json.dumps([json.loads(span.to_json()) for span in spans.get_finished_spans()]))
"""


@pytest.mark.sweep
def test_a_run(newsroom: Any) -> None:
    """A newsletter is two drives: the first pauses at its gate, the second points back to it."""
    request = {"title": "Letter", "date": "2026-05-04", "language": "en", "items": ["items"]}
    command = [sys.executable, "-c", RUN, str(newsroom.workspace.folder), json.dumps(request)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    spans = json.loads(said.splitlines()[-1])
    first, second = (span for span in spans if span["name"] == "invoke_workflow newsletter")
    assert first["attributes"][names.PAUSED] is True
    assert [link["context"]["span_id"] for link in second["links"]] == [first["context"]["span_id"]]
    steps = [span for span in spans if span["name"].startswith("step ")]
    assert {"step collect", "step gate_publish", "step publish"} <= {s["name"] for s in steps}
    assert {span["status"]["status_code"] for span in (first, second, *steps)} == {"UNSET"}
