"""Triage by embeddings beside words: learned where they help, and never what mail depends on."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from savoirfaire.agents.triage.files import unpacked
from savoirfaire.agents.triage.heads import Heads
from savoirfaire.agents.triage.meaning import FILE, LOOKED_AT
from savoirfaire.agents.triage.store import TriageStore
from savoirfaire.errors import TriageError, UnavailableError
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope
from tests.agents.test_triage import letters as vague
from tests.agents.test_triage import repacked

ACME = ClientScope("acme")
MEANT = {
    "invoice": ("invoice", "payment", "facture", "solde"),
    "proof": ("proof", "layout", "maquette", "gabarit"),
    "meeting": ("meeting", "calendar", "réunion", "créneau"),
}
UNHEARD = {said[3]: route for route, said in MEANT.items()}


class Meaning:
    """Gives a vector by the route that a text's words are about, as a good model would."""

    def __init__(self, name: str = "meaning", *, scale: float = 1.0, size: int = 4) -> None:
        self.name = name
        self.asked: list[str] = []
        self._scale = scale
        self._size = size

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One number for each route, and a constant."""
        self.asked += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        about = [float(any(word in text for word in said)) for said in MEANT.values()]
        return [each * self._scale for each in [0.1, *about, *[0.0] * 9][: self._size]]


class Down(Meaning):
    """Answers so many requests, then no more."""

    def __init__(self, answers: int = 0, name: str = "meaning") -> None:
        super().__init__(name)
        self._answers = answers

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors, or no answer."""
        self._answers -= 1
        if self._answers < 0:
            raise UnavailableError("cannot reach the endpoint: {reason}", reason="gone")
        return super().embed(texts)


class Noise(Meaning):
    """Gives vectors that only mislead: strong, and of another route each time."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A direction at random for each text."""
        draw = np.random.default_rng(len(texts))
        return [[float(n) for n in draw.normal(size=64)] for _ in texts]


class Parity(Meaning):
    """Knows of each number what its digits do not show."""

    def _vector(self, text: str) -> list[float]:
        return [1.0, 0.0] if int(text) // 7919 % 2 else [0.0, 1.0]


def letters(count_each: int = 8) -> dict[str, str]:
    """Messages with one of three words of their route."""
    return {
        f"{said[n % 3]} hello {n} {route[0]}": route
        for route, said in MEANT.items()
        for n in range(count_each)
    }


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A ledger of one client."""
    made = Ledger(open_database(tmp_path_factory.mktemp("ledger") / "ledger.db"))
    made.add_client("acme", language="en")
    return made


@pytest.fixture(scope="module")
def made(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that learned by meaning."""
    folder = tmp_path_factory.mktemp("made")
    TriageStore(ledger.engine, folder).learn(ACME, letters(), embedder=Meaning())
    return folder


@pytest.fixture
def learned(ledger: Ledger, made: Path, tmp_path: Path) -> TriageStore:
    """A store that learned by meaning."""
    copytree(made, tmp_path, dirs_exist_ok=True)
    return TriageStore(ledger.engine, tmp_path)


@pytest.fixture
def store(ledger: Ledger, tmp_path: Path) -> TriageStore:
    """A store with nothing in it."""
    return TriageStore(ledger.engine, tmp_path)


def heads_of(store: TriageStore) -> Heads:
    """What the version in use learned."""
    loaded = store.load(ACME)
    assert loaded is not None
    return loaded[0]


def test_learned_by_meaning(learned: TriageStore) -> None:
    """With embeddings a word never seen is routed; a model says whose, and of what size."""
    (version,) = learned.versions(ACME)
    assert (version.embedder, version.size, version.dense) == ("meaning", 4, True)
    heads = heads_of(learned)
    told = learned.meanings(ACME, list(UNHEARD), Meaning(scale=1e200))
    found = heads.guess(list(UNHEARD), told)
    assert [each.best for each in found] == list(UNHEARD.values())
    assert all(each.embeddings for each in found)
    assert heads.why_not(told) == ""
    assert heads.used("meaning") is heads.both


@pytest.mark.parametrize(
    ("embedder", "why"),
    [
        (None, "no embeddings are set; it was learned with those of meaning"),
        (Meaning("other"), "those of other; it was learned with those of meaning"),
        (Meaning(size=3), "have 3 numbers; it was learned with 4"),
        (Down(), "cannot reach the endpoint: gone"),
    ],
    ids=["unset", "another", "size", "down"],
)
def test_by_words_alone(learned: TriageStore, embedder: Meaning | None, why: str) -> None:
    """Without the embeddings it learned with, all is routed by words, and it says why."""
    heads, texts = heads_of(learned), list(UNHEARD)
    told = learned.meanings(ACME, texts, embedder)
    assert why in heads.why_not(told)
    assert heads.guess(texts, told) == heads.words.guess(texts)


def test_some_have_none(learned: TriageStore) -> None:
    """What was embedded before the endpoint went away is routed by it, and the rest by words."""
    texts = [f"facture {n}" for n in range(70)]
    told = learned.meanings(ACME, texts, Down(answers=1))
    found = heads_of(learned).guess(texts, told)
    assert [each.embeddings for each in found] == [True] * 64 + [False] * 6
    assert "gone" in heads_of(learned).why_not(told)


def test_each_text_is_embedded_once(learned: TriageStore) -> None:
    """What was embedded is remembered, however it is spaced; long texts are cut."""
    again, text = Meaning(), "x" * 9000
    learned.meanings(ACME, [f"  {next(iter(letters()))}", text, text], again)
    assert again.asked == [text[:LOOKED_AT]]
    learned.meanings(ACME, [text], Meaning("other"))
    assert learned.meanings(ACME, [text], Down()).there.all()


@pytest.mark.parametrize(
    ("embedder", "without"),
    [
        (Down(), "the endpoint gives no embeddings (cannot reach the endpoint: gone)"),
        (Noise(), "are routed rightly with them, and"),
    ],
    ids=["down", "noise"],
)
def test_learned_from_words_alone(store: TriageStore, embedder: Meaning, without: str) -> None:
    """Where embeddings are out of reach or only mislead, it learns from words, and says why."""
    version = store.learn(ACME, vague(5), embedder=embedder)
    assert (version.status, version.dense, version.embedder) == ("active", False, "")
    assert without in version.without
    assert heads_of(store).both is None


def test_examples_without_an_embedding(store: TriageStore) -> None:
    """Examples learned before there were embeddings are to be given again; then they have one."""
    store.learn(ACME, letters(2))
    few = dict(list(letters().items())[:1])
    version = store.learn(ACME, few, embedder=Meaning())
    assert version.without == "5 of 6 examples have none; give those again with --from"
    assert store.learn(ACME, letters(2), embedder=Meaning()).dense


def test_a_few_examples_without_an_embedding(learned: TriageStore, tmp_path: Path) -> None:
    """What was learned from mail that was forgotten keeps nothing from being learned by meaning."""
    for memory in (tmp_path / "acme").glob(FILE.format(name="*")):
        memory.unlink()
    version = learned.learn(ACME, dict(list(letters().items())[1:]), embedder=Meaning())
    assert (version.examples, version.dense) == (24, True)


def test_an_outage_replaces_nothing_better(store: TriageStore) -> None:
    """A version from words alone does not replace one that does better with what is set."""
    said = {str(7919 * n): str(n % 2) for n in range(9, 33)}
    store.learn(ACME, said, embedder=Parity())
    more = {f"one more {n}": "0" for n in range(4)}
    worse = store.learn(ACME, more, embedder=Down())
    assert (worse.status, heads_of(store).both is not None) == ("refused", True)
    unset = store.learn(ACME, more)
    assert unset.status == "active"


@pytest.mark.parametrize("damage", [b"", b"PK", b"x" * 99])
def test_damaged_memory(store: TriageStore, tmp_path: Path, damage: bytes) -> None:
    """Remembered embeddings that cannot be read are asked for again."""
    store.meanings(ACME, ["facture"], Meaning())
    (memory,) = (tmp_path / "acme").glob(FILE.format(name="*"))
    memory.write_bytes(damage)
    asked = Meaning()
    assert store.meanings(ACME, ["facture"], asked).there.all()
    assert asked.asked == ["facture"]


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(made: Path) -> bytes:
    """A model's file, with embeddings."""
    return next(made.rglob("v*.npz")).read_bytes()


def _about(**more: Any) -> Callable[[dict[str, Any]], None]:
    def change(arrays: dict[str, Any]) -> None:
        told = json.loads(bytes(arrays["about"])) | more
        arrays["about"] = np.frombuffer(json.dumps(told).encode(), np.uint8)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _about(size=5),
        _about(size="4"),
        _about(embedder=""),
        _about(embedder=None),
        lambda arrays: arrays.pop("both_right"),
        lambda arrays: arrays["both_weights"].__setitem__(0, np.nan),
        lambda arrays: arrays.__setitem__("both_right", arrays["both_right"][1:]),
        lambda arrays: arrays.__setitem__("both_thresholds", arrays["both_thresholds"][1:]),
    ],
)
def test_hostile_files(file: bytes, change: Callable[[dict[str, Any]], None]) -> None:
    """A file whose arrays of embeddings are not what they must be is refused."""
    assert unpacked(repacked(file, lambda _arrays: None))[0].both
    with pytest.raises(TriageError, match="no model of triage"):
        unpacked(repacked(file, change))
