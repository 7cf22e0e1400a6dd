"""The newsletter: from source items to an approved, published edition, and a lesson kept.

collect → plan → (open → plan_opening → gate_opening → begin, where several openings are asked for)
→ write (each section on its own) → assemble → check → revise (each section that has breaches, then
assemble and check again, at most twice) → plan_publish → gate_publish → publish → learn. What is
rejected is only learned from.

State is plain JSON: checkpoints outlive the classes that made them.
"""

from typing import Any

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.agents.editor import EditorialAssistant, planner, reviser, writer
from savoirfaire.agents.guardian import BrandGuardian, judge
from savoirfaire.agents.model import Mode
from savoirfaire.agents.openings import opener
from savoirfaire.graphs.editions.choosing import OPENING
from savoirfaire.graphs.editions.drafting import Drafting
from savoirfaire.graphs.editions.gathering import Gathering
from savoirfaire.graphs.editions.judging import Judging
from savoirfaire.graphs.editions.publishing import PUBLISH, Publishing
from savoirfaire.graphs.editions.routes import after_check, after_openings, after_plan, to_write
from savoirfaire.graphs.editions.state import (
    SCHEMA,
    Mending,
    Newsletter,
    NewsletterRequest,
    Writing,
)
from savoirfaire.graphs.gates import add_gate
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall

__all__ = ["Newsletter", "NewsletterRequest", "newsletter", "spec"]


def newsletter(
    editor: EditorialAssistant,
    guardian: BrandGuardian,
    recall: Recall,
    outbox: Outbox,
    *,
    mode: Mode,
) -> StateGraph[Newsletter, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice.

    `mode` is the gateway's, noted with what each step spends: another process may use another.
    """
    drafting = Drafting(editor, recall, mode=mode)
    publishing = Publishing(recall, outbox)
    builder = StateGraph(Newsletter, context_schema=RunContext)
    builder.add_node("collect", Gathering(recall).collect)
    builder.add_node("plan", drafting.plan)
    builder.add_node("open", drafting.open)
    builder.add_node("begin", drafting.begin)
    builder.add_node("write", drafting.write, input_schema=Writing)
    builder.add_node("assemble", drafting.assemble)
    builder.add_node("check", Judging(guardian, recall, mode=mode).check)
    builder.add_node("revise", drafting.revise, input_schema=Mending)
    builder.add_node("publish", publishing.publish)
    builder.add_node("learn", publishing.learn)
    chosen = add_gate(builder, OPENING, approved="begin", rejected="learn")
    asked = add_gate(builder, PUBLISH, approved="publish", rejected="learn")
    builder.add_edge(START, "collect")
    builder.add_edge("collect", "plan")
    builder.add_conditional_edges("plan", after_plan, ["open", "write"])
    builder.add_conditional_edges("open", after_openings(chosen), [chosen, "begin", "write"])
    builder.add_conditional_edges("begin", to_write, ["write"])
    builder.add_edge("write", "assemble")
    builder.add_edge("assemble", "check")
    builder.add_conditional_edges("check", after_check(asked), ["revise", asked])
    builder.add_edge("revise", "assemble")
    builder.add_edge("publish", "learn")
    builder.add_edge("learn", END)
    return builder


def _build(office: Office) -> StateGraph[Newsletter, RunContext, Any, Any]:
    return newsletter(
        EditorialAssistant(office.gateway),
        BrandGuardian(office.gateway),
        office.recall,
        office.outbox,
        mode=office.gateway.mode,
    )


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump()}


spec = GraphSpec(
    name="newsletter",
    title="An edition from source items: planned, drafted, checked, approved, published",
    request=NewsletterRequest,
    build=_build,
    start=_start,
    roles=(planner, opener, writer, reviser, judge),
)
