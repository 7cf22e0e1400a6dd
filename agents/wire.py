"""Chat completions as they go over the wire: read from any endpoint, written for our own client.

An endpoint's completion that does not have the form of one raises UnavailableError: it is the
endpoint that is not usable, not the model's words.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import httpx2
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from savoirfaire.agents.faults import endpoint_words, shorten
from savoirfaire.errors import UnavailableError

_PIECE = 120


def _text(value: Any) -> Any:
    """Content in parts (reasoning models send it so) as the text of its text parts."""
    if value is None:
        return ""
    if isinstance(value, list):
        parts = [part for part in value if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(str(part.get("text", "")) for part in parts)
    return value


def _arguments(value: Any) -> Any:
    """Arguments as JSON text; some endpoints send the object itself."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value or ""


Text = Annotated[str, BeforeValidator(_text)]


class Function(BaseModel):
    """The tool a model calls, its arguments as JSON text."""

    name: str
    arguments: Annotated[str, BeforeValidator(_arguments)] = ""


class ToolCall(BaseModel):
    """One tool call of a reply."""

    id: Text = ""
    function: Function


class Tokens(BaseModel):
    """What the endpoint says it counted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Message(BaseModel):
    content: Text = ""
    refusal: Text = ""
    tool_calls: list[ToolCall] | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: Tokens | None = None
    model: Text = ""


class WireReply(BaseModel):
    """What a model said, in the one form that is recorded, replayed and composed."""

    content: str = ""
    refusal: str = ""
    tool_calls: list[ToolCall] = []
    finish_reason: str | None = None
    tokens: Tokens = Tokens()
    model: str = ""

    @classmethod
    def parse(cls, body: bytes) -> "WireReply":
        """Read an endpoint's completion; the first of its choices counts."""
        try:
            data = json.loads(body)
            read = _Completion.model_validate(data)
        except ValidationError as error:
            raise _no_completion(data, body, error) from error
        except (ValueError, RecursionError) as error:
            if b"<html" in body[:2000].lower():
                raise UnavailableError("the endpoint answered with a web page") from error
            raise UnavailableError("the endpoint's answer is not JSON, or was cut off") from error
        first = read.choices[0]
        return cls(
            content=first.message.content,
            refusal=first.message.refusal,
            tool_calls=first.message.tool_calls or [],
            finish_reason=first.finish_reason,
            tokens=read.usage or Tokens(),
            model=read.model,
        )

    def stored(self) -> dict[str, Any]:
        """The reply as it stands on a tape: only what it has."""
        return self.model_dump(exclude_defaults=True)

    def response(self, name: str, *, stream: bool) -> httpx2.Response:
        """The HTTP answer our client reads, whole or as server-sent events."""
        if stream:
            events = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in self._chunks(name))
            head = {"content-type": "text/event-stream"}
            return httpx2.Response(200, headers=head, content=f"{events}data: [DONE]\n\n".encode())
        choice = {"index": 0, "message": self._message(), "finish_reason": self.finish_reason}
        body = {**self._head(name, "chat.completion"), "choices": [choice], "usage": self._usage()}
        return httpx2.Response(200, json=body)

    def _head(self, name: str, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{name}", "object": kind, "created": 0, "model": self.model}

    def _usage(self) -> dict[str, int]:
        total = self.tokens.prompt_tokens + self.tokens.completion_tokens
        return {**self.tokens.model_dump(), "total_tokens": total}

    def _message(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": self.content or None}
        message["refusal"] = self.refusal or None
        if self.tool_calls:
            message["tool_calls"] = self._calls()
        return message

    def _calls(self) -> list[dict[str, Any]]:
        return [
            {
                "index": place,
                "id": call.id or f"call_{place}",
                "type": "function",
                "function": call.function.model_dump(),
            }
            for place, call in enumerate(self.tool_calls)
        ]

    def _deltas(self) -> Iterator[dict[str, Any]]:
        yield {"role": "assistant", "content": ""}
        for start in range(0, len(self.content), _PIECE):
            yield {"content": self.content[start : start + _PIECE]}
        if self.refusal:
            yield {"refusal": self.refusal}
        if self.tool_calls:
            yield {"tool_calls": self._calls()}

    def _chunks(self, name: str) -> Iterator[dict[str, Any]]:
        head = self._head(name, "chat.completion.chunk")
        for delta in self._deltas():
            yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        if self.finish_reason is not None:
            end = {"index": 0, "delta": {}, "finish_reason": self.finish_reason}
            yield {**head, "choices": [end]}
        yield {**head, "choices": [], "usage": self._usage()}


def _no_completion(data: Any, body: bytes, error: ValidationError) -> UnavailableError:
    """Why an answer is no completion: some endpoints send their errors as a success."""
    if isinstance(data, dict) and data.get("error"):
        said = shorten(endpoint_words(body), "")
        return UnavailableError("the endpoint answered with an error: {said}", said=said)
    fault = error.errors(include_input=False, include_url=False)[0]
    at = ".".join(map(str, fault["loc"])) or "the top"
    return UnavailableError(
        "the endpoint's answer is no completion: at {at}, {reason}",
        at=at,
        reason=fault["msg"].lower(),
    )


def canonical_request(body: dict[str, Any]) -> dict[str, Any]:
    """What a tape keeps of a request: all that the model sees, and nothing of how it is carried.

    Streamed or not is the same request, and so is either name of the length limit.
    """
    kept = {key: value for key, value in body.items() if key not in {"stream", "stream_options"}}
    if "max_tokens" in kept:
        kept["max_completion_tokens"] = kept.pop("max_tokens")
    return kept
