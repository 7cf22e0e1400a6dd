"""The short pieces of one channel, posts or a mail: written, checked, decided on, published once.

write → check → plan_NAME → gate_NAME → publish → learn. What is rejected is only learned from.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from savoirfaire.agents.campaigning import cited, piece_writer, placed
from savoirfaire.agents.forms import Breach, Draft, Entry, Section, Sentence
from savoirfaire.agents.guardian import BrandGuardian, judge
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.role import fence
from savoirfaire.graphs import edition
from savoirfaire.graphs.account import findings, modes
from savoirfaire.graphs.campaigning.angles import angle_words, common
from savoirfaire.graphs.campaigning.state import (
    SCHEMA,
    Context,
    PiecesRequest,
    PiecesState,
    passages_of,
)
from savoirfaire.graphs.campaigning.wording import WORDS, counted
from savoirfaire.graphs.editions.state import LANGUAGES
from savoirfaire.graphs.gates import Gate, add_gate, effect, granted
from savoirfaire.graphs.lessons import keep_lesson, lesson_words, telling
from savoirfaire.graphs.mailing import Envelope, mail
from savoirfaire.graphs.mailing.words import plain_line
from savoirfaire.graphs.registry import GraphSpec, Office, RunContext
from savoirfaire.graphs.rendering import citations, to_markdown, unmarked
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall

_LESSONS = 40
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_KIND = {"post": "a post on this network", "mail": "a mail, with a subject"}

Files = Callable[[PiecesState, Mapping[str, Any], str], dict[str, str]]


class _Steps:
    """The steps of one channel, whose gate is `gate`; `files` makes what goes out."""

    def __init__(self, office: Office, gate: Gate, files: Files) -> None:
        self._gateway: Gateway = office.gateway
        self._guardian = BrandGuardian(office.gateway)
        self._recall: Recall = office.recall
        self._outbox: Outbox = office.outbox
        self._gate = gate
        self._files = files

    async def write(self, state: PiecesState, runtime: Context) -> dict[str, Any]:
        """A piece for each place, and none for a place that nobody asked for."""
        request = PiecesRequest(**state["request"])
        sentences = [Sentence(**each) for each in request.angle["sentences"]]
        places = [(p["name"], p["longest"], request.kind == "mail") for p in request.places]
        answer = await piece_writer.ask(
            self._gateway,
            self._variables(request, runtime.context),
            evidence={"places": places, "sentences": sentences, "title": request.title},
            node="write",
            branch=self._gate.name,
        )
        labels = frozenset(each.label for each in passages_of(state["request"]))
        pieces = placed(answer.reply.pieces, [name for name, *_rest in places])
        spent = {"node": "write", "mode": self._gateway.mode, **answer.usage.as_dict()}
        return {
            "pieces": [
                {**each.model_dump(), "sentences": [s.model_dump() for s in said]}
                for each in pieces
                for said in [cited(each.sentences, labels)]
            ],
            "usage": [spent],
        }

    def _variables(self, request: PiecesRequest, context: RunContext) -> dict[str, str]:
        lessons = self._recall.knowledge.ledger.lessons(
            context.scope, f"campaign.{self._gate.name}", limit=_LESSONS
        )
        self._recall.rest()  # others may search while the model writes
        angle = angle_words(request.angle)
        return {
            **common(request, BrandPack(**request.brand)),
            "angle": fence(f"{request.angle['name']}\n{angle}", "angle"),
            "places": "\n".join(
                f"- {each['name']}: {_KIND[request.kind]}, at most {each['longest']} characters"
                for each in request.places
            ),
            "lessons": lesson_words(telling(lessons, angle)),
            "passages": "\n\n".join(fence(p["quote"], p["label"]) for p in request.passages),
        }

    async def check(self, state: PiecesState) -> dict[str, Any]:
        """What goes against the brand, the sources or the length of a place."""
        request = PiecesRequest(**state["request"])
        verdict = await self._guardian.review(
            _drafted(state),
            BrandPack(**request.brand),
            passages_of(state["request"]),
            language=LANGUAGES[request.language],
            turn=0,
        )
        kept = [
            each
            for each in verdict.breaches
            if not each.rule.startswith("sections.") and each.rule != "citation.missing"
        ]
        found = [each.model_dump() for each in (*kept, *_lengths(state))]
        spent = {"node": "check", "mode": self._gateway.mode, **verdict.usage.as_dict()}
        return {
            "breaches": found,
            "found": found,
            "judgement": {"abstained": verdict.abstained, "dropped": verdict.dropped},
            "usage": [spent],
        }

    async def publish(self, state: PiecesState, runtime: Context) -> dict[str, Any]:
        """The effect: what was approved, into the outbox, once."""
        arguments = granted(state, self._gate.name)
        sent = runtime.context.clock or self._recall.knowledge.ledger.now()
        made = effect(self._gate, state, runtime, self._files(state, arguments, sent))
        return {"published": self._outbox.publish(runtime.context.scope, made)}

    async def learn(self, state: PiecesState, runtime: Context) -> dict[str, Any]:
        """Keep what the reviewer changed, or why it was rejected."""
        kept = keep_lesson(
            self._recall.knowledge.ledger,
            runtime.context.scope,
            graph=f"campaign.{self._gate.name}",
            run=runtime.context.run,
            shown=state["gates"][self._gate.name]["arguments"]["markdown"],
            decision=state["decisions"][self._gate.name],
        )
        return {"lesson": kept}


def _drafted(state: PiecesState) -> Draft:
    """The pieces as a draft, a section each."""
    return Draft(
        title=state["request"]["title"],
        sections=[
            Section(heading=each["place"], entries=[_entry(each)]) for each in state["pieces"]
        ],
    )


def _entry(piece: Mapping[str, Any]) -> Entry:
    return Entry(sentences=[Sentence(**each) for each in piece["sentences"]])


def _lengths(state: PiecesState) -> list[Breach]:
    """The pieces that are empty, or longer than their place allows."""
    words, found = WORDS[state["request"]["language"]], []
    longest = {each["name"]: each["longest"] for each in state["request"]["places"]}
    for piece in state["pieces"]:
        place, length = piece["place"], len(" ".join(s["text"] for s in piece["sentences"]))
        if 0 < length <= longest[place]:
            continue
        said = words["longer"].format(length=length, longest=longest[place])
        found.append(
            Breach(
                rule="length.piece",
                quote="",
                where=place,
                message=said if length else words["nothing"],
                by="check",
            )
        )
    return found


# --- the gates ------------------------------------------------------------------------------------


def _arguments(state: PiecesState) -> dict[str, Any]:
    passages, draft = passages_of(state["request"]), _drafted(state)
    request, is_mail = state["request"], state["request"]["kind"] == "mail"
    if is_mail:
        blocks = [Entry(sentences=each) for each in _paragraphs(state["pieces"][0])]
        draft = Draft(title=draft.title, sections=[Section(heading="", entries=blocks)])
    markdown = to_markdown(draft, passages, language=request["language"])
    subject = state["pieces"][0]["subject"] or request["title"]
    return {
        **({"to": request["to"], "subject": subject} if is_mail else {"title": request["title"]}),
        "markdown": markdown.partition("\n\n")[2],
        "citations": [
            {"number": each.number, **each.passage.model_dump()}
            for each in citations(draft, passages)
        ],
    }


def _paragraphs(piece: Mapping[str, Any]) -> list[list[Sentence]]:
    """The sentences of a mail, what states something together, a greeting and a closing alone."""
    found: list[list[Sentence]] = []
    for sentence in _entry(piece).sentences:
        if found and sentence.cites and found[-1][-1].cites:
            found[-1].append(sentence)
        else:
            found.append([sentence])
    return found


def _question(key: str) -> Callable[[PiecesState], str]:
    def words(state: PiecesState) -> str:
        request, language = state["request"], state["request"]["language"]
        return WORDS[language][key].format(
            title=request["title"],
            places=counted("place", len(state["pieces"]), language),
            breaches=counted("breach", len(state["breaches"]), language),
        )

    return words


def _notes(state: PiecesState) -> dict[str, Any]:
    return {"model": modes(state["usage"]), **findings(state)}


def _flags(state: PiecesState) -> list[str]:
    return sorted({each["rule"] for each in state["breaches"]})


def _gate(name: str, action: str) -> Gate:
    return Gate(
        name=name,
        action=action,
        arguments=_arguments,
        description=_question(name),
        notes=_notes,
        flags=_flags,
    )


POST, MAIL = _gate("post", "post"), _gate("mail", "send")


def _posts(state: PiecesState, arguments: Mapping[str, Any], _sent: str) -> dict[str, str]:
    """A text for each network, as it was approved; one where the headings were edited away."""
    first, *rest = _HEADING.split(unmarked(arguments["markdown"]))
    named = dict(zip(rest[0::2], rest[1::2], strict=True)) or {"posts": first}
    day = state["request"]["date"]
    return {
        f"{edition.slug(f'{day} {name}')}.txt": f"{plain_line(text, linked=True)}\n"
        for name, text in named.items()
        if text.strip()
    }


def _mailed(state: PiecesState, arguments: Mapping[str, Any], sent: str) -> dict[str, str]:
    """The mail as any program opens it, and the record of what its sentences rest on."""
    request, brand = state["request"], BrandPack(**state["request"]["brand"])
    envelope = Envelope(
        subject=arguments["subject"],
        name=brand.brand.name,
        sent=sent,
        language=request["language"],
        sender=brand.mail.sender,
    )
    _page, message = mail(
        arguments["markdown"], envelope, title=arguments["subject"], preview="", footer=[]
    )
    name = edition.slug(f"{request['date']} mail {arguments['subject']}")
    return {f"{name}.eml": message, f"{name}.md": arguments["markdown"]}


# --- the graphs -----------------------------------------------------------------------------------


def _spec(gate: Gate, files: Files) -> GraphSpec:
    """The graph of one channel; it is offered only inside a campaign."""

    def build(office: Office) -> StateGraph[PiecesState, RunContext, Any, Any]:
        steps = _Steps(office, gate, files)
        builder = StateGraph(PiecesState, context_schema=RunContext)
        for name in ("write", "check", "publish", "learn"):
            builder.add_node(name, getattr(steps, name))
        builder.add_edge(START, "write")
        builder.add_edge("write", "check")
        add_gate(builder, gate, approved="publish", rejected="learn", after="check")
        builder.add_edge("publish", "learn")
        builder.add_edge("learn", END)
        return builder

    def start(request: BaseModel) -> dict[str, Any]:
        return {"schema_version": SCHEMA, "request": request.model_dump(mode="json")}

    return GraphSpec(
        name=f"campaign.{gate.name}",
        title=f"The pieces of a campaign's {gate.name}",
        request=PiecesRequest,
        build=build,
        start=start,
        roles=(piece_writer, judge),
    )


posts, letter = _spec(POST, _posts), _spec(MAIL, _mailed)
