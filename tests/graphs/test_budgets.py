import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel
from sqlalchemy import Engine, select, update
from typing_extensions import TypedDict

from savoirfaire.agents.metering import METER, Asking
from savoirfaire.agents.model import CallScope, Endpoint, open_gateway
from savoirfaire.agents.replies import TextForm
from savoirfaire.errors import NotFoundError, OverBudgetError, RequestError, SavoirError
from savoirfaire.graphs.budgets.limits import Budgets, Limit, defaults_of
from savoirfaire.graphs.budgets.paces import Pace, paced
from savoirfaire.graphs.budgets.parked import admitted, parked, readmit
from savoirfaire.graphs.budgets.tariff import Tariff
from savoirfaire.graphs.budgets.till import RunMeter, Till
from savoirfaire.graphs.costing import Spent, entries, total
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.knowledge.schema import spending
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.settings import BudgetSettings, Price
from savoirfaire.testing import ENDPOINT, Scripted, ScriptedTransport, no_wait
from tests.graphs.ledgers import ledger_at

EN = ClientScope("acme")
PRICES = {"scripted": Price(input=Decimal("0.15"), output=Decimal("0.60"))}
TARIFF = Tariff(PRICES)
SMALL = Endpoint(ENDPOINT.base_url, ENDPOINT.api_key, "scripted", max_tokens=100, retries=0)
SCOPE = CallScope("writer", "write", "")


class SlowTransport(ScriptedTransport):
    """Answers after a moment, so that calls are under way together."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer an asynchronous client."""
        await asyncio.sleep(0.005)
        return await super().handle_async_request(request)


@pytest.fixture
def engine(database: Path | str) -> Iterator[Engine]:
    """A ledger with two clients."""
    opened = ledger_at(database)
    yield opened
    opened.dispose()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Engine]:
    """The same in a file, for what is alike on both."""
    opened = ledger_at(tmp_path / "ledger.db")
    yield opened
    opened.dispose()


def saying(text: str = "Four words of text.") -> SlowTransport:
    """A model that always says the same."""
    return SlowTransport(lambda _: text)


async def ask(till: Till, wire: ScriptedTransport, *runs: str) -> list[Exception | None]:
    """One call for each of the runs, all at once; the error of each."""

    async def one(run: str) -> Exception | None:
        with till.serving(EN, run, "letters", "live"):
            try:
                await gateway.complete(
                    [{"role": "user", "content": "Hello"}], scope=SCOPE, form=TextForm()
                )
            except SavoirError as error:
                return error
        return None

    async with open_gateway("live", SMALL, wire=wire, wait=no_wait) as gateway:
        return await asyncio.gather(*(one(run) for run in runs))


def spent(engine: Engine) -> Spent:
    """What the client came to in all."""
    return total(entries(engine, EN, Tariff()))


def states(engine: Engine) -> list[str]:
    """How the calls ended."""
    with engine.connect() as connection:
        return list(connection.scalars(select(spending.c.state).order_by(spending.c.id)))


# --- budgets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "most", "made"),
    [("calls", "10", 10), ("tokens", "300", None), ("money", "0.0001", None)],
)
async def test_no_overshoot_of_many_at_once(
    engine: Engine, unit: Any, most: str, made: int | None
) -> None:
    """Of 64 runs that ask at once, as many are served as the budget has room for, and no more."""
    budgets = Budgets(engine, {("month", unit): Decimal(most)})
    tills = [Till(engine, budgets, TARIFF) for _ in range(2)]  # as two processes have them
    wire = saying()
    asked = [ask(till, wire, *(f"run-{n}{k}" for k in range(32))) for n, till in enumerate(tills)]
    errors = [each for part in await asyncio.gather(*asked) for each in part]
    refused = [each for each in errors if isinstance(each, OverBudgetError)]
    found = spent(engine)
    assert len(refused) + found.calls == len(errors) == 64
    assert len(wire.requests) == found.calls
    used = {
        "calls": Decimal(found.calls),
        "tokens": Decimal(found.input_tokens + found.output_tokens),
        "money": found.money["EUR"],
    }
    assert 0 < used[unit] <= Decimal(most)
    assert made in {None, found.calls}


_ASKING = Asking(SCOPE, "scripted", "live", 90, 100, 120.0)


async def test_a_killed_process_keeps_no_money(engine: Engine) -> None:
    """What it had set aside is free when its run goes on, or when the call must have ended."""
    budgets = Budgets(engine, {("month", "calls"): Decimal(1)})
    await RunMeter(Till(engine, budgets, TARIFF), EN, "run-1", "letters").hold(_ASKING)  # killed
    wire = saying()
    assert await ask(Till(engine, budgets, TARIFF), wire, "run-1") == [None]
    assert states(engine) == ["lost", "made"]
    assert (spent(engine).calls, spent(engine).lost) == (1, 1)

    budgets = Budgets(engine, {("month", "calls"): Decimal(2)})
    await RunMeter(Till(engine, budgets, TARIFF), EN, "run-2", "letters").hold(_ASKING)
    other = asyncio.create_task(ask(Till(engine, budgets, TARIFF), wire, "run-3"))
    await asyncio.sleep(0.05)
    assert not other.done()  # it may be that the other only takes its time
    with engine.begin() as connection:
        connection.execute(update(spending).values(until="2026-01-01T00:00:00.000Z"))
    assert await other == [None]


async def test_a_new_month(here: Engine) -> None:
    """What was spent last month does not count; what was spent ever does, where that is asked."""
    budgets = Budgets(here, {("month", "calls"): Decimal(1)})
    till, wire = Till(here, budgets, TARIFF), saying()
    assert await ask(till, wire, "run-1") == [None]
    (error,) = await ask(till, wire, "run-2")
    assert "all 1 calls that acme may make in 20" in str(error)
    with here.begin() as connection:
        connection.execute(update(spending).values(at="2020-12-31T23:59:59.999Z"))
    assert await ask(till, wire, "run-2") == [None]
    ever = Till(here, Budgets(here, {("ever", "calls"): Decimal(2)}), TARIFF)
    assert isinstance((await ask(ever, wire, "run-3"))[0], OverBudgetError)


async def test_unknown_price(here: Engine) -> None:
    """It is told as unknown, never as nothing; and no money is spent on it under a budget."""
    wire = saying()
    till = Till(here)
    assert await ask(till, wire, "run-1") == [None]
    till.close()
    assert (spent(here).calls, spent(here).unpriced, spent(here).money) == (1, 1, {})
    limited = Till(here, Budgets(here, {("run", "money"): Decimal(5)}))
    (error,) = await ask(limited, wire, "run-2")
    assert isinstance(error, OverBudgetError)
    assert "the price of model scripted is not known" in str(error)
    assert len(wire.requests) == 1


async def test_what_a_call_comes_to(here: Engine) -> None:
    """A reply costs what the endpoint counted, else its most; a failed call, nothing known."""
    budgets = Budgets(here, {("ever", "tokens"): Decimal(10_000)})
    till = Till(here, budgets, TARIFF)
    replies: list[Scripted] = ["Four words of text.", {"content": "Uncounted."}]
    for reply in (*replies, httpx2.ConnectError("refused")):
        await ask(till, ScriptedTransport([reply]), "run-1")
    assert states(here) == ["made", "estimated", "failed"]
    found = spent(here)
    assert (found.calls, found.estimated, found.failed) == (2, 1, 1)
    assert found.output_tokens == len("Four words of text.") // 4 + SMALL.max_tokens


def test_the_nearest_word_holds(here: Engine) -> None:
    """What was said of one run holds before what holds for every run, and that before settings."""
    budgets = Budgets(here, defaults_of(BudgetSettings(run_money=Decimal(3))))
    assert budgets.limits(EN, "r") == [Limit("run", "money", Decimal(3))]
    budgets.change(EN, ("run", "money"), Decimal("7.50"), by="ann")
    assert budgets.limits(EN, "r") == [Limit("run", "money", Decimal("7.50"), "ann")]
    budgets.change(EN, ("run", "money"), None, by="ann")
    assert budgets.limits(ClientScope("rival")) == budgets.limits(EN)
    with pytest.raises(NotFoundError, match="acme has no run letters-x"):
        budgets.change(EN, ("run", "calls"), Decimal(1), by="ann", run="letters-x")
    with pytest.raises(RequestError, match="NaN is no amount"):
        budgets.change(EN, ("run", "calls"), Decimal("NaN"), by="ann")


@pytest.mark.parametrize(
    ("read", "written", "billionths"),
    [(1, 0, 150), (0, 1, 600), (1_000_000, 1_000_000, 750_000_000), (0, 0, 0)],
)
def test_prices_are_exact(read: int, written: int, billionths: int) -> None:
    """A million tokens cost what the table says, and one token its millionth."""
    assert TARIFF.cost("scripted", read, written) == billionths
    assert TARIFF.cost("another", read, written) is None


# --- a run ----------------------------------------------------------------------------------------


class _Nothing(BaseModel):
    pass


class _State(TypedDict, total=False):
    said: list[str]


def _letters(office: Office) -> StateGraph[_State, RunContext, Any, Any]:
    """Three steps, a call each."""
    builder = StateGraph(_State, context_schema=RunContext)

    def step(name: str) -> Any:
        async def write(state: _State) -> _State:
            asked = [{"role": "user", "content": name}]
            done = await office.gateway.complete(
                asked, scope=CallScope("writer", name, ""), form=TextForm()
            )
            return {"said": [*state.get("said", []), done.value]}

        return write

    names = ["one", "two", "three"]
    for name in names:
        builder.add_node(name, step(name))
    for first, second in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(first, second)
    return builder


LETTERS = GraphSpec("letters", "", _Nothing, _letters, lambda _: {})


async def test_a_parked_run_makes_the_missing_calls(newsroom: Any) -> None:
    """Over budget it parks with the reason; raised, it goes on, and no call is made again."""
    wire = ScriptedTransport(lambda body: f"said {body['messages'][-1]['content']}")
    async with newsroom.runs(wire, find={"letters": LETTERS}.__getitem__) as runs:
        budgets = runs.till.budgets
        budgets.change(EN, ("run", "calls"), Decimal(2), by="ann")
        run = runs.submit(EN, "letters", {}, by="ann")
        progress = await runs.drive(run)
        assert progress.status == "needs_attention"
        assert progress.reason == "all 2 calls that this run may make are made"
        assert [each.run for each in parked(runs.engine, EN)] == [run]
        assert admitted(runs.engine, budgets, EN, TARIFF) == []
        budgets.change(EN, ("run", "calls"), Decimal(3), by="ann", run=run)
        ready: list[str] = []
        assert readmit(runs.engine, budgets, TARIFF, ready.append) == ready == [run]
        assert (await runs.drive(run)).status == "completed"
        assert wire.prompts == ["one", "two", "three"]
        assert parked(runs.engine, EN) == []
        assert total(entries(runs.engine, EN, TARIFF, run=run)).calls == 3


# --- paces ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_minute", [1, 2, 7, 10, 60, 500])
def test_no_minute_sees_more(per_minute: int) -> None:
    """However many ask at once and later, no sixty seconds see more than a minute allows."""
    earned, made = 0.0, []
    for arrival in [*[0.0] * (2 * per_minute), 30.0, 200.0]:
        at = 1_000.0 + arrival
        wait, earned = paced(earned, at, 1, per_minute)
        made.append(at + wait)
    assert made[0] == 1_000.0
    for start in made:
        assert sum(start <= each < start + 60 - 1e-6 for each in made) <= per_minute
    assert sum(each < 1_060 for each in made) >= 0.9 * per_minute


async def test_processes_share_a_pace(engine: Engine) -> None:
    """Turns are given in order across processes; tokens that were not used come back."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(round(seconds))

    paces = [Pace(engine, "model.test", requests=10, sleep=sleep) for _ in range(2)]
    for turn in range(4):
        await paces[turn % 2].turn(100)
    assert waited == [6, 12, 18]
    thrifty = Pace(engine, "other.test", tokens=600, sleep=sleep)
    await thrifty.turn(600)
    thrifty.give_back(600)
    await thrifty.turn(1)
    await thrifty.turn(1)
    assert waited == [6, 12, 18]


async def test_outside_of_runs_nothing_is_accounted(here: Engine) -> None:
    """Where no model is paid for, no meter is in force."""
    with Till(here).serving(EN, "run-1", "letters", "replay"):
        assert METER.get() is None
    assert METER.get() is None


async def test_a_raise_is_seen_at_once(here: Engine) -> None:
    """A budget that another process has raised holds for the next call, and parks nothing."""
    budgets, other = Budgets(here), Budgets(here)
    other.change(EN, ("month", "calls"), Decimal(1), by="ann")
    till, wire = Till(here, budgets, TARIFF), saying()
    assert await ask(till, wire, "run-1") == [None]
    other.change(EN, ("month", "calls"), Decimal(2), by="ann")
    assert await ask(till, wire, "run-2") == [None]
