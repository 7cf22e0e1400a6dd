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
_HTTP_KEY = {401, 403}
_HTTP_UNKNOWN = 404
_HTTP_TOO_LONG = 413
# Endpoints echo keys half masked: everything that looks like one goes.
_KEYLIKE = re.compile(r"(?i)(?:bearer\s+\S+|\b(?:sk|pk|key|api)[-_][\w*.-]{6,}|[\w-]*\*{3,}[\w-]*)")


def http_error(status: int, body: bytes, key: str, pause: float | None = None) -> ModelError:
    """The error for an HTTP status that is not a success, with the endpoint's words shortened."""
    said = shorten(endpoint_words(body), key)
    if status == _HTTP_TOO_MANY:
        return _too_many(said, pause)
    if status >= 500 or status in _TRANSIENT:  # noqa: PLR2004 -- the server's half of HTTP
        return UnavailableError("the endpoint failed ({status}): {said}", status=status, said=said)
    if status == _HTTP_BAD_REQUEST and b"content_filter" in body:
        return RefusedError("the endpoint's filter declined the request: {said}", said=said)
    return _rejected(status, said)


def _too_many(said: str, pause: float | None) -> RateLimitedError:
    if not pause:
        return RateLimitedError("the endpoint got too many requests: {said}", said=said)
    return RateLimitedError(
        "the endpoint got too many requests, and asks to wait {seconds} s: {said}",
        seconds=f"{pause:g}",
        said=said,
    )


def _rejected(status: int, said: str) -> MisconfiguredError:
    if status < _HTTP_BAD_REQUEST:
        return MisconfiguredError(
            "the endpoint sends elsewhere ({status}): is model.base_url right?", status=status
        )
    if status in _HTTP_KEY:
        return MisconfiguredError(
            "the endpoint refuses the key ({status}): {said}", status=status, said=said
        )
    if status == _HTTP_UNKNOWN:
        return MisconfiguredError(
            "the endpoint knows no such model or address ({status}): {said}",
            status=status,
            said=said,
        )
    if status == _HTTP_TOO_LONG:
        return MisconfiguredError("the endpoint finds the request too long: {said}", said=said)
    return MisconfiguredError(
        "the endpoint rejects the request ({status}): {said}", status=status, said=said
    )


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
