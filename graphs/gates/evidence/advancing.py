"""Advancing: what each event changes. `replay` recomputes a state from its ledger alone.

The functions are pure. An event that the policy does not allow raises RequestError; so does any
event for evidence that was gathered under another policy, except the one that says so.

An attempt is the evidence for one step up. It ends when a person ratifies the step or something
sends the gate back, and the next one starts from nothing with a smaller part of alpha. Together they
use alpha once in the life of the gate, over every step, prompt and model it will ever have.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from typing import Any

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence import cusum, units
from savoirfaire.graphs.gates.evidence.events import (
    Asked,
    Event,
    FingerprintChanged,
    Incident,
    NeverLift,
    Passed,
    PolicyChanged,
    Ratified,
    Reviewed,
    SeedReviewed,
    SteppedDown,
)
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import Seeds
from savoirfaire.graphs.gates.evidence.standing import next_rate, obstacle
from savoirfaire.graphs.gates.evidence.state import Evidence, Fall, begin
from savoirfaire.graphs.gates.evidence.wealth import UNIT, add, thousandths


def replay(policy: Policy, fingerprint: str, events: Iterable[Event]) -> Evidence:
    """The state of a gate after all of its events, from the beginning."""
    return reduce(
        lambda state, event: advance(policy, state, event), events, begin(policy, fingerprint)
    )


def advance(policy: Policy, evidence: Evidence, event: Event) -> Evidence:
    """The state after one more event. Raises RequestError where it is not allowed."""
    if evidence.policy != policy.version and not isinstance(event, PolicyChanged):
        raise RequestError(
            "this evidence was gathered under {old}, not {new}",
            old=evidence.policy,
            new=policy.version,
            hint="Record the change of policy first: the gate then starts at full review.",
        )
    return _CHANGES[type(event)](policy, evidence, event)


def _asked(_policy: Policy, evidence: Evidence, event: Asked) -> Evidence:
    if not event.items:
        raise RequestError("a question is about one item at least")
    return replace(evidence, waiting=(*evidence.waiting, units.asked(event.items)))


def _passed(_policy: Policy, evidence: Evidence, _event: Passed) -> Evidence:
    return replace(evidence, passed=evidence.passed + 1)


def _reviewed(policy: Policy, evidence: Evidence, event: Reviewed) -> Evidence:
    """Count a decision: towards the step if it was announced, towards the alarm in any case."""
    outcomes = {item: thousandths(outcome) for item, outcome in event.outcomes}
    observations, waiting = units.settled(units.decide(evidence.waiting, outcomes))
    counted = replace(
        evidence,
        counts=add(evidence.counts, observations),
        waiting=waiting,
        reviewed=evidence.reviewed + len(outcomes),
    )
    return reduce(lambda state, found: _checked(policy, state, found), outcomes.values(), counted)


def _checked(policy: Policy, evidence: Evidence, observation: int) -> Evidence:
    """Let the CUSUM see an item; where all are reviewed there is nothing to send back."""
    if not evidence.step:
        return evidence
    total = cusum.moved(evidence.total, observation, policy.p0)
    if total >= cusum.limit(policy.p0, policy.run_length) * UNIT:
        return _fallen(evidence, "alarm")
    return replace(evidence, total=total)


def _seed(_policy: Policy, evidence: Evidence, event: SeedReviewed) -> Evidence:
    seeds = evidence.seeds
    caught, missed = seeds.caught + event.caught, seeds.missed + (not event.caught)
    return replace(evidence, seeds=Seeds(caught, missed))


def _incident(policy: Policy, evidence: Evidence, event: Incident) -> Evidence:
    known = replace(evidence, incidents=evidence.incidents + 1)
    return _fallen(known, "incident") if event.severe else _checked(policy, known, UNIT)


def _fingerprint(_policy: Policy, evidence: Evidence, event: FingerprintChanged) -> Evidence:
    if event.fingerprint == evidence.fingerprint:
        return evidence
    return replace(_fallen(evidence, "fingerprint"), fingerprint=event.fingerprint)


def _policy_changed(policy: Policy, evidence: Evidence, event: PolicyChanged) -> Evidence:
    if event.policy != policy.version:
        # a later change is in force by now: this one is part of the ledger, and sends back the same
        return replace(_fallen(evidence, "policy"), policy=event.policy)
    if event.policy == evidence.policy:
        return evidence
    return replace(_fallen(evidence, "policy"), policy=event.policy)


def _ratified(policy: Policy, evidence: Evidence, event: Ratified) -> Evidence:
    _require_person(event.by)
    why_not, ahead = obstacle(policy, evidence), next_rate(policy, evidence)
    if why_not or event.rate != ahead:
        raise RequestError(
            "the gate cannot step up to {rate}: {why}",
            rate=event.rate,
            why=why_not or f"the next step is {ahead}",
            hint="`savoir gates` shows what is missing.",
        )
    return replace(_anew(evidence), step=evidence.step + 1, total=evidence.total)


def _stepped_down(policy: Policy, evidence: Evidence, event: SteppedDown) -> Evidence:
    _require_person(event.by)
    if event.rate not in policy.rates[: evidence.step]:
        raise RequestError("the gate cannot step down to {rate}", rate=event.rate)
    step = policy.rates.index(event.rate)
    return replace(_fallen(evidence, "person"), step=step)


def _never_lift(_policy: Policy, evidence: Evidence, event: NeverLift) -> Evidence:
    _require_person(event.by)
    if event.on == evidence.never_lift:
        return evidence
    return replace(_fallen(evidence, "person"), never_lift=event.on)


def _fallen(evidence: Evidence, why: Fall) -> Evidence:
    """Back to full review, with nothing shown yet."""
    return replace(_anew(evidence), step=0, last_fall=why)


def _anew(evidence: Evidence) -> Evidence:
    """The next attempt; the same one where no outcome was seen yet, since nothing was tried."""
    seen = bool(evidence.counts) or any(unit.touched for unit in evidence.waiting)
    return replace(
        evidence,
        attempt=evidence.attempt + seen,
        counts=(),
        seeds=Seeds(),
        waiting=(),
        total=0,
    )


def _require_person(name: str) -> None:
    if not name.strip():
        raise RequestError("only a person can decide this, and nobody is named")


_CHANGES: dict[type[Event], Callable[[Policy, Evidence, Any], Evidence]] = {
    Asked: _asked,
    Passed: _passed,
    Reviewed: _reviewed,
    SeedReviewed: _seed,
    Incident: _incident,
    FingerprintChanged: _fingerprint,
    PolicyChanged: _policy_changed,
    Ratified: _ratified,
    SteppedDown: _stepped_down,
    NeverLift: _never_lift,
}
