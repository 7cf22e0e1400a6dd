import numpy as np
import pytest

from savoirfaire.graphs.gates.evidence import PRESETS, Policy, cusum

LIFTED = [policy for policy in PRESETS.values() if not policy.never_lift]


@pytest.mark.parametrize(("p0", "bound"), [(0.05, 30), (0.1, 25), (0.5, 3), (0.3, 9), (0.02, 40)])
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.6])
def test_average_run_length(p0: float, bound: int, rate: float) -> None:
    """The recursion gives what solving the whole Markov chain gives."""
    jump, chain = cusum.steps(p0) - 1, np.eye(bound)
    for state in range(bound):
        chain[state, max(state - 1, 0)] -= 1 - rate
        if state + jump < bound:
            chain[state, state + jump] -= rate
    solved = np.linalg.solve(chain, np.ones(bound))[0]
    assert cusum.average_run(p0, bound, rate) == pytest.approx(solved, rel=1e-9)


@pytest.mark.parametrize("policy", LIFTED, ids=lambda policy: policy.name)
def test_the_limit_is_the_smallest_that_keeps_the_promise(policy: Policy) -> None:
    """False alarms at half of p0 are as rare as stated, and one step less would not do."""
    bound, good = cusum.limit(policy.p0, policy.run_length), policy.p0 / 2
    assert cusum.average_run(policy.p0, bound, good) >= policy.run_length
    assert cusum.average_run(policy.p0, bound - 1, good) < policy.run_length


@pytest.mark.parametrize("policy", LIFTED, ids=lambda policy: policy.name)
def test_bad_work_is_found_soon(policy: Policy) -> None:
    """Work at five times p0 raises the alarm within two defects' worth of the limit."""
    bound = cusum.limit(policy.p0, policy.run_length)
    found = cusum.average_run(policy.p0, bound, 5 * policy.p0)
    assert found * 5 * policy.p0 < bound / cusum.steps(policy.p0) + 2


@pytest.mark.parametrize(
    ("total", "observation", "after"),
    [(0, 0, 0), (500, 0, 0), (3000, 0, 2000), (0, 1000, 19_000), (0, 50, 0), (0, 500, 9000)],
)
def test_moves(total: int, observation: int, after: int) -> None:
    """At p0 = 1/20 a defect adds 19 steps, a clean item takes one off, a comma does nothing."""
    assert cusum.moved(total, observation, 0.05) == after
