"""What the page of a Brand OS calls things: kinds, metrics, and what to do where one is missing."""

from collections.abc import Mapping
from typing import NamedTuple

from savoirfaire.cli.messages import _, mark


class KindWords(NamedTuple):
    """Of a kind of record: its heading, how to say that there is none, and what to do then."""

    heading: str
    none: str
    advice: str


KIND_WORDS: Mapping[str, KindWords] = {
    "brand_voice": KindWords(
        mark("Voice"),
        mark("No brand voice is recorded."),
        mark("Describe it in a brand.toml: the README has an example."),
    ),
    "audience_persona": KindWords(
        mark("Audience"),
        mark("No audience is recorded."),
        mark("Keep the personas in a table: persona, then a column for each trait."),
    ),
    "industry": KindWords(
        mark("Industry"),
        mark("No industry is recorded."),
        mark("Write a note with `record: industry` in its front matter."),
    ),
    "competitor": KindWords(
        mark("Competitors"),
        mark("No competitor is recorded."),
        mark("Keep them in a table: competitor, positioning, strengths, weaknesses."),
    ),
    "strategy": KindWords(
        mark("Strategy"),
        mark("No strategy is recorded."),
        mark("Write a note with `record: strategy`: what is done, since when, and why."),
    ),
    "channel_performance": KindWords(
        mark("Results by channel"),
        mark("No result is recorded."),
        mark("Export the figures as CSV: date, channel, and a column for each metric."),
    ),
    "learning": KindWords(
        mark("Learnings"),
        mark("No learning is recorded."),
        mark("Keep them in a table: learning, context, evidence."),
    ),
    "win": KindWords(
        mark("What worked"),
        mark("No success is recorded with its context."),
        mark("Write a note with `record: win`: what, context, result, why."),
    ),
    "fail": KindWords(
        mark("What did not work"),
        mark("No failure is recorded with its context."),
        mark("Write a note with `record: fail`: what, context, result, why."),
    ),
    "brief": KindWords(
        mark("Briefs"),
        mark("No brief is recorded."),
        mark("Ingest the client's brief as it came."),
    ),
    "feedback": KindWords(
        mark("Feedback"),
        mark("No feedback is recorded."),
        mark("Ingest the commented documents and the mails that answer a draft."),
    ),
    "process_step": KindWords(
        mark("How the work is done"),
        mark("No process is recorded."),
        mark("Keep the steps in a table: step, who, tools, duration."),
    ),
    "offer": KindWords(
        mark("Offers and rates"),
        mark("No offer is recorded."),
        mark("Keep the rate card in a table: service, unit, price with its currency."),
    ),
    "case_study": KindWords(
        mark("Case studies"),
        mark("No case study is recorded."),
        mark("Keep them in a table: case study, challenge, approach, result."),
    ),
    "past_edition": KindWords(
        mark("Past editions"),
        mark("No past edition is recorded."),
        mark("Put the editions into a folder named past or editions."),
    ),
    "rule": KindWords(
        mark("Checked rules"),
        mark("No checked rule is recorded."),
        mark("Write what is corrected again and again as a rule: `savoir rules add`."),
    ),
}

FRESH_WORDS: Mapping[str, str] = {
    "channel_performance": mark("No result since {day}."),
    "past_edition": mark("No edition since {day}."),
    "feedback": mark("No feedback since {day}."),
    "learning": mark("No learning since {day}."),
    "win": mark("No success noted since {day}."),
    "fail": mark("No failure noted since {day}."),
    "strategy": mark("The strategy was not looked at since {day}."),
    "competitor": mark("The competitors were not looked at since {day}."),
    "offer": mark("The rates were not looked at since {day}."),
    "audience_persona": mark("The audience was not looked at since {day}."),
    "industry": mark("The industry was not looked at since {day}."),
    "process_step": mark("The process was not looked at since {day}."),
    "case_study": mark("No case study since {day}."),
}

_METRICS: Mapping[str, str] = {
    "sent": mark("sent"),
    "delivered": mark("delivered"),
    "opens": mark("opens"),
    "open_rate": mark("open rate"),
    "clicks": mark("clicks"),
    "click_rate": mark("click rate"),
    "click_to_open_rate": mark("click-to-open rate"),
    "unsubscribes": mark("unsubscribes"),
    "unsubscribe_rate": mark("unsubscribe rate"),
    "bounces": mark("bounces"),
    "bounce_rate": mark("bounce rate"),
    "subscribers": mark("subscribers"),
    "followers": mark("followers"),
    "impressions": mark("impressions"),
    "reach": mark("reach"),
    "views": mark("views"),
    "visits": mark("visits"),
    "visitors": mark("visitors"),
    "likes": mark("likes"),
    "comments": mark("comments"),
    "shares": mark("shares"),
    "engagements": mark("engagements"),
    "engagement_rate": mark("engagement rate"),
    "replies": mark("replies"),
    "leads": mark("leads"),
    "conversions": mark("conversions"),
    "conversion_rate": mark("conversion rate"),
    "sales": mark("sales"),
    "revenue": mark("revenue"),
    "cost": mark("cost"),
    "downloads": mark("downloads"),
    "items": mark("items"),
    "links": mark("links"),
    "words": mark("words"),
    "editions": mark("editions"),
    "topics": mark("topics"),
}

# The names of kinds, of one and of several: `brandos.forms` has them as LABELS.
LABELS = (
    *(mark("brand voice"), mark("audience persona"), mark("audience personas")),
    *(mark("industry"), mark("industries"), mark("competitor"), mark("competitors")),
    *(mark("channel result"), mark("channel results"), mark("strategy"), mark("strategies")),
    *(mark("learning"), mark("learnings"), mark("win"), mark("wins")),
    *(mark("failure"), mark("failures"), mark("brief"), mark("briefs")),
    *(mark("piece of feedback"), mark("feedback")),
    *(mark("process step"), mark("process steps"), mark("offer"), mark("offers")),
    *(mark("case study"), mark("case studies"), mark("past edition"), mark("past editions")),
)

VERDICTS = {
    "approved": mark("approved"),
    "change": mark("change asked for"),
    "rejected": mark("rejected"),
    "comment": mark("comment"),
}

TAX = {"excluded": mark("without tax"), "included": mark("tax included"), "unknown": ""}


def metric_words(metric: str) -> str:
    """A metric as people call it; one that is not known keeps its name."""
    return _(_METRICS[metric]) if metric in _METRICS else metric


def heading(kind: str) -> str:
    """The heading of a kind's section."""
    return _(KIND_WORDS[kind].heading) if kind in KIND_WORDS else kind
