"""The two demo clients: real editions, honest rules, and no sight of the edition to write."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from savoirfaire.agents.checks import check_draft, check_markdown, level_of
from savoirfaire.agents.forms import Draft, Entry, Passage, Section, Sentence
from savoirfaire.knowledge.brand import BrandPack, Rule

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDERS = ("optech", "optech-fr")


def pack(folder: str) -> BrandPack:
    """The brand pack of a demo client."""
    return BrandPack.parse((EXAMPLES / folder / "brand.toml").read_text(encoding="utf-8"))


def request_of(folder: str) -> dict[str, object]:
    """The request of a demo client."""
    data = yaml.safe_load((EXAMPLES / folder / "request.yaml").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


RULES = [
    pytest.param(folder, rule, id=f"{folder}-{rule.id}")
    for folder in FOLDERS
    for rule in pack(folder).rules
]


@pytest.mark.parametrize("folder", FOLDERS)
def test_pack(folder: str) -> None:
    """A pack says whose words these are, where each rule is written, and keeps publishing gated."""
    brand = pack(folder)
    assert brand.brand.language == request_of(folder)["language"]
    assert len(brand.rules) >= 40
    assert all(rule.source and rule.use for rule in brand.rules)
    assert brand.gates.never_lift == ["publish"]


@pytest.mark.parametrize(("folder", "rule"), RULES)
def test_rule_fires(folder: str, rule: Rule) -> None:
    """Each rule finds each of its own terms, and is content with its own fix."""
    for term in rule.avoid:
        (breach,) = [b for b in check_markdown(f"Here a {term} b.", pack(folder)) if b.fix]
        assert (breach.rule, breach.quote, breach.fix) == (rule.id, term, rule.use)
    assert check_markdown(f"Here a {rule.use} b.", pack(folder)) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_rules_fit_the_real_editions(folder: str) -> None:
    """The twelve real editions hardly break the rules: none that matters in more than two."""
    brand, editions = pack(folder), sorted((EXAMPLES / folder / "past").glob("*.md"))
    broken: Counter[str] = Counter()
    for edition in editions:
        found = check_markdown(edition.read_text(encoding="utf-8"), brand)
        broken.update({breach.rule for breach in found})
        assert len(found) <= 5
    assert len(editions) == 12
    often = {rule for rule, count in broken.items() if count > 2}
    assert {rule for rule in often if level_of(rule, brand) != "suggestion"} == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_required_sections_are_real(folder: str) -> None:
    """Every required section stands in most of the real editions."""
    texts = [path.read_text(encoding="utf-8") for path in (EXAMPLES / folder / "past").iterdir()]
    for heading in pack(folder).edition.required_sections:
        assert sum(f"\n## {heading}\n" in text for text in texts) >= 7


@pytest.mark.parametrize("folder", FOLDERS)
def test_edition_to_write_is_not_there(folder: str) -> None:
    """What is ingested ends before the edition that the demo asks for."""
    asked = request_of(folder)
    dates = sorted(path.name[:10] for path in (EXAMPLES / folder / "past").iterdir())
    assert dates[-1] == "2025-06-20" < str(asked["date"])
    names = [path.name for path in (EXAMPLES / folder).rglob("*") if path.is_file()]
    assert not [name for name in names if name.startswith("2025-06-27")]
    for path in (EXAMPLES / folder / "past").iterdir():
        assert "newsletters/2025/06/27" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS)
def test_request(folder: str) -> None:
    """A request names items that are there, each with its title, link, section and date."""
    asked = request_of(folder)
    assert set(asked) == {"title", "date", "language", "openings", "items", "brief"}
    items = asked["items"]
    assert isinstance(items, list)
    assert len(items) == 10
    edition = pack(folder).edition
    for item in items:
        text = (EXAMPLES / folder / item).read_text(encoding="utf-8")
        _, head, body = text.split("---\n", 2)
        front = yaml.safe_load(head)
        assert front["link"] in body
        assert front["section"] in edition.required_sections + edition.optional_sections
        assert str(front["date"]) == asked["date"]
        assert "{%" not in body
        assert "][" not in body


@pytest.mark.parametrize("folder", FOLDERS)
def test_items_pass_the_checks(folder: str) -> None:
    """An item quoted word for word, cited and linked, is a good entry: the checks cry no wolf."""
    passages, sections = [], {}
    for number, path in enumerate(sorted((EXAMPLES / folder / "items").iterdir()), start=1):
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        front, label = yaml.safe_load(head), f"S{number}"
        passages.append(
            Passage(
                label=label, source=path.stem, path=path.name, start=0, end=len(body), quote=body,
                kind="item", score=1.0,
            )
        )  # fmt: skip
        entry = Entry(
            headline=front["title"],
            url=front["link"],
            sentences=[Sentence(text=body, cites=[label])],
        )
        sections.setdefault(front["section"], []).append(entry)
    lead = Entry(sentences=[Sentence(text=passages[0].quote, cites=["S1"])])
    draft = Draft(
        title=str(request_of(folder)["title"]),
        sections=[
            Section(heading="", entries=[lead]),
            *(Section(heading=heading, entries=entries) for heading, entries in sections.items()),
        ],
    )
    found = check_draft(draft, pack(folder), passages)
    assert [b for b in found if level_of(b.rule, pack(folder)) == "error"] == []
    assert len(found) <= 2


@pytest.mark.parametrize("folder", FOLDERS)
def test_licence_and_size(folder: str) -> None:
    """The licence and the origin go with the excerpts, which are small."""
    base = EXAMPLES / folder
    licence = (base / "LICENSE.txt").read_bytes()
    assert b"Bitcoin Optech contributors" in licence
    assert hashlib.sha256(licence).digest() == hashlib.sha256(
        (EXAMPLES / "optech" / "LICENSE.txt").read_bytes()
    ).digest()  # fmt: skip
    origin = (base / "ORIGIN.md").read_text(encoding="utf-8")
    assert "bitcoinops/bitcoinops.github.io" in origin
    assert "082bd77b" in origin
    assert sum(path.stat().st_size for path in base.rglob("*") if path.is_file()) < 600_000
