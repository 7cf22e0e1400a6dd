"""Advancing: what each event changes. `replay` recomputes a state from its ledger alone.

The functions are pure. An event that the policy does not allow raises RequestError; so does any
event for evidence that was gathered under another policy, except the one that says so.

An attempt is the evidence for one step up. It ends when a person ratifies the step or something
sends the gate back, and the next one starts from nothing with a smaller part of alpha. Together
they use alpha once in the life of the gate, over every step, prompt and model it will ever have.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence import cusum, units
from savoirfaire.graphs.gates.evidence.carrying import carried
from savoirfaire.graphs.gates.evidence.events import (
    Asked,
    Carried,
    Event,
    FingerprintChanged,
    Incident,
    NeverLift,
    Passed,
    PolicyChanged,
    Ratified,
    Regrouped,
    Reviewed,
    SeedReviewed,
    SteppedDown,
)
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.seeds import Seeds
from savoirfaire.graphs.gates.evidence.standing import next_rate, obstacle
from savoirfaire.graphs.gates.evidence.state import Evidence, Fall, begin
from savoirfaire.graphs.gates.evidence.wealth import UNIT, add, thousandths
from savoirfaire.graphs.gates.evidence.words import OBSTACLES


def replay(policies: Sequence[Policy], fingerprint: str, events: Iterable[Event]) -> Evidence:
    """The state of a gate after all of its events, from the beginning.

    `policies` holds every policy it was ever under, the first one first. Raises RequestError where
    one is missing.
    """
    known = {policy.version: policy for policy in policies}
    state = begin(policies[0], fingerprint)
    for event in events:
        if state.policy not in known:
            raise RequestError("nothing is known of policy {name}", name=state.policy)
        state = advance(known[state.policy], state, event)
    return state


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
    outcomes: dict[str, int] = {}
    for item, outcome in event.outcomes:
        outcomes[item] = max(thousandths(outcome), outcomes.get(item, 0))
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
    if not 0 <= event.set_aside < 1:
        raise RequestError("what is set aside is a share of alpha, not {x}", x=event.set_aside)
    earned = evidence.has_seen or evidence.step > 0
    share = event.set_aside if earned else evidence.set_aside
    new = _fallen(evidence, "fingerprint")
    return replace(new, fingerprint=event.fingerprint, set_aside=share)


def _carried(policy: Policy, evidence: Evidence, event: Carried) -> Evidence:
    """What a paired evaluation carries over the last change, once."""
    _require_person(event.by)
    if not evidence.set_aside:
        raise RequestError(
            "no change of work stands before this gate that evidence could be carried over"
        )
    if evidence.carried is not None:
        raise RequestError(
            "this change was evaluated already",
            hint="One evaluation counts for one change: the best of several would not be fair.",
        )
    seeds = Seeds(*event.seeds)
    kept = carried(policy.p0, event.reviews, seeds, event.differences, event.discount)
    return replace(evidence, carried=kept)


def _regrouped(_policy: Policy, evidence: Evidence, event: Regrouped) -> Evidence:
    """Other items are other work: what was shown of the old ones says nothing of them."""
    _require_person(event.by)
    return _fallen(evidence, "person")


def _policy_changed(_policy: Policy, evidence: Evidence, event: PolicyChanged) -> Evidence:
    if event.policy == evidence.policy:
        return evidence
    return replace(_fallen(evidence, "policy"), policy=event.policy)


def _ratified(policy: Policy, evidence: Evidence, event: Ratified) -> Evidence:
    _require_person(event.by)
    why_not, ahead = obstacle(policy, evidence), next_rate(policy, evidence)
    if why_not:
        raise RequestError("the gate cannot step up: {why}", why=OBSTACLES[why_not])
    if event.rate != ahead:
        raise RequestError(
            "the next step is {next}, not {rate}", next=float(ahead or 0), rate=event.rate
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
    """The next attempt; the same one where nothing was seen yet, since nothing was tried."""
    return replace(
        evidence,
        attempt=evidence.attempt + evidence.has_seen,
        counts=(),
        seeds=Seeds(),
        waiting=(),
        total=0,
        set_aside=0.0,
        carried=None,
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
    Carried: _carried,
    Regrouped: _regrouped,
    PolicyChanged: _policy_changed,
    Ratified: _ratified,
    SteppedDown: _stepped_down,
    NeverLift: _never_lift,
}
