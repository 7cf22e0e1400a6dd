"""The forms that pass between roles, checks and graphs: plain data, stored as JSON in a run's state."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
