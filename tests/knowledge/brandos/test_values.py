"""Numbers and dates as people write them: one reading, or none."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from savoirfaire.errors import Phrase
from savoirfaire.knowledge.brandos.structured import figures, metrics
from savoirfaire.knowledge.brandos.structured.days import moments
from savoirfaire.knowledge.brandos.structured.fronts import front, sections
from savoirfaire.knowledge.brandos.structured.material import Cell


def cells(*written: str) -> list[Cell]:
    """Cells with these words, each in a place of its own."""
    return [Cell(words, place * 100) for place, words in enumerate(written)]


@pytest.mark.parametrize(
    ("written", "sign", "values"),
    [
        (["12", "13"], None, ["12", "13"]),
        (["1 234,5", "7"], None, ["1234.5", "7"]),
        (["1\u202f234", "12"], None, ["1234", "12"]),
        (["1,234.5", "1,000"], None, ["1234.5", "1000"]),
        (["24,5 %", "3 %"], None, ["24.5", "3"]),
        (["€1,250.50", "€3.00"], None, ["1250.50", "3.00"]),
        (["1.250,50 €"], None, ["1250.50"]),
        (["(12)", "-3", "−4"], None, ["-12", "-3", "-4"]),
        (["24.500", "n/a", "–"], ".", ["24.500"]),
        (["24.500", "7"], ",", ["24500", "7"]),
        (["0.125", "7"], None, ["0.125", "7"]),
        (["1'234", "5"], None, ["1234", "5"]),
    ],
)
def test_numbers(written: Sequence[str], sign: str | None, values: Sequence[str]) -> None:
    """A column of numbers is read as its writer meant it."""
    read = figures.column(cells(*written), sign)
    assert read.why is None
    assert list(read.values.values()) == [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (["24.500", "7"], Phrase(figures.TWO_WAYS, cell="24.500")),
        (["7", "1,234"], Phrase(figures.TWO_WAYS, cell="1,234")),
        (["1.5", "1,5"], Phrase(figures.TWO_WAYS, cell="1.5")),
        (["24 %", "24"], figures.MIXED),
        (["€4", "4 $"], figures.MIXED),
        (["soon", "later"], figures.NO_NUMBERS),
        (["12", "soon", "late"], figures.NO_NUMBERS),
        (["12:30"], figures.NO_NUMBERS),
        (["1.2.3"], figures.NO_NUMBERS),
        (["1,23,4"], figures.NO_NUMBERS),
        (["٣"], figures.NO_NUMBERS),
        (["-"], figures.NO_NUMBERS),
        (["9" * 5000], figures.NO_NUMBERS),
        ([], figures.NO_NUMBERS),
    ],
)
def test_no_numbers(written: Sequence[str], why: object) -> None:
    """What may be read two ways, or is no number, is not read, and it is said why."""
    read = figures.column(cells(*written), None)
    assert (read.values, str(read.why)) == ({}, str(why))


@pytest.mark.parametrize(
    ("written", "days"),
    [
        (["2025-03-01", "2025/3/2"], ["2025-03-01", "2025-03-02"]),
        (["27/06/2025", "03/04/2025"], ["2025-06-27", "2025-04-03"]),
        (["06/27/2025", "03/04/2025"], ["2025-06-27", "2025-03-04"]),
        (["03/04/2025"], [None]),
        (["05/05/2025", "03.04.2025"], ["2025-05-05", "2025-04-03"]),
        (["1er mars 2025", "15 août 2024"], ["2025-03-01", "2024-08-15"]),
        (["March 1, 2025", "Mon, 3 Feb 2025"], ["2025-03-01", "2025-02-03"]),
        (["mars 2025", "2025-03", "03/2025"], ["2025-03-01"] * 3),
        (["T2 2025", "2025 Q2"], ["2025-04-01"] * 2),
        (["S12 2025", "2025-W12", "semaine 12, 2025"], ["2025-03-17"] * 3),
        (["2025", "2025-06-27 10:30", "2025-06-27T10:30:00"], ["2025-01-01", *["2025-06-27"] * 2]),
        (["31/02/2025", "2025-13-01", "S60 2025", "total", "", "9" * 999], [None] * 6),
        (["27/06/2025", "06/27/2025", "03/04/2025"], [None, None, None]),
    ],
)
def test_days(written: Sequence[str], days: Sequence[str | None]) -> None:
    """Dates in French and English are read; one that may be two days is not."""
    assert [each and each.day for each in moments(written)] == list(days)


def test_days_in_french() -> None:
    """In a French table the day comes first."""
    assert [each and each.day for each in moments(["03/04/2025"], day_first=True)] == ["2025-04-03"]


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("Taux d’ouverture (%)", "open_rate"),
        ("taux d'ouverture", "open_rate"),
        ("Open rate", "open_rate"),
        ("CTR", "click_rate"),
        ("Désabonnements", "unsubscribes"),
        ("Chiffre d'affaires (k€)", "revenue"),
        ("Humeur", "Humeur"),
    ],
)
def test_metrics(name: str, metric: str) -> None:
    """A metric is the same in both languages; one that is not known keeps its name."""
    assert metrics.metric(metrics.named(name)[0]) == metric


def test_front_matter_places() -> None:
    """Every value of front matter, and every section, stands where it says."""
    text = (
        "---\nfiche: win\ntitre: 'Un été'\nliste:\n  - a\n  - b\nlong: un\n  deux\nvide:\n---\n"
        "Avant.\n\n## Contexte\n\n- un\n- deux\n\n## Vide\n"
    )
    found = front(text)
    assert {key: [cell.words for cell in values] for key, values in found.items()} == {
        "fiche": ["win"],
        "titre": ["Un été"],
        "liste": ["a", "b"],
        "long": ["un\n  deux"],
    }
    parts = list(sections(text, text.index("Avant")))
    assert [(part.name, [item.words for item in part.items()]) for part in parts] == [
        ("", ["Avant."]),
        ("contexte", ["un", "deux"]),
        ("vide", []),
    ]
    told = [cell for values in found.values() for cell in values]
    told += [item for part in parts for item in part.items()]
    assert all(text[cell.start : cell.end] == cell.words for cell in told)
