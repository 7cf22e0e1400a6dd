"""What an endpoint's error answer means, in the project's own errors and without its secrets."""

import json
import re
from collections.abc import Mapping
from typing import Any

from savoirfaire.errors import (
    MisconfiguredError,
    ModelError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
)

_LONGEST = 200
_HTTP_BAD_REQUEST = 400
_HTTP_TOO_MANY = 429
_TRANSIENT = {408, 409, 425}
_MEANINGS = {
    401: "the endpoint refuses the key",
    402: "the endpoint asks to be paid",
    403: "the endpoint forbids this to the key",
    404: "the endpoint knows no such model or address",
    413: "the endpoint finds the request too long",
}
# Endpoints echo keys half masked: everything that looks like one goes.
_KEYLIKE = re.compile(r"(?i)(?:bearer\s+\S+|\b(?:sk|pk|key|api)[-_][\w*.-]{6,}|[\w-]*\*{3,}[\w-]*)")


def http_error(status: int, body: bytes, key: str, pause: float | None = None) -> ModelError:
    """The error for an HTTP status that is not a success, with the endpoint's words shortened."""
    said = shorten(endpoint_words(body), key)
    if pause:
        said += f" (it asks to wait {pause:g} s)"
    if status == _HTTP_TOO_MANY:
        return RateLimitedError(f"the endpoint got too many requests (429): {said}")
    if status >= 500 or status in _TRANSIENT:  # noqa: PLR2004 -- the server's half of HTTP
        return UnavailableError(f"the endpoint failed ({status}): {said}")
    if status == _HTTP_BAD_REQUEST and b"content_filter" in body:
        return RefusedError(f"the endpoint's content filter declined the request: {said}")
    if status < _HTTP_BAD_REQUEST:
        return MisconfiguredError(f"the endpoint sends elsewhere ({status}): is its address right?")
    meaning = _MEANINGS.get(status, "the endpoint rejects the request")
    return MisconfiguredError(f"{meaning} ({status}): {said}")


def is_final(status: int, body: bytes) -> bool:
    """Whether asking again cannot help: the account has no more credit."""
    return status == _HTTP_TOO_MANY and b"insufficient_quota" in body


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """The seconds an endpoint asks to wait, where it says so in seconds."""
    try:
        seconds = float(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def shorten(text: str, key: str) -> str:
    """`text` on one line, without the key or what looks like one, at most 200 characters."""
    if key:
        text = text.replace(key, "[key]")
    text = " ".join(_KEYLIKE.sub("[key]", text).split()) or "no explanation"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def endpoint_words(body: bytes) -> str:
    """The message within an error body, whatever its dialect."""
    try:
        return _message(json.loads(body))
    except (ValueError, RecursionError):
        pass
    text = body.decode("utf-8", "replace")
    return "a web page" if "<html" in text[:2000].lower() else text


def _message(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_message(item) for item in value[:3])
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    if "loc" in value and "msg" in value:
        # A validation error: its `input` would echo the request.
        return f"{'.'.join(map(str, value['loc']))}: {value['msg']}"
    for name in ("error", "message", "detail", "msg"):
        if value.get(name):
            return _message(value[name])
    return ""
