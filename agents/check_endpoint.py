"""What works at the configured endpoint, in words: text, a structured reply, a stream."""

from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from savoirfaire.agents.model import Gateway
from savoirfaire.agents.replies import Form, Structured, TextForm, json_form
from savoirfaire.errors import ModelError
from savoirfaire.tools.tape import CallScope

_ASKED = [
    {"role": "system", "content": "You answer a connection test. Be brief."},
    {"role": "user", "content": "Is a week longer than a day? The word for yes is: ready."},
]


@dataclass(frozen=True)
class CheckResult:
    """One thing that was tried, whether it works, and what to know about it."""

    name: str
    ok: bool
    words: str


class Ready(BaseModel):
    """A small reply with one field of each kind endpoints get wrong."""

    ready: bool
    days: int
    word: str


async def check(gateway: Gateway) -> list[CheckResult]:
    """Call once for text, once for a structured reply, once streamed.

    Where the set way of structured replies fails, the others are tried and named.
    """
    if gateway.mode == "offline":
        words = "no endpoint is set: replies are composed from the evidence, without a model"
        return [CheckResult("endpoint", ok=False, words=words)]
    text = await _tried(gateway, "text", TextForm())
    set_way = gateway.endpoint.structured
    structured = await _tried(gateway, f"structured ({set_way})", json_form(Ready, set_way))
    streamed = await _tried(gateway, "streamed", TextForm(), stream=True)
    return [text, structured, streamed, *await _other_ways(gateway, text, structured)]


async def _other_ways(
    gateway: Gateway, text: CheckResult, structured: CheckResult
) -> list[CheckResult]:
    if structured.ok or not text.ok:
        return []
    others = [way for way in get_args(Structured) if way != gateway.endpoint.structured]
    found = [await _tried(gateway, f"structured ({way})", json_form(Ready, way)) for way in others]
    return [
        CheckResult(result.name, ok=True, words=f'{result.words}: set model.structured = "{way}"')
        for way, result in zip(others, found, strict=True)
        if result.ok
    ]


async def _tried(
    gateway: Gateway, name: str, form: Form[Any], *, stream: bool = False
) -> CheckResult:
    scope = CallScope("check", name)
    try:
        done = await gateway.complete(_ASKED, scope=scope, form=form, stream=stream)
    except ModelError as error:
        return CheckResult(name, ok=False, words=f"{error}. {error.hint}")
    used = f"{done.usage.input_tokens} + {done.usage.output_tokens} tokens"
    mended = f", after {done.repairs} repairs" if done.repairs else ""
    return CheckResult(name, ok=True, words=f"works ({done.model or 'unnamed'}, {used}{mended})")
