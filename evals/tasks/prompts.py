"""The prompts that did a task's work, by role: a changed one makes a recording stale."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from savoirfaire.agents.model import Endpoint
from savoirfaire.evals.tasks.folder import Task, digest
from savoirfaire.graphs.registry import GraphSpec, find_graph
from savoirfaire.tools.hashing import canonical
from savoirfaire.tools.tape import Tape
from savoirfaire.workspace import is_name


def prompt_hashes(spec: GraphSpec, tape: Tape) -> dict[str, str]:
    """The SHA-256 of the prompt of every role that the graph names or the tape has heard."""
    hashes = {role.name: role.prompt_hash for role in spec.roles}
    heard = {entry.scope.role for entry in tape.entries("model")} - hashes.keys()
    for role in sorted(heard):
        prompt = _packaged(role)
        if prompt is not None:
            hashes[role] = prompt
    return hashes


def _packaged(role: str) -> str | None:
    """The hash of a packaged prompt; None for a role that has its prompt elsewhere."""
    if not is_name(role):
        return None
    prompt: Any = files("savoirfaire.agents") / "prompts" / f"{role}.md"
    return digest(prompt.read_bytes()) if prompt.is_file() else None


def work_now(tasks: Sequence[Task], endpoint: Endpoint) -> str:
    """The hash of what would do the work of tasks now: graphs, prompts and the model as asked."""
    prompts: dict[str, str] = {}
    for task in tasks:
        prompts |= prompt_hashes(find_graph(task.header.graph), Tape(task.tape))
    graphs = sorted({task.header.graph for task in tasks})
    roles = {each.name: each.fingerprint for name in graphs for each in find_graph(name).roles}
    asked = [endpoint.name, endpoint.structured, endpoint.temperature, endpoint.max_tokens]
    return digest(canonical([graphs, prompts, roles, asked]).encode())
