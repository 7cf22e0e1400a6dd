"""A real request for quotation: each clause that a person counted has its requirements."""

from itertools import pairwise
from pathlib import Path

import pytest

from savoirfaire.agents.bids.asks import asks, deadlines
from savoirfaire.agents.bids.clauses import clauses, labels
from savoirfaire.agents.bids.requirements import requirements

FOLDER = Path(__file__).parent / "18f"

# Counted by hand, in order: the label of each numbered or lettered clause, and how it begins. In
# clause 7 the letters begin again for the price quotation.
COUNTED = {
    "rfq.md": """\
2 | 2.The resultant task order
3 | 3.Period of Performance
4 | 4.Type of Contract
5 | 5.Please submit your quotation
6 | 6.Special Instructions
6.a | a.  Quotations shall be formatted
6.b | b.  The technical quotation
6.c | c.  Quotation Validation Date
6.d | d.  Communications Prior to Award
7 | 7.Quotation Instructions
7.a | a.  Cover Page
7.b | b.  Staffing Plan
7.c | c.   Similar Experience
7.a | a.  Pricing Narrative
7.b | b.  Pricing Schedule
""",
    "pws.md": """\
5.5 | ###5.5 Transition
5.5.1 | ####5.5.1 Transition Plan
5.5.1.a | a)  Ensure and agree
5.5.1.b | b)  Two weeks prior
5.5.1.c | c)  Coordinate with the COR
5.5.1.d | d)  Provide assistance
5.5.2 | ####5.5.2 Transition Activities
5.6 | ###5.6 Deliverables
5.6.1 | ####5.6.1 Delivery Instructions
5.6.2 | ####5.6.2 Inspection and Acceptance
5.6.3 | ####5.6.3 System Documentation
5.6.4 | ####5.6.4. Quality Assurance
5.7 | ###5.7 Personnel
5.7.1 | ####5.7.1. Desired Skills
5.7.2 | ####5.7.2 Key Personnel
5.7.2.a | a)  The Contractor shall assign
5.7.2.b | b)  If an individual proposed
5.7.2.c | c)  The Contractor agrees
5.7.2.d | d)  All requests for substitutions
5.7.2.e | e)  The Contracting Officer
5.7.2.f | f)  At a minimum, a Project Manager
5.7.3 | ####5.7.3 Estimated Level of Effort
5.8 | ###5.8 Travel
5.9 | ###5.9 Additional Considerations
5.9.1 | ####5.9.1 Potential Organizational
5.9.1.1 | 1.  Being able to render
5.9.1.2 | 2.  Being given an unfair
""",
}


def counted(name: str) -> list[tuple[str, str]]:
    """The clauses of a document that a person counted."""
    pairs = (line.split(" | ") for line in COUNTED[name].splitlines())
    return [(label, begins) for label, begins in pairs]


@pytest.mark.parametrize("name", COUNTED)
def test_every_numbered_clause(name: str) -> None:
    """Each clause has a requirement of its own label, within it; and no label is made up."""
    text, listed = (FOLDER / name).read_text(encoding="utf-8"), counted(name)
    assert labels(clauses(text)) == list(dict.fromkeys(label for label, _ in listed))
    found, at = requirements(text), 0
    places = [at := text.index(begins, at) for _, begins in listed]
    for (label, _), (start, end) in zip(listed, pairwise([*places, len(text)]), strict=True):
        own = [each for each in found if each.label == label and start <= each.start < end]
        assert own, label


def test_what_has_to_be_asked() -> None:
    """The offer has to hold for longer than ours; the day to answer by and the budget are asked."""
    text = (FOLDER / "rfq.md").read_text(encoding="utf-8")
    about = [each.about for each in asks(text, "en", today="2016-04-01", valid_days=30)]
    assert about == ["budget", "deadline", "validity"]
    assert deadlines(text, "2016-04-01") == []
