"""What a call of a model may cost, said before it is made; and what it cost, said after.

Who keeps the account stands above: a `Meter` in force is asked before each call that is paid for,
may have it wait for its turn at the provider, and may refuse it (OverBudgetError).
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from savoirfaire.agents.calls import Call
from savoirfaire.agents.replies import Message
from savoirfaire.agents.turns import Turn, Usage
from savoirfaire.tools.tape import CallScope

PAID = frozenset({"live", "record"})
"""The modes in which an endpoint is asked."""

_PER_MESSAGE = 16  # tokens that mark a message, its role and its end


@dataclass(frozen=True)
class Asking:
    """A call that is about to be made, with the most that it can read, write and take."""

    scope: CallScope
    model: str
    mode: str
    read: int
    written: int
    seconds: float


class Hold(Protocol):
    """What was set aside for one call."""

    def settle(self, usage: Usage, seconds: float) -> None:
        """The call was made, and took so many seconds."""

    def fail(self, seconds: float, *, sent: bool) -> None:
        """The call gave no reply; where it was not even sent, nothing of it is kept."""


class Meter(Protocol):
    """Keeps account of the calls of one run."""

    async def hold(self, asking: Asking) -> Hold | None:
        """Wait for the call's turn and set aside what it can cost; None where it costs nothing.

        Raises OverBudgetError.
        """


METER: ContextVar[Meter | None] = ContextVar("savoirfaire_meter", default=None)
"""The meter in force; none outside of runs."""


def most_read(messages: Sequence[Message], options: Mapping[str, Any]) -> int:
    """The most tokens that a request can be: none of them stands for less than a byte."""
    said = sum(
        len(text.encode("utf-8", "surrogatepass"))
        for message in messages
        for text in message.values()
    )
    form = len(json.dumps(options, default=str)) if options else 0
    return said + form + _PER_MESSAGE * (len(messages) + 1)


async def metered(
    call: Call, asking: Callable[[], Asking], exchange: Callable[[], Awaitable[Turn]]
) -> tuple[Turn, float]:
    """Make a call under the meter in force; its turn, and the seconds it took.

    Raises OverBudgetError before the call is made.
    """
    meter = METER.get()
    hold = None if meter is None else await meter.hold(asking())
    started = time.perf_counter()
    try:
        turn = await exchange()
    except BaseException:
        if hold is not None:
            hold.fail(time.perf_counter() - started, sent=call.sent)
        raise
    seconds = time.perf_counter() - started
    if hold is not None and call.sent:
        hold.settle(turn.usage, seconds)
    elif hold is not None:  # it was played from a tape
        hold.fail(seconds, sent=False)
    return turn, seconds
