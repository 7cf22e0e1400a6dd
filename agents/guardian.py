"""The brand guardian judges a draft against what the agency knows of the brand.

Exact checks come first and need no model. Then the model judges what needs reading; a quote of its
that is not in the draft is dropped and counted. Without a model the judgement is not made, and the
verdict says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from savoirfaire.agents.checks import check_draft, keep_exact
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
from savoirfaire.agents.role import Role, fence
from savoirfaire.agents.verbatim import spaced
from savoirfaire.errors import AbstainedError
from savoirfaire.knowledge.brand import BrandPack


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


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a draft, and how far it was judged.

    `dropped` counts findings whose quote is not in the draft; `abstained` is the reason where no
    judgement was made.
    """

    breaches: list[Breach]
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
    ) -> Verdict:
        """The breaches of `draft`, exact checks before judgement."""
        checked = check_draft(draft, brand, passages)
        shown = draft_words(draft, brand.brand.language)
        try:
            answer = await judge.ask(
                self._gateway,
                {
                    "voice": brand.brand.voice,
                    "audience": brand.brand.audience or NOTHING,
                    "guidance": guidance_words(brand),
                    "draft": fence(shown, "draft"),
                    "language": language,
                },
                evidence={},
                node="check",
                branch=f"#{turn}",
            )
        except AbstainedError as error:
            return Verdict(checked, abstained=str(error))
        found = [Breach(**each.model_dump(), by="judge") for each in answer.reply.breaches]
        judged, dropped = keep_exact(found, shown)
        placed = [each.model_copy(update={"where": _where(each, draft)}) for each in judged]
        return Verdict([*checked, *placed], dropped, usage=answer.usage)


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


def _entry_words(entry: Entry, language: Language) -> str:
    text = " ".join(sentence.text for sentence in entry.sentences)
    return f"{announced(entry.headline, language)} {text}" if entry.headline else text


def _where(finding: Breach, draft: Draft) -> str:
    """The section that has the quote: the one the judge names if it has it, else the first."""
    quote = spaced(finding.quote)
    having = [s.heading for s in draft.sections if quote in spaced(section_words(s))]
    having += [s.heading for s in draft.sections if quote in spaced(s.heading)]
    return finding.where if finding.where in having else next(iter(having), "")


def guidance_words(brand: BrandPack) -> str:
    """The guidance as prompts show it: a rule in words on each line, behind its id."""
    return "\n".join(f"- {each.id}: {each.text}" for each in brand.guidance) or NOTHING


judge = Role("brand_guardian", Judgement)
