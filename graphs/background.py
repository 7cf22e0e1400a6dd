"""What the Brand OS says that an edition should be written with: records and facts of the moment.

They shape what is chosen and how it is told. Nothing is reported from them: what an edition states
comes from its items.
"""

from savoirfaire.agents.role import fence
from savoirfaire.tools.recall import Known
from savoirfaire.tools.statements import RecalledFact, RecalledRecord

KINDS = ("audience_persona", "strategy", "learning", "win", "fail", "feedback")
"""The records that say for whom, to what end, and what was learned."""

NOTHING = "(none)"
_MOST = 12  # of either sort
_LONGEST = 600  # characters of one


def background(known: Known, *, pack: str) -> str:
    """The records and facts in words, each fenced with the source's own words.

    What comes from the brand pack `pack` itself stands elsewhere in every request.
    """
    shaping = (each for each in known.records if each.kind in KINDS)
    records = [each for each in shaping if each.author != pack][:_MOST]
    told = [_record(each) for each in records]
    told += [_fact(each) for each in known.facts[:_MOST] if each.author != pack]
    return "\n\n".join(fence(each, f"K{n}") for n, each in enumerate(told, start=1)) or NOTHING


def _record(record: RecalledRecord) -> str:
    quotes = dict.fromkeys(span.quote for span in record.spans)
    said = "\n".join(each for each in quotes if each != record.title)
    return f"{record.kind}: {record.title}\n{said}"[:_LONGEST].rstrip()


def _fact(fact: RecalledFact) -> str:
    since = f" (since {fact.valid_from})" if fact.valid_from else ""
    return f"fact: {fact.subject}, {fact.attribute}: {fact.says}{since}"[:_LONGEST]
