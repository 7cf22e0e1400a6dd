"""Events: everything that changes what is known of a gate, as the ledger of decisions keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.wealth import Counts


@dataclass(frozen=True)
class Asked:
    """A person was asked about items, because all are asked about or because these were drawn.

    Several items: they are asked about together, and count as one. Items that a risk flag forced
    under review, or that a person picked, are not announced here: what they show may send the gate
    back, and cannot lift it.
    """

    items: tuple[str, ...]


@dataclass(frozen=True)
class Passed:
    """An item went through unreviewed."""

    item: str


@dataclass(frozen=True)
class Reviewed:
    """One decision: each item with its outcome in [0, 1] by the rubric."""

    outcomes: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class SeedReviewed:
    """A planted, known-bad item was reviewed; a review that found something else missed it."""

    caught: bool


@dataclass(frozen=True)
class Incident:
    """Something bad had gone through. A severe one sends the gate back at once."""

    severe: bool


@dataclass(frozen=True)
class FingerprintChanged:
    """Prompt, model, graph or tools are others than those that earned the evidence.

    `set_aside` is the share of the next attempt's alpha that is kept for what may be carried over.
    """

    fingerprint: str
    set_aside: float = 0.0


@dataclass(frozen=True)
class Carried:
    """A person had the change evaluated on paired tasks, and carries over what it shows.

    `reviews` and `seeds` (caught, missed) are what the old work had shown; `differences` counts
    the tasks by how much worse the new work was, in thousandths; `discount` is the power of the
    old evidence that is kept. Where a drop is not excluded, nothing is carried, and the one
    evaluation of this change is over all the same.
    """

    by: str
    reviews: Counts
    seeds: tuple[int, int]
    differences: Counts
    discount: float


@dataclass(frozen=True)
class Regrouped:
    """A person joined this gate's evidence with that of others, or parted them again."""

    by: str


@dataclass(frozen=True)
class PolicyChanged:
    """The promise is another one."""

    policy: str


@dataclass(frozen=True)
class Ratified:
    """A person agreed to the next step that the evidence allows, and named its rate."""

    by: str
    rate: float


@dataclass(frozen=True)
class SteppedDown:
    """A person wants more items reviewed than now."""

    by: str
    rate: float


@dataclass(frozen=True)
class NeverLift:
    """A person keeps this gate for people, or gives it back to the evidence."""

    by: str
    on: bool = True


Event = (
    Asked
    | Passed
    | Reviewed
    | SeedReviewed
    | Incident
    | FingerprintChanged
    | Carried
    | Regrouped
    | PolicyChanged
    | Ratified
    | SteppedDown
    | NeverLift
)

KINDS: dict[str, type[Event]] = {
    "asked": Asked,
    "passed": Passed,
    "reviewed": Reviewed,
    "seed": SeedReviewed,
    "incident": Incident,
    "fingerprint": FingerprintChanged,
    "carried": Carried,
    "regrouped": Regrouped,
    "policy": PolicyChanged,
    "ratified": Ratified,
    "stepped-down": SteppedDown,
    "never-lift": NeverLift,
}
_NAMES = {cls: name for name, cls in KINDS.items()}


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as plain JSON, for the ledger."""
    return {"event": _NAMES[type(event)], **asdict(event)}


def event_from_json(value: Mapping[str, Any]) -> Event:
    """The event that `event_to_json` wrote. Raises RequestError where it is none."""
    fields = {key: _tuples(each) for key, each in value.items() if key != "event"}
    try:
        return KINDS[value["event"]](**fields)
    except (KeyError, TypeError) as error:
        raise RequestError("the ledger holds an event of an unknown form") from error


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value
