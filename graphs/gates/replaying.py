"""Policy replay: what another policy would have let pass, from the ledger, without a model.

Every gate starts from nothing under the other policy, draws are made again with the secret, and a
person is taken to agree to each step as soon as it is allowed: the replay errs towards lifting.
What people decided then is taken as what they would have decided. An item that passed in truth has
no such decision: where the other policy asks about it, its outcome is unknown and counts nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.advancing import advance
from savoirfaire.graphs.gates.evidence.drawing import decide_mode
from savoirfaire.graphs.gates.evidence.events import (
    Asked,
    Carried,
    Event,
    FingerprintChanged,
    NeverLift,
    Passed,
    PolicyChanged,
    Ratified,
    Reviewed,
    SeedReviewed,
    SteppedDown,
    event_from_json,
)
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.rubric import catches
from savoirfaire.graphs.gates.evidence.standing import next_rate, obstacle
from savoirfaire.graphs.gates.evidence.state import Evidence, begin
from savoirfaire.graphs.gates.folding import STARTED, STOPPED

SOMEBODY = "whoever ratifies"


@dataclass(frozen=True)
class Slip:
    """An item that people rejected or mended, and that the other policy would have let pass."""

    entry: int
    at: str
    gate: int
    approval: str
    findings: tuple[str, ...]


@dataclass
class Replayed:
    """One gate under another policy.

    `items` came to it; people reviewed `reviewed` of them and would have reviewed `asked`. `slips`
    are the bad ones that would have passed unseen; `unknown` were asked about here and passed then.
    `path` has, item by item, how many had been reviewed by then, in truth and here.
    """

    gate: int
    items: int = 0
    reviewed: int = 0
    asked: int = 0
    unknown: int = 0
    slips: list[Slip] = field(default_factory=list)
    path: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def saved(self) -> int:
        """Reviews that people would not have made."""
        return self.reviewed - self.asked


def replayed(
    policy: Policy,
    entries: Iterable[Row[Any]],
    secret: bytes,
    *,
    gate: int,
    since: str = "",
) -> Replayed:
    """One gate's entries, and those about all gates, in order, under `policy` from `since` on."""
    walk = _Walk(policy, secret, Replayed(gate), since)
    for entry in entries:
        walk.take(entry)
    return walk.told


class _Walk:
    """Goes through the entries of a gate."""

    def __init__(self, policy: Policy, secret: bytes, told: Replayed, since: str) -> None:
        self._policy = policy
        self._secret = secret
        self._since = since
        self._evidence: Evidence | None = None
        self._fingerprint = ""
        self._stopped = False
        self._passed: set[str] = set()
        self._then: dict[str, bool] = {}
        self._slipped: set[str] = set()
        self.told = told

    def take(self, entry: Row[Any]) -> None:
        """One more entry."""
        if entry.kind in {STOPPED, STARTED}:
            self._stopped = entry.kind == STOPPED
        if entry.kind == "begun":
            self._fingerprint = entry.data["fingerprint"]
        events = [event_from_json(each) for each in entry.data.get("events", ())]
        for event in events:
            if isinstance(event, FingerprintChanged):
                self._fingerprint = event.fingerprint
        if entry.at < self._since:
            return
        if self._evidence is None:
            self._evidence = begin(self._policy, self._fingerprint)
        if entry.kind == "planned":
            self._planned(entry)
        elif entry.kind == "decided":
            self._decided(entry)
        elif entry.kind == "held":
            self._held(entry)
        else:
            self._advance([kept for event in events for kept in self._kept(event)])

    def _planned(self, entry: Row[Any]) -> None:
        """Decide again whether the item is asked about."""
        assert self._evidence is not None
        choice = decide_mode(
            self._policy,
            self._evidence,
            entry.item,
            fingerprint=self._fingerprint,
            secret=self._secret,
            flags=entry.data["flags"],
            stopped=self._stopped,
        )
        asked_then, told = bool(entry.data["plan"]["ask"]), self.told
        self._then[entry.item] = asked_then
        told.items += 1
        told.reviewed += asked_then
        if choice.mode == "pass":
            self._passed.add(entry.item)
            self._advance([Passed(entry.item)])
        else:
            told.asked += 1
            told.unknown += not asked_then
            # an item without an outcome would keep all those behind it from being counted
            if asked_then and choice.mode in {"always", "drawn"}:
                self._advance([Asked((entry.item,))])
        told.path.append((entry.at, told.reviewed, told.asked))

    def _held(self, entry: Row[Any]) -> None:
        """An item that was to pass and was reviewed after all, because everything was stopped."""
        if self._then.get(entry.item) is False:
            self._then[entry.item] = True
            self.told.reviewed += 1
            self.told.unknown -= entry.item not in self._passed

    def _decided(self, entry: Row[Any]) -> None:
        """A bad item that would have passed unseen slips, once, whoever found it."""
        findings = tuple(entry.data["findings"])
        if entry.item in self._passed - self._slipped and catches(findings):
            self._slipped.add(entry.item)
            slip = Slip(entry.seq, entry.at, self.told.gate, entry.data["approval"], findings)
            self.told.slips.append(slip)

    def _kept(self, event: Event) -> list[Event]:
        """What becomes of a recorded event under the other policy."""
        assert self._evidence is not None
        if isinstance(event, Asked | Passed | PolicyChanged | Ratified):
            return []  # decided here again
        if isinstance(event, Reviewed):
            seen = tuple(pair for pair in event.outcomes if pair[0] not in self._passed)
            return [Reviewed(seen)] if seen else []
        if isinstance(event, SteppedDown):
            rates = self._policy.rates[: self._evidence.step]
            more = [rate for rate in rates if rate >= event.rate]
            return [SteppedDown(event.by, min(more))] if more else []
        if isinstance(event, Carried):
            here = self._evidence
            return [event] if here.set_aside and here.carried is None else []
        if isinstance(event, NeverLift) and self._policy.never_lift:
            return []
        return [event]

    def _advance(self, events: Sequence[Event]) -> None:
        """Fold events, and agree to every step that they allow."""
        assert self._evidence is not None
        for event in events:
            self._evidence = advance(self._policy, self._evidence, event)
            grown = isinstance(event, Reviewed | SeedReviewed)
            while grown and not obstacle(self._policy, self._evidence):
                ahead = next_rate(self._policy, self._evidence)
                assert ahead is not None  # else there was an obstacle
                step = Ratified(SOMEBODY, ahead)
                self._evidence = advance(self._policy, self._evidence, step)


def by_client(several: Mapping[int, str], gates: Iterable[Replayed]) -> dict[str, Counter[str]]:
    """The figures of each client; `several` says whose each gate is."""
    total: dict[str, Counter[str]] = {}
    for each in gates:
        mine = total.setdefault(several[each.gate], Counter())
        mine.update(
            items=each.items,
            reviewed=each.reviewed,
            asked=each.asked,
            saved=each.saved,
            slips=len(each.slips),
            unknown=each.unknown,
        )
    return total


def together(gates: Iterable[Replayed]) -> tuple[list[int], list[int]]:
    """Reviews so far, in truth and under the other policy, over all gates in the order of time."""
    steps = [
        (at, *_steps(each.path, place))
        for each in gates
        for place, (at, *_rest) in enumerate(each.path)
    ]
    truth, other = [0], [0]
    for _, real, here in sorted(steps):
        truth.append(truth[-1] + real)
        other.append(other[-1] + here)
    return truth, other


def _steps(path: Sequence[tuple[str, int, int]], place: int) -> tuple[int, int]:
    before = path[place - 1] if place else ("", 0, 0)
    return path[place][1] - before[1], path[place][2] - before[2]


# --- a policy file --------------------------------------------------------------------------------

_SMALLEST, _LONGEST = 0.002, 100_000
"""Numbers beyond which the alarm's limit takes seconds to work out."""

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "p0": (int, float),
    "alpha": (int, float),
    "floor": (int, float),
    "never_lift": bool,
    "run_length": int,
    "seed_every": int,
}


def policies_from(table: Mapping[str, Any], shipped: Mapping[Any, Policy]) -> dict[Any, Policy]:
    """The policies of a TOML file: a table for each risk class, over the shipped ones.

    Raises RequestError naming each table or key that is none, or that has no number in it.
    """
    if unknown := sorted(set(table) - set(shipped)):
        raise RequestError(
            "there is no risk class {names}; there are {known}",
            names=", ".join(unknown),
            known=", ".join(shipped),
        )
    return {risk: _policy(policy, table.get(risk, {})) for risk, policy in shipped.items()}


def _policy(shipped: Policy, given: Any) -> Policy:
    if not isinstance(given, Mapping):
        raise RequestError("[{name}] is no table of numbers", name=shipped.name)
    if unknown := sorted(set(given) - set(_KINDS)):
        raise RequestError(
            "[{name}] has no {keys}; it has {known}",
            name=shipped.name,
            keys=", ".join(unknown),
            known=", ".join(_KINDS),
        )
    for key, value in given.items():
        wanted = _KINDS[key]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise RequestError(
                "[{name}] {key} cannot be {value}", name=shipped.name, key=key, value=repr(value)
            )
    numbers = {**{key: getattr(shipped, key) for key in _KINDS}, **given}
    if numbers["p0"] < _SMALLEST or numbers["run_length"] > _LONGEST:
        raise RequestError(
            "[{name}] needs a p0 of {p0} or more and a run length of {run} or less",
            name=shipped.name,
            p0=_SMALLEST,
            run=_LONGEST,
        )
    return Policy(name=shipped.name, **numbers)
