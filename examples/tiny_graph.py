"""A whole graph in one file: answer a client's question from what is known, ask, then send.

python examples/tiny_graph.py run answer --client acme --input question.yaml

is the command `savoir` with this graph beside the others, so `inbox`, `show`, `decide` and `resume`
work too. The prompt is `answer.md`, beside this file. Without a language model the answer is the
passages' own first sentences. In a package of your own, put `spec` under the entry point
`savoirfaire.graphs`, and plain `savoir` has it.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel

from savoirfaire.agents.composing import sentences_of
from savoirfaire.agents.forms import Sentence
from savoirfaire.agents.role import Role, fence
from savoirfaire.graphs.gates import Gate, Gated, add_gate, effect, granted
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext, offer


class Question(BaseModel):
    """What a run is asked: the form of `question.yaml`."""

    question: str


class Reply(BaseModel):
    """What the role promises: sentences, each with the labels of the passages it rests on."""

    sentences: list[Sentence]


def offline(evidence: Mapping[str, Any]) -> Reply:
    """What the role answers where there is no model: the first sentence of each passage."""
    first = {label: sentences_of(each["quote"])[:1] for label, each in evidence.items()}
    return Reply(sentences=[Sentence(text=s, cites=[i]) for i, said in first.items() for s in said])


answerer = Role("answer", Reply, offline=offline, prompts=Path(__file__).parent)

SEND = Gate(
    name="send",
    action="send the note",
    arguments=lambda state: {"markdown": state["note"]},  # what is shown, and can be edited
    description=lambda state: f"Send the answer to: {state['question']}",
)


class State(Gated):
    """The question comes in; the steps add the rest. `Gated` holds what the gate keeps."""

    question: str
    passages: NotRequired[dict[str, Any]]
    note: NotRequired[str]
    published: NotRequired[list[str]]


def build(office: Office) -> StateGraph[State, RunContext, Any, Any]:
    """Wire the steps; whoever runs the graph compiles it, with its own checkpoints."""

    async def recall(state: State, runtime: Runtime[RunContext]) -> dict[str, Any]:
        # The scope comes from the run: no prompt, request or model can name another client.
        found = office.recall.search(
            runtime.context.scope, state["question"], kinds=[], limit=3, node="recall"
        )
        return {
            "passages": {
                f"P{number}": {"path": each.path, "start": each.start, "quote": each.quote}
                for number, each in enumerate(found, start=1)
            }
        }

    async def answer(state: State) -> dict[str, Any]:
        passages = state["passages"]
        words = "\n\n".join(fence(each["quote"], label) for label, each in passages.items())
        given = await answerer.ask(
            office.gateway,
            {"question": fence(state["question"], "question"), "passages": words or "(none)"},
            evidence=passages,
            node="answer",
        )
        said = [f"{s.text} [{', '.join(s.cites)}]" for s in given.reply.sentences]
        notes = [f"[{label}]: {p['path']}, from {p['start']}" for label, p in passages.items()]
        return {"note": "\n".join([*said, "", *notes]) if said else "Nothing is known of this."}

    async def send(state: State, runtime: Runtime[RunContext]) -> dict[str, Any]:
        files = {"answer.md": granted(state, SEND.name)["markdown"]}
        made = effect(SEND, state, runtime, files)  # made once, however often this step runs
        return {"published": office.outbox.publish(runtime.context.scope, made)}

    builder = StateGraph(State, context_schema=RunContext)
    builder.add_node("recall", recall)
    builder.add_node("answer", answer)
    builder.add_node("send", send)
    builder.add_edge(START, "recall")
    builder.add_edge("recall", "answer")
    add_gate(builder, SEND, after="answer", approved="send", rejected=END)
    builder.add_edge("send", END)
    return builder


spec = GraphSpec("answer", "A client's question, answered from what is known", Question, build)

if __name__ == "__main__":
    from savoirfaire.cli import main

    offer(spec)
    sys.exit(main())
