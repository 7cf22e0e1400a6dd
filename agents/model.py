"""The one gateway to a language model, whatever stands behind it.

What can go wrong, and what it raises (all of them ModelError, all with what to do next):
too many requests RateLimitedError · no answer, a failing endpoint, an answer that is no completion
UnavailableError · key, model or request rejected MisconfiguredError · declined RefusedError · no
finish reason or the length limit TruncatedError · not the form that was asked for, after two
repairs, UnreadableReplyError · not on the tape TapeMissError · no model and no composer
AbstainedError. The first two are tried again as often as the endpoint's `retries` says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, cast

import httpx2
import structlog
from pydantic import SecretStr

from savoirfaire.agents.calls import CALL, Call, Compose, Transport
from savoirfaire.agents.faults import shorten
from savoirfaire.agents.live import LiveTransport
from savoirfaire.agents.metering import Asking, metered, most_read
from savoirfaire.agents.replies import (
    Form,
    JsonForm,
    Message,
    ReplyT,
    Said,
    Structured,
    UnreadableError,
    json_form,
)
from savoirfaire.agents.tracing import tracing
from savoirfaire.agents.transports import OfflineTransport, RecordTransport, ReplayTransport
from savoirfaire.agents.turns import Turn, Usage, demand_finished, turn_of
from savoirfaire.errors import (
    MisconfiguredError,
    RateLimitedError,
    UnavailableError,
    UnreadableReplyError,
)
from savoirfaire.knowledge.uncollected import uncollected
from savoirfaire.tools.tape import CallScope, Tape

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

__all__ = ["CallScope", "Completion", "Endpoint", "Gateway", "Mode", "Usage", "open_gateway"]

log = structlog.get_logger()

Mode = Literal["live", "offline", "record", "replay"]
ValueT = TypeVar("ValueT")
Wait = Callable[[float], Awaitable[None]]
Connect = Callable[[], tuple[Transport, str]]

MAX_REPAIRS = 2
_LONGEST_PAUSE = 30.0
_FIRST_PAUSE = 0.5
_NO_ADDRESS = "http://savoirfaire.invalid/v1"


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible endpoint and how to ask it; `timeout` is in seconds."""

    base_url: str | None = None
    api_key: SecretStr | None = None
    name: str = ""
    structured: Structured = "json_schema"
    temperature: float | None = None
    max_tokens: int = 4096
    timeout: float = 120.0
    retries: int = 2


@dataclass(frozen=True)
class Completion(Generic[ValueT]):
    """A reply as its type (or text), what it cost, repairs included, and which model gave it."""

    value: ValueT
    usage: Usage
    model: str
    repairs: int


class Gateway:
    """Asks one model through one transport; belongs to one event loop, and is closed after use.

    `connect` gives the transport and the model's name; it is called by `open`, at the latest when
    something is first asked. `wait` sleeps between tries, in seconds.
    """

    def __init__(
        self, endpoint: Endpoint, connect: Connect, mode: Mode, *, wait: Wait = asyncio.sleep
    ) -> None:
        self.endpoint = endpoint
        self.mode = mode
        self._connect = connect
        self._wait = wait
        self._client: httpx2.AsyncClient | None = None
        self._model: BaseChatModel | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def open(self) -> None:
        """Make what is needed to ask, once; raises where something of it is missing."""
        if self._model is None:
            self._model = self._chat()

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def form(self, reply: type[ReplyT]) -> JsonForm[ReplyT]:
        """The form of a reply type, demanded the way this endpoint is set to do it."""
        return json_form(reply, self.endpoint.structured)

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        scope: CallScope,
        form: Form[ValueT],
        compose: Compose | None = None,
        stream: bool = False,
    ) -> Completion[ValueT]:
        """Ask for a reply of a form, and again with what was wrong, at most twice.

        `compose` answers offline. Streamed or not is the same exchange on a tape.
        """
        self.open()
        asked, usage, problem = form.prepare(messages), Usage(), ""
        for repairs in range(MAX_REPAIRS + 1):
            turn = await self._patiently(asked, form, Call(scope, compose), stream=stream)
            usage += turn.usage
            try:
                return Completion(form.read(turn.said), usage, turn.model, repairs)
            except UnreadableError as error:
                problem = str(error)
                log.warning("model.unreadable", role=scope.role, node=scope.node, repairs=repairs)
                asked += _repair(turn.said, problem, form.demand)
        raise UnreadableReplyError(
            "role {role}, node {node}: {count} replies cannot be read; of the last: {problem}",
            role=scope.role,
            node=scope.node,
            count=MAX_REPAIRS + 1,
            problem=problem,
        )

    async def _patiently(
        self, messages: Sequence[Message], form: Form[Any], call: Call, *, stream: bool
    ) -> Turn:
        """One reply; what may pass by itself is tried again."""
        for attempt in range(self.endpoint.retries + 1):
            tried = replace(call)
            try:
                return await self._once(messages, form, tried, stream=stream)
            except (RateLimitedError, UnavailableError) as error:
                pause = _FIRST_PAUSE * 2**attempt if tried.pause is None else tried.pause
                if attempt == self.endpoint.retries or tried.final or pause > _LONGEST_PAUSE:
                    raise
                said = {"role": call.scope.role, "node": call.scope.node, "pause": pause}
                log.warning("model.retry", error=type(error).__name__, **said)
            await self._wait(pause)
        raise AssertionError

    async def _once(
        self, messages: Sequence[Message], form: Form[Any], call: Call, *, stream: bool
    ) -> Turn:
        turn, seconds = await metered(
            call,
            lambda: self._asking(messages, form, call),
            lambda: self._exchanged(messages, form, call, stream=stream),
        )
        log.info(
            "model.call",
            role=call.scope.role,
            node=call.scope.node,
            model=turn.model,
            mode=self.mode,
            input_tokens=turn.usage.input_tokens,
            output_tokens=turn.usage.output_tokens,
            seconds=round(seconds, 3),
            key=call.key[:16],
        )
        demand_finished(turn, self.endpoint.max_tokens)
        return turn

    def _asking(self, messages: Sequence[Message], form: Form[Any], call: Call) -> Asking:
        """What a call may cost at most."""
        asked = self.endpoint
        read = most_read(messages, form.options)
        return Asking(call.scope, asked.name, self.mode, read, asked.max_tokens, asked.timeout)

    async def _exchanged(
        self, messages: Sequence[Message], form: Form[Any], call: Call, *, stream: bool
    ) -> Turn:
        token = CALL.set(call)
        try:
            # A stream has no such limit: the chat model watches the time between its parts.
            with tracing(self.mode):
                async with asyncio.timeout(None if stream else self.endpoint.timeout):
                    message = await self._message(messages, form.options, stream=stream)
        except Exception as error:
            if call.failure is not None:
                raise call.failure from call.failure.__cause__
            if not call.key and not isinstance(error, TimeoutError):
                raise
            raise self._garbled(error) from error
        finally:
            CALL.reset(token)
        return turn_of(message)

    async def _message(
        self, messages: Sequence[Message], options: dict[str, Any], *, stream: bool
    ) -> "AIMessage":
        clean = [{key: _whole(text) for key, text in message.items()} for message in messages]
        assert self._model is not None
        if not stream:
            return await self._model.ainvoke(clean, **options)
        whole: Any = None
        async for part in self._model.astream(clean, **options):
            whole = part if whole is None else whole + part
        return cast("AIMessage", whole)

    def _chat(self) -> "BaseChatModel":
        # Imported here: it costs more than half a second, and most commands ask no model.
        with uncollected():  # what is loaded stays
            from savoirfaire.agents.chat import build_chat  # noqa: PLC0415

        transport, name = self._connect()
        self._client = httpx2.AsyncClient(transport=transport, trust_env=False)
        return build_chat(
            name=name or self.mode,
            base_url=self.endpoint.base_url or _NO_ADDRESS,
            temperature=self.endpoint.temperature,
            max_tokens=self.endpoint.max_tokens,
            timeout=self.endpoint.timeout,
            client=self._client,
        )

    def _garbled(self, error: Exception) -> UnavailableError:
        if isinstance(error, TimeoutError):
            seconds = f"{self.endpoint.timeout:g}"
            return UnavailableError("the endpoint gave no reply in {seconds} s", seconds=seconds)
        said = shorten(str(getattr(error, "message", type(error).__name__)), _key(self.endpoint))
        return UnavailableError("the endpoint's answer cannot be read: {reason}", reason=said)


def open_gateway(
    mode: Mode | Literal["auto"],
    endpoint: Endpoint,
    tape: Tape | None = None,
    *,
    missing_only: bool = False,
    late: bool = False,
    wire: httpx2.AsyncBaseTransport | None = None,
    wait: Wait = asyncio.sleep,
) -> Gateway:
    """Open the gateway of a mode; auto is live where an endpoint is set, and offline elsewhere.

    Record and replay need a tape; `missing_only` plays what is on it and asks only for the rest.
    A `late` one is opened when something is first asked, and only then raises what it lacks.
    A replay asks for the model that was recorded, unless the endpoint names one.
    `wire` stands in for the network, in tests.
    """
    if mode == "auto":
        mode = "live" if endpoint.base_url else "offline"
    decided: Mode = mode

    def connect() -> tuple[Transport, str]:
        transport = _transport(decided, endpoint, tape, missing_only=missing_only, wire=wire)
        if decided == "replay" and tape is not None and not endpoint.name:
            return transport, recorded_model(tape)
        return transport, endpoint.name

    gateway = Gateway(endpoint, connect, decided, wait=wait)
    if not late:
        gateway.open()
    return gateway


def recorded_model(tape: Tape) -> str:
    """The name of the model that a tape was recorded with; empty where it holds no exchange."""
    return next((str(each.request.get("model", "")) for each in tape.entries("model")), "")


def _transport(
    mode: Mode,
    endpoint: Endpoint,
    tape: Tape | None,
    *,
    missing_only: bool,
    wire: httpx2.AsyncBaseTransport | None,
) -> Transport:
    if mode == "offline":
        return OfflineTransport()
    if mode == "live":
        return _live(endpoint, wire)
    if tape is None:
        raise MisconfiguredError(
            "mode {mode} needs a tape, and none is set",
            mode=mode,
            hint="Set model.tape to the tape's file.",
        )
    if mode == "replay":
        return ReplayTransport(tape)
    return RecordTransport(tape, _live(endpoint, wire), missing_only=missing_only)


def _live(endpoint: Endpoint, wire: httpx2.AsyncBaseTransport | None) -> LiveTransport:
    if not endpoint.base_url or not endpoint.name:
        lacking = "model.name" if endpoint.base_url else "model.base_url"
        raise MisconfiguredError("no model can be called: {name} is not set", name=lacking)
    if not endpoint.base_url.startswith(("http://", "https://")):
        raise MisconfiguredError("model.base_url is no web address: it starts with http(s)://")
    return LiveTransport(_key(endpoint), wire)


def _key(endpoint: Endpoint) -> str:
    return endpoint.api_key.get_secret_value().strip() if endpoint.api_key else ""


def _repair(said: Said, problem: str, demand: str) -> list[Message]:
    again = f"That reply cannot be used: {problem}. Answer the request again, with only {demand}."
    return [{"role": "assistant", "content": said.quoted()}, {"role": "user", "content": again}]


def _whole(text: str) -> str:
    """`text` with � for halves of surrogate pairs, which no request can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
