"""The rule packs that are shipped: every rule is shown at work, and silent where it should be."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from savoirfaire.knowledge import rules
from savoirfaire.knowledge.rules.ruleset import Ruleset

PACKS = Path(rules.__file__).parent / "packs"
NAMES = sorted(folder.name for folder in PACKS.iterdir() if folder.is_dir())
FEW = 3
"""Examples of each kind that a rule needs at least."""


def read(path: Path) -> dict[str, Any]:
    """A YAML file of the packs."""
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return loaded


@cache
def pack(name: str) -> dict[str, dict[str, Any]]:
    """The rules of a pack, by check name."""
    paths = sorted((PACKS / name).glob("*.yml"))
    return {f"{name}.{path.stem}": read(path) for path in paths if path.stem != "examples"}


@cache
def ruleset(name: str) -> Ruleset:
    """A pack, ready to run."""
    return Ruleset.of(pack(name))


def alarms(name: str, check: str, text: str) -> set[str]:
    """The checks of a pack that speak, without the suggestions of other rules."""
    alerts = ruleset(name).check(text, path="example.md").alerts
    return {a.check for a in alerts if a.check == check or a.severity != "suggestion"}


def test_every_pack_is_described() -> None:
    """A client who chooses packs reads what each one is for, and whether it is on by default."""
    described = read(PACKS / "packs.yml")
    assert sorted(described) == NAMES
    assert all(set(entry) == {"about", "default"} for entry in described.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_examples(name: str) -> None:
    """No rule is shipped without texts that it must catch and near misses that it must spare."""
    examples = read(PACKS / name / "examples.yml")
    assert sorted(f"{name}.{rule}" for rule in examples) == sorted(pack(name))
    short = [
        rule
        for rule, kinds in examples.items()
        if sorted(kinds) != ["bad", "good"]
        or any(len(set(texts)) < FEW for texts in kinds.values())
    ]
    assert not short


@pytest.mark.parametrize("name", NAMES)
def test_examples(name: str) -> None:
    """A bad example raises its own rule and no other warning of the pack; a good one, none."""
    wrong = []
    for rule, kinds in read(PACKS / name / "examples.yml").items():
        check = f"{name}.{rule}"
        for kind, texts in kinds.items():
            wanted = {check} if kind == "bad" else set()
            found = [(text, alarms(name, check, text)) for text in texts]
            wrong += [(check, kind, *pair) for pair in found if pair[1] != wanted]
    assert not wrong


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("fr-")])
def test_french_messages(name: str) -> None:
    """The messages of a French pack follow the typography that the pack asks for."""
    faults = ("« ", " »", " :", " ;", " !", " ?", "...")
    messages = {check: rule["message"] for check, rule in pack(name).items()}
    assert not {c: m for c, m in messages.items() if any(fault in m for fault in faults)}


@pytest.mark.parametrize(
    ("name", "text", "fixed"),
    [
        ("EspaceSecable", "Vous venez ?", "Vous venez\u202f?"),
        ("EspaceManquante", "Vous venez?", "Vous venez\u202f?"),
        ("EspaceSecableDeuxPoints", "**Lieu** : la halle.", "**Lieu**\u00a0: la halle."),
        ("EspaceManquanteDeuxPoints", "**Lieu**: la halle.", "**Lieu**\u00a0: la halle."),
        ("Guillemets", 'Elle dit "oui" et sort.', "Elle dit «\u00a0oui\u00a0» et sort."),
        ("GuillemetFermant", "«\u00a0Oui» dit-elle.", "«\u00a0Oui\u00a0» dit-elle."),
        ("Pourcent", "Une hausse de 5%.", "Une hausse de 5\u00a0%."),
        ("EspaceMilliers", "Près de 1 250 000 clients.", "Près de 1\u202f250\u202f000 clients."),
        ("APreposition", "A partir de mardi.", "À partir de mardi."),
        ("PremierDuMois", "Le 1 mai, tout ferme.", "Le 1er mai, tout ferme."),
        ("Ligatures", "Au coeur de la ville.", "Au cœur de la ville."),
    ],
)
def test_fixes(name: str, text: str, fixed: str) -> None:
    """What a typographic rule offers to write instead is right to the character."""
    alert = ruleset("fr-typography").check(text, path="example.md").alerts[0]
    assert alert.check == f"fr-typography.{name}"
    assert text.replace(alert.match, alert.fix or "", 1) == fixed


@pytest.mark.parametrize(
    ("language", "text", "caught"),
    [
        ("fr", "Laissez-vous\nséduire par nos VÉRITABLES joyaux cachés.", "Invitations"),
        ("fr", "Qu’il plonge au cœur du monde : plongeons dans l'univers du vin.", "Ouvertures"),
        ("fr", "Nos offres jouèrent et jouent un rôle absolument crucial.", "Enjeux"),
        ("en", "Whether you’re a baker\nor a poet, delve into it.", "Invitations"),
        ("en", "It isn’t just bread — it’s a revolution.", "Antitheses"),
        ("en", "We are Unlocking The Power of bread.", "Stakes"),
    ],
)
def test_inflected_cliches(language: str, text: str, caught: str) -> None:
    """A cliché is caught in any inflection, with either apostrophe, and across a line break."""
    name = f"{language}-generated"
    found = {alert.check for alert in ruleset(name).check(text, path="a.md").alerts}
    assert f"{name}.{caught}" in found
