"""The forms of the Brand OS's records, one class a kind.

A form is short: what a team can fill in and read again. Times, sources, author and status belong to
the record that carries it (`records.Record`). French and English content are equal: a form holds
words as they were said, and nothing in it depends on a language.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from savoirfaire.knowledge.brandos.fields import (
    Amount,
    Currency,
    Day,
    Form,
    Line,
    Lines,
    Note,
    Part,
    Prose,
    Short,
    Tongue,
)

Examples = Annotated[tuple[Prose, ...], Field(max_length=100)]
MOST_POINTS = 10_000
"""The points of one series; a day each, that is 27 years."""


class Guideline(Part):
    """What to do or to avoid in writing, in words that a reader judges."""

    text: Prose
    reason: Note = Field("", description="why, or where it is laid down")


class BrandVoice(Form):
    """How a brand speaks in one language."""

    KEY = ("brand", "language", "aspect")
    TITLE = ("brand", "aspect")
    LABELS = ("brand voice", "brand voice")

    brand: Line = Field(description="the brand's name")
    language: Tongue = Field(description="of the texts it is the voice of")
    aspect: Short = Field("", description="such as humour; empty: the voice as a whole")
    voice: Prose = Field(description="the voice in sentences")
    guidance: Annotated[tuple[Guideline, ...], Field(max_length=500)] = ()


class Trait(Part):
    """One thing that is said of a persona; `assumed` where no source says it."""

    attribute: Line = Field(description="such as job, age, need, fear, habit")
    value: Prose
    assumed: bool = False


class AudiencePersona(Form):
    """Somebody a client speaks to: a kind of person, with traits that are each sourced."""

    KEY = ("name",)
    TITLE = ("name",)
    LABELS = ("audience persona", "audience personas")

    name: Line
    description: Note = ""
    share: float | None = Field(None, ge=0, le=1, description="of the whole audience, if known")
    traits: Annotated[tuple[Trait, ...], Field(max_length=500)] = ()


class Industry(Form):
    """The market a client works in."""

    KEY = ("name",)
    TITLE = ("name",)
    LABELS = ("industry", "industries")

    name: Line
    description: Note = ""
    trends: Lines = ()
    rules: Lines = Field((), description="laws and codes that bind what may be said")
    terms: Lines = Field((), description="words of the trade")


class Competitor(Form):
    """Somebody who is after the same audience."""

    KEY = ("name",)
    TITLE = ("name",)
    LABELS = ("competitor", "competitors")

    name: Line
    positioning: Note = Field("", description="how they present themselves, in words")
    strengths: Lines = ()
    weaknesses: Lines = ()
    site: Short = ""
    notes: Note = ""


class Point(Part):
    """A value at a date: for a week, a month or a year, its first day."""

    date: Day
    value: float
    label: Short = Field("", description="what was measured, such as the subject line sent")


class ChannelPerformance(Form):
    """What a channel brought, over time."""

    KEY = ("channel", "metric", "period")
    TITLE = ("channel", "metric")
    LABELS = ("channel result", "channel results")

    channel: Line = Field(description="such as newsletter, instagram")
    metric: Line = Field(description="one of metrics.METRICS where it is known, else as written")
    unit: Short = Field("", description="%, a currency, or empty for a count")
    period: Literal["day", "week", "month", "quarter", "year"] = "day"
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=MOST_POINTS)]


class Shift(Part):
    """One change of a strategy."""

    date: Day | None = None
    what: Prose
    why: Note = ""


class Strategy(Form):
    """What was decided for a matter, and how it changed."""

    KEY = ("topic",)
    TITLE = ("topic",)
    LABELS = ("strategy", "strategies")
    SINCE = "decided_on"

    topic: Line = Field(description="the matter, such as social media or pricing")
    statement: Prose = Field(description="what is done, and what is not")
    decided_on: Day | None = None
    reason: Note = ""
    changes: Annotated[tuple[Shift, ...], Field(max_length=200)] = ()


class Learning(Form):
    """What experience taught."""

    KEY = ("topic",)
    TITLE = ("topic",)
    LABELS = ("learning", "learnings")

    topic: Line = Field(description="as narrow as what was learned: emoji in subject lines")
    statement: Prose
    context: Note = Field("", description="where and when it holds")
    evidence: Note = Field("", description="what it rests on, with figures as the source has them")
    date: Day | None = None


class _Outcome(Form):
    KEY = ("what",)
    TITLE = ("what",)

    what: Prose = Field(description="what was done")
    context: Prose = Field(description="for whom, when, with what means: what made it special")
    result: Prose = Field(description="what came of it, with figures as the source has them")
    why: Note = Field("", description="why it came out so")
    channel: Short = ""
    date: Day | None = None


class Win(_Outcome):
    """What worked, in its context."""

    LABELS = ("win", "wins")


class Fail(_Outcome):
    """What did not work, in its context."""

    LABELS = ("failure", "failures")


class Brief(Form):
    """What a client asked for."""

    KEY = ("name", "date")
    TITLE = ("name", "date")
    LABELS = ("brief", "briefs")

    name: Line
    date: Day | None = None
    objective: Note = ""
    audience: Note = ""
    message: Note = ""
    deliverables: Lines = ()
    constraints: Lines = ()
    deadline: Day | None = None
    budget: Short = Field("", description="as written: parsing money is the proposal's work")


class Feedback(Form):
    """What somebody said of a piece of work."""

    KEY = ("about", "author", "quote")
    TITLE = ("about", "author")
    LABELS = ("piece of feedback", "feedback")

    about: Line = Field(description="the work, such as a document or the subject of a mail")
    quote: Prose = Field(description="word for word")
    verdict: Literal["approved", "change", "rejected", "comment"] = "comment"
    author: Short = ""
    date: Day | None = None
    iteration: int | None = Field(None, ge=1, le=10_000, description="of the work, from 1")


class ProcessStep(Form):
    """A step of the work, as it is really done."""

    KEY = ("process", "what")
    TITLE = ("process", "what")
    LABELS = ("process step", "process steps")

    process: Line = Field(description="such as monthly newsletter")
    order: int = Field(ge=1, le=10_000, description="its place in the process, from 1")
    what: Line
    who: Short = Field("", description="the role that does it")
    tools: Lines = ()
    duration: Short = Field("", description="as it is said: half a day")
    notes: Note = Field("", description="how it differs from how it was meant")


class RateLine(Part):
    """One line of a rate card: so much for one unit of something."""

    item: Line
    unit: Short = Field("", description="day, hour, piece; empty: the whole")
    amount: Amount
    notes: Note = ""


class Offer(Form):
    """What is sold, at which rates."""

    KEY = ("name",)
    TITLE = ("name",)
    LABELS = ("offer", "offers")

    name: Line
    description: Note = ""
    currency: Currency
    tax: Literal["excluded", "included", "unknown"] = Field(
        "unknown", description="whether the amounts hold the value-added tax"
    )
    lines: Annotated[tuple[RateLine, ...], Field(max_length=1000)] = ()
    conditions: Lines = ()


class CaseStudy(Form):
    """A piece of past work that can be shown, with what it brought."""

    KEY = ("name",)
    TITLE = ("name", "customer")
    LABELS = ("case study", "case studies")

    name: Line
    customer: Short = ""
    industry: Short = ""
    date: Day | None = None
    challenge: Note = ""
    approach: Note = ""
    result: Prose = Field(description="with figures as the source has them")
    services: Lines = ()


class PastEdition(Form):
    """An edition that was published, as it can be counted."""

    KEY = ("name", "date", "language")
    TITLE = ("name",)
    LABELS = ("past edition", "past editions")

    name: Line
    date: Day | None = None
    language: Tongue | None = None
    sections: Lines = Field((), description="its headings, in order")
    items: int = Field(0, ge=0, description="how many things it reports")
    links: int = Field(0, ge=0)
    words: int = Field(0, ge=0)


class BrandRule(Form):
    """A rule of writing that a program checks, in Vale's format, with texts it must pass."""

    KEY = ("name",)
    TITLE = ("name",)
    LABELS = ("checked rule", "checked rules")

    name: Line
    body: Prose = Field(description="the rule as YAML, in Vale's format")
    level: Literal["suggestion", "warning", "error"] = "warning"
    reason: Note = ""
    bad: Examples = Field((), description="texts in which the rule must find something")
    good: Examples = Field((), description="texts that the rule must leave alone")
    context: bool = Field(
        default=False,
        description="whether its terms depend on their context: a suggestion, for a reader",
    )

    @model_validator(mode="after")
    def _usable(self) -> Self:
        """A rule that cannot be read is refused at once; one for a reader is only a suggestion."""
        from savoirfaire.knowledge.brandos.rulings import readable  # noqa: PLC0415 - engines load late

        if self.context and self.level != "suggestion":
            raise ValueError("a rule whose terms depend on context must be a suggestion")
        readable(self.name, self.body, self.level)
        return self


KINDS: Mapping[str, type[Form]] = MappingProxyType(
    {
        "brand_voice": BrandVoice,
        "audience_persona": AudiencePersona,
        "industry": Industry,
        "competitor": Competitor,
        "strategy": Strategy,
        "channel_performance": ChannelPerformance,
        "learning": Learning,
        "win": Win,
        "fail": Fail,
        "brief": Brief,
        "feedback": Feedback,
        "process_step": ProcessStep,
        "offer": Offer,
        "case_study": CaseStudy,
        "past_edition": PastEdition,
        "rule": BrandRule,
    }
)
"""Every kind of record with its form, in the order in which a page shows them."""
