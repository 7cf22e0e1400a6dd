"""Who says whether a gate asks: the policy in force, behind one small protocol.

A graph that is run without a desk asks about every item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Row

Mode = Literal["always", "sample", "pass"]

ALWAYS = "always/1"
"""The policy where there is no desk, by name and version: every item is asked about."""


@dataclass(frozen=True)
class Item:
    """One thing that stands before a gate: for whom, where, and what would be done with it.

    `id` is the same however often the step is tried, also after a power cut that lost its task, and
    another in each turn of a loop and for each payload: the same payload twice at one gate of one
    step is one item. `flags` names what makes it risky; `craft` keeps it with a person.
    `fingerprint` stands for the prompts, model, graph and tools that made it. `people` is how many
    have to agree where any is asked.
    """

    client: str
    run: str
    graph: str
    gate: str
    action: str
    risk: str
    craft: bool
    id: str
    payload_hash: str
    flags: Sequence[str] = ()
    fingerprint: str = ""
    people: int = 1


@dataclass(frozen=True)
class Plan:
    """What a gate will do with an item, decided before anybody sees it.

    `draw` is the number in [0, 1) that was drawn for it, None where nothing was; `ask` whether a
    person is asked; `reason` says why, in a word.
    """

    mode: Mode
    policy: str
    ask: bool
    draw: float | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The plan as the state keeps it."""
        return asdict(self)


class Desk(Protocol):
    """Decides for each item whether a person is asked, and keeps account of it."""

    def plan(self, item: Item) -> Plan:
        """What to do with `item`; the same item gets the same plan."""

    def let_pass(self, item: Item, plan: Mapping[str, Any]) -> str:
        """Record that `item` goes on unseen, and give the record's id.

        Empty where a person must be asked all the same, because the policy was stopped since. From
        then on the item is asked about, whatever happens to the policy.
        """

    def held(self, bound_to: str, payload_hash: str = "") -> str:
        """Why nothing may be done on a decision any more; empty where it is good.

        Asked before every effect, however long after the decision: `bound_to` is the id of the
        approval or of the recorded pass, `payload_hash` that of the arguments decided on.
        """

    def decided(self, connection: Connection, rows: Sequence[Row[Any]], at: str) -> None:
        """Account for approvals that people answered at one stroke, in the answers' transaction."""


class AlwaysAsk:
    """The desk where there is none: every item is asked about."""

    def plan(self, item: Item) -> Plan:  # noqa: ARG002 - the protocol's
        """Ask."""
        return Plan("always", ALWAYS, ask=True, reason="no policy")

    def let_pass(self, item: Item, plan: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Nothing passes."""
        return ""

    def held(self, bound_to: str, payload_hash: str = "") -> str:  # noqa: ARG002
        """People decided on everything."""
        return ""

    def decided(self, connection: Connection, rows: Sequence[Row[Any]], at: str) -> None:
        """No account is kept."""
