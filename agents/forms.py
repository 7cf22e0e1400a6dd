"""The forms that pass between roles, checks and graphs: plain data, JSON in a run's state."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["en", "fr"]
"""The languages that are written in."""


class Form(BaseModel):
    """A closed form: an unknown key is an error, so that a changed reply cannot pass unnoticed."""

    model_config = ConfigDict(extra="forbid")


class Passage(Form):
    """A recalled span of a source's canonical text, with the label a prompt cites it by."""

    label: str
    source: str
    path: str
    start: int
    end: int
    quote: str
    kind: str
    score: float


class Sentence(Form):
    """One sentence of a draft and the labels of the passages it rests on."""

    text: str
    cites: list[str]


class Entry(Form):
    """One item of a section: an optional headline with its link, and its sentences."""

    headline: str = ""
    url: str = ""
    sentences: list[Sentence]


class Section(Form):
    """A section of an edition; the lead has an empty heading."""

    heading: str
    entries: list[Entry]


class Draft(Form):
    """An edition as it is being written."""

    title: str
    sections: list[Section]


class Breach(Form):
    """A place where a draft goes against a rule, with the exact words and a proposed fix."""

    rule: str
    quote: str
    where: str = Field(description="heading of the section")
    message: str
    fix: str = ""
    by: Literal["check", "judge"]


# --- planning and writing an edition --------------------------------------------------------------


class Item(Form):
    """Something to report: its passages, and the section that similar past entries stood in."""

    label: str
    title: str
    path: str
    hint: str
    passages: list[Passage]


class PlannedSection(Form):
    """A section to write: its heading, what it has to make clear, and its items by label."""

    heading: str
    angle: str
    items: list[str]


class LeftOut(Form):
    """An item that the plan does not use, and why."""

    item: str
    reason: str


class EditionPlan(Form):
    """What goes where in the edition."""

    title: str
    lead: str
    sections: list[PlannedSection]
    left_out: list[LeftOut]


class WrittenSection(Form):
    """The entries of one section."""

    entries: list[Entry]


@dataclass(frozen=True)
class Briefing:
    """What the assistant knows of the edition and of the client, in words."""

    title: str
    date: str
    brief: str
    language: str
    voice: str
    audience: str
    rules: str
    guidance: str
    lessons: str
    manner: str = "(none)"
    known: str = "(none)"

    def common(self) -> dict[str, str]:
        """The variables that the prompts of whoever writes have."""
        return {
            "language": self.language,
            "voice": self.voice,
            "rules": self.rules,
            "guidance": self.guidance,
            "manner": self.manner,
        }


def announced(headline: str, language: Language) -> str:
    """A headline as it stands before its sentences: with a colon, unless it ends by itself."""
    if headline[-1:] in ".!?…:":
        return headline
    return headline + ("\u00a0:" if language == "fr" else ":")
