"""Drawing: whether an item is reviewed, decided before anybody has seen it.

The draw is HMAC-SHA256 of policy version and item under the workspace's secret: nobody without the
secret can tell which items will be looked at, and whoever has it can recompute every draw. The item's id
must be fixed before the model replies, and name the item for ever: run, gate and occurrence.
"""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence.policies import Policy
from savoirfaire.graphs.gates.evidence.state import Evidence
from savoirfaire.tools.hashing import canonical

Mode = Literal["always", "drawn", "forced", "pass"]
Reason = Literal[
    "stopped", "never lifts", "policy changed", "fingerprint changed", "flag", "full review",
    "drawn", "not drawn",
]  # fmt: skip
_BITS = 53  # what a double holds


@dataclass(frozen=True)
class Choice:
    """What happens to one item, with everything it was decided by.

    Only `always` and `drawn` items are announced as `Asked` and can lift; `draw` is None where
    nothing was drawn. `flags` are those that forced the review.
    """

    mode: Mode
    reason: Reason
    rate: float
    policy: str
    draw: float | None = None
    flags: tuple[str, ...] = ()


def draw(secret: bytes, item: str, policy: str) -> float:
    """A number in [0, 1) for an item under a policy version, uniform and the same for ever."""
    if len(secret) < 16:  # noqa: PLR2004 - 128 bits
        raise RequestError("the secret of the draws is too short to be one")
    text = canonical([policy, item]).encode("utf-8", "surrogatepass")
    digest = hmac.digest(secret, text, hashlib.sha256)
    return (int.from_bytes(digest[:8]) >> (64 - _BITS)) / (1 << _BITS)


def decide_mode(
    policy: Policy,
    evidence: Evidence,
    item: str,
    *,
    fingerprint: str,
    secret: bytes,
    flags: Collection[str] = (),
    stopped: bool = False,
) -> Choice:
    """What happens to `item`. `stopped` is the kill switch; `flags` are risks found in the item.

    Whatever is unclear is reviewed: evidence of another policy or fingerprint lets nothing pass.
    A flagged item is forced wherever others might pass, and where all are reviewed: the evidence
    is about those that will pass one day, and flagged ones never will.
    """
    rate = evidence.rate(policy) if evidence.policy == policy.version else 1.0
    held = _held(policy, evidence, fingerprint, stopped=stopped)
    if flags:
        return Choice("forced", "flag", rate, policy.version, flags=tuple(sorted(flags)))
    if held:
        return Choice("always", held, 1.0, policy.version)
    if rate >= 1:
        return Choice("always", "full review", rate, policy.version)
    drawn = draw(secret, item, policy.version)
    if drawn < rate:
        return Choice("drawn", "drawn", rate, policy.version, drawn)
    return Choice("pass", "not drawn", rate, policy.version, drawn)


def _held(
    policy: Policy, evidence: Evidence, fingerprint: str, *, stopped: bool
) -> Reason | Literal[""]:
    """Why every item is reviewed, whatever the evidence."""
    if stopped:
        return "stopped"
    if policy.never_lift or evidence.never_lift:
        return "never lifts"
    if evidence.policy != policy.version:
        return "policy changed"
    return "fingerprint changed" if evidence.fingerprint != fingerprint else ""
