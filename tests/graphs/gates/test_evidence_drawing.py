import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence import begin, decide_mode, draw, preset

SECRET = b"0123456789abcdef0123456789abcdef"
POLICY = preset("client-facing")
FLOOR = len(POLICY.rates) - 1


@pytest.mark.parametrize("secret", [SECRET, b"another secret, as long as it is"])
def test_draws_are_uniform(secret: bytes) -> None:
    """In twenty equal parts, draws for numbered items are spread as evenly as chance would."""
    parts = [0] * 20
    for item in range(20_000):
        parts[int(20 * draw(secret, f"run-{item}", "v1"))] += 1
    chi_square = sum((found - 1000) ** 2 / 1000 for found in parts)
    assert 4.9 < chi_square < 45.3  # 0.05 % on either side, 19 degrees of freedom


def test_draws_can_be_recomputed() -> None:
    """A draw is the first 53 bits of an HMAC that anybody with the secret can compute."""
    text = b'["client-facing/1","run-7"]'
    digest = hmac.new(SECRET, text, hashlib.sha256).digest()
    assert draw(SECRET, "run-7", "client-facing/1") == (int.from_bytes(digest[:8]) >> 11) / 2**53


def test_draws_differ_by_everything_they_are_bound_to() -> None:
    """Another item, policy or secret is another draw, however the texts are put together."""
    same = [("a", "bc"), ("ab", "c"), ('a","b', "c"), ("a", 'b","c')]
    drawn = {draw(SECRET, item, policy) for item, policy in same}
    assert len(drawn | {draw(SECRET[::-1], "a", "bc")}) == 5


def test_a_short_secret_is_refused() -> None:
    """A secret that could be guessed draws nothing."""
    with pytest.raises(RequestError, match="too short"):
        draw(b"short", "item", "v1")


def test_half_a_surrogate_pair_is_drawn_too() -> None:
    """An item named by hostile text has its draw like any other."""
    assert 0 <= draw(SECRET, "\ud800", "v1") < 1


def choose(step: int, item: str = "run-1", **given: Any) -> tuple[str, str]:
    """The mode and its reason for an item at a step."""
    known = {"fingerprint": "f1", "flags": (), "stopped": False, "never_lift": False, **given}
    evidence = replace(begin(POLICY, "f1"), step=step, never_lift=known.pop("never_lift"))
    policy = known.pop("policy", POLICY)
    choice = decide_mode(policy, evidence, item, secret=SECRET, **known)
    return choice.mode, choice.reason


@pytest.mark.parametrize(
    ("given", "mode", "reason"),
    [
        ({"step": 0}, "always", "full review"),
        ({"step": FLOOR, "stopped": True}, "always", "stopped"),
        ({"step": FLOOR, "never_lift": True}, "always", "never lifts"),
        ({"step": FLOOR, "policy": preset("irreversible")}, "always", "never lifts"),
        ({"step": FLOOR, "policy": preset("internal")}, "always", "policy changed"),
        ({"step": FLOOR, "fingerprint": "f2"}, "always", "fingerprint changed"),
        ({"step": FLOOR, "flags": ["legal"]}, "forced", "flag"),
        ({"step": 0, "flags": ["legal"]}, "forced", "flag"),
        ({"step": FLOOR, "flags": ["legal"], "stopped": True}, "forced", "flag"),
    ],
)
def test_what_is_unclear_is_reviewed(given: dict[str, Any], mode: str, reason: str) -> None:
    """Nothing passes that the evidence is not about, and the reason is said."""
    assert choose(**given) == (mode, reason)


def test_the_share_drawn_is_the_rate() -> None:
    """At each step the share of items asked about is the rate; lower rates ask a part of them."""
    before = {str(item) for item in range(2000)}
    for step, rate in enumerate(POLICY.rates[1:], 1):
        drawn = {str(item) for item in range(2000) if choose(step, str(item))[0] == "drawn"}
        assert len(drawn) == pytest.approx(2000 * rate, abs=4 * (2000 * rate * (1 - rate)) ** 0.5)
        assert drawn <= before
        before = drawn


def test_a_choice_says_what_it_rests_on() -> None:
    """A pass carries the rate, the policy and the draw that it can be recomputed from."""
    evidence = replace(begin(POLICY, "f1"), step=FLOOR)
    choices = [
        decide_mode(POLICY, evidence, str(item), fingerprint="f1", secret=SECRET)
        for item in range(50)
    ]
    passed = next(choice for choice in choices if choice.mode == "pass")
    assert passed.policy == POLICY.version
    assert passed.draw is not None
    assert passed.draw >= passed.rate == POLICY.floor
