"""What a gate is: what it asks, whom, and what may be answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from savoirfaire.graphs.gates.evidence.policies import Risk

Verdict = Literal["approve", "edit", "reject", "choose", "respond"]
Kind = Literal["approve", "choose", "ask"]

_ALLOWED: Mapping[Kind, tuple[Verdict, ...]] = {
    "approve": ("approve", "edit", "reject"),
    "choose": ("choose", "reject"),
    "ask": ("respond", "reject"),
}


def merge(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> dict[str, Any]:
    """Reducer of the state keys that several nodes write to, each under its own name."""
    return {**(left or {}), **(right or {})}


class Gated(TypedDict):
    """What gates keep in the state of a graph, each under its name; a state with gates extends it.

    `gates`: what will be asked, and how. `decisions`: what was answered.
    """

    gates: Annotated[NotRequired[dict[str, Any]], merge]
    decisions: Annotated[NotRequired[dict[str, Any]], merge]


@dataclass(frozen=True)
class Gate:
    """A point where a person may have to approve `action` before it is done.

    `arguments` gives, from the state, what would be done: plain JSON, shown to the person in full.
    `description` says in one sentence what is asked. `before` gives the version that came before,
    for a person to compare with; `notes` gives what else a person should know before they decide,
    as plain JSON under short names. Both are shown, and no part of what is decided on.

    `options` makes it a gate where a person chooses one of several variants, each the arguments of
    the action; `question` one where a person is asked for what nobody else knows, and the answer is
    read with `answered`. Both are craft or knowledge, and are never lifted.

    `risk` says who sees what goes wrong; it picks the rule by which the gate may be lifted.
    `never_lift` keeps it with a person whatever the evidence. `flags` names what makes this very
    item risky; such an item is always asked about. Where `people` is 2, a second person decides on
    what the first one approved. After `deadline` an open question goes to `escalate_to`, who has
    as long again before it expires: it is then rejected.
    """

    name: str
    action: str
    arguments: Callable[[Any], dict[str, Any]] = lambda _state: {}
    description: Callable[[Any], str] = lambda _state: ""
    allowed: tuple[Verdict, ...] = ()
    before: Callable[[Any], str] = lambda _state: ""
    notes: Callable[[Any], dict[str, Any]] = lambda _state: {}
    options: Callable[[Any], Sequence[dict[str, Any]]] | None = None
    question: bool = False
    risk: Risk = "client-facing"
    never_lift: bool = False
    flags: Callable[[Any], Sequence[str]] = lambda _state: ()
    people: Literal[1, 2] = 1
    deadline: timedelta | None = None
    escalate_to: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be asked, and fill in what may be answered."""
        if self.options is not None and self.question:
            raise ValueError(f"gate {self.name} cannot both offer options and ask a question")
        possible = _ALLOWED[self.kind]
        if not set(self.allowed) <= set(possible):
            raise ValueError(f"gate {self.name} takes {possible}, not {self.allowed}")
        if self.people > 1 and self.kind != "approve":
            raise ValueError(f"gate {self.name}: only an approval can need two people")
        object.__setattr__(self, "allowed", self.allowed or possible)

    @property
    def kind(self) -> Kind:
        """What a person is asked to do."""
        if self.options is not None:
            return "choose"
        return "ask" if self.question else "approve"

    @property
    def is_craft(self) -> bool:
        """Whether it stays with a person whatever the evidence."""
        return self.never_lift or self.kind != "approve" or self.risk == "irreversible"
