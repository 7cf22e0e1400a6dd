"""The same gates in front of the tools of a LangChain agent.

    guard = GateMiddleware(SEND)
    create_agent(model, tools, middleware=[guard], context_schema=RunContext)
    GraphSpec(…, agents=(agent_parts(instructions, tools, [guard]),))

After each reply of the model, the calls it makes of gated tools are planned, in a step with a
checkpoint of its own; each call then does what its plan says before the tool runs. Plans, decisions
and draws are where no model reads or writes. A call that was not planned exactly as it now stands
is refused: one added or changed on the way, one without an id, or two under one id.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware.types import (
    AgentMiddleware,
    AgentState,
    PrivateStateAttr,
    ToolCallRequest,
)
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.types import Command

from savoirfaire.graphs.gates.gate import Gate, merge
from savoirfaire.graphs.gates.granting import granted
from savoirfaire.graphs.gates.nodes import obeyed, planned
from savoirfaire.graphs.registry import RunContext, tool_parts
from savoirfaire.tools.hashing import payload_hash

Answer = ToolMessage | Command[Any]


class GatedAgent(AgentState[Any]):
    """The state of an agent with gates: plans and decisions by call, and how many calls."""

    gates: Annotated[NotRequired[dict[str, Any]], merge, PrivateStateAttr]
    decisions: Annotated[NotRequired[dict[str, Any]], merge, PrivateStateAttr]
    gated_calls: Annotated[NotRequired[int], PrivateStateAttr]


class GateMiddleware(AgentMiddleware[GatedAgent, RunContext, Any]):
    """Puts each gate before the tool that its `action` names.

    What is shown and decided on are the arguments of the call; the gate's functions are given those
    in place of a state. A person may approve, edit or reject. Raises ValueError for a gate that
    offers options, asks a question or needs two people.
    """

    state_schema = GatedAgent

    def __init__(self, *gates: Gate) -> None:
        super().__init__()
        self.gates = gates
        for gate in gates:
            if gate.kind != "approve" or gate.people > 1:
                raise ValueError(f"gate {gate.name}: a tool takes one person's approval")
        self._gates = {gate.action: gate for gate in gates}
        if len(self._gates) != len(gates):
            raise ValueError("a tool has one gate")

    # --- the plan -------------------------------------------------------------------------------

    def after_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Plan every call of a gated tool, before anybody sees it."""
        pending = _pending(state["messages"])
        ids = Counter(call["id"] for call in pending)
        turn, plans = state.get("gated_calls", 0), dict[str, Any]()
        for call in pending:
            gate = self._gates.get(call["name"])
            if gate is None or not call["id"]:
                continue
            turn += 1
            alone = ids[call["id"]] == 1
            # a plan of an earlier call under this id must not be found by this one
            plans[_key(gate, call)] = _plan(gate, call, turn, runtime) if alone else None
        return {"gates": plans, "gated_calls": turn} if plans else None

    async def aafter_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Plan every call of a gated tool, before anybody sees it."""
        return self.after_model(state, runtime)

    # --- the call -------------------------------------------------------------------------------

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Answer]
    ) -> Answer:
        """Run the tool as decided, or tell the model why not."""
        decided = self._decided(request)
        if isinstance(decided, ToolMessage):
            return decided
        allowed, decision = decided
        return handler(allowed) if decision is None else _noted(handler(allowed), decision)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[Answer]]
    ) -> Answer:
        """Run the tool as decided, or tell the model why not."""
        decided = self._decided(request)
        if isinstance(decided, ToolMessage):
            return decided
        allowed, decision = decided
        answer = await handler(allowed)
        return answer if decision is None else _noted(answer, decision)

    def _decided(
        self, request: ToolCallRequest
    ) -> ToolMessage | tuple[ToolCallRequest, dict[str, Any] | None]:
        """The call that may run, with its decision where it is gated; or what the model is told."""
        call = request.tool_call
        gate = self._gates.get(call["name"])
        if gate is None:
            return request, None
        key = _key(gate, call)
        plan = request.state.get("gates", {}).get(key) if call["id"] else None
        if plan is None or plan["payload_hash"] != _hash(call):
            return _told(request, "this call was not planned, and nothing was done")
        decision = obeyed(gate, plan, plan["arguments"], request.runtime)
        if decision["type"] == "reject":
            return _told(request, f"a person rejected this call: {decision['reason']}")
        given = {"gates": {key: plan}, "decisions": {key: decision}}
        return request.override(tool_call={**call, "args": granted(given, key)}), {key: decision}


def agent_parts(
    instructions: str,
    tools: Sequence[BaseTool],
    middleware: Sequence[AgentMiddleware[Any, Any, Any]],
) -> str:
    """The hash of what makes an agent, for `GraphSpec.agents`: evidence is about all of it.

    Of a middleware: its class, its gates, and what it was set to in plain values.
    """
    return payload_hash(
        {
            "instructions": instructions,
            "tools": sorted(tool_parts(each) for each in tools),
            "middleware": [_middleware_parts(each) for each in middleware],
        }
    )


def _middleware_parts(middleware: AgentMiddleware[Any, Any, Any]) -> list[Any]:
    kind = type(middleware)
    plain = {
        name: value
        for name, value in vars(middleware).items()
        if isinstance(value, str | int | float | bool | None)
    }
    gates = middleware.gates if isinstance(middleware, GateMiddleware) else ()
    promised = [
        [gate.name, gate.action, gate.risk, gate.never_lift, list(gate.allowed)] for gate in gates
    ]
    return [f"{kind.__module__}.{kind.__qualname__}", plain, promised]


def _pending(messages: Sequence[Any]) -> list[Any]:
    """The calls of the model's last reply that no tool has answered.

    A reply may stand before answers: one under the id of an earlier reply takes its place.
    """
    at = [place for place, each in enumerate(messages) if isinstance(each, AIMessage)]
    if not at:
        return []
    answered = {each.tool_call_id for each in messages[at[-1] :] if isinstance(each, ToolMessage)}
    return [call for call in messages[at[-1]].tool_calls if call["id"] not in answered]


def _plan(gate: Gate, call: Mapping[str, Any], turn: int, runtime: Any) -> dict[str, Any]:
    return planned(gate, call["args"], gate.flags(call["args"]), turn, runtime)


def _key(gate: Gate, call: Mapping[str, Any]) -> str:
    return f"{gate.name}:{call['id']}"


def _hash(call: Mapping[str, Any]) -> str:
    return payload_hash(call["args"])


def _told(request: ToolCallRequest, words: str) -> ToolMessage:
    """What the model reads in place of the tool's result."""
    call = request.tool_call
    return ToolMessage(
        content=words, name=call["name"], tool_call_id=call["id"] or "", status="error"
    )


def _noted(answer: Answer, decision: Mapping[str, Any]) -> Answer:
    """The tool's answer, with the decision for the state."""
    if isinstance(answer, ToolMessage):
        return Command(update={"messages": [answer], "decisions": dict(decision)})
    return answer
