"""Graphs by name, and what each one is given to work with.

A package offers its graphs under the entry-point group `savoirfaire.graphs`; a program offers one
of its own with `offer`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Self

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel, ValidationError

from savoirfaire.agents.model import Gateway
from savoirfaire.agents.role import Role
from savoirfaire.errors import NotFoundError, RequestError, SavoirError
from savoirfaire.graphs.budgets.till import Till
from savoirfaire.graphs.desk import Desk
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.hashing import payload_hash
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.pdfs import to_pdf
from savoirfaire.tools.recall import Recall

GROUP = "savoirfaire.graphs"


@dataclass(frozen=True)
class RunContext:
    """What travels with a run and no model ever sees or fills: for whom it works, and its clock.

    `clock` is the instant at which the run was submitted: it knows nothing recorded later. `desk`
    says at each gate whether a person is asked; without one, always. `fingerprint` stands for what
    does the work: graph, prompts, model.
    """

    client: str
    run: str
    clock: str = ""
    graph: str = ""
    fingerprint: str = ""
    desk: Desk | None = field(default=None, repr=False, compare=False)

    @property
    def scope(self) -> ClientScope:
        """The scope of everything that the run reads and writes."""
        return ClientScope(self.client)


@dataclass(frozen=True)
class Office:
    """The collaborators a graph may take; the till keeps account of what they ask models.

    `to_pdf` gives the PDF of a Word document, or None where the machine has no program for it.
    """

    gateway: Gateway
    recall: Recall
    outbox: Outbox
    till: Till | None = None
    to_pdf: Callable[[bytes], bytes | None] = to_pdf


@dataclass(frozen=True)
class GraphSpec:
    """A graph as offered to runs: its name, the form of its input, and how it is wired.

    `start` turns the checked request into the first state; by default its keys are the state's. A
    graph's name and those of its nodes are stored with each run: they do not change while a run is
    open. `roles` are those that do its work: evidence gathered at its gates is about them. `agents`
    has, for each agent with tools, what `gates.middleware.agent_parts` gives of its instructions,
    tools and middleware, for the same reason.
    """

    name: str
    title: str
    request: type[BaseModel]
    build: Callable[[Office], StateGraph[Any, RunContext, Any, Any]]
    start: Callable[[BaseModel], dict[str, Any]] = lambda request: request.model_dump(mode="json")
    roles: tuple[Role[Any], ...] = ()
    agents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wired:
    """A graph wired to its collaborators and compiled, for any checkpoints.

    `nodes` and `fingerprint`, the hash of nodes and edges, go down into subgraphs: gates are there
    as well, and what is done between them is work that evidence is about.
    """

    spec: GraphSpec
    graph: CompiledStateGraph[Any, RunContext, Any, Any]
    nodes: list[str]
    fingerprint: str

    @classmethod
    def make(cls, spec: GraphSpec, office: Office) -> Self:
        """Wire and compile `spec`. Raises SavoirError for an agent that it does not tell of."""
        graph = spec.build(office).compile()
        tools = sorted(_tools(graph))
        if tools and not spec.agents:
            raise SavoirError(
                "graph {graph} has an agent with tools and does not say what it is made of",
                graph=spec.name,
                hint="Evidence is about its instructions: GraphSpec(…, agents=(agent_parts(…),))"
                " with `savoirfaire.graphs.gates.middleware.agent_parts`.",
            )
        drawn = graph.get_graph(xray=True)
        edges = sorted([edge.source, edge.target] for edge in drawn.edges)
        shape: dict[str, Any] = {"graph": spec.name, "nodes": sorted(drawn.nodes), "edges": edges}
        if tools:
            shape["tools"] = tools
        nodes = sorted(name for name in drawn.nodes if "__" not in name.rpartition(":")[2][:2])
        return cls(spec, graph, nodes, payload_hash(shape))

    def made_by(self, gateway: Gateway) -> str:
        """The hash of what does the work: graph, prompts and replies, and the model as asked.

        Evidence at a gate is about this; a recording is the work of the model that it records.
        """
        asked = gateway.endpoint
        model = {
            "mode": "live" if gateway.mode == "record" else gateway.mode,
            "name": asked.name,
            "structured": asked.structured,
            "temperature": asked.temperature,
            "max_tokens": asked.max_tokens,
        }
        roles = [role.fingerprint for role in self.spec.roles]
        made: dict[str, Any] = {"graph": self.fingerprint, "roles": roles, "model": model}
        if self.spec.agents:
            made["agents"] = list(self.spec.agents)
        return payload_hash(made)

    def over(
        self, saver: BaseCheckpointSaver[Any]
    ) -> CompiledStateGraph[Any, RunContext, Any, Any]:
        """The graph with its checkpoints in `saver`; compiling it again would cost 50 × as much."""
        return self.graph.copy(update={"checkpointer": saver})


def _tools(graph: Any) -> Iterator[list[str]]:
    """Each tool that agents in a compiled graph may call: its name, and what it says of itself."""
    for node in graph.nodes.values():
        for each in getattr(node.bound, "tools_by_name", {}).values():
            yield tool_parts(each)
        for inner in node.subgraphs or ():
            yield from _tools(inner)


def tool_parts(tool: Any) -> list[str]:
    """What a model is told of a LangChain tool: name, description, the hash of its arguments."""
    schema = tool.tool_call_schema
    told = schema if isinstance(schema, dict) else schema.model_json_schema()
    return [tool.name, tool.description, payload_hash(told)]


_own: dict[str, GraphSpec] = {}


def offer(spec: GraphSpec) -> GraphSpec:
    """Offer a graph in this process, beside those that packages offer."""
    _own[spec.name] = spec
    return spec


def graphs() -> dict[str, Callable[[], GraphSpec]]:
    """Every graph offered, by name; calling the value imports it."""
    return {**_packaged(), **{name: partial(_own.__getitem__, name) for name in _own}}


@cache
def _packaged() -> dict[str, Callable[[], GraphSpec]]:
    """Those that installed packages offer; looked up once, which takes 16 ms."""
    return {point.name: partial(_load, point) for point in sorted(entry_points(group=GROUP))}


def find_graph(name: str) -> GraphSpec:
    """The graph called `name`. Raises NotFoundError with the nearest names."""
    offered = graphs()
    if name not in offered:
        raise NotFoundError(
            "there is no graph {name}{near}",
            name=name,
            near=near(name, offered),
            hint="`savoir graphs` lists them.",
        )
    return offered[name]()


def check_request(spec: GraphSpec, request: Mapping[str, Any]) -> BaseModel:
    """`request` in the form the graph asks for. Raises RequestError naming each bad key."""
    try:
        return spec.request.model_validate(request)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        raise RequestError(
            "{graph} cannot take this request: {problems} [{keys}]",
            graph=spec.name,
            problems=problems,
            keys=", ".join(spec.request.model_fields),
        ) from error


def _load(point: EntryPoint) -> GraphSpec:
    try:
        spec = point.load()
    except Exception as error:
        raise SavoirError(
            "graph {graph} cannot be loaded from {place}: {reason}",
            graph=point.name,
            place=point.value,
            reason=f"{type(error).__name__}: {error}",
        ) from error
    if not isinstance(spec, GraphSpec):
        raise SavoirError("{place} is no GraphSpec", place=point.value)
    return spec
