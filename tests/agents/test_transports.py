"""Recording, replaying and speaking an endpoint's dialect."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from savoirfaire.agents.model import CallScope, Endpoint, Gateway, open_gateway
from savoirfaire.agents.replies import TextForm
from savoirfaire.errors import (
    MisconfiguredError,
    RefusedError,
    SavoirError,
    TapeMissError,
    TruncatedError,
    UnavailableError,
)
from savoirfaire.testing import ENDPOINT, Scripted, ScriptedTransport, no_wait
from savoirfaire.tools.tape import Tape

SCOPE = CallScope("editor", "plan")
TEXT = TextForm()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the tape is."""
    return tmp_path / "tape.jsonl"


def said(words: str) -> list[dict[str, str]]:
    """One user's turn."""
    return [{"role": "user", "content": words}]


async def text(gateway: Gateway, words: str, *, stream: bool = False) -> str:
    """The reply's text."""
    done = await gateway.complete(said(words), scope=SCOPE, form=TEXT, stream=stream)
    return done.value


def recording(
    path: Path, replies: list[Scripted], *, missing_only: bool = False
) -> tuple[Gateway, ScriptedTransport, Tape]:
    """A recording gateway over a script."""
    wire, tape = ScriptedTransport(replies), Tape(path)
    gateway = open_gateway(
        "record", ENDPOINT, tape, missing_only=missing_only, wire=wire, wait=no_wait
    )
    return gateway, wire, tape


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("replayed", [False, True])
async def test_stream_shares_the_key(path: Path, recorded: bool, replayed: bool) -> None:  # noqa: FBT001
    """What was recorded streamed is played whole, and the other way round, with its tokens."""
    gateway, _, _ = recording(path, ["Bonjour ! " * 50])
    async with gateway:
        first = await gateway.complete(said("Hi"), scope=SCOPE, form=TEXT, stream=recorded)
    async with open_gateway("replay", ENDPOINT, Tape(path)) as gateway:
        again = await gateway.complete(said("Hi"), scope=SCOPE, form=TEXT, stream=replayed)
    assert again == first
    assert (again.model, again.usage.output_tokens) == ("scripted", 125)


async def test_two_recordings_are_equal(tmp_path: Path) -> None:
    """The same run is recorded in the same bytes."""
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for path in paths:
        gateway, _, _ = recording(path, ["a", "b"])
        async with gateway:
            await text(gateway, "one")
            await text(gateway, "two", stream=path == paths[0])
    assert paths[0].read_bytes() == paths[1].read_bytes()


async def test_recording_plays_itself(path: Path) -> None:
    """A request asked twice while recording is asked once, as its replay will be."""
    gateway, wire, _ = recording(path, ["first", "never"])
    async with gateway:
        assert [await text(gateway, "Hi"), await text(gateway, "Hi")] == ["first", "first"]
    assert len(wire.requests) == 1


async def test_recording_replaces(path: Path) -> None:
    """Recording again asks again; only what is missing, where that is said."""
    for replies, missing_only, expected in [
        (["old"], False, "old"),
        (["new"], False, "new"),
        ([], True, "new"),
    ]:
        gateway, _, tape = recording(path, list(replies), missing_only=missing_only)
        async with gateway:
            assert await text(gateway, "Hi") == expected
        assert tape.misses == []


async def test_only_the_missing(path: Path) -> None:
    """Recording the missing asks for what changed; pruning then drops what it replaced."""
    gateway, _, _ = recording(path, ["a", "b"])
    async with gateway:
        await text(gateway, "one")
        await text(gateway, "two")
    gateway, wire, tape = recording(path, ["c"], missing_only=True)
    async with gateway:
        assert [await text(gateway, w) for w in ("one", "two, changed")] == ["a", "c"]
    assert (len(wire.requests), tape.prune(), len(Tape(path))) == (1, 1, 2)


@pytest.mark.parametrize(
    "reply", [httpx2.Response(500), httpx2.ConnectError("no"), httpx2.Response(200, json={})]
)
async def test_errors_are_not_recorded(path: Path, reply: Scripted) -> None:
    """An endpoint's fault leaves nothing on the tape."""
    gateway, _, tape = recording(path, [reply] * 3)
    async with gateway:
        with pytest.raises(UnavailableError):
            await text(gateway, "Hi")
    assert len(tape) == 0
    assert Tape(path).unplayed() == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ({"refusal": "No."}, RefusedError),
        ({"content": "It was", "finish_reason": "length"}, TruncatedError),
        ({"content": "It was", "finish_reason": None}, TruncatedError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_hard_replies_are_recorded(
    path: Path,
    reply: dict[str, Any],
    error: type[SavoirError],
    stream: bool,  # noqa: FBT001
) -> None:
    """A refusal and a truncation are the model's replies: they replay as they were."""
    gateway, _, _ = recording(path, [reply])
    async with gateway:
        with pytest.raises(error):
            await text(gateway, "Hi", stream=stream)
    async with open_gateway("replay", ENDPOINT, Tape(path)) as gateway:
        with pytest.raises(error):
            await text(gateway, "Hi", stream=stream)


@pytest.mark.parametrize("stream", [False, True])
async def test_replay_miss(path: Path, stream: bool) -> None:  # noqa: FBT001
    """A changed prompt is a miss that names role, node and words; nobody tries again."""
    gateway, _, _ = recording(path, ["fine"])
    async with gateway:
        await text(gateway, "Plan with care.")
    tape = Tape(path)
    async with open_gateway("replay", ENDPOINT, tape) as gateway:
        with pytest.raises(TapeMissError) as caught:
            await text(gateway, "Plan with great care.", stream=stream)
    assert str(caught.value) == (
        "role editor, node plan: messages[0].content differs: "
        "“Plan with care.” is now “Plan with great care.”"
    )
    assert (len(tape.misses), len(tape.unplayed())) == (1, 1)


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        (Endpoint(name="other"), "model differs: “scripted” is now “other”"),
        (Endpoint(name="scripted", temperature=0.1), "temperature is new: 0.1"),
        (Endpoint(name="scripted", max_tokens=9), "max_completion_tokens was 4096, is now 9"),
    ],
)
async def test_changed_settings_miss(path: Path, endpoint: Endpoint, words: str) -> None:
    """A model setting that was changed never passes."""
    gateway, _, _ = recording(path, ["fine"])
    async with gateway:
        await text(gateway, "Hi")
    async with open_gateway("replay", endpoint, Tape(path)) as gateway:
        with pytest.raises(TapeMissError) as caught:
            await text(gateway, "Hi")
    assert words in str(caught.value)


def strict_endpoint(body: dict[str, Any]) -> Scripted:
    """An endpoint that rejects what it does not know, as some do."""
    for name in ("max_completion_tokens", "stream_options"):
        if name in body:
            said = {"detail": [{"loc": ["body", name], "msg": "Extra inputs are not permitted"}]}
            return httpx2.Response(422, json=said)
    return "fine"


async def test_dialect() -> None:
    """An endpoint that rejects a field by name is spoken to in its own way, from then on."""
    wire = ScriptedTransport(strict_endpoint)
    async with open_gateway("live", ENDPOINT, wire=wire) as gateway:
        assert await text(gateway, "Hi", stream=True) == "fine"
        assert len(wire.requests) == 3
        assert await text(gateway, "Hi") == "fine"
    assert wire.requests[-1]["max_tokens"] == 4096
    assert "max_completion_tokens" not in wire.requests[-1]
    assert "stream_options" not in wire.requests[2]


async def test_dialect_shares_the_key(path: Path) -> None:
    """The endpoint's dialect is not part of what was asked."""
    wire = ScriptedTransport(strict_endpoint)
    async with open_gateway("record", ENDPOINT, Tape(path), wire=wire) as gateway:
        await text(gateway, "Hi")
    async with open_gateway("replay", ENDPOINT, Tape(path)) as gateway:
        assert await text(gateway, "Hi") == "fine"


async def test_dialect_not_guessed() -> None:
    """Where the other way is rejected too, the first words count and nothing is remembered."""
    too_long = "max_completion_tokens is too large: 4096"
    answers = [{"error": {"message": said}} for said in (too_long, "unknown field max_tokens")]
    wire = ScriptedTransport([*(httpx2.Response(400, json=said) for said in answers), "fine"])
    async with open_gateway("live", ENDPOINT, wire=wire) as gateway:
        with pytest.raises(MisconfiguredError, match="is too large: 4096"):
            await text(gateway, "Hi")
        await text(gateway, "Hi")
    assert "max_completion_tokens" in wire.requests[-1]


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]},
        {
            "choices": [
                {
                    "index": 0,
                    "message": {
                        "content": [{"type": "thinking"}, {"type": "text", "text": "fine"}],
                        "refusal": None,
                        "tool_calls": None,
                    },
                    "finish_reason": "stop",
                }
            ],
            "usage": None,
            "model": None,
            "more": 1,
        },
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_odd_completions(body: dict[str, Any], stream: bool) -> None:  # noqa: FBT001
    """What endpoints leave out, add, or send whole where a stream was asked for is read."""
    wire = ScriptedTransport([httpx2.Response(200, json=body)])
    async with open_gateway("live", ENDPOINT, wire=wire) as gateway:
        assert await text(gateway, "Hi", stream=stream) == "fine"


class Endless(httpx2.AsyncByteStream):
    """A body that never ends."""

    async def __aiter__(self) -> Any:
        while True:
            yield b" " * 2**20


@pytest.mark.parametrize("stream", [False, True])
async def test_endless_answer(stream: bool) -> None:  # noqa: FBT001
    """An answer without end is given up."""
    kind = "text/event-stream" if stream else "application/json"
    wire = ScriptedTransport(
        lambda _: httpx2.Response(200, headers={"content-type": kind}, stream=Endless())
    )
    endpoint = Endpoint("http://m.test/v1", name="m", retries=0)
    async with open_gateway("live", endpoint, wire=wire) as gateway:
        with pytest.raises(UnavailableError, match="has no end"):
            await text(gateway, "Hi", stream=stream)


def test_scripted_synchronously() -> None:
    """The scripted server also answers a synchronous client."""
    wire = ScriptedTransport(["fine"])
    with httpx2.Client(transport=wire) as client:
        answer = client.post("http://m.test/v1/chat/completions", json={"messages": said("Hi")})
    assert answer.json()["choices"][0]["message"]["content"] == "fine"
    assert wire.prompts == ["Hi"]


async def test_script_runs_out() -> None:
    """A script that is too short says so, and what was asked."""

    class Word(BaseModel):
        word: str

    async with open_gateway("live", ENDPOINT, wire=ScriptedTransport([])) as gateway:
        with pytest.raises(AssertionError, match="no reply left"):
            await gateway.complete(said("Hi"), scope=SCOPE, form=gateway.form(Word))
