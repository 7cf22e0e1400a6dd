"""The forms of records: what goes in comes out, and what is no record stays out."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from savoirfaire.knowledge.brandos.forms import KINDS

SAMPLES: dict[str, dict[str, Any]] = {
    "brand_voice": {
        "brand": "Maison Été",
        "language": "fr",
        "voice": "Sobre.",
        "guidance": [{"text": "Pas de superlatif."}],
    },
    "audience_persona": {
        "name": "Léa",
        "share": 0.25,
        "traits": [{"attribute": "métier", "value": "boulangère", "assumed": True}],
    },
    "industry": {"name": "Boulangerie", "terms": ["levain"]},
    "competitor": {"name": "Bolt", "strengths": ["prix"]},
    "channel_performance": {
        "channel": "newsletter",
        "metric": "open_rate",
        "unit": "%",
        "points": [{"date": "2025-01-06", "value": 24.5, "label": "Bonne année"}],
    },
    "strategy": {
        "topic": "prix",
        "statement": "Pas de remise.",
        "decided_on": "2025-01-01",
        "changes": [{"date": "2025-02-01", "what": "Sauf à Noël."}],
    },
    "learning": {"topic": "emoji", "statement": "Ils n'aident pas."},
    "win": {"what": "Un concours", "context": "À Noël", "result": "300 inscrits"},
    "fail": {"what": "Un sondage", "context": "En août", "result": "2 réponses"},
    "brief": {"name": "Printemps", "deliverables": ["4 lettres"], "deadline": "2025-03-01"},
    "feedback": {"about": "Lettre 4", "quote": "Trop long.", "verdict": "change", "iteration": 2},
    "process_step": {"process": "Lettre", "order": 1, "what": "Relire", "tools": ["Word"]},
    "offer": {
        "name": "Grille",
        "currency": "eur",
        "lines": [{"item": "Jour", "unit": "jour", "amount": "1250.50"}],
    },
    "case_study": {"name": "Refonte", "result": "+12 %"},
    "past_edition": {"name": "Lettre 4", "date": "2025-01-06", "items": 3},
    "rule": {"name": "Mots", "body": "{extends: existence, message: non, tokens: [newsletter]}"},
}


def test_every_kind_has_a_sample() -> None:
    """No kind goes untested."""
    assert set(SAMPLES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind: str) -> None:
    """A record of each kind survives the ledger's JSON, with its key, title and name."""
    form = KINDS[kind].of(SAMPLES[kind])
    again = KINDS[kind].of(json.loads(json.dumps(form.plain())))
    assert again == form
    assert again.key == form.key == form.key.casefold()
    assert form.title.strip()
    assert all(form.LABELS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "broken", [{"unheard": "of"}, None, "words", {"name": 1}, {"what": "\0"}, {"name": "\ud800"}]
)
def test_what_is_no_record(kind: str, broken: Any) -> None:
    """An unknown field, another type, a NUL and half a character are refused in every kind."""
    data = {**SAMPLES[kind], **broken} if isinstance(broken, dict) else broken
    with pytest.raises(ValidationError):
        KINDS[kind].of(data)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("offer", {"lines": [{"item": "Jour", "amount": 0.1}]}),
        ("offer", {"lines": [{"item": "Jour", "amount": "NaN"}]}),
        ("offer", {"currency": "€"}),
        ("channel_performance", {"points": []}),
        ("channel_performance", {"points": [{"date": "2025-13-01", "value": 1}]}),
        ("channel_performance", {"points": [{"date": "2025-01-01", "value": float("inf")}]}),
        ("strategy", {"decided_on": "yesterday"}),
        ("audience_persona", {"share": 40}),
        ("win", {"context": "  "}),
        ("process_step", {"order": 0}),
    ],
)
def test_exactness(kind: str, change: dict[str, Any]) -> None:
    """Money is exact, numbers finite, dates are dates, and a win without context is none."""
    with pytest.raises(ValidationError):
        KINDS[kind].of({**SAMPLES[kind], **change})


def test_money_is_exact() -> None:
    """An amount is kept to the cent, as text."""
    offer = KINDS["offer"].of(SAMPLES["offer"])
    assert offer.plain()["lines"][0]["amount"] == "1250.50"
    assert offer.plain()["currency"] == "EUR"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Été  Paris", "ete paris", True),
        ("Œuvre", "oeuvre", True),
        ("Bolt", "Volt", False),
        ("x" * 400, "x" * 401, False),
    ],
)
def test_key_is_folded(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a table
    """What a record is about does not depend on case, accents, ligatures or spaces."""
    first, second = (KINDS["competitor"].of({"name": name}) for name in (one, other))
    assert (first.key == second.key) is same
    assert len(first.key) < 350
    assert len(first.title) <= 120
