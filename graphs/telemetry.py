"""Traces of runs, for OpenTelemetry: what worked on what, for how long, for how many tokens.

Nothing is traced unless a tracer provider is set up (`opentelemetry-instrument savoir worker`, for
one): then a drive of a run is a span, its steps are spans below, and calls of models below these.
Names and numbers go into them; what people and models said only where `content` asks for it. A run
that pauses for a person has not failed, and its next drive points back to where it paused.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.errors import GraphBubbleUp

from savoirfaire.errors import AbstainedError
from savoirfaire.graphs import telemetry_names as names

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Span, Tracer

_VERSION = "00"


def listened() -> bool:
    """Whether somebody has set up that traces go anywhere."""
    return _tracer() is not None


@contextmanager
def traced(
    run: str, graph: str, client: str, *, before: str = "", content: bool = False
) -> Iterator["Trace | None"]:
    """Trace one drive of a run; None where nobody listens. `before`: where the last one paused."""
    tracer = _tracer()
    if tracer is None:
        yield None
        return
    said = {
        names.OPERATION: names.INVOKE_WORKFLOW,
        names.WORKFLOW: graph,
        names.CONVERSATION: run,
        names.CLIENT: client,
    }
    with tracer.start_as_current_span(
        f"{names.INVOKE_WORKFLOW} {graph}",
        attributes=said,
        links=_links(before),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield Trace(tracer, span, content=content)
        except BaseException as error:
            _end(span, error)
            raise


class Trace(BaseCallbackHandler):
    """Hears of the steps and the calls of one drive from LangChain, and makes spans of them."""

    run_inline = True

    def __init__(self, tracer: "Tracer", span: "Span", *, content: bool) -> None:
        self._tracer = tracer
        self._root = span
        self._content = content
        self._open: dict[UUID, Span] = {}

    @property
    def place(self) -> str:
        """Where this trace is, for another to point to: W3C's `traceparent`."""
        at = self._root.get_span_context()
        return f"{_VERSION}-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"

    def pauses(self, *, is_so: bool) -> None:
        """Whether the run waits for a person where it has come to."""
        self._root.set_attribute(names.PAUSED, is_so)

    # --- what LangChain calls ---------------------------------------------------------------------

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,  # noqa: ARG002 - LangChain's form
        inputs: Any,  # noqa: ARG002
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **more: Any,
    ) -> None:
        """A step begins; what is inside a step, and the graph itself, has no span of its own."""
        step = (more.get("metadata") or {}).get("langgraph_node")
        above = self._open.get(parent_run_id) if parent_run_id else None
        if step is None or more.get("name") != step:
            self._open[run_id] = above or self._root
            return
        said = {names.STEP: str(step)}
        self._open[run_id] = self._begin(f"step {step}", above or self._root, said)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_more: Any) -> None:  # noqa: ARG002
        """A step ends."""
        self._close(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_more: Any) -> None:
        """A step fails, or pauses."""
        self._close(run_id, error)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,  # noqa: ARG002 - LangChain's form
        messages: list[list[Any]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **more: Any,
    ) -> None:
        """A model is asked."""
        asked = more.get("invocation_params") or {}
        model = str(asked.get("model") or asked.get("model_name") or "")
        said = {names.OPERATION: names.CHAT, names.REQUEST_MODEL: model}
        if self._content:
            said[names.INPUT_MESSAGES] = _words(each for part in messages for each in part)
        above = self._open.get(parent_run_id) if parent_run_id else None
        self._open[run_id] = self._begin(f"{names.CHAT} {model}", above or self._root, said)

    def on_llm_end(self, response: Any, *, run_id: UUID, **_more: Any) -> None:
        """A model has answered."""
        span = self._open.get(run_id)
        replies = [each.message for part in response.generations for each in part]
        if span is not None and replies:
            self._tell(span, replies)
        self._close(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_more: Any) -> None:
        """A model has not answered."""
        self._close(run_id, error)

    def _begin(self, name: str, above: "Span", said: dict[str, str]) -> "Span":
        return self._tracer.start_span(name, context=_within(above), attributes=said)

    def _tell(self, span: "Span", replies: Sequence[Any]) -> None:
        about = replies[0].response_metadata
        usage = replies[0].usage_metadata or {}
        if model := about.get("model_name"):
            span.set_attribute(names.RESPONSE_MODEL, model)
        if reason := about.get("finish_reason"):
            span.set_attribute(names.FINISH_REASONS, [reason])
        for name, key in ((names.INPUT_TOKENS, "input"), (names.OUTPUT_TOKENS, "output")):
            if f"{key}_tokens" in usage:
                span.set_attribute(name, usage[f"{key}_tokens"])
        if self._content:
            span.set_attribute(names.OUTPUT_MESSAGES, _words(replies))

    def _close(self, run_id: UUID, error: BaseException | None = None) -> None:
        span = self._open.pop(run_id, None)
        if span is None or span is self._root or span in self._open.values():
            return
        _end(span, error)
        span.end()


def _end(span: "Span", error: BaseException | None) -> None:
    """Say how it ended: an error by its kind alone, since its words may be a client's."""
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - only where it is installed

    if isinstance(error, GraphBubbleUp):
        span.set_attribute(names.PAUSED, value=True)
    elif isinstance(error, AbstainedError):  # as offline roles do
        span.set_attribute(names.ABSTAINED, value=True)
    elif error is not None:
        span.set_attribute(names.ERROR_TYPE, type(error).__name__)
        span.set_status(StatusCode.ERROR)


def _tracer() -> "Tracer | None":
    """The tracer, where somebody has set up that spans go anywhere."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return None
    from opentelemetry import trace  # noqa: PLC0415

    provider = trace.get_tracer_provider()
    is_set_up = not isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider)
    return provider.get_tracer(names.SCOPE) if is_set_up else None


def _within(span: "Span") -> "Context":
    from opentelemetry.trace import set_span_in_context  # noqa: PLC0415

    return set_span_in_context(span)


def _links(before: str) -> "list[Link]":
    from opentelemetry.trace import Link, SpanContext, TraceFlags  # noqa: PLC0415

    if not before:
        return []
    _version, trace, span, flags = before.split("-")
    there = SpanContext(
        int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
    return [Link(there)]


def _words(messages: Any) -> str:
    said = [{"role": each.type, "content": each.content} for each in messages]
    return json.dumps(said, ensure_ascii=False)
