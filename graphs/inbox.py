"""A mail: routed where the model was not sure, noted in the Brand OS, answered through a gate.

read → route → note → draft → check → plan_send → gate_send → send → learn. What its writer thinks
of the work becomes a proposed record, and so does what was promised with its day. A mail that asks
nothing is noted and not answered. Nothing is sent: an approved reply lies in the outbox, once.

State is plain JSON: checkpoints outlive the classes that made them.
"""

import operator
from email.utils import parseaddr
from typing import Annotated, Any, Literal, NotRequired

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import BaseModel, ConfigDict, Field

from savoirfaire.agents.forms import Draft, Entry, Language, Passage, Section, Sentence
from savoirfaire.agents.guardian import BrandGuardian, judge
from savoirfaire.agents.model import Gateway, Usage
from savoirfaire.agents.triage.backing import backed
from savoirfaire.agents.triage.model import UNKNOWN
from savoirfaire.agents.triage.replying import replier, reply, route, router
from savoirfaire.agents.triage.sorting import Mail, find_mail
from savoirfaire.errors import AbstainedError, CitationError, RecordError
from savoirfaire.graphs import edition
from savoirfaire.graphs.account import findings, modes
from savoirfaire.graphs.editions.state import LANGUAGES
from savoirfaire.graphs.gates import Gate, Gated, add_gate, effect, granted
from savoirfaire.graphs.grounds import grounds
from savoirfaire.graphs.lessons import keep_lesson
from savoirfaire.graphs.noting import feedback, promises
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.store import BRAND_KIND
from savoirfaire.tools.mail.cues import cues
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall

SCHEMA = 1
AUTHOR = "inbox"

_PASSAGES = 6
_NO_GROUND = ("mail", BRAND_KIND)  # what others wrote, and settings: neither answers a customer


class InboxRequest(BaseModel):
    """A mail, and what triage made of it; `routes` are those that it may be given."""

    model_config = ConfigDict(extra="forbid")

    mail: str = Field(description="its id: `savoir mail triage CLIENT`")
    route: str = UNKNOWN
    routes: list[str] = Field(default_factory=list, max_length=2000)
    language: Language = "en"
    answer: Literal["if asked", "always", "never"] = "if asked"


class Inbox(Gated):
    """The state of one mail. `request` comes in; the steps add the rest."""

    schema_version: int
    request: dict[str, Any]
    mail: NotRequired[dict[str, Any]]
    brand: NotRequired[dict[str, Any]]
    passages: NotRequired[list[dict[str, Any]]]
    route: NotRequired[str]
    routed_by: NotRequired[str]
    proposed: NotRequired[list[str]]
    draft: NotRequired[dict[str, Any]]
    missing: NotRequired[list[str]]
    breaches: NotRequired[list[dict[str, Any]]]
    judgement: NotRequired[dict[str, Any]]
    published: NotRequired[list[str]]
    lesson: NotRequired[bool]
    usage: Annotated[NotRequired[list[dict[str, Any]]], operator.add]


Context = Runtime[RunContext]


def inbox(
    gateway: Gateway, recall: Recall, outbox: Outbox
) -> StateGraph[Inbox, RunContext, Any, Any]:
    """Wire the steps; the caller compiles them with the checkpointer of its choice."""
    steps = _Steps(gateway, recall, outbox)
    builder = StateGraph(Inbox, context_schema=RunContext)
    for name in ("read", "route", "note", "draft", "check", "send", "learn"):
        builder.add_node(name, getattr(steps, name))
    builder.add_edge(START, "read")
    builder.add_edge("read", "route")
    builder.add_edge("route", "note")
    builder.add_conditional_edges("note", _to_draft, ["draft", END])
    asked = add_gate(builder, SEND, approved="send", rejected="learn")

    builder.add_conditional_edges("draft", _to_check, ["check", END])
    builder.add_edge("check", asked)
    builder.add_edge("send", "learn")
    builder.add_edge("learn", END)
    return builder


class _Steps:
    """The nodes, with the collaborators they share."""

    def __init__(self, gateway: Gateway, recall: Recall, outbox: Outbox) -> None:
        self._gateway = gateway
        self._guardian = BrandGuardian(gateway)
        self._recall = recall
        self._outbox = outbox

    async def read(self, state: Inbox, runtime: Context) -> dict[str, Any]:
        """The mail's own words, and what is known about what it asks."""
        request, scope = InboxRequest(**state["request"]), runtime.context.scope
        mail = find_mail(self._recall.knowledge, scope, request.mail)
        brand = self._recall.knowledge.brand(scope) or edition.plain_brand(scope, request.language)
        found = grounds(
            self._recall,
            scope,
            mail.said.whole,
            without=_NO_GROUND,
            most=_PASSAGES,
            node="read",
            clock=runtime.context.clock,
            fits=lambda each: each.source != mail.source,
        )
        passages = [edition.passage_of(f"S{n}", each) for n, each in enumerate(found, start=1)]
        self._recall.rest()  # others may search while the model writes
        return {
            "mail": _plain(mail),
            "brand": brand.model_dump(),
            "passages": [each.model_dump() for each in passages],
        }

    async def route(self, state: Inbox) -> dict[str, Any]:
        """Its route: as triage gave it, else as a language model does where there is one."""
        request = InboxRequest(**state["request"])
        if request.route != UNKNOWN or not request.routes:
            return {"route": request.route, "routed_by": "triage"}
        words = state["mail"]["words"]
        try:
            found, answer = await route(self._gateway, words, request.routes, branch=request.mail)
        except AbstainedError:
            return {"route": UNKNOWN, "routed_by": "nobody"}
        spent = self._spent("route", answer.usage)
        return {"route": found, "routed_by": "model", "usage": [spent]}

    async def note(self, state: Inbox, runtime: Context) -> dict[str, Any]:
        """What the mail says of the work, and what it promises, as proposals for the Brand OS."""
        scope, mail = runtime.context.scope, state["mail"]
        text = self._recall.knowledge.ledger.text(scope, mail["source"])
        proposed = []
        for kind, data, citation in (*feedback(mail, text), *promises(mail, text)):
            try:
                record = self._recall.knowledge.brand_os.propose(
                    scope, kind, data, citations=[citation], author=AUTHOR
                )
            except (CitationError, RecordError):
                continue  # the mail was changed or forgotten since it was read
            proposed.append(record.id)
        return {"proposed": proposed}

    async def draft(self, state: Inbox) -> dict[str, Any]:
        """The reply, from the passages found."""
        answer = await reply(
            self._gateway,
            state["mail"]["words"],
            _passages(state),
            BrandPack(**state["brand"]),
            language=LANGUAGES[state["request"]["language"]],
            branch=state["mail"]["source"],
        )
        labels = {each.label for each in _passages(state)}
        kept = [
            Sentence(text=each.text, cites=[label for label in each.cites if label in labels])
            for each in answer.reply.sentences
            if each.text.strip()
        ]
        return {
            "draft": {"sentences": [each.model_dump() for each in kept]},
            "missing": answer.reply.missing,
            "usage": [self._spent("draft", answer.usage)],
        }

    async def check(self, state: Inbox) -> dict[str, Any]:
        """What of the reply goes against the brand or against the sources."""
        verdict = await self._guardian.review(
            _as_draft(state),
            BrandPack(**state["brand"]),
            _passages(state),
            language=LANGUAGES[state["request"]["language"]],
            turn=0,
        )
        relevant = [each for each in verdict.breaches if not each.rule.startswith("sections.")]
        open_ = backed(
            relevant,
            _sentences(state),
            _passages(state),
            _mail_words(state),
            BrandPack(**state["brand"]),
        )
        return {
            "breaches": [each.model_dump() for each in open_],
            "judgement": {"abstained": verdict.abstained, "dropped": verdict.dropped},
            "usage": [self._spent("check", verdict.usage)],
        }

    async def send(self, state: Inbox, runtime: Context) -> dict[str, Any]:
        """The approved reply into the outbox, once."""
        arguments = granted(state, SEND.name)
        name = edition.slug(f"reply {arguments['subject']}")
        text = f"To: {arguments['to']}\nSubject: {arguments['subject']}\n\n{arguments['text']}\n"
        made = effect(SEND, state, runtime, {f"{name}.txt": text})
        return {"published": self._outbox.publish(runtime.context.scope, made)}

    async def learn(self, state: Inbox, runtime: Context) -> dict[str, Any]:
        """Keep why a reply was rejected, or what was changed in it."""
        decision = dict(state["decisions"][SEND.name])
        if "arguments" in decision:
            decision["arguments"] = {"markdown": decision["arguments"].get("text", "")}
        kept = keep_lesson(
            self._recall.knowledge.ledger,
            runtime.context.scope,
            graph="inbox_reply",
            run=runtime.context.run,
            shown=state["gates"][SEND.name]["arguments"]["text"],
            decision=decision,
        )
        return {"lesson": kept}

    def _spent(self, node: str, usage: Usage) -> dict[str, Any]:
        return {"node": node, "mode": self._gateway.mode, **usage.as_dict()}


# --- the gate -------------------------------------------------------------------------------------


def _arguments(state: Inbox) -> dict[str, Any]:
    passages = {each.label: each for each in _passages(state)}
    said = _sentences(state)
    cited = dict.fromkeys(label for each in said for label in each.cites)
    subject = state["mail"]["subject"]
    return {
        "to": state["mail"]["sender"],
        "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        "text": "\n".join(each.text for each in said),
        "citations": [
            {"number": number, **passages[label].model_dump()}
            for number, label in enumerate(cited, start=1)
        ],
    }


_ASK = {
    "en": ("Send {who} the reply to “{subject}”.", "no subject"),
    "fr": ("Envoyer à {who} la réponse à «\u00a0{subject}\u00a0».", "sans objet"),
}


def _description(state: Inbox) -> str:
    """What is asked: an inbox has many mails of one subject."""
    ask, untitled = _ASK[state["request"]["language"]]
    name, address = parseaddr(state["mail"]["sender"])
    who = name or address or state["mail"]["sender"]
    return ask.format(who=who, subject=state["mail"]["subject"] or untitled)


def _notes(state: Inbox) -> dict[str, Any]:
    """Where the words come from, what was found against them, and what is left open."""
    told = {"model": modes(state.get("usage", [])), **findings(state)}
    return {**told, "route": state["route"], "missing": state["missing"]}


def _flags(state: Inbox) -> list[str]:
    """What makes a reply one that a person always looks at."""
    return sorted({each["rule"] for each in state["breaches"]})


SEND = Gate(
    name="send",
    action="send",
    arguments=_arguments,
    description=_description,
    notes=_notes,
    flags=_flags,
)


# --- helpers --------------------------------------------------------------------------------------


def _to_draft(state: Inbox) -> str:
    """Whether the mail is answered: where it asks something, or it was asked for."""
    wanted = state["request"]["answer"]
    asks = cues(state["mail"]["words"]).asks
    return "draft" if wanted == "always" or (wanted == "if asked" and asks) else END


def _to_check(state: Inbox) -> str:
    """Whether there is a reply to judge: a model may have found nothing to say."""
    return "check" if state["draft"]["sentences"] else END


def _passages(state: Inbox) -> list[Passage]:
    return [Passage(**each) for each in state["passages"]]


def _sentences(state: Inbox) -> list[Sentence]:
    return [Sentence(**each) for each in state["draft"]["sentences"]]


def _mail_words(state: Inbox) -> str:
    """All that the writer of the mail said, with their name and the day."""
    return "\n".join(state["mail"][key] for key in ("sender", "subject", "sent", "words"))


def _as_draft(state: Inbox) -> Draft:
    entry = Entry(sentences=_sentences(state))
    return Draft(
        title=state["mail"]["subject"] or "Re:", sections=[Section(heading="", entries=[entry])]
    )


def _plain(mail: Mail) -> dict[str, Any]:
    return {
        "source": mail.source,
        "sender": mail.sender,
        "subject": mail.said.subject,
        "sent": mail.sent.isoformat() if mail.sent else "",
        "words": mail.said.whole,
    }


def _build(office: Office) -> StateGraph[Inbox, RunContext, Any, Any]:
    return inbox(office.gateway, office.recall, office.outbox)


def _start(request: BaseModel) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "request": request.model_dump()}


spec = GraphSpec(
    name="inbox",
    title="A mail: routed, noted in the Brand OS, and answered through a gate",
    request=InboxRequest,
    build=_build,
    start=_start,
    roles=(router, replier, judge),
)
