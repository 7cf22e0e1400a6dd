"""Proposals, from a brief to a document that a person approved, with and without a model."""

import asyncio
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest

from savoirfaire.agents.bids.sections import BidPlan
from savoirfaire.agents.bids.writing import BidBlock, BidSentence, WrittenBid
from savoirfaire.graphs.bidding.previous import last_proposal
from savoirfaire.graphs.runs import Progress
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.testing import Scripted, ScriptedTransport

FR, RIVAL = ClientScope("durand"), ClientScope("acme")
BRIEF = """# Consultation : un site pour la boulangerie

## 1. Contexte

La boulangerie Durand vend du pain dans deux villes. Son site date de 2014.

## 2. Prestations

2.1. Le prestataire devra refondre le site de la boulangerie.

2.2. Le site doit se lire sur téléphone.

## 3. Calendrier

3.1. Les offres doivent parvenir au plus tard le 4 mai 2026. Le budget est de 24.500 € HT.
"""
OURS = {
    "grille.csv": "Prestation;Unité;Prix HT (EUR)\nDesign;jour;850,00\nRédaction;jour;620,00\n",
    "etudes/musee.md": """---
record: étude de cas
nom: Le site du musée
client: Musée des Canuts
date: 2025-03-14
---
## Défi
Le site du musée ne se lisait pas sur téléphone.
## Approche
Nous avons refait le site avec les médiateurs.
## Résultat
Les réservations sont passées de 210 à 640 par semaine.
""",
}
THEIRS = {
    "etudes/rival.md": """---
record: case study
name: The rival's secret oven
---
## Approach
The site of the bakery was made by the rival.
## Result
The secret oven sold 999 loaves on the site.
"""
}
PRICING = {
    "vat": "20",
    "efforts": [{"lot": "Lot 1", "item": "Design", "quantity": "2.5"}],
}
REQUEST = {
    "brief": "brief.md",
    "language": "fr",
    "date": "2026-04-20",
    "title": "Un site",
    "pricing": PRICING,
}
_LABEL = re.compile(r"^<<<source (\w+)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _no_office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is converted by a program of the machine."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture(scope="session")
def agency(
    tmp_path_factory: pytest.TempPathFactory,
    ingested: Path,
    newsroom_of: Callable[[Path, Path], Any],
) -> Path:
    """A newsroom whose agency has rates and past work, and whose rival has secrets."""
    newsroom = newsroom_of(tmp_path_factory.mktemp("agency"), ingested)
    with newsroom.knowledge() as knowledge:
        house = knowledge.ledger.add_client("house", "fr")
    for scope, files in ((house, OURS), (RIVAL, THEIRS), (FR, {"brief.md": BRIEF})):
        newsroom.workspace.folder.joinpath("more").mkdir(exist_ok=True)
        newsroom.ingest(scope, files)
        for file in sorted(newsroom.workspace.folder.joinpath("more").rglob("*.*")):
            file.unlink()
        with newsroom.knowledge() as knowledge:
            with knowledge.index.using(scope):
                knowledge.brand_os.fill(scope)
            for each in knowledge.brand_os.list(scope, status="proposed"):
                knowledge.brand_os.accept(scope, each.id, by="ann")
    return Path(newsroom.workspace.folder)


@pytest.fixture
def desk(agency: Path, tmp_path: Path, newsroom_of: Callable[[Path, Path], Any]) -> Any:
    """A workspace of its own."""
    return newsroom_of(tmp_path / "own", agency)


async def begin(desk: Any, wire: ScriptedTransport | None = None, **request: Any) -> Progress:
    """Ask for a proposal and work on it until it rests."""
    asked = {key: each for key, each in {**REQUEST, **request}.items() if each is not None}
    async with desk.runs(wire) as runs:
        progress: Progress = await runs.drive(runs.submit(FR, "proposal", asked, by="ann"))
        return progress


async def decide(
    desk: Any,
    progress: Progress,
    verdict: str,
    wire: ScriptedTransport | None = None,
    **answer: Any,
) -> Progress:
    """Answer the open approval of a run and go on."""
    async with desk.runs(wire) as runs:
        decided = runs.approvals.decide(progress.approvals[0], verdict, by="bob", **answer)
        after: Progress = await runs.drive(decided.run)
        return after


def asked(desk: Any) -> dict[str, Any]:
    """What the last approval asks."""
    return dict(json.loads(desk.rows("approvals")[-1]["request"]))


def shown(desk: Any) -> dict[str, Any]:
    """The arguments of what the last approval asks."""
    return dict(asked(desk)["action_requests"][0]["args"])


def matrix(desk: Any) -> dict[str, str]:
    """The status of each requirement in the matrix last shown."""
    rows = [line.split(",") for line in shown(desk)["matrix"].splitlines()[1:]]
    return {row[0]: next(c for c in row if c in {"answered", "likely", "not answered"})
            for row in rows}  # fmt: skip


def published(desk: Any) -> dict[str, bytes]:
    """Every file in the outbox, by name."""
    return {p.name: p.read_bytes() for p in desk.workspace.outbox.rglob("*") if p.is_file()}


# --- offline --------------------------------------------------------------------------------------


async def test_offline(desk: Any) -> None:
    """Without a model: a sheet, then known words and computed prices, none of a rival."""
    progress = await begin(desk)
    sheet = shown(desk)["markdown"]
    assert "24 500,00 € ou 24,50 €" in sheet.replace("\u202f", " ").replace("\u00a0", " ")
    assert "4 mai 2026 (dans 14 jours)" in sheet
    progress = await decide(desk, progress, "approve")
    text = shown(desk)["markdown"].replace("\u202f", " ").replace("\u00a0", " ")
    assert "| **Total toutes taxes comprises** |  |  |  |  | **2 550,00 €** |" in text
    assert "**Résultat :** Les réservations sont passées de 210 à 640 par semaine." in text
    assert "Assemblé sans modèle de langue" in text
    assert "rival" not in text
    assert matrix(desk)["2.1-1"] == "not answered"
    assert "secret" not in json.dumps(await desk.state(progress.run))
    assert (await decide(desk, progress, "approve")).status == "completed"
    files = published(desk)
    assert sorted(files) == ["matrice.csv", "proposition.docx", "proposition.md"]
    assert files["matrice.csv"].decode("utf-8-sig").startswith("N°;Clause;")
    document = docx.Document(io.BytesIO(files["proposition.docx"]))
    assert any("2\u202f550,00" in c.text for t in document.tables for r in t.rows for c in r.cells)


async def test_no_go(desk: Any) -> None:
    """Where a person decides not to bid nothing is written, and the reason is kept."""
    progress = await decide(desk, await begin(desk), "reject", reason="Too far away")
    state = await desk.state(progress.run)
    assert (progress.status, state["lesson"]) == ("completed", True)
    assert "plan" not in state
    assert published(desk) == {}


async def test_effort_is_asked_for(desk: Any) -> None:
    """Without effort a person is asked, again where it cannot be priced; then it is computed."""
    progress = await decide(desk, await begin(desk, pricing=None), "approve")
    assert shown(desk)["rates"] == ["Design (850.00 / jour)", "Rédaction (620.00 / jour)"]
    for wrong in ("Lot 1; Desing; 2", "Lot 1; Design; 1.500", "two days"):
        progress = await decide(desk, progress, "respond", reason=wrong)
        assert shown(desk)["problem"]
    progress = await decide(desk, progress, "respond", reason="Lot 1; Design; 2,5\nvat; 20")
    assert "2\u202f550,00" in shown(desk)["markdown"]


async def test_no_rate_card(desk: Any) -> None:
    """An agency without rates has a proposal without a price that says so, and is asked about."""
    with desk.knowledge() as knowledge:
        house = ClientScope("house")
        (offer,) = knowledge.brand_os.list(house, kind="offer")
        knowledge.brand_os.reject(house, offer.id, by="ann")
    await decide(desk, await begin(desk, pricing=None), "approve")
    assert "il n'y a pas de grille tarifaire" in shown(desk)["markdown"]
    assert "pas de prix" in asked(desk)["flags"]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"brief": "bref.md"}, "brief.md?"),
        ({"offer": "Grille 2020"}, "there is no offer Grille 2020"),
        ({"template": "nowhere.docx"}, "the template nowhere.docx cannot be read"),
        (
            {"pricing": {"efforts": [{"lot": "L", "item": "Desing", "quantity": "1"}]}},
            "no rate for Desing",
        ),
    ],
)
async def test_parked(desk: Any, request_: dict[str, Any], why: str) -> None:
    """What cannot be read or priced parks the run before anybody decides, and says why."""
    progress = await begin(desk, **request_)
    assert progress.status == "needs_attention"
    assert why.rstrip("?") in progress.reason


# --- with a model ---------------------------------------------------------------------------------


def writing(sentences: Callable[[str, str], list[BidSentence]]) -> ScriptedTransport:
    """A model that plans nothing of its own and writes these sentences: (section, prompt)."""

    def answer(body: dict[str, Any]) -> Scripted:
        if body["response_format"]["json_schema"]["name"] == "BidPlan":
            return BidPlan(sections=[])
        prompt = str(body["messages"][-1]["content"])
        section = prompt.partition("Section: ")[2].partition("\n")[0]
        return WrittenBid(blocks=[BidBlock(sentences=sentences(section, prompt))])

    return ScriptedTransport(answer)


def cited(prompt: str, words: str) -> str:
    """The label of the passage with these words in a prompt."""
    return _LABEL.findall(prompt.partition("Passages to write from")[2].partition(words)[0])[-1]


def careful(section: str, prompt: str) -> list[BidSentence]:
    """Says one thing in the approach that answers a requirement, and invents in the past work."""
    if section == "Démarche":
        label = cited(prompt, "refondre le site")
        own = BidSentence(text="Nous refondons le site.", cites=[label], answers=["2.1-1", "9-9"])
        return [own, BidSentence(text="Cela prend 12 jours.", cites=[label])]
    if section == "Références":
        label = cited(prompt, "Musée des Canuts")
        return [
            BidSentence(text="Nous avons refait le site du Musée des Canuts.", cites=[label]),
            BidSentence(text="Les ventes de Lafarge ont triplé.", cites=[label]),
            BidSentence(text="Les réservations ont atteint 700 par semaine.", cites=[label]),
            BidSentence(text="Nous sommes les meilleurs.", cites=[]),
        ]
    return []


async def test_grounding(desk: Any) -> None:
    """A model sees no price; what it invents is taken out, what it answers is in the matrix."""
    wire = writing(careful)
    await decide(desk, await begin(desk, wire), "approve", wire)
    text, taken = shown(desk)["markdown"], "\n".join(asked(desk)["notes"]["taken out"])
    assert "Nous refondons le site." in text
    assert "Nous avons refait le site du Musée des Canuts." in text
    for invented in ("12 jours", "Lafarge", "700", "meilleurs"):
        assert invented not in text
        assert invented in taken
    assert "9-9" in taken
    assert matrix(desk)["2.1-1"] == "answered"
    assert matrix(desk)["2.2-1"] == "not answered"
    assert "Assemblé sans modèle" not in text
    prompts = "\n".join(wire.prompts).replace("\u202f", " ")
    assert "Lots: Lot 1" in prompts
    assert not any(each in prompts for each in ("850", "2 550", "2 125"))


async def test_compared_with_the_last(desk: Any) -> None:
    """A second proposal to the same brief is shown beside the first, as a person left it."""
    progress = await decide(desk, await begin(desk), "approve")
    assert asked(desk).get("before", "") == ""
    edited = {**shown(desk), "markdown": "# Un site\n\nEdited by hand.\n"}
    await decide(desk, progress, "edit", edits={"markdown": edited["markdown"]})
    assert published(desk)["proposition.md"].endswith(b"Edited by hand.\n")
    await decide(desk, await begin(desk), "approve")
    assert asked(desk)["before"] == edited["markdown"]
    async with desk.runs() as runs:
        last, engine = runs.list(FR.client)[0].id, runs.knowledge.ledger.engine
        assert last_proposal(engine, FR, "brief.md", before=last) == edited["markdown"]
        assert last_proposal(engine, RIVAL, "brief.md", before=last) == ""
        assert last_proposal(engine, FR, "other.md", before=last) == ""


async def test_eight_at_once(desk: Any) -> None:
    """Eight proposals of one campaign, a brief each, wait each at its own gate for its own text."""
    names = [f"brief{n}.md" for n in range(8)]
    desk.ingest(
        FR, {name: f"{BRIEF}\nLe lieu est la ville {name[5]}{name[5]}.\n" for name in names}
    )
    async with desk.runs() as runs:
        asked_ = [{**REQUEST, "brief": name, "title": name} for name in names]
        begun = [runs.submit(FR, "proposal", each, by="ann") for each in asked_]
        waiting = await asyncio.gather(*map(runs.drive, begun))
        for each in waiting:
            runs.approvals.decide(each.approvals[0], "approve", by="bob")
        waiting = await asyncio.gather(*map(runs.drive, begun))
        sent = [runs.approvals.get(each.approvals[0]) for each in waiting]
    assert {each.gate for each in sent} == {"send"}
    titles = [each.request["action_requests"][0]["args"]["title"] for each in sent]
    assert titles == names
    assert len({each.payload_hash for each in sent}) == 8
