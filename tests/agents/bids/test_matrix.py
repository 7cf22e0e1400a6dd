from savoirfaire.agents.bids.matrix import Section, matrix
from savoirfaire.agents.bids.requirements import requirements

BRIEF = (
    "1. The site must be accessible to screen readers.\n\n"
    "2. Weekly progress reports must be sent to the project lead.\n\n"
    "3. L’agence doit animer deux ateliers avec les équipes commerciales.\n\n"
    "4. Do it.\n"
)
REPORTS = "We send weekly progress reports to your project lead."


def rows(*sections: Section) -> list[tuple[str, str, tuple[str, ...]]]:
    """The matrix of some sections, in short."""
    found = matrix(BRIEF, requirements(BRIEF), sections)
    return [(row.requirement.id, row.status, row.sections) for row in found]


def test_every_requirement_has_a_row() -> None:
    """With nothing written, nothing is answered, and nothing is dropped."""
    assert rows() == [(f"{n}-1", "not answered", ()) for n in range(1, 5)]


def test_answered_likely_not_answered() -> None:
    """What a section names is answered; what only has the words is likely; the rest is open."""
    assert rows(
        Section("Quality", "Accessibility comes first.", frozenset({"1-1"})),
        Section("Steering", REPORTS),
        Section("Ateliers", "Deux ateliers, que nous animerons avec les équipes commerciales."),
    ) == [
        ("1-1", "answered", ("Quality",)),
        ("2-1", "likely", ("Steering",)),
        ("3-1", "likely", ("Ateliers",)),
        ("4-1", "not answered", ()),
    ]
