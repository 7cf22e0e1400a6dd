import json
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.evidence import (
    Asked,
    Event,
    Evidence,
    FingerprintChanged,
    Incident,
    NeverLift,
    Passed,
    PolicyChanged,
    Ratified,
    Reviewed,
    SeedReviewed,
    Seeds,
    SteppedDown,
    advance,
    begin,
    event_from_json,
    event_to_json,
    from_json,
    preset,
    replay,
    standing,
)

POLICY = preset("client-facing")


def fold(events: list[Event], start: Evidence | None = None) -> Evidence:
    """The state after these events."""
    state = begin(POLICY, "f1") if start is None else start
    for event in events:
        state = advance(POLICY, state, event)
    return state


def reviews(times: int, outcome: float = 0.0, first: int = 0) -> list[Event]:
    """Items asked about and reviewed, one by one, with a seed caught after every tenth."""
    events: list[Event] = []
    for number in range(first, first + times):
        events += [Asked((str(number),)), Reviewed(((str(number), outcome),))]
        events += [SeedReviewed(caught=True)] if number % 10 == 9 else []
    return events


def lifted(step: int = 1) -> Evidence:
    """A gate that a person took some steps up."""
    return replace(begin(POLICY, "f1"), step=step, attempt=step + 1)


def earned() -> Evidence:
    """A gate that may take its first step."""
    return fold(reviews(200))


def test_a_gate_earns_its_step_and_a_person_takes_it() -> None:
    """Clean reviews allow the step, nothing happens by itself, and the next one begins anew."""
    state = earned()
    assert (state.rate(POLICY), standing(POLICY, state).obstacle) == (1.0, "")
    state = advance(POLICY, state, Ratified("ana", 0.5))
    assert (state.rate(POLICY), state.attempt, state.counts, state.seeds) == (0.5, 2, (), Seeds())
    assert standing(POLICY, state).obstacle == "no seed caught"


def test_what_is_said_to_remain_is_what_remains() -> None:
    """After exactly so many clean reviews as announced, and none fewer, the step may be taken."""
    left = standing(POLICY, begin(POLICY, "f1")).clean_left
    assert left is not None
    assert standing(POLICY, fold(reviews(left - 1))).obstacle
    assert not standing(POLICY, fold(reviews(left))).obstacle
    assert standing(POLICY, fold(reviews(left))).clean_left == 0


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (begin(POLICY, "f1"), Ratified("ana", 0.5)),
        (earned(), Ratified("ana", 0.2)),
        (earned(), Ratified("ana", 0.0)),
        (earned(), Ratified(" ", 0.5)),
        (fold([*reviews(200), *reviews(6, 1.0, 200)]), Ratified("ana", 0.5)),
        (fold([NeverLift("ana")], earned()), Ratified("ana", 0.5)),
        (lifted(len(POLICY.rates) - 1), Ratified("ana", 0.0)),
        (lifted(1), SteppedDown("ana", 0.2)),
        (lifted(1), SteppedDown("ana", 0.5)),
        (lifted(2), SteppedDown("ana", 0.3)),
        (lifted(2), SteppedDown("", 1.0)),
        (lifted(2), NeverLift("")),
        (begin(POLICY, "f1"), Asked(())),
        (begin(POLICY, "f1"), Reviewed((("a", 1.5),))),
        (replace(earned(), policy="internal/0"), Ratified("ana", 0.5)),
    ],
)
def test_what_is_not_allowed_is_refused(state: Evidence, event: Event) -> None:
    """No event forces a step that was not earned, or that nobody takes."""
    with pytest.raises(RequestError):
        advance(POLICY, state, event)


def test_the_last_word_before_a_ratification_counts() -> None:
    """A rejection that comes between the offer and the signature takes the offer back."""
    bad = fold(reviews(4, 1.0, 500), earned())
    assert not standing(POLICY, earned()).obstacle
    assert standing(POLICY, bad).obstacle


@pytest.mark.parametrize(
    "unannounced",
    [
        [Reviewed(((str(n), 0.0),)) for n in range(400)],
        [Passed(str(n)) for n in range(400)],
        [Asked(tuple(map(str, range(400)))), Reviewed(tuple((str(n), 0.0) for n in range(400)))],
        [
            *(Asked((str(n),)) for n in range(400)),
            Reviewed(tuple((str(n), 0.0) for n in range(400))),
        ],
        [*(Asked((str(n),)) for n in range(400)), *[Reviewed((("0", 0.0),))] * 400],
    ],
    ids=["forced", "passed", "asked together", "decided together", "decided again"],
)
def test_what_cannot_lift(unannounced: list[Event]) -> None:
    """Forced reviews, passes, and one look at many items are no row of clean reviews."""
    state = fold([*unannounced, *[SeedReviewed(caught=True)] * 20])
    assert sum(times for _, times in state.counts) <= 1
    assert standing(POLICY, state).obstacle == "not enough evidence"


def test_the_same_reviews_one_by_one_do_lift() -> None:
    """What the test above withholds is given to reviews that were asked and made one by one."""
    assert not standing(POLICY, fold(reviews(400))).obstacle


def test_no_seed_caught_no_step() -> None:
    """Approvals by reviewers who were never seen to catch anything lift nothing."""
    events = [event for event in reviews(1000) if not isinstance(event, SeedReviewed)]
    state = fold([*events, *[SeedReviewed(caught=False)] * 50])
    assert standing(POLICY, state).obstacle == "no seed caught"


@pytest.mark.parametrize("step", [1, 3])
def test_forced_reviews_can_send_back(step: int) -> None:
    """Bad items found by forced reviews raise the alarm; at full review there is none to raise."""
    found = [Reviewed(((str(n), 1.0),)) for n in range(5)]
    state = fold(list(found), lifted(step))
    assert (state.step, state.last_fall, state.total) == (0, "alarm", 0)
    assert fold(list(found)).last_fall == ""


@pytest.mark.parametrize(
    ("event", "step", "fall"),
    [
        (Incident(severe=True), 0, "incident"),
        (Incident(severe=False), 2, ""),
        (FingerprintChanged("f2"), 0, "fingerprint"),
        (FingerprintChanged("f1"), 2, ""),
        (PolicyChanged("public/2"), 0, "policy"),
        (PolicyChanged(POLICY.version), 2, ""),
        (SteppedDown("ana", 0.5), 1, "person"),
        (SteppedDown("ana", 1.0), 0, "person"),
        (NeverLift("ana"), 0, "person"),
        (NeverLift("ana", on=False), 2, ""),
    ],
)
def test_falls(event: Event, step: int, fall: str) -> None:
    """What sends a gate back, how far, and why it says it did; what it had shown is gone."""
    state = advance(POLICY, fold(reviews(30), lifted(2)), event)
    assert (state.step, state.last_fall) == (step, fall)
    assert (state.counts == ()) is bool(fall)
    assert state.attempt == (4 if fall else 3)


def test_kept_for_people() -> None:
    """A gate kept for people reviews everything, says so, and is not lifted by any evidence."""
    state = fold([NeverLift("ana"), *reviews(300)])
    assert (state.rate(POLICY), standing(POLICY, state).obstacle) == (1.0, "never lifts")
    assert standing(POLICY, state).clean_left is None


def test_never_lift_by_policy() -> None:
    """An irreversible act has one rate, whatever it has shown."""
    policy = preset("irreversible")
    state = begin(policy, "f1")
    for event in reviews(3000):
        state = advance(policy, state, event)
    assert (policy.rates, standing(policy, state).obstacle) == ((1.0,), "never lifts")


def test_an_attempt_that_saw_nothing_is_not_counted() -> None:
    """Changing prompts before anybody has reviewed costs nothing; afterwards each change does."""
    assert fold([Asked(("a",)), FingerprintChanged("f2"), FingerprintChanged("f3")]).attempt == 1
    assert fold([*reviews(1), FingerprintChanged("f2")]).attempt == 2


def test_a_rejection_that_waits_is_an_outcome_seen() -> None:
    """Nobody washes a known rejection away by a change while an older question is open."""
    seen = [Asked(("a",)), Asked(("b",)), Reviewed((("b", 1.0),)), FingerprintChanged("f2")]
    assert fold(seen).attempt == 2


@pytest.mark.parametrize("caught", [True, False])
@pytest.mark.parametrize(
    "fresh",
    [[NeverLift("ana"), NeverLift("ana", on=False)], [FingerprintChanged("f2")]],
    ids=["kept and given back", "other work"],
)
def test_seeds_are_not_drawn_again_for_nothing(*, caught: bool, fresh: list[Event]) -> None:
    """Whoever missed a seed cannot have others for it without a part of alpha."""
    assert fold([SeedReviewed(caught), *fresh]).attempt == 2


def test_later_attempts_need_more() -> None:
    """Each attempt has a smaller part of alpha, so that all of them together use it once."""
    needed = [standing(POLICY, replace(earned(), attempt=m)).log_needed for m in (1, 2, 3, 50)]
    assert needed == sorted(set(needed))


def test_reviews_asked_before_a_step_do_not_count_for_the_next() -> None:
    """A question asked at one rate and answered at the next is checked, and is no evidence."""
    state = fold([Asked(("late",)), *reviews(0)], earned())
    state = fold([Ratified("ana", 0.5), Reviewed((("late", 1.0),))], state)
    assert (state.counts, state.total > 0) == ((), True)


def test_one_item_twice_in_a_decision() -> None:
    """Of two outcomes for one item in one decision the worse one counts."""
    for outcomes in ((("a", 1.0), ("a", 0.0)), (("a", 0.0), ("a", 1.0))):
        assert fold([Asked(("a",)), Reviewed(outcomes)]).counts == ((1000, 1),)


def any_event(draw: random.Random, number: int) -> Event:
    """Some event; those of a gate's daily life are the most frequent."""
    makers: list[Callable[[], Event]] = [
        *[lambda: Asked((f"i{number}", f"j{number}")[: draw.randint(1, 2)])] * 8,
        *[lambda: Reviewed(((f"i{draw.randint(0, number)}", draw.choice([0.0, 0.05, 1.0])),))] * 8,
        *[lambda: SeedReviewed(caught=draw.random() < 0.8)] * 2,
        lambda: Reviewed(((f"i{number - 1}", 0.0), (f"j{number - 1}", 1.0))),
        lambda: Passed(f"i{number}"),
        lambda: Incident(severe=draw.random() < 0.2),
        lambda: FingerprintChanged(f"f{draw.randint(1, 2)}"),
        lambda: Ratified("ana", draw.choice(POLICY.rates)),
        lambda: SteppedDown("ana", draw.choice(POLICY.rates)),
        lambda: NeverLift("ana", on=draw.random() < 0.5),
    ]
    return draw.choice(makers)()


@pytest.mark.parametrize("seed", range(5))
def test_the_ledger_alone_gives_every_state(seed: int) -> None:
    """Events and states survive JSON, and folding the ledger gives the state that was kept."""
    draw, state, ledger = random.Random(seed), lifted(2), []  # noqa: S311 - no secret
    state = begin(POLICY, "f1")
    for number in range(300):
        event = any_event(draw, number)
        try:
            after = advance(POLICY, from_json(json.loads(json.dumps(state.to_json()))), event)
        except RequestError:
            continue  # what is refused is not in the ledger
        state = after
        ledger.append(json.dumps(event_to_json(event)))
    assert replay([POLICY], "f1", [event_from_json(json.loads(line)) for line in ledger]) == state
    assert len(ledger) > 200


def test_a_ledger_under_two_policies() -> None:
    """Each part of a ledger is folded under the policy it was written under."""
    public = preset("public")
    events = [*reviews(20), PolicyChanged(public.version), *reviews(5)]
    state = replay([POLICY, public], "f1", events)
    assert (state.policy, state.counts, state.attempt) == (public.version, ((0, 5),), 2)
    with pytest.raises(RequestError, match="nothing is known of policy"):
        replay([POLICY], "f1", events)


@pytest.mark.parametrize("wrong", [{"form": 3}, {"form": 0}, {"counts": None, "extra": 1}])
def test_a_state_of_another_form(wrong: dict[str, object]) -> None:
    """A state that this version did not write is refused, and the ledger named as the way out."""
    with pytest.raises(RequestError, match="form") as refused:
        from_json({**earned().to_json(), **wrong})
    assert "ledger" in refused.value.hint


@pytest.mark.parametrize("wrong", [{}, {"event": "lift"}, {"event": "passed", "no": 1}])
def test_an_event_of_another_form(wrong: dict[str, object]) -> None:
    """A line of the ledger that is no event is refused."""
    with pytest.raises(RequestError, match="unknown form"):
        event_from_json(wrong)
