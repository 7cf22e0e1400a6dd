"""The first steps of a campaign: what it is written from, its angles, and the one a person chooses.

The choice is craft and stays with a person. What the panel said of an angle, and what the guardian
found in it, stands beside it. Choices are kept as lessons, and shown to whoever proposes next time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.agents.campaigning import Angle, apart, strategist
from savoirfaire.agents.forms import Draft, Entry, Passage, Section
from savoirfaire.agents.guardian import BrandGuardian, guidance_words
from savoirfaire.agents.model import Gateway
from savoirfaire.agents.personas.store import people_of
from savoirfaire.agents.role import fence
from savoirfaire.errors import RequestError
from savoirfaire.graphs import edition
from savoirfaire.graphs.account import modes
from savoirfaire.graphs.background import KINDS, background
from savoirfaire.graphs.campaigning.state import (
    Campaign,
    CampaignRequest,
    Context,
    PiecesRequest,
    channels_of,
    passages_of,
)
from savoirfaire.graphs.campaigning.wording import WORDS, panel_words
from savoirfaire.graphs.editions.state import LANGUAGES, term_words
from savoirfaire.graphs.gates import Gate, granted
from savoirfaire.graphs.grounds import grounds
from savoirfaire.graphs.registry import RunContext
from savoirfaire.graphs.rendering import citations, to_markdown
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import BRAND_FILE, BRAND_KIND
from savoirfaire.tools.hashing import payload_hash
from savoirfaire.tools.recall import Known, Recall, Recalled, named

CHOICES = "campaign.angle"
"""The name under which choices are kept among the lessons."""

_PASSAGES = 40  # of what is named
_FOUND = 8  # of what is found beside it
_PERSONAS = 60  # whom a campaign asks without being told whom
_TAUGHT = 6
_NOT_TOLD = {"mail", "brief", "table", BRAND_KIND}
_DATA = (".yaml", ".yml", ".json", ".toml", ".csv")


class Finding:
    """The steps up to the gate, and the one after it."""

    def __init__(self, gateway: Gateway, recall: Recall) -> None:
        self._gateway = gateway
        self._guardian = BrandGuardian(gateway)
        self._recall = recall

    async def collect(self, state: Campaign, runtime: Context) -> dict[str, Any]:
        """The passages to write from, what is known of the readers, and who can be asked."""
        request, context = CampaignRequest(**state["request"]), runtime.context
        knowledge, scope = self._recall.knowledge, context.scope
        brand = knowledge.brand(scope) or edition.plain_brand(scope, request.language)
        known = self._recall.known(
            scope,
            request.brief,
            clock=context.clock or knowledge.ledger.now(),
            node="collect",
            records=KINDS,
            limit=0,
        )
        passages = self._passages(context, request, known)
        if not passages:
            raise RequestError(
                "nothing that is known speaks of this campaign",
                hint="Name ingested files as `items`, or `savoir ingest CLIENT` what it is about.",
            )
        members = request.members or [each.id for each in people_of(knowledge, scope)[:_PERSONAS]]
        self._recall.rest()  # others may search while the model writes
        return {
            "brand": brand.model_dump(mode="json"),
            "passages": [each.model_dump() for each in passages],
            "known": background(known, pack=BRAND_FILE),
            "members": members,
        }

    def _passages(
        self, context: RunContext, request: CampaignRequest, known: Known
    ) -> list[Passage]:
        """Those of the sources named, in order, then the ones found for the brief.

        What is found is prose that was written to be read: no table, no source that says who the
        readers are or what was learned of them, and not the brief that a proposal answers, whose
        words are somebody else's. Raises NotFoundError where that brief is not known.
        """
        sources = self._recall.whole(context.scope, request.items, node="collect")
        told = {each.source for each in sources}
        told |= {span.source for record in known.records for span in record.spans}
        if request.proposal:
            rows = self._recall.knowledge.ledger.sources(context.scope)
            told |= set(named(context.scope, rows, request.proposal.brief))
        beside = grounds(
            self._recall,
            context.scope,
            request.brief,
            without=_NOT_TOLD,
            most=_FOUND,
            node="collect",
            clock=context.clock,
            fits=lambda each: each.source not in told and not each.path.casefold().endswith(_DATA),
        )
        chosen: list[Recalled] = [*sources[:_PASSAGES], *beside]
        return [edition.passage_of(f"S{n}", each) for n, each in enumerate(chosen, start=1)]

    async def angles(self, state: Campaign, runtime: Context) -> dict[str, Any]:
        """Angles that differ. Raises RequestError where there is none."""
        request, passages = CampaignRequest(**state["request"]), passages_of(state)
        brand = BrandPack(**state["brand"])
        variables = {
            **common(request, brand),
            "count": str(request.angles),
            "channels": "\n".join(f"- {name}" for name in channels_of(request)),
            "choices": choice_words(self._recall.knowledge.ledger, runtime.context.scope),
            "known": state["known"],
            "passages": "\n\n".join(fence(each.quote, each.label) for each in passages),
        }
        evidence = {
            "passages": passages,
            "count": request.angles,
            "language": LANGUAGES[request.language],
        }
        answer = await strategist.ask(
            self._gateway, variables, evidence=evidence, node="angles", branch=""
        )
        found = apart(answer.reply.angles, frozenset(each.label for each in passages))
        if not found:
            raise RequestError(
                "no angle was found in what is known",
                hint="Name more `items` with sentences of their own, or ask a language model.",
            )
        spent = {"node": "angles", "mode": self._gateway.mode, **answer.usage.as_dict()}
        return {
            "angles": [each.model_dump() for each in found[: request.angles]],
            "usage": [spent],
        }

    async def review(self, state: Campaign) -> dict[str, Any]:
        """What of the angles goes against the brand or the sources; nothing is mended unasked."""
        request = state["request"]
        verdict = await self._guardian.review(
            _drafted(state),
            BrandPack(**state["brand"]),
            passages_of(state),
            language=LANGUAGES[request["language"]],
            turn=0,
        )
        kept = [each for each in verdict.breaches if not each.rule.startswith("sections.")]
        spent = {"node": "review", "mode": self._gateway.mode, **verdict.usage.as_dict()}
        return {
            "reviewed": {
                "breaches": [each.model_dump() for each in kept],
                "abstained": verdict.abstained,
                "dropped": verdict.dropped,
            },
            "usage": [spent],
        }

    async def take(self, state: Campaign, runtime: Context) -> dict[str, Any]:
        """The angle that was chosen, and the choice kept as a lesson."""
        chosen = granted(state, ANGLE.name)
        angle = next(each for each in state["angles"] if each["name"] == chosen["name"])
        _learn(self._recall.knowledge.ledger, state, runtime.context, angle)
        return {"angle": angle, "lesson": True}


def common(request: CampaignRequest | PiecesRequest, brand: BrandPack) -> dict[str, str]:
    """What every role of a campaign is told of it and of the client."""
    return {
        "title": request.title,
        "date": request.date,
        "brief": fence(request.brief, "brief"),
        "voice": brand.brand.voice,
        "audience": brand.brand.audience or "(none)",
        "guidance": guidance_words(brand),
        "rules": term_words(brand),
        "language": LANGUAGES[request.language],
    }


def angle_words(angle: Mapping[str, Any]) -> str:
    """An angle as its readers would read it."""
    return " ".join(each["text"] for each in angle["sentences"])


def choice_words(ledger: Ledger, scope: ClientScope) -> str:
    """What people chose before, over what and why, as a prompt shows it."""
    kept = ledger.lessons(scope, CHOICES, limit=_TAUGHT)
    told = [
        f"- chosen{f', because: {each.reason}' if each.reason else ''}\n"
        f"{fence(each.after, 'chosen')}\n{fence(each.before, 'over')}"
        for each in kept
    ]
    return "\n".join(told) or "(none)"


def _learn(ledger: Ledger, state: Campaign, context: RunContext, angle: Mapping[str, Any]) -> None:
    """Keep which angle was chosen, over which; learned again, it is still one choice."""
    decision = state["decisions"][ANGLE.name]
    others = [each for each in state["angles"] if each["name"] != angle["name"]]
    reason = " ".join(str(decision.get("reason", "")).split())
    ledger.add_lesson(
        context.scope,
        payload_hash([context.run, CHOICES, angle["name"], reason]),
        graph=CHOICES,
        run=context.run,
        before="\n".join(f"{each['name']}: {angle_words(each)}" for each in others),
        after=f"{angle['name']}: {angle_words(angle)}",
        reason=reason,
        author=decision.get("decided_by", ""),
    )


def _drafted(state: Campaign) -> Draft:
    """The angles as a draft, a section each, for whoever judges drafts."""
    return Draft(
        title=state["request"]["title"],
        sections=[_section(Angle(**each)) for each in state["angles"]],
    )


def _section(angle: Angle) -> Section:
    return Section(heading=angle.name, entries=[Entry(sentences=angle.sentences)])


# --- the gate -------------------------------------------------------------------------------------


def _options(state: Campaign) -> list[dict[str, Any]]:
    return [_option(state, place) for place in range(len(state["angles"]))]


def _option(state: Campaign, place: int) -> dict[str, Any]:
    """An angle with what it cites, what the panel said of it, and what was found against it."""
    angle, passages = Angle(**state["angles"][place]), passages_of(state)
    draft = Draft(title="", sections=[_section(angle).model_copy(update={"heading": ""})])
    markdown = to_markdown(draft, passages, language=state["request"]["language"])
    reports = state.get("parts", {}).get("panel", {}).get("reports", [])
    return {
        "name": angle.name,
        "bet": angle.bet,
        **({"panel": panel_words(reports[place], state["request"]["language"])} if reports else {}),
        **_against(state["reviewed"]["breaches"], angle.name),
        "markdown": markdown.partition("\n\n")[2].partition("\n\n[^")[0],
        "citations": [
            {"number": each.number, **each.passage.model_dump()}
            for each in citations(draft, passages)
        ],
    }


def _against(breaches: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    found = [f"{b['rule']}: {b['quote']} ({b['message']})" for b in breaches if b["where"] == name]
    return {"breaches": "\n".join(found)} if found else {}


def _description(state: Campaign) -> str:
    words, count = WORDS[state["request"]["language"]], len(state["angles"])
    return words["choose" if count > 1 else "only"].format(
        title=state["request"]["title"], count=count
    )


def _notes(state: Campaign) -> dict[str, Any]:
    """Where the angles come from, and what nobody was asked or judged, with the reason."""
    words, panel = WORDS[state["request"]["language"]], state.get("parts", {}).get("panel", {})
    nobody = panel.get("abstained") or ("" if state["members"] else words["no personas"])
    return {
        "model": modes(state["usage"]),
        **({"panel": nobody} if nobody else {}),
        **({"not judged": why} if (why := state["reviewed"]["abstained"]) else {}),
    }


ANGLE = Gate(
    name="angle",
    action="choose_angle",
    options=_options,
    description=_description,
    notes=_notes,
    risk="internal",
)
