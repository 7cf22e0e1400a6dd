import io
import itertools
import json
import math
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from savoirfaire.cli import main
from savoirfaire.cli.gatesproof import show
from savoirfaire.errors import NotFoundError
from savoirfaire.evals.proving import exact, rules
from savoirfaire.evals.proving.lives import told
from savoirfaire.evals.proving.scenarios import SCENARIOS, Scenario
from savoirfaire.evals.proving.simulation import Draws, Lives, Turn
from savoirfaire.evals.proving.table import markdown, percent, renewed
from savoirfaire.evals.proving.worth import bets, games, worth
from savoirfaire.graphs.gates.evidence import (
    PRESETS,
    Asked,
    Evidence,
    Passed,
    Policy,
    Ratified,
    Reviewed,
    SeedReviewed,
    Seeds,
    advance,
    begin,
    preset,
    standing,
    weigh,
)
from savoirfaire.graphs.gates.evidence.standing import next_rate, obstacle
from savoirfaire.graphs.gates.evidence.wealth import alpha_at, log_wealth

DOCS = Path(__file__).parents[2] / "docs" / "gates.md"
LIFTED = [policy for policy in PRESETS.values() if not policy.never_lift]
CLIENT = preset("client-facing")


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """What `savoir gates prove --json` prints, once for all tests."""
    with redirect_stdout(io.StringIO()) as out:
        assert main(["gates", "prove", "--json"]) == 0
    printed: dict[str, Any] = json.loads(out.getvalue())
    return printed


# --- the promise --------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", LIFTED, ids=lambda policy: policy.name)
@pytest.mark.parametrize("times", [1.0, 1.5, 2.0])
def test_false_lifts_keep_the_promise(policy: Policy, times: float) -> None:
    """Looked at after each of 2,000 reviews, work that is too often bad is lifted <= alpha."""
    bound = exact.boundary(policy)[:, 0]
    assert len(bound) == exact.HORIZON + 1 == 2001
    assert 0 < exact.lifting(bound, policy.p0 * times).chance <= policy.alpha


@pytest.mark.parametrize("policy", LIFTED, ids=lambda policy: policy.name)
def test_good_work_is_lifted(policy: Policy) -> None:
    """The promise is not kept by lifting nothing: work at a fifth of p0 gets its first step."""
    assert exact.lifting(exact.boundary(policy)[:, 0], policy.p0 / 5).chance > 0.999


@pytest.mark.parametrize("catch", [0.4, 0.7, 0.9])
def test_reviewers_who_miss_some_lift_nothing_falsely(catch: float) -> None:
    """Whatever share the reviewers find, the chance of a false lift stays below alpha."""
    bound = exact.boundary(CLIENT, 300, missed=29)
    assert exact.lifting_with_misses(bound, CLIENT.p0, catch, 10).chance <= CLIENT.alpha


def test_taking_reviewers_at_their_word_breaks_the_promise() -> None:
    """Without seeds, the same test lifts bad work of which half is found, nearly always."""
    believed = _plain(CLIENT.p0, CLIENT.alpha, 1000)
    assert exact.lifting(believed, CLIENT.p0 / 2).chance > 0.9


def test_a_change_every_so_often_is_no_way_round() -> None:
    """Starting anew at every change of prompt, all attempts together keep the promise."""
    assert 0 < exact.with_restarts(CLIENT, 250, 1000) <= CLIENT.alpha


# --- the hazards that the design was measured on --------------------------------------------------


def _plain(p0: float, alpha: float, horizon: int) -> Any:
    """The boundary of the bare wealth, with all of alpha at once."""
    return rules._climbed(
        lambda n, k: k <= n and log_wealth(((0, n - k), (1000, k)), p0) >= -math.log(alpha), horizon
    )


def test_intervals_break_their_promise_and_wealth_does_not() -> None:
    """Re-checked after each of 500 reviews, with 5 % promised: 18 %, 22 %, and the wealth 4.3 %."""
    bounds = (rules.clopper_pearson(0.05, 0.05, 500), rules.wilson(0.05, 0.05, 500))
    chances = [exact.lifting(bound, 0.05).chance for bound in (*bounds, _plain(0.05, 0.05, 500))]
    assert [round(100 * chance, 1) for chance in chances] == [18.3, 21.7, 4.3]


@pytest.mark.parametrize("name", ["20 clean in a row", "clean rate >= .80", "Beta mean >= .85"])
def test_common_rules_lift_bad_work(name: str) -> None:
    """An agent whose every tenth item is bad is lifted with near certainty."""
    assert rules.RULES[name](CLIENT, 0.1).chance > 0.999


def _lifted(correlation: float, *, apart: bool) -> float:
    """How often bad work in batches of 10 is lifted, its items counted apart or as one."""
    scenario = Scenario("batches", lambda _time: 1.0, batch=10, correlation=correlation)
    lives, up = Lives([(CLIENT, scenario)], 400, 10, 5), np.zeros(400, dtype=bool)
    bound = _plain(CLIENT.p0, CLIENT.alpha, 1000)
    bad, items = np.zeros(400, dtype=np.int64), 0
    total = np.zeros(400)
    for _ in range(100):
        found = lives._made(0).sum(axis=1)
        if apart:
            bad, items = bad + found, items + 10
            up |= bad <= bound[items]
        else:
            total = total + np.log1p((1 - 0.2) / 0.95 * (CLIENT.p0 - found / 10))
            up |= total >= -math.log(CLIENT.alpha)
    return float(up.mean())


def test_items_of_a_batch_counted_apart_break_the_promise() -> None:
    """At a correlation of .3 item-level evidence lifts falsely far too often; the mean does not."""
    assert _lifted(0.3, apart=True) > 5 * CLIENT.alpha
    assert _lifted(0.0, apart=True) <= CLIENT.alpha
    assert _lifted(0.3, apart=False) <= CLIENT.alpha


# --- the proof computes what the engine does -----------------------------------------------------


def test_arrays_weigh_as_the_engine_does() -> None:
    """The evidence computed on arrays is the engine's, for many counts and seeds at once."""
    cases = list(itertools.product([0, 1, 80], [0, 2], [0, 3], [0, 1, 9], [0, 1, 4]))
    counts = np.array([case[:3] for case in cases], dtype=float)
    caught, missed = np.array([case[3:] for case in cases]).T
    top = caught / np.maximum(caught + missed, 1)
    table = games(np.full(len(cases), 0.05), top, np.array([0, 50, 1000]))
    found = worth(counts, table, bets(caught, missed))
    for (clean, commas, bad, hit, lost), weight in zip(cases, found, strict=True):
        seen = tuple((v, n) for v, n in ((0, clean), (50, commas), (1000, bad)) if n)
        assert weight == pytest.approx(weigh(seen, Seeds(hit, lost), 0.05).log, abs=1e-9)


@pytest.mark.parametrize("policy", LIFTED, ids=lambda policy: policy.name)
@pytest.mark.parametrize("missed", [0, 2])
def test_the_boundary_is_the_engine_s(policy: Policy, missed: int) -> None:
    """Where the boundary lifts the engine does, and with one more defect it does not."""
    bound = exact.boundary(policy, 700, missed=2)
    needed = standing(policy, begin(policy, "")).log_needed
    for n in range(1, 701, 13):
        seeds, most = Seeds(max(n // 10 - missed, 0), min(missed, n // 10)), int(bound[n, missed])
        for defects, lifts in ((most, True), (most + 1, False)):
            if 0 <= defects <= n:
                seen = tuple(c for c in ((0, n - defects), (1000, defects)) if c[1])
                assert (weigh(seen, seeds, policy.p0).log >= needed) is lifts


def test_dynamic_programming_against_every_path() -> None:
    """The chance of lifting is the sum over all paths of ten reviews."""
    bound, rate = np.array([-1, -1, -1, 0, 0, 0, 1, 1, 1, 2, 2]), 0.3
    chances = np.zeros(11)
    for path in itertools.product([0, 1], repeat=10):
        n = next((n for n in range(1, 11) if sum(path[:n]) <= bound[n]), None)
        if n is not None:
            chances[n] += rate ** sum(path) * (1 - rate) ** (10 - sum(path))
    assert exact.lifting(bound, rate).by_review == pytest.approx(chances)
    without = exact.lifting_with_misses(np.stack([bound, bound, bound - 3]).T, rate, 1.0, 3)
    assert without.by_review == pytest.approx(chances)


def test_a_row_against_every_path() -> None:
    """The chance of so many clean reviews in a row is the sum over all paths."""
    chances = np.zeros(11)
    for path in itertools.product([0, 1], repeat=10):
        n = next((n for n in range(3, 11) if not any(path[n - 3 : n])), None)
        if n is not None:
            chances[n] += 0.4 ** sum(path) * 0.6 ** (10 - sum(path))
    assert exact.lifting_after_a_row(3, 0.4, 10).by_review == pytest.approx(chances)


def _events(turn: Turn, row: int, number: int, size: int) -> Iterator[Any]:
    """The events of one simulated turn, as the ledger would have them."""
    items = tuple(f"{number}.{place}" for place in range(size))
    if not turn.checked[row]:
        yield Passed(items[0])
        return
    outcomes = tuple((item, float(place < turn.found[row])) for place, item in enumerate(items))
    yield from (Asked(items), Reviewed(outcomes))
    if turn.seeded[row]:
        yield SeedReviewed(caught=bool(turn.caught[row]))


@pytest.mark.parametrize("name", ["sudden_break", "batches", "reviewers_miss_1_in_5", "slow_drift"])
def test_the_simulation_takes_the_engine_s_steps(name: str) -> None:
    """Turn by turn, the engine is at the step, attempt and alarm that the simulation is at."""
    quick = Policy("quick", p0=0.2, alpha=0.3, floor=0.3, run_length=60)
    scenario = next(each for each in SCENARIOS if each.name == name)
    lives = Lives([(quick, scenario)], 4, 700 * scenario.batch, 11)
    states: list[Evidence] = [begin(quick, "f")] * 4
    moves = 0
    for number in range(lives.turns):
        turn, _ = lives.turn(number)
        for row in range(4):
            for event in _events(turn, row, number, scenario.batch):
                states[row] = advance(quick, states[row], event)
            if turn.checked[row] and not obstacle(quick, states[row]):
                ahead = next_rate(quick, states[row])
                states[row] = advance(quick, states[row], Ratified("ana", ahead or 0.0))
            now = (states[row].step, states[row].attempt, states[row].total)
            assert now == (lives.step[row], lives.attempt[row], lives.total[row])
            moves += int(turn.rose[row] or turn.fell[row])
    assert moves >= 4


def test_draws_of_the_simulation() -> None:
    """The numbers come from the seed alone, and are those that PCG64 has always given."""
    drawn = Draws(7).uniform(2, 3)
    assert drawn.shape == (2, 3)
    assert (drawn == Draws(7).uniform(2, 3)).all()
    assert (drawn == np.random.Generator(np.random.PCG64(7)).random((2, 3))).all()
    assert not (drawn == Draws(8).uniform(2, 3)).any()


def test_what_is_published_adds_up() -> None:
    """With an alarm that never rings and nobody at the gate, everything bad is published."""
    open_gate = Policy("open", p0=0.5, alpha=0.999, floor=1e-9, run_length=1)
    good = Scenario("constant", lambda _time: 0.02)
    (found,) = told([(open_gate, good)], 20, 1000, 3)
    assert found["without_gate"] == pytest.approx(0.01)
    assert found["published"] + found["published_plus_minus"] < 0.011
    assert 0 < found["reviewed_share"] < 1


# --- what is printed ------------------------------------------------------------------------------


def test_the_form_of_the_proof(figures: dict[str, Any]) -> None:
    """The JSON has the presets and the others, with the keys that were promised."""
    wanted = {
        "name", "p0", "alpha", "false_lift_at_p0", "false_lift_at_1.5p0", "false_lift_at_2p0",
        "reviews_to_first_step_at_p0/5", "published_defects",
    }  # fmt: skip
    assert [entry["name"] for entry in figures["presets"]] == list(PRESETS)
    assert {entry["name"] for entry in figures["others"]} == set(rules.RULES)
    for entry in (*figures["presets"], *figures["others"]):
        assert wanted <= entry.keys()
    for entry in figures["presets"]:
        assert set(entry["published_defects"]) == {scenario.name for scenario in SCENARIOS}


def test_every_figure_keeps_the_promise(figures: dict[str, Any]) -> None:
    """False lifts stay below alpha in every way they were computed, and p0 in what goes unread."""
    for entry in figures["presets"]:
        chances = [entry[f"false_lift_at_{at}"] for at in ("p0", "1.5p0", "2p0")]
        chances += [entry["false_lift_with_restarts"]]
        chances += entry["false_lift_if_reviewers_find"].values()
        assert max(chances) <= entry["alpha"]
        assert entry["false_lift_when_carried"] <= alpha_at(entry["alpha"], 2)
        for scenario in ("constant", "batches", "reviewers_miss_1_in_5"):
            assert (entry["published_defects"][scenario]["unreviewed"] or 0) < entry["p0"]


def test_a_break_is_found(figures: dict[str, Any]) -> None:
    """Work that breaks is sent back, and far less of it gets out than under the common rules."""
    worst = {
        other["preset"]: other["published_defects"]["sudden_break"]["published"]
        for other in figures["others"]
    }
    for entry in figures["presets"]:
        found = entry["published_defects"]["sudden_break"]
        if entry["name"] in worst:
            assert found["sent_back"] > 0.9
            assert found["published"] < worst[entry["name"]] / 4


def test_the_irreversible_is_never_lifted(figures: dict[str, Any]) -> None:
    """What cannot be taken back has no first step, and nothing unread."""
    (entry,) = [each for each in figures["presets"] if each["name"] == "irreversible"]
    assert (entry["rates"], entry["reviews_to_first_step_at_p0/5"]) == ([1.0], None)
    assert all(found["reviewed_share"] == 1 for found in entry["published_defects"].values())


def test_the_docs_show_the_proof(figures: dict[str, Any]) -> None:
    """The table in docs/gates.md is that of now; `python -m …proving.table` renews it."""
    page = DOCS.read_text("utf-8")
    assert renewed(page, markdown(figures)) == page


def test_a_page_without_a_place() -> None:
    """A page without both markers is refused, and not cut."""
    with pytest.raises(NotFoundError):
        renewed("no place here <!-- the proof begins -->", "table")


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, ""), (0.0, "0.0 %"), (0.0004, "< 0.1 %"), (0.0123, "1.2 %"), (1.0, "100.0 %")],
)
def test_shares_for_people(share: float | None, said: str) -> None:
    """Nothing that is not zero is shown as zero."""
    assert percent(share) == said


def test_the_proof_for_people(figures: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The table names each rule and promise, and the words of each preset follow."""
    show(figures)
    said = capsys.readouterr()
    assert all(name in said.out for name in (*PRESETS, *rules.RULES))
    assert all(str(policy.meaning) in said.err for policy in PRESETS.values())
