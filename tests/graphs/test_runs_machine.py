"""Whatever happens in whatever order, a run publishes at most once, and what is approved, once."""

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel
from sqlalchemy import select

from savoirfaire.errors import BusyError, ConflictError
from savoirfaire.graphs.gates import Gate, Gated, add_gate, effect, granted
from savoirfaire.graphs.registry import GraphSpec, RunContext
from savoirfaire.graphs.runs import Progress
from savoirfaire.graphs.submitting import Asked
from savoirfaire.knowledge.database import connect, open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.schema import effects
from savoirfaire.knowledge.scope import ClientScope
from tests.graphs.working import opened

ACME = ClientScope("acme")
KEYS = st.sampled_from(["a", "b"])
MOMENTS = ["before", "asked", "publishing", "published", ""]


class DiedError(BaseException):
    """The process ends here, and gives nothing back."""


class Request(BaseModel):
    """What is asked for."""

    text: str = "hello"


class Mail(Gated, total=False):
    """A mail that may be sent."""

    text: str


class Mailroom(RuleBasedStateMachine):
    """One client's mails: submitted, decided on, cancelled, worked on by processes that die."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.place = Path(self.folder.name)
        engine = open_database(self.place / "ledger.db")
        Ledger(engine).add_client("acme", "en")
        engine.dispose()
        self.dies_at = ""
        self.known: dict[str, str] = {}
        self.verdicts: dict[str, str] = {}
        self.cancelled: set[str] = set()

    def teardown(self) -> None:
        """In the end, what nobody answered is approved, and what is approved is published."""
        try:
            for key, run in self.known.items():
                self._drive(run)
                self.decide(key, ["approve", "reject"])
                self._drive(run, "published")
                self._drive(run)
            for run in self.known.values():
                is_due = self.verdicts.get(run) == "approve" and run not in self.cancelled
                assert self._published(run) == 1 if is_due else True, run
        finally:
            self.loop.close()
            self.folder.cleanup()

    # --- what happens ---------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        """One at least waits for its answer."""
        self.submit("a")
        self.work("a", "")

    @rule(key=KEYS)
    def submit(self, key: str) -> None:
        """Ask for a mail; asked for again, it is the same."""

        async def ask() -> str:
            async with self._runs() as runs:
                return str(runs.submit(ACME, "mail", {}, by="ann", asked=Asked(key=key)))

        run = self.loop.run(ask())
        assert self.known.setdefault(key, run) == run

    @rule(key=KEYS, at=st.sampled_from(MOMENTS))
    def work(self, key: str, at: str) -> None:
        """A process works on a run, anew or again, and may die of it."""
        if key in self.known:
            self._drive(self.known[key], at)

    @rule(key=KEYS)
    def work_twice(self, key: str) -> None:
        """The same run is given to two processes at once."""
        if key not in self.known:
            return

        async def both() -> list[Any]:
            async with self._runs() as one, self._runs() as other:
                drives = (each.drive(self.known[key]) for each in (one, other))
                return await asyncio.gather(*drives, return_exceptions=True)

        ends = self.loop.run(both())
        assert all(isinstance(end, Progress | BusyError) for end in ends), ends

    @rule(key=KEYS, verdicts=st.permutations(["approve", "reject"]))
    def decide(self, key: str, verdicts: list[str]) -> None:
        """Two people answer one after the other; the first one counts."""
        if key not in self.known:
            return
        run = self.known[key]

        async def answer() -> None:
            async with self._runs() as runs:
                for approval in runs.approvals.of_run(run):
                    for verdict, by in zip(verdicts, ("bob", "cleo"), strict=True):
                        with suppress(ConflictError):
                            runs.approvals.decide(approval.id, verdict, by=by)
                            assert run not in self.verdicts
                            self.verdicts[run] = verdict

        self.loop.run(answer())

    @rule(key=KEYS)
    def cancel(self, key: str) -> None:
        """Somebody ends a run."""
        if key not in self.known:
            return

        async def end() -> str:
            async with self._runs() as runs:
                return str(runs.cancel(self.known[key], by="ann"))

        if self.loop.run(end()) == "cancelled":
            self.cancelled.add(self.known[key])
            self.verdicts.setdefault(self.known[key], "withdrawn")

    # --- what always holds ----------------------------------------------------------------------

    @invariant()
    def published_at_most_once_and_only_if_approved(self) -> None:
        """No mail is there twice, and none that nobody approved."""
        for run in self.known.values():
            assert self._published(run) <= (self.verdicts.get(run) == "approve")

    def _published(self, run: str) -> int:
        engine = connect(self.place / "ledger.db")
        made = select(effects.c.key).where(effects.c.run == run, effects.c.made_at.is_not(None))
        with engine.connect() as connection:
            count = len(connection.execute(made).all())
        engine.dispose()
        files = list((self.place / "outbox").rglob(f"{run}/mail.md"))
        assert len(files) >= count
        return max(count, len(files))

    # --- how it is worked on --------------------------------------------------------------------

    def _runs(self) -> Any:
        return opened(self.place, "", spec=GraphSpec("mail", "", Request, self._build, _start))

    def _drive(self, run: str, dies_at: str = "") -> None:
        self.dies_at = dies_at

        async def drive() -> None:
            async with self._runs() as runs:
                keep, ask = runs.leases.release_at, runs.approvals.ask

                def asking(*given: Any, **more: Any) -> Any:
                    rows = ask(*given, **more)
                    self._die("asked")
                    return rows

                runs.approvals.ask = asking

                async def release(*lease: Any) -> None:
                    if self.dies_at != "dead":
                        await keep(*lease)

                runs.leases.release_at = release
                with suppress(DiedError):
                    await runs.drive(run)

        self.loop.run(drive())
        self.dies_at = ""

    def _die(self, at: str) -> None:
        if self.dies_at == at:
            self.dies_at = "dead"
            raise DiedError

    def _build(self, office: Any) -> StateGraph[Mail, RunContext, Any, Any]:
        builder = StateGraph(Mail, context_schema=RunContext)

        async def write(_state: Mail) -> Mail:
            self._die("before")
            return {"text": "hello"}

        async def publish(state: Mail, runtime: Runtime[RunContext]) -> Mail:
            self._die("publishing")
            files = {"mail.md": granted(state, "send")["text"]}
            office.outbox.publish(runtime.context.scope, effect(gate, state, runtime, files))
            self._die("published")
            return {}

        gate = Gate("send", "send", lambda state: {"text": state["text"]}, lambda _: "Send?")
        builder.add_node("write", write)
        builder.add_node("publish", publish)
        builder.add_edge(START, "write")
        add_gate(builder, gate, approved="publish", rejected=END, after="write")
        builder.add_edge("publish", END)
        return builder


def _start(_request: Any) -> dict[str, Any]:
    return {"text": "hello"}


def test_at_most_once_and_in_the_end() -> None:
    """Submitted, given again, decided by two, killed, cancelled: it holds in every order."""
    play(examples=4, steps=5)


@pytest.mark.sweep
def test_at_most_once_and_in_the_end_at_length() -> None:
    """The same, for as many orders as there is time for."""
    play(examples=150, steps=20)


def play(examples: int, steps: int) -> None:
    """Try so many orders of so many things."""
    run_state_machine_as_test(
        Mailroom,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
