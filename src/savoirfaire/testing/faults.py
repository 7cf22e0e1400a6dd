"""Every way a model server goes wrong that we know of, and what must come of it."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from savoirfaire.agents.wire import WireReply
from savoirfaire.errors import (
    MisconfiguredError,
    RateLimitedError,
    RefusedError,
    SavoirError,
    TruncatedError,
    UnavailableError,
    UnreadableReplyError,
)
from savoirfaire.testing.scripted import Scripted, ScriptedTransport

_ECHOED = "a-key-nobody-has"


@dataclass(frozen=True)
class Fault:
    """A fault: how the server answers, the error it must end in, words that error must have.

    `calls` is how many requests the server must see with two retries set.
    """

    answer: Callable[[dict[str, Any]], Scripted]
    error: type[SavoirError]
    words: str
    calls: int = 1


def hostile(name: str) -> ScriptedTransport:
    """A server that has the fault of this name in every answer."""
    return ScriptedTransport(FAULTS[name].answer)


class _Breaking(httpx2.AsyncByteStream):
    """A stream that breaks after its first part."""

    def __init__(self, part: bytes) -> None:
        self._part = part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._part
        raise httpx2.ReadError("connection reset by peer")


def _http(
    status: int, message: str, *, code: str = "", **headers: str
) -> Callable[[dict[str, Any]], Scripted]:
    error = {"error": {"message": message, "type": "error", "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx2.Response(status, headers=named, json=error)


def _says(**fields: Any) -> Callable[[dict[str, Any]], Scripted]:
    return lambda _: dict(fields)


def _raises(error: Exception) -> Callable[[dict[str, Any]], Scripted]:
    return lambda _: error


def _sends(content: bytes, kind: str = "application/json") -> Callable[[dict[str, Any]], Scripted]:
    return lambda _: httpx2.Response(200, headers={"content-type": kind}, content=content)


def _streams(stream: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], Scripted]:
    """The start of a good reply, then what `stream` makes of the rest; a whole one is cut."""

    def answer(body: dict[str, Any]) -> Scripted:
        good = WireReply(content="It begins well, then", finish_reason="stop", model="hostile")
        whole = good.response("hostile", stream=bool(body.get("stream")))
        if not body.get("stream"):
            return httpx2.Response(200, json=json.loads(whole.content) | {"choices": []})
        events = {"content-type": "text/event-stream"}
        return httpx2.Response(200, headers=events, content=stream(whole.content))

    return answer


def _breaks(body: dict[str, Any]) -> Scripted:
    good = WireReply(content="It begins well, then", finish_reason="stop", model="hostile")
    whole = good.response("hostile", stream=bool(body.get("stream")))
    half = whole.content[: len(whole.content) // 2]
    return httpx2.Response(200, headers=whole.headers, stream=_Breaking(half))


def _unfinished(body: dict[str, Any]) -> Scripted:
    del body
    return {"content": '{"fits": true', "finish_reason": None}


_CALLED = [{"function": {"name": "send_mail", "arguments": '{"to": "rival@example.org"}'}}]

FAULTS = {
    "rate limited": Fault(
        _http(429, "slow down"), RateLimitedError, "too many requests: slow down", calls=3
    ),
    "rate limited, wait a little": Fault(
        _http(429, "slow down", retry_after="2"), RateLimitedError, "wait 2 s", calls=3
    ),
    "rate limited, wait an hour": Fault(
        _http(429, "slow down", retry_after="3600"), RateLimitedError, "wait 3600 s"
    ),
    "quota used up": Fault(
        _http(429, "no credit", code="insufficient_quota"), RateLimitedError, "no credit"
    ),
    "server error": Fault(_http(500, "oops"), UnavailableError, "failed (500): oops", calls=3),
    "overloaded": Fault(_http(503, "busy"), UnavailableError, "failed (503): busy", calls=3),
    "conflict": Fault(_http(409, "again"), UnavailableError, "failed (409)", calls=3),
    "connection refused": Fault(
        _raises(httpx2.ConnectError("connection refused")),
        UnavailableError,
        "cannot connect to model.test",
        calls=3,
    ),
    "stall": Fault(
        _raises(httpx2.ReadTimeout("stalled")), UnavailableError, "did not answer in time", calls=3
    ),
    "broken in the middle": Fault(_breaks, UnavailableError, "connection to model.test", calls=3),
    "half JSON": Fault(
        _sends(b'{"choices": [{"mess'), UnavailableError, "not JSON, or was cut off", calls=3
    ),
    "web page": Fault(
        _sends(b"<!doctype html><html>Sign in</html>", "text/html"),
        UnavailableError,
        "a web page",
        calls=3,
    ),
    "empty body": Fault(_sends(b""), UnavailableError, "not JSON, or was cut off", calls=3),
    "deep nesting": Fault(
        _sends(b"[" * 100_000), UnavailableError, "not JSON, or was cut off", calls=3
    ),
    "empty choices": Fault(
        _sends(b'{"choices": []}'), UnavailableError, "no completion: at choices", calls=3
    ),
    "null choices": Fault(
        _sends(b'{"choices": null}'), UnavailableError, "no completion: at choices", calls=3
    ),
    "other shape": Fault(
        _sends(b'{"answer": "yes"}'), UnavailableError, "no completion: at choices", calls=3
    ),
    "error as a success": Fault(
        _sends(b'{"error": {"message": "upstream died", "code": 502}}'),
        UnavailableError,
        "answered with an error: upstream died",
        calls=3,
    ),
    "garbled events": Fault(
        _streams(lambda whole: whole.replace(b'"delta"', b"delta")), UnavailableError, "", calls=3
    ),
    "error among events": Fault(
        _streams(lambda whole: b'data: {"error": {"message": "overloaded"}}\n\n' + whole),
        UnavailableError,
        "",
        calls=3,
    ),
    "endpoint's own error": Fault(
        _says(finish_reason="error"), UnavailableError, "ended the reply with an error", calls=3
    ),
    "cut off": Fault(_unfinished, TruncatedError, "without a finish reason"),
    "length limit": Fault(
        _says(content='{"fits": tr', finish_reason="length"), TruncatedError, "4096 tokens"
    ),
    "refusal": Fault(_says(refusal="I cannot help with that."), RefusedError, "I cannot help"),
    "content filter": Fault(
        _says(content="", finish_reason="content_filter"), RefusedError, "content filter"
    ),
    "request filtered": Fault(
        _http(400, "filtered", code="content_filter"), RefusedError, "filter declined"
    ),
    "wrong key": Fault(
        _http(401, f"Incorrect API key provided: {_ECHOED}. Or sk-ab****wxyz."),
        MisconfiguredError,
        "refuses the key (401): Incorrect API key provided: [key]",
    ),
    "forbidden": Fault(_http(403, "not yours"), MisconfiguredError, "refuses the key (403)"),
    "unknown model": Fault(_http(404, "no such model"), MisconfiguredError, "no such model"),
    "rejected request": Fault(_http(400, "bad field"), MisconfiguredError, "bad field"),
    "unprocessable": Fault(
        lambda _: httpx2.Response(
            422, json={"detail": [{"loc": ["body", "n"], "msg": "no", "input": "SECRET PROMPT"}]}
        ),
        MisconfiguredError,
        "body.n: no",
    ),
    "moved": Fault(
        lambda _: httpx2.Response(301, headers={"location": "http://elsewhere.test/"}),
        MisconfiguredError,
        "sends elsewhere (301)",
    ),
    "prose": Fault(
        _says(content="Looks fine to me!"), UnreadableReplyError, "3 replies cannot", calls=3
    ),
    "wrong schema": Fault(
        _says(content='{"fits": "perhaps"}'), UnreadableReplyError, "fits: Input should", calls=3
    ),
    "unknown tool": Fault(
        _says(tool_calls=_CALLED), UnreadableReplyError, "called 'send_mail'", calls=3
    ),
    "silence": Fault(_says(content=""), UnreadableReplyError, "3 replies cannot", calls=3),
}
