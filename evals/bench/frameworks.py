"""Two frameworks for agents as contestants of `savoir bench runs`, run by a Python that has them.

`PYTHON frameworks.py NAME` reads a job and prints the figures, both as JSON. Nothing of savoirfaire
is imported: it is not installed there.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from typing import Any

Ask = Callable[[str], Awaitable[object]]


def pydantic_ai(job: dict[str, Any]) -> Ask:
    """An agent of Pydantic AI."""
    models = import_module("pydantic_ai.models.openai")
    providers = import_module("pydantic_ai.providers.openai")
    provider = providers.OpenAIProvider(base_url=job["base_url"], api_key="none")
    model = models.OpenAIChatModel("bench", provider=provider)
    ask: Ask = import_module("pydantic_ai").Agent(model).run
    return ask


def openai_agents(job: dict[str, Any]) -> Ask:
    """An agent of OpenAI's SDK for agents, without its tracing, which would leave the machine."""
    sdk = import_module("agents")
    sdk.set_tracing_disabled(disabled=True)
    client = import_module("openai").AsyncOpenAI(
        base_url=job["base_url"], api_key="none", max_retries=0
    )
    model = sdk.OpenAIChatCompletionsModel("bench", client)
    agent = sdk.Agent(name="writer", model=model)
    ask: Ask = partial(sdk.Runner.run, agent)
    return ask


FRAMEWORKS: dict[str, Callable[[dict[str, Any]], Ask]] = {
    "pydantic-ai": pydantic_ai,
    "openai-agents": openai_agents,
}


async def run(name: str, job: dict[str, Any]) -> None:
    """Ask an agent all prompts of each item, one after the other, so many items at a time."""
    ask = FRAMEWORKS[name](job)
    slots = asyncio.Semaphore(job["slots"])

    async def one(prompts: list[str]) -> None:
        async with slots:
            for prompt in prompts:
                await ask(prompt)

    await asyncio.gather(*(one(prompts) for prompts in job["prompts"]))


def main(name: str, given: str) -> None:
    """Run a contestant, and print what it took."""
    started, cpu = time.perf_counter(), time.process_time()
    asyncio.run(run(name, json.loads(given)))
    figures = {
        "wall_s": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu,
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.read())
