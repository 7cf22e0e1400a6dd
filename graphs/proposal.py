"""A proposal: from a client's brief to a document that a person has approved.

collect → plan_go → gate_go → price (→ plan_price → gate_price → price, where the effort is asked
for) → plan → write (each section on its own) → check → plan_send → gate_send → publish → learn.
Whether to bid is a person's decision, and so is what goes out. Prices are computed from the rate
card and the effort; no model writes a number. What is rejected is only learned from.

State is plain JSON: checkpoints outlive the classes that made them.
"""

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from pydantic import BaseModel

from savoirfaire.agents.bids.effortlines import pricing_of
from savoirfaire.agents.bids.writing import planner, writer
from savoirfaire.errors import RequestError, SavoirError
from savoirfaire.graphs.account import modes
from savoirfaire.graphs.bidding.document import citations, to_csv
from savoirfaire.graphs.bidding.drafting import Drafting, kept_of, writings
from savoirfaire.graphs.bidding.matrixsheet import for_readers
from savoirfaire.graphs.bidding.reading import (
    Library,
    asked,
    brief_passages,
    fitting,
    found_in,
    record_passage,
    steps_of,
    template_hash,
)
from savoirfaire.graphs.bidding.sheet import sheet
from savoirfaire.graphs.bidding.state import (
    SCHEMA,
    Context,
    Proposal,
    ProposalRequest,
    Writing,
    language_of,
    priced,
)
from savoirfaire.graphs.bidding.wording import WORDS, day_words, later
from savoirfaire.graphs.gates import Gate, add_gate, answered, effect, granted
from savoirfaire.graphs.lessons import keep_lesson, lesson_words, telling
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.tools.documents import Cover, to_docx
from savoirfaire.tools.effects.files import packed

__all__ = ["Proposal", "ProposalRequest", "proposal", "spec"]

_LESSONS = 200


def proposal(office: Office) -> StateGraph[Proposal, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice."""
    steps, drafting = _Steps(office), Drafting(office.gateway, office.recall)
    builder = StateGraph(Proposal, context_schema=RunContext)
    builder.add_node("collect", steps.collect)
    builder.add_node("price", steps.price)
    builder.add_node("plan", drafting.plan)
    builder.add_node("write", drafting.write, input_schema=Writing)
    builder.add_node("check", drafting.check)
    builder.add_node("publish", steps.publish)
    builder.add_node("learn", steps.learn)
    builder.add_edge(START, "collect")
    add_gate(builder, GO, approved="price", rejected="learn", after="collect")
    asked_for = add_gate(builder, PRICE, approved="price", rejected="learn")

    def after_price(state: Proposal) -> str:
        return asked_for if state["offer"] and not state["pricing"] else "plan"

    builder.add_conditional_edges("price", after_price, [asked_for, "plan"])
    builder.add_conditional_edges("plan", _to_write, ["write"])
    builder.add_edge("write", "check")
    add_gate(builder, SEND, approved="publish", rejected="learn", after="check")
    builder.add_edge("publish", "learn")
    builder.add_edge("learn", END)
    return builder


class _Steps:
    """The steps that read, price, publish and learn."""

    def __init__(self, office: Office) -> None:
        self._recall = office.recall
        self._outbox = office.outbox
        self._to_pdf = office.to_pdf

    async def collect(self, state: Proposal, runtime: Context) -> dict[str, Any]:
        """The brief and what it asks; rates, past work, and what the agency says of itself."""
        request, library = (
            ProposalRequest(**state["request"]),
            Library(self._recall, runtime.context),
        )
        brief = library.brief(request.brief)
        text, offer = brief["text"], library.offer(request.offer)
        pricing = state["request"]["pricing"]
        priced(offer, pricing)  # what cannot be priced is said before anybody decides on it
        cases = fitting(text, library.records("case_study"))
        steps = steps_of(library.records("process_step"))
        material = [
            *brief_passages(text, brief["source"], brief["path"]),
            *map(record_passage, (*cases, *steps)),
            *library.passages(request.language, brief["source"]),
        ]
        lessons = self._recall.knowledge.ledger.lessons(library.ours, "proposal", limit=_LESSONS)
        self._recall.rest()  # others may search while a person decides
        return {
            "title": request.title or WORDS[request.language]["title"].format(brief=brief["title"]),
            "brief": {**brief, "client": runtime.context.client},
            "requirements": asked(text),
            "findings": found_in(text, request),
            "brand": library.brand(request.language).model_dump(mode="json"),
            "offer": offer,
            "offers_waiting": {} if offer else library.offers_waiting(),
            "cases": cases,
            "steps": steps,
            "ours": library.ours.client,
            "material": [each.model_dump() for each in material],
            "lessons": lesson_words(telling(lessons, text)),
            "template_hash": template_hash(request.template),
            "pricing": pricing,
        }

    async def price(self, state: Proposal) -> dict[str, Any]:
        """The effort that a person was asked for; what cannot be priced is asked for again."""
        if state["pricing"] or PRICE.name not in state.get("decisions", {}):
            return {}
        try:
            pricing = pricing_of(answered(state, PRICE.name)).model_dump(mode="json")
            priced(state["offer"], pricing)
        except SavoirError as error:
            return {"pricing_problem": str(error)}
        return {"pricing": pricing, "pricing_problem": ""}

    async def publish(self, state: Proposal, runtime: Context) -> dict[str, Any]:
        """The effect: the proposal, the Word document and the matrix, and a PDF where it can be."""
        arguments = granted(state, SEND.name)
        template = state["request"]["template"]
        if template_hash(template) != arguments.get("template", ""):
            raise RequestError(
                "the template {path} is not the one that was decided on",
                path=template,
                hint="Put it back, then `savoir resume RUN`.",
            )
        write = partial(
            to_docx,
            _body(arguments["markdown"]),
            _cover(state, arguments),
            template=Path(template) if template else None,
        )
        language = language_of(state)
        name = WORDS[language]["file"]
        files = {
            f"{name}.md": arguments["markdown"],
            f"{name}.docx": packed(write()),
            f"{WORDS[language]['matrix']}.csv": for_readers(arguments["matrix"], language),
        }
        made = effect(SEND, state, runtime, files)
        published = self._outbox.publish(runtime.context.scope, made)
        if pdf := self._to_pdf(write(printed=True)):
            # Apart: another version of LibreOffice makes other bytes, and what is out stays out.
            beside = replace(made, key=f"{made.key}:pdf", files={f"{name}.pdf": packed(pdf)})
            published = [*published, *self._outbox.publish(runtime.context.scope, beside)]
        return {"published": published}

    async def learn(self, state: Proposal, runtime: Context) -> dict[str, Any]:
        """Keep what the reviewer changed, or why it was not bid for or not sent."""
        decisions = state["decisions"]
        gate = next(name for name in (SEND.name, PRICE.name, GO.name) if name in decisions)
        decision = dict(decisions[gate])
        if decision["type"] == "respond":
            return {"lesson": False}
        kept = keep_lesson(
            self._recall.knowledge.ledger,
            Library(self._recall, runtime.context).ours,
            graph="proposal",
            run=runtime.context.run,
            shown=state["gates"][gate]["arguments"].get("markdown", ""),
            decision=decision,
        )
        return {"lesson": kept}


def _to_write(state: Proposal) -> list[Send]:
    return [Send("write", each) for each in writings(state)]


def _body(markdown: str) -> str:
    """A proposal without its title, which stands on the cover."""
    first, _, rest = markdown.partition("\n")
    return rest if first.startswith("# ") else markdown


def _cover(state: Proposal, arguments: dict[str, Any]) -> Cover:
    language, request = language_of(state), state["request"]
    until = day_words(later(request["date"], request["valid_days"]), language)
    return Cover(
        title=arguments["title"],
        subtitle=state["brand"]["brand"]["name"],
        lines=(day_words(request["date"], language), WORDS[language]["valid"].format(day=until)),
        date=request["date"],
        language=language,
    )


# --- the gates ------------------------------------------------------------------------------------

_ASKED = {
    "en": {
        "go": "Bid for “{title}”?",
        "price": "How much work is “{title}”? A line each: lot; item; quantity.",
        "send": "Send “{title}” (mandatory requirements not answered: {missing}).",
    },
    "fr": {
        "go": "Répondre à «\u00a0{title}\u00a0»\u00a0?",
        "price": (
            "Quelle charge pour «\u00a0{title}\u00a0»\u00a0? Une ligne chacune\u00a0: lot\u00a0;"
            " prestation\u00a0; quantité."
        ),
        "send": (
            "Envoyer «\u00a0{title}\u00a0» (exigences impératives sans réponse\u00a0: {missing})."
        ),
    },
}


_FLAGS = {
    "en": (
        "no price",
        "an amount that may be read two ways",
        "mandatory requirements not answered",
        "sentences taken out",
    ),
    "fr": (
        "pas de prix",
        "un montant qui se lit de deux façons",
        "des exigences impératives sans réponse",
        "des phrases retirées",
    ),
}


def _unanswered(state: Proposal) -> list[dict[str, str]]:
    """The mandatory requirements of the bidder that nothing answers."""
    return [
        each
        for each in state["matrix"]
        if (each["force"], each["party"], each["status"]) == ("must", "bidder", "not answered")
    ]


def _go_notes(state: Proposal) -> dict[str, Any]:
    count = Counter(each["force"] for each in state["requirements"])
    return {"requirements": dict(count), "questions": len(state["findings"]["asks"])}


def _price_arguments(state: Proposal) -> dict[str, Any]:
    offer = state["offer"] or {}
    lines = [
        f"{each['item']} ({each['amount']} / {each['unit']})" for each in offer.get("lines", ())
    ]
    return {
        "offer": offer.get("name", ""),
        "currency": offer.get("currency", ""),
        "rates": lines,
        "problem": state.get("pricing_problem", ""),
        "form": "Lot 1; ITEM; 2.5\nvat; 20\ndiscount; LABEL; 10 %",
    }


def _send_arguments(state: Proposal) -> dict[str, Any]:
    return {
        "title": state["title"],
        "date": state["request"]["date"],
        **({"template": state["template_hash"]} if state["template_hash"] else {}),
        "markdown": state["markdown"],
        "matrix": to_csv(state["matrix"]),
        "citations": [each for each in _cited(state) if "client" not in each],
    }


def _cited(state: Proposal) -> list[dict[str, Any]]:
    """What is cited; what the agency knows under a client of its own says so."""
    asking, ours = state["brief"]["client"], state["ours"]
    return [
        each if each["label"].startswith("B") or ours == asking else {**each, "client": ours}
        for each in citations(state, kept_of(state))
    ]


def _send_notes(state: Proposal) -> dict[str, Any]:
    """What is not answered, what was taken out and why, what is open, and against which terms."""
    wanted = [e for e in state["matrix"] if e["party"] == "bidder" and e["force"] != "information"]
    status = Counter(each["status"] for each in wanted)
    return {
        "model": modes(state.get("usage", [])),
        "answers": dict(status),
        "not answered": [f"{each['id']}: {each['requirement']}" for each in _unanswered(state)],
        "taken out": [f"{d['section']}: {d['text']} ({d['why']})" for d in state["dropped"]],
        "questions": [each["words"] for each in state["findings"]["asks"]],
        "our sources": [
            f"[{each['number']}] {each['path']} {each['start']}–{each['end']}: {each['quote']}"
            for each in _cited(state)
            if "client" in each
        ],
        "breaches": [f"{b['rule']}: {b['quote']} ({b['message']})" for b in state["breaches"]],
    }


def _flags(state: Proposal) -> list[str]:
    """What makes this proposal one that a person has to read."""
    risky = (
        priced(state["offer"], state["pricing"]) is None,
        any(each["about"] == "amount" for each in state["findings"]["asks"]),
        bool(_unanswered(state)),
        bool(state["dropped"]),
    )
    return [name for name, holds in zip(_FLAGS[language_of(state)], risky, strict=True) if holds]


def _question(key: str) -> Any:
    def words(state: Proposal) -> str:
        missing = len(_unanswered(state)) if key == "send" else 0
        return _ASKED[language_of(state)][key].format(title=state["title"], missing=missing)

    return words


GO = Gate(
    name="go",
    action="bid",
    arguments=lambda state: {"title": state["title"], "markdown": sheet(state)},
    description=_question("go"),
    notes=_go_notes,
    risk="internal",
    never_lift=True,
)
PRICE = Gate(
    name="price",
    action="price",
    arguments=_price_arguments,
    description=_question("price"),
    question=True,
    risk="internal",
)
SEND = Gate(
    name="send",
    action="send",
    arguments=_send_arguments,
    description=_question("send"),
    before=lambda state: state.get("previous", ""),
    notes=_send_notes,
    flags=_flags,
)


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump(mode="json")}


spec = GraphSpec(
    name="proposal",
    title="A proposal to a brief: requirements, price, sections, matrix, approved",
    request=ProposalRequest,
    build=proposal,
    start=_start,
    roles=(planner, writer),
)
