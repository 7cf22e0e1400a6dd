"""A process that does jobs in processes of their own, which may kill themselves on the way.

It reads one job a line and answers with how the job's process ended and what it gave. A job's
process is forked from this one, in which nothing was ever opened: it starts in milliseconds.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from langgraph.graph import StateGraph

from savoirfaire.agents.forms import Draft
from savoirfaire.agents.model import CallScope, Endpoint, open_gateway
from savoirfaire.cli.studio import open_runs
from savoirfaire.graphs.registry import find_graph
from savoirfaire.graphs.runs import Runs
from savoirfaire.settings import load_settings
from savoirfaire.workspace import Workspace


class Killer:
    """Kills the process at a moment, such as `["before", "publish"]` or `["after", "write", 2]`.

    `before` a step does anything; `after` it did, before LangGraph hears of it; `done`: LangGraph
    has its result; `asked`: the question is recorded; `decided`: the answer is.
    """

    def __init__(self, moment: list[Any]) -> None:
        self._moment = moment[:2]
        self._count = moment[2] if len(moment) > 2 else 1
        self._seen: Counter[tuple[str, str]] = Counter()

    def at(self, kind: str, step: str) -> None:
        """Die here, if this is the moment."""
        self._seen[kind, step] += 1
        if [kind, step] == self._moment and self._seen[kind, step] == self._count:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(self, kind: str, step: str, _data: Any) -> None:
        """Hear of steps as a run does them."""
        if kind == "node.done":
            self.at("done", step)

    def wrap(self, builder: StateGraph[Any, Any, Any, Any]) -> StateGraph[Any, Any, Any, Any]:
        """Die before or after any step of a graph."""
        for name, node in builder.nodes.items():
            step: Any = node.runnable
            if step.func:
                step.func = self._sync(name, step.func)
            if step.afunc:
                step.afunc = self._async(name, step.afunc)
        return builder

    def _sync(self, name: str, do: Any) -> Any:
        def step(*given: Any, **more: Any) -> Any:
            self.at("before", name)
            result = do(*given, **more)
            self.at("after", name)
            return result

        return step

    def _async(self, name: str, do: Any) -> Any:
        async def step(*given: Any, **more: Any) -> Any:
            self.at("before", name)
            result = await do(*given, **more)
            self.at("after", name)
            return result

        return step

    def attach(self, runs: Runs) -> None:
        """Die where questions and answers are recorded, and in the steps of every graph."""
        ask, decide, find = runs.approvals.ask, runs.approvals.decide, runs._find

        def asking(*given: Any, **more: Any) -> Any:
            rows = ask(*given, **more)
            self.at("asked", "")
            return rows

        def deciding(*given: Any, **more: Any) -> Any:
            row = decide(*given, **more)
            self.at("decided", "")
            return row

        def finding(name: str) -> Any:
            spec = find(name)
            build = spec.build
            object.__setattr__(spec, "build", lambda office: self.wrap(build(office)))
            return spec

        runs.approvals.ask = asking  # type: ignore[method-assign]
        runs.approvals.decide = deciding  # type: ignore[method-assign]
        runs._find = finding if find is find_graph else find


async def work(job: dict[str, Any]) -> Any:
    """Do one job: start a run, decide an approval, or drive a run."""
    folder = Path(job["folder"])
    said = {"SAVOIR_DATABASE_URL": job["database"]} if job["database"] else {}
    workspace = Workspace(folder, load_settings(folder, said))
    killer = Killer(job.get("kill", []))
    async with open_runs(workspace) as runs:
        killer.attach(runs)
        if "request" in job:
            scope = runs.knowledge.ledger.scope(job["client"])
            run = runs.submit(scope, job["graph"], job["request"], by="ann")
        elif "approval" in job:
            run = runs.approvals.decide(job["approval"], job["verdict"], by=job["by"]).run
        else:
            run = job["run"]
        return asdict(await runs.drive(run, killer.listen))


async def warm_up() -> None:
    """Import and compile what every job would, without opening any file."""
    async with open_gateway("offline", Endpoint()) as gateway:
        form = gateway.form(Draft)
        scope, said = CallScope("nobody", "nowhere"), Draft(title="", sections=[])
        await gateway.complete([], scope=scope, form=form, compose=lambda: said)


def main() -> None:
    """Fork for each job, and say how it ended."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(warm_up())
    for line in sys.stdin:
        job = json.loads(line)
        result = Path(job["result"])
        child = os.fork()
        if child == 0:
            try:
                result.write_text(json.dumps(asyncio.run(work(job)), default=str))
            except BaseException as error:  # noqa: BLE001 - the test is told
                result.write_text(json.dumps({"error": type(error).__name__, "words": str(error)}))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"code": os.waitstatus_to_exitcode(status)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
