"""The gateway: what it asks, what it reads, and what it leaves alone."""

import asyncio
import gc
import json
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel, SecretStr
from structlog.testing import capture_logs

from savoirfaire.agents.model import CallScope, Endpoint, Gateway, Mode, Usage, open_gateway
from savoirfaire.agents.network import Network
from savoirfaire.agents.replies import Structured, TextForm
from savoirfaire.errors import (
    AbstainedError,
    MisconfiguredError,
    RateLimitedError,
    UnavailableError,
    UnreadableReplyError,
)
from savoirfaire.testing import ENDPOINT, Scripted, ScriptedTransport, no_wait
from savoirfaire.tools.tape import Tape

SCOPE = CallScope("guardian", "check")
MESSAGES = [
    {"role": "system", "content": "You judge."},
    {"role": "user", "content": "Does it fit the brand of Zephyrine?"},
]
TEXT = TextForm()


class Verdict(BaseModel):
    """A small reply."""

    fits: bool
    why: str = ""


GOOD = Verdict(fits=True, why="It does.")


def opened(
    replies: list[Scripted], endpoint: Endpoint = ENDPOINT
) -> tuple[Gateway, ScriptedTransport]:
    """A live gateway over a script."""
    wire = ScriptedTransport(replies)
    return open_gateway("live", endpoint, wire=wire, wait=no_wait), wire


@pytest.mark.parametrize("stream", [False, True])
async def test_text(stream: bool) -> None:  # noqa: FBT001
    """Text comes back with its model and its tokens, streamed or not."""
    gateway, wire = opened(["It fits. " * 100])
    async with gateway:
        done = await gateway.complete(MESSAGES, scope=SCOPE, form=TEXT, stream=stream)
    assert done.value == "It fits. " * 100
    assert (done.model, done.repairs) == ("scripted", 0)
    assert done.usage == Usage(1, 45 // 4, 225)
    assert wire.requests[0]["stream"] is stream


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("structured", ["json_schema", "tool", "json"])
async def test_structured(structured: Structured, stream: bool) -> None:  # noqa: FBT001
    """A reply of a type is demanded in the set way, and read as that type."""
    gateway, wire = opened([GOOD], Endpoint("http://m.test/v1", name="m", structured=structured))
    async with gateway:
        form = gateway.form(Verdict)
        done = await gateway.complete(MESSAGES, scope=SCOPE, form=form, stream=stream)
    assert done.value == GOOD
    request = wire.requests[0]
    assert ("tools" in request) is (structured == "tool")
    assert ("response_format" in request) is (structured != "tool")
    assert ('"fits"' in wire.prompts[0]) is (structured == "json")


async def test_what_is_asked() -> None:
    """A request holds the settings and the strict schema, and nothing unasked for."""
    endpoint = Endpoint("http://m.test/v1/", name="m", temperature=0.3, max_tokens=77)
    gateway, wire = opened([GOOD], endpoint)
    async with gateway:
        await gateway.complete(MESSAGES, scope=SCOPE, form=gateway.form(Verdict))
    request = wire.requests[0]
    schema = request.pop("response_format")["json_schema"]
    assert (schema["name"], schema["strict"]) == ("Verdict", True)
    assert schema["schema"]["required"] == ["fits", "why"]
    assert request == {
        "model": "m",
        "messages": MESSAGES,
        "stream": False,
        "temperature": 0.3,
        "max_completion_tokens": 77,
    }


@pytest.mark.parametrize("structured", ["json_schema", "tool", "json"])
async def test_repair(structured: Structured) -> None:
    """An unreadable reply is asked again with what was wrong; the cost of both is counted."""
    gateway, wire = opened(
        ["Looks fine.", {"content": '{"fits": 3}', "tokens": {"prompt_tokens": 5}}, GOOD],
        Endpoint("http://m.test/v1", name="m", structured=structured),
    )
    async with gateway:
        done = await gateway.complete(MESSAGES, scope=SCOPE, form=gateway.form(Verdict))
    assert (done.value, done.repairs, done.usage.calls) == (GOOD, 2, 3)
    said, again = wire.requests[1]["messages"][-2:]
    assert said == {"role": "assistant", "content": "Looks fine."}
    assert "Invalid JSON" in again["content"]
    assert "fits: Input should be a valid boolean" in wire.prompts[2]
    asked = [sum(len(m["content"]) for m in r["messages"]) // 4 for r in wire.requests]
    assert done.usage.input_tokens == asked[0] + 5 + asked[2]


@pytest.mark.parametrize("stream", [False, True])
async def test_half_a_tool_call(stream: bool) -> None:  # noqa: FBT001
    """Arguments cut in the middle are not completed for the model."""
    call = {"function": {"name": "Verdict", "arguments": '{"fits": true, "why": "it'}}
    gateway, wire = opened(
        [{"tool_calls": [call], "finish_reason": "tool_calls"}] * 3,
        Endpoint("http://m.test/v1", name="m", structured="tool"),
    )
    async with gateway:
        with pytest.raises(UnreadableReplyError, match="EOF while parsing"):
            await gateway.complete(MESSAGES, scope=SCOPE, form=gateway.form(Verdict), stream=stream)
    assert len(wire.requests) == 3


def limited(**headers: str) -> httpx2.Response:
    """An answer that asks to come back later."""
    return httpx2.Response(429, headers=headers, json={"error": {"message": "later"}})


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        ([httpx2.ConnectError("no")], [0.5]),
        ([httpx2.Response(500), httpx2.Response(503)], [0.5, 1.0]),
        ([limited(**{"retry-after": "7"}), httpx2.ReadTimeout("slow")], [7.0, 1.0]),
        ([limited(**{"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"})], [0.5]),
    ],
)
async def test_retries(answers: list[Scripted], pauses: list[float]) -> None:
    """What may pass is tried again, after the pause the endpoint asks for or a growing one."""
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    wire = ScriptedTransport([*answers, "done"])
    async with open_gateway("live", ENDPOINT, wire=wire, wait=wait) as gateway:
        done = await gateway.complete(MESSAGES, scope=SCOPE, form=TEXT)
    assert (done.value, done.usage.calls, waited) == ("done", 1, pauses)


async def test_no_retries() -> None:
    """With no retries set, the first fault is the last."""
    endpoint = Endpoint("http://m.test/v1", name="m", retries=0)
    gateway, wire = opened([limited(), "never"], endpoint)
    async with gateway:
        with pytest.raises(RateLimitedError):
            await gateway.complete(MESSAGES, scope=SCOPE, form=TEXT)
    assert len(wire.requests) == 1


class Silent(httpx2.AsyncBaseTransport):
    """An endpoint that takes a request and never answers."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Wait for ever."""
        del request
        await asyncio.Event().wait()
        raise AssertionError


async def test_timeout() -> None:
    """An endpoint that never answers is given up after the set time, whatever it drips."""
    endpoint = Endpoint("http://m.test/v1", name="m", timeout=0.01, retries=1)
    async with open_gateway("live", endpoint, wire=Silent(), wait=no_wait) as gateway:
        with pytest.raises(UnavailableError, match=r"no reply in 0\.01 s"):
            await gateway.complete(MESSAGES, scope=SCOPE, form=TEXT)


HOSTILE_ENVIRONMENT = {
    "OPENAI_API_KEY": "env-secret",
    "OPENAI_ADMIN_KEY": "env-secret",
    "OPENAI_BASE_URL": "http://env-secret.test",
    "OPENAI_API_BASE": "http://env-secret.test",
    "OPENAI_ORG_ID": "env-secret",
    "OPENAI_PROJECT_ID": "env-secret",
    "OPENAI_PROXY": "http://env-secret.test",
    "OPENAI_CUSTOM_HEADERS": "Authorization: env-secret\nX-Extra: env-secret",
    "HTTPS_PROXY": "http://env-secret.test",
    "HTTP_PROXY": "http://env-secret.test",
    "LC_OUTPUT_VERSION": "responses/v1",
    "LANGCHAIN_OPENAI_STREAM_CHUNK_TIMEOUT_S": "-1",
}


@pytest.mark.parametrize("key", [SecretStr("own"), None])
async def test_environment(monkeypatch: pytest.MonkeyPatch, key: SecretStr | None) -> None:
    """Nothing of the environment reaches the endpoint: not its key, address, proxy or headers."""
    for name, value in HOSTILE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    gateway, wire = opened(["fine"], Endpoint("http://m.test/v1", key, "m"))
    async with gateway:
        await gateway.complete(MESSAGES, scope=SCOPE, form=TEXT)
    (headers,) = wire.headers
    assert headers.pop("authorization", None) == ("Bearer own" if key else None)
    assert headers.keys() == {"host", "accept", "content-type", "content-length", "user-agent"}
    assert headers["host"] == "m.test"
    assert "env-secret" not in json.dumps([wire.requests, headers])


@pytest.mark.parametrize("mode", ["offline", "replay"])
async def test_no_way_out(mode: Mode, tmp_path: Any) -> None:
    """Offline and in replay there is no object that could open a connection."""
    path = tmp_path / "tape.jsonl"
    Tape(path).add("recall", {}, SCOPE, [])
    gc.collect()
    before = {id(found) for found in gc.get_objects() if _opens_connections(found)}
    async with open_gateway(mode, ENDPOINT, Tape(path)):
        made = [found for found in gc.get_objects() if _opens_connections(found)]
    assert [found for found in made if id(found) not in before] == []


def _opens_connections(found: object) -> bool:
    # By type(): isinstance() would wake the openai module's lazy default client, and find it.
    return issubclass(type(found), _WAYS_OUT)


_WAYS_OUT = httpx2.HTTPTransport | httpx2.AsyncHTTPTransport | httpx2.Client | Network


async def test_live_has_a_way_out() -> None:
    """The search of the test above does find what a live gateway opens."""
    async with open_gateway("live", ENDPOINT):
        assert any(_opens_connections(found) for found in gc.get_objects())


async def test_offline_composes() -> None:
    """Offline the composer answers, in any structured way, under its own name and for nothing."""
    for structured in ("json_schema", "tool", "json"):
        async with open_gateway("auto", Endpoint(structured=structured)) as gateway:
            form = gateway.form(Verdict)
            done = await gateway.complete(MESSAGES, scope=SCOPE, form=form, compose=lambda: GOOD)
        assert (done.value, done.model, done.usage) == (GOOD, "offline", Usage(1, 0, 0))
        assert gateway.mode == "offline"


async def test_offline_abstains() -> None:
    """Offline a role without a composer abstains, and says that it is it."""
    async with open_gateway("offline", Endpoint()) as gateway:
        with pytest.raises(AbstainedError, match="role guardian needs a language model"):
            await gateway.complete(MESSAGES, scope=SCOPE, form=gateway.form(Verdict))


async def test_composer_fault() -> None:
    """A fault in a composer comes out as it is, not as a fault of the endpoint."""
    async with open_gateway("offline", Endpoint()) as gateway:
        with pytest.raises(ZeroDivisionError):
            await gateway.complete(
                MESSAGES, scope=SCOPE, form=TEXT, compose=lambda: Verdict(fits=bool(1 / 0))
            )


@pytest.mark.parametrize(
    ("mode", "endpoint", "words"),
    [
        ("live", Endpoint(), "model.base_url is not set"),
        ("live", Endpoint("http://m.test/v1"), "model.name is not set"),
        ("live", Endpoint("m.test/v1", name="m"), "model.base_url is no web address"),
        ("live", Endpoint("http://m.test", SecretStr("k\ney"), "m"), "model.api_key has"),
        ("live", Endpoint("http://m.test", SecretStr("clé"), "m"), "model.api_key has"),
        ("replay", ENDPOINT, "replay needs a tape"),
        ("record", ENDPOINT, "record needs a tape"),
    ],
)
def test_misconfigured(mode: Mode, endpoint: Endpoint, words: str) -> None:
    """A gateway that could not work is not opened; the setting to mend is named."""
    with pytest.raises(MisconfiguredError, match=words) as caught:
        open_gateway(mode, endpoint)
    assert "clé" not in str(caught.value)


async def test_concurrent_scopes(tmp_path: Any) -> None:
    """Calls made at once keep their own scopes apart."""
    tape = Tape(tmp_path / "tape.jsonl")
    wire = ScriptedTransport(lambda body: body["messages"][-1]["content"])
    async with open_gateway("record", ENDPOINT, tape, wire=wire) as gateway:
        scopes = [CallScope("editor", "draft", branch=str(number)) for number in range(20)]
        await asyncio.gather(
            *(gateway.complete(MESSAGES, scope=scope, form=TEXT) for scope in scopes)
        )
    assert len(tape) == 20


async def test_log_holds_no_text() -> None:
    """A call is logged with its figures and its key; what was said is not."""
    gateway, _ = opened([httpx2.ConnectError("no"), "Looks fine to Zephyrine.", GOOD])
    with capture_logs() as logs:
        async with gateway:
            await gateway.complete(MESSAGES, scope=SCOPE, form=gateway.form(Verdict))
    events = [entry["event"] for entry in logs]
    assert events == ["model.retry", "model.call", "model.unreadable", "model.call"]
    call = logs[1]
    assert (call["role"], call["node"], call["model"], call["mode"]) == (
        "guardian",
        "check",
        "scripted",
        "live",
    )
    assert call["output_tokens"] == 6
    assert len(call["key"]) == 16
    assert "Zephyrine" not in str(logs)
    assert "nobody" not in str(logs)


async def test_lone_surrogates() -> None:
    """Half a surrogate pair in a document does not stop the request."""
    gateway, wire = opened(["fine"])
    async with gateway:
        await gateway.complete(
            [{"role": "user", "content": "a\ud800b é 🙂"}], scope=SCOPE, form=TEXT
        )
    assert wire.prompts == ["a\ufffdb é 🙂"]


def test_usage_adds() -> None:
    """Usage adds up, and is plain data."""
    assert sum([Usage(1, 2, 3), Usage(1, 5, 7)], Usage()).as_dict() == {
        "calls": 2,
        "input_tokens": 7,
        "output_tokens": 10,
    }
