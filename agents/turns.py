"""One reply of a model: what it said, whether it had finished, and what it cost."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from savoirfaire.agents.faults import shorten
from savoirfaire.agents.replies import Said
from savoirfaire.errors import RefusedError, TruncatedError, UnavailableError

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage


@dataclass(frozen=True)
class Usage:
    """Calls made and tokens counted by the endpoint."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )

    def as_dict(self) -> dict[str, int]:
        """The usage as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Turn:
    """One reply, before it is read."""

    said: Said
    refusal: str
    finish_reason: str
    usage: Usage
    model: str


def turn_of(message: "AIMessage") -> Turn:
    """The reply in a chat model's message."""
    counted = message.usage_metadata
    about = message.response_metadata
    return Turn(
        said=Said(str(message.text), tuple(_calls(message))),
        refusal=str(message.additional_kwargs.get("refusal") or ""),
        finish_reason=str(about.get("finish_reason") or ""),
        usage=Usage(
            1,
            counted["input_tokens"] if counted else 0,
            counted["output_tokens"] if counted else 0,
        ),
        model=str(about.get("model_name") or ""),
    )


def _calls(message: "AIMessage") -> Iterator[tuple[str, str]]:
    """The tools called, with their arguments as the model wrote them.

    Of a stream the raw pieces are read: its parsed `tool_calls` are completed where they were cut,
    and half an answer would pass for a whole one.
    """
    chunks = getattr(message, "tool_call_chunks", None)
    if chunks is not None:
        yield from ((call["name"] or "", call["args"] or "") for call in chunks)
        return
    for call in message.tool_calls:
        yield call["name"], json.dumps(call["args"], ensure_ascii=False)
    for broken in message.invalid_tool_calls:
        yield broken["name"] or "", broken["args"] or ""


def demand_finished(turn: Turn, limit: int) -> None:
    """A reply counts only when the model says that it ended, and of its own will."""
    reason = turn.finish_reason
    if turn.refusal or "content_filter" in reason:
        said = shorten(turn.refusal or "its content filter stopped the reply", "")
        raise RefusedError("the model declined to answer: {said}", said=said)
    if not reason:
        raise TruncatedError("the reply ended without a finish reason: it was cut off")
    if "length" in reason:
        raise TruncatedError("the reply reached the length limit of {limit} tokens", limit=limit)
    if reason == "error":
        raise UnavailableError("the endpoint ended the reply with an error")
