"""The brand guardian judges a draft against what the agency knows: of the brand, and of the facts.

Exact checks come first and need no model. Then the model judges what needs reading; a quote of its
that is not in the draft, or not in the source it names, is dropped and counted. Without a model the
judgement is not made, the verdict says so, and what exact checks found stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from savoirfaire.agents.checks import check_draft, keep_exact
from savoirfaire.agents.claiming import Claim, Place, Weighed, claim_breaches, claims_of
from savoirfaire.agents.editor import NOTHING
from savoirfaire.agents.forms import (
    Breach,
    Draft,
    Entry,
    Form,
    Language,
    Passage,
    Section,
    announced,
)
from savoirfaire.agents.model import Gateway, Usage
from savoirfaire.agents.reading import Reading, claim_words, settle, source_words
from savoirfaire.agents.role import Role, fence
from savoirfaire.agents.sensitive import sensitive
from savoirfaire.agents.verbatim import spaced
from savoirfaire.agents.weighing import Scales
from savoirfaire.errors import AbstainedError
from savoirfaire.knowledge.brand import BrandPack

_OPEN = ("not_judged", "check")
_MOST = 40  # claims of one request: a reply has to fit into what a model may say at once


class Finding(Form):
    """A place where the draft goes against the brand."""

    rule: str
    quote: str
    where: str
    message: str
    fix: str


class Judgement(Form):
    """What the guardian found by reading."""

    fits: bool
    breaches: list[Finding]
    claims: list[Reading] = Field(default_factory=list)


@dataclass(frozen=True)
class Knowledge:
    """What a draft is judged by, beside the passages it was written from.

    `around` is what is known of each entry; `settled` what was found about claims before, which are
    not judged again; `dated` the edition's date.
    """

    dated: str = "9999-12-31"
    around: Mapping[Place, Sequence[Passage]] = field(default_factory=dict)
    settled: Sequence[Weighed] = ()
    competitors: Sequence[str] = ()


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a draft, what was found about its claims, and how far it was judged.

    `dropped` counts findings whose quote is not in the draft or in the source; `abstained` is the
    reason where no judgement was made.
    """

    breaches: list[Breach]
    claims: list[Weighed] = field(default_factory=list)
    dropped: int = 0
    abstained: str = ""
    usage: Usage = field(default_factory=Usage)


class BrandGuardian:
    """Checks and judges drafts for one brand pack at a time."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def review(
        self,
        draft: Draft,
        brand: BrandPack,
        passages: Sequence[Passage],
        *,
        language: str,
        turn: int,
        known: Knowledge = Knowledge(),
    ) -> Verdict:
        """The breaches of `draft`, exact checks before judgement, and what became of its claims."""
        checked = check_draft(draft, brand, passages)
        checked += sensitive(draft, brand, dated=known.dated, competitors=known.competitors)
        scales = Scales(passages, known.around)
        weighed = _weigh(draft, scales, known.settled)
        unsettled = [c for c, each in weighed if (each.verdict, each.by) == _OPEN][:_MOST]
        shown = draft_words(draft, brand.brand.language)
        try:
            answer = await judge.ask(
                self._gateway,
                {
                    "voice": brand.brand.voice,
                    "audience": brand.brand.audience or NOTHING,
                    "guidance": guidance_words(brand),
                    "draft": fence(shown, "draft"),
                    "claims": claim_words(unsettled, scales),
                    "sources": source_words(unsettled, scales),
                    "language": language,
                },
                evidence={},
                node="check",
                branch=f"#{turn}",
            )
        except AbstainedError as error:
            claims = [each for _, each in weighed]
            return Verdict(
                _all(checked, claims, brand.brand.language), claims, abstained=str(error)
            )
        found = [Breach(**each.model_dump(), by="judge") for each in answer.reply.breaches]
        judged, dropped = keep_exact(found, shown)
        placed = [each.model_copy(update={"where": _where(each, draft)}) for each in judged]
        claims, more = settle(answer.reply.claims, unsettled, weighed, scales)
        breaches = [*_all(checked, claims, brand.brand.language), *placed]
        return Verdict(breaches, claims, dropped + more, usage=answer.usage)


def mendable(breaches: Sequence[Breach], section: Section) -> list[Breach]:
    """The breaches that stand in the entries of `section`, and so can be mended there.

    Which sections there are, and what they and the edition are called, is not the section's to
    mend.
    """
    words = spaced(section_words(section))
    return [
        each
        for each in breaches
        if each.where == section.heading
        and not each.rule.startswith("sections.")
        and (each.rule == "length.section" or spaced(each.quote) in words)
    ]


def draft_words(draft: Draft, language: Language) -> str:
    """A draft as the guardian reads it: headings, headlines and sentences, without citations."""
    lines = [f"# {draft.title}"]
    for section in draft.sections:
        lines += ["", f"## {section.heading}"] if section.heading else []
        lines += [f"\n{_entry_words(entry, language)}" for entry in section.entries]
    return "\n".join(lines)


def section_words(section: Section) -> str:
    """What stands in the entries of a section, as it reads in each language, then their links."""
    words = [_entry_words(each, "en") for each in section.entries]
    words += [_entry_words(each, "fr") for each in section.entries]
    return "\n\n".join([*words, *(entry.url for entry in section.entries)])


def guidance_words(brand: BrandPack) -> str:
    """The guidance as prompts show it: a rule in words on each line, behind its id."""
    return "\n".join(f"- {each.id}: {each.text}" for each in brand.guidance) or NOTHING


def _entry_words(entry: Entry, language: Language) -> str:
    text = " ".join(sentence.text for sentence in entry.sentences)
    return f"{announced(entry.headline, language)} {text}" if entry.headline else text


def _where(finding: Breach, draft: Draft) -> str:
    """The section that has the quote: the one the judge names if it has it, else the first."""
    quote = spaced(finding.quote)
    having = [s.heading for s in draft.sections if quote in spaced(section_words(s))]
    having += [s.heading for s in draft.sections if quote in spaced(s.heading)]
    return finding.where if finding.where in having else next(iter(having), "")


# --- claims ---------------------------------------------------------------------------------------


def _weigh(draft: Draft, scales: Scales, settled: Sequence[Weighed]) -> list[tuple[Claim, Weighed]]:
    """Each claim with what is known of it, from before where a judge had settled it."""
    before = {(each.text, each.where): each for each in settled if each.by == "judge"}
    return [
        (claim, before.get((claim.text, claim.where)) or scales.weigh(claim))
        for claim in claims_of(draft)
    ]


def _all(checked: Sequence[Breach], claims: Sequence[Weighed], language: Language) -> list[Breach]:
    """The breaches of checks and claims; what a claim's source corrects is said once."""
    found = claim_breaches(claims, language)
    said = {(each.where, each.quote) for each in found}
    kept = [
        each
        for each in checked
        if each.rule != "figure.unsupported" or (each.where, each.quote) not in said
    ]
    return [*_distinct(kept), *found]


def _distinct(breaches: Sequence[Breach]) -> list[Breach]:
    """The breaches, those that would put the same words in the same place once."""
    first = {
        (each.where, each.quote, each.fix)
        if each.fix
        else (each.rule, each.where, each.quote, n): each
        for n, each in reversed(list(enumerate(breaches)))
    }
    return list(reversed(first.values()))


judge = Role("brand_guardian", Judgement)
