"""Triage: learned from labelled mail, sure or unknown, kept in versions, no file trusted."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from savoirfaire.agents.triage.counting import count, together
from savoirfaire.agents.triage.features import Features
from savoirfaire.agents.triage.files import unpacked
from savoirfaire.agents.triage.holding import held_out
from savoirfaire.agents.triage.model import UNKNOWN, Learned, learn
from savoirfaire.agents.triage.store import TriageStore
from savoirfaire.agents.triage.thresholds import NEVER, by_route, threshold
from savoirfaire.errors import ScopeError, TriageError
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.scope import ClientScope

ACME = ClientScope("acme")
WORDS = {
    "invoice": "invoice amount payment facture montant règlement due paid",
    "proof": "proof colour layout maquette couleur visuel logo font",
    "meeting": "meeting calendar tuesday réunion agenda créneau room call",
    "press": "journalist interview quote presse article radio communiqué release",
}


def letters(count_each: int = 8, seed: int = 0) -> dict[str, str]:
    """Messages in two languages, each with words of its route among others."""
    draw = np.random.default_rng(seed)
    common = ["please", "could", "you", "merci", "de", "bonjour", "hello", "about", "la", "pour"]
    made = {}
    for route, said in WORDS.items():
        for number in range(count_each):
            words = [*draw.choice(said.split(), 3, replace=False), *draw.choice(common, 4)]
            draw.shuffle(words)
            made[f"{' '.join(words)} n{number}{route[0]}"] = route
    return made


@pytest.fixture(scope="module")
def learned() -> Learned:
    """A model of four routes."""
    made = letters()
    return learn(count(list(made)), list(made.values()), error=0.1)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A ledger of one client; triage only reads whether the client is there."""
    made = Ledger(open_database(tmp_path_factory.mktemp("ledger") / "ledger.db"))
    made.add_client("acme", language="en")
    return made


@pytest.fixture
def store(ledger: Ledger, tmp_path: Path) -> TriageStore:
    """A store of one client, with nothing in it."""
    return TriageStore(ledger.engine, tmp_path / "triage")


# --- counting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Été à Paris", "ete A paris", True),
        ("call me later", "later call me", False),
        ("", "  \n", True),
        ("a\udcffb", "a b", True),
    ],
)
def test_counts(one: str, other: str, *, same: bool) -> None:
    """Capitals and accents make no difference, the order of words does, nothing stops counting."""
    words = count([one, other]).words
    assert ((words[0] != words[1]).nnz == 0) == same


def test_pairs_in_any_order() -> None:
    """Two words near each other count as the same pair whichever comes first."""
    pairs = count(["call later", "later call"]).pairs
    assert (pairs[0] != pairs[1]).nnz == 0
    assert pairs[0].nnz == 3


def test_vectors_have_length_one() -> None:
    """A text that is known has a vector of length 1; one without any known word is strange."""
    counts = count(["the proof is blue", "invoice due", "zzz qqq"])
    seen = Features.fit(counts.rows(np.array([0, 1]))).of(counts)
    lengths = np.sqrt(seen.vectors.multiply(seen.vectors).sum(axis=1))
    assert lengths[:2] == pytest.approx(1, abs=1e-5)
    assert list(seen.strange) == pytest.approx([0, 0, 1])


# --- learning -------------------------------------------------------------------------------------


def test_guesses(learned: Learned) -> None:
    """A message of a route goes there; one about nothing known is unknown, and less sure."""
    about, nowhere = learned.triage.guess(["facture: montant du règlement", "xylophone quinze"])
    assert (about.route, about.best) == ("invoice", "invoice")
    assert nowhere.route == UNKNOWN
    assert nowhere.confidence < about.confidence
    assert len(about.others) == 3


def test_learning_is_repeatable(learned: Learned) -> None:
    """The same examples give the same answers."""
    made = letters()
    again = learn(count(list(made)), list(made.values()), error=0.1)
    texts = list(letters(3, seed=5))
    assert again.triage.guess(texts) == learned.triage.guess(texts)
    assert learned.triage.guess([]) == []


def test_held_out_models_never_saw_the_message() -> None:
    """A word that only one message has can help no model that answers to it."""
    texts = ["alpha one", "alpha two", "beta one", "beta two"] * 3
    owners = np.array([0, 0, 1, 1] * 3, np.int32)
    unique = [f"{text} q{n}" for n, text in enumerate(texts)]
    held = held_out(count(unique), owners, 2)
    assert held.signs[held.known][:, 3].min() > 0  # the strange word
    assert held.right[held.known].all()


def test_unknown_routes_are_held_out() -> None:
    """With four routes, some answers are to messages whose route was kept from the model."""
    made = letters(4)
    names = sorted(WORDS)
    owners = np.array([names.index(each) for each in made.values()], np.int32)
    held = held_out(count(list(made)), owners, 4)
    assert (~held.known).sum() > len(made)
    assert not held.right[~held.known].any()


@pytest.mark.parametrize("made", [{}, {"one message": "only"}, {"a": "x", "b": "x"}])
def test_too_little_to_learn(made: dict[str, str]) -> None:
    """Fewer than two routes are refused, with what to do."""
    with pytest.raises(TriageError, match="2 routes") as raised:
        learn(count(list(made)), list(made.values()))
    assert "savoir mail learn" in raised.value.hint


def test_one_example_a_route() -> None:
    """A single example of each route is learned from; nothing is sure."""
    made = learn(count(["the invoice", "the proof"]), ["a", "b"])
    assert made.triage.guess(["the invoice"])[0].best == "a"
    assert made.triage.guess(["the invoice"])[0].route == UNKNOWN


# --- thresholds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sure", "right", "error", "expected"),
    [
        ([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0], 0.0, 0.8),
        ([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 1], 0.25, 0.6),
        ([0.9, 0.9, 0.9], [1, 1, 0], 0.1, NEVER),
        ([0.9, 0.1], [0, 1], 0.4, NEVER),
        ([], [], 0.05, NEVER),
    ],
)
def test_threshold(sure: list[float], right: list[int], error: float, expected: float) -> None:
    """The least confidence with few enough mistakes; equal confidences are not parted."""
    found = threshold(np.array(sure, np.float32), np.array(right, bool), error)
    assert found == pytest.approx(expected)


def test_routes_borrow_from_each_other() -> None:
    """A route with two right answers is not trusted like one with two hundred."""
    sure = np.linspace(0.99, 0.01, 404).astype(np.float32)
    chosen = np.array([0] * 402 + [1, 1])
    chosen[[100, 101]], chosen[[402, 403]] = 1, 0
    right = sure > 0.4
    first, second = by_route(sure, right, chosen, 2, 0.05)
    assert 0.35 < first < 0.4
    assert second >= sure[101]


# --- versions -------------------------------------------------------------------------------------


def test_versions(store: TriageStore) -> None:
    """A version learns from what was known and what is new; the one before is kept."""
    first = store.learn(ACME, letters())
    second = store.learn(
        ACME, {"brand new words about hiring": "jobs", "hiring a designer": "jobs"}
    )
    assert (first.number, second.number, second.examples) == (1, 2, first.examples + 2)
    assert [each.status for each in store.versions(ACME)] == ["active", "replaced"]
    loaded = store.load(ACME)
    assert loaded is not None
    assert loaded[0].routes == ("invoice", "jobs", "meeting", "press", "proof")
    assert store.use(ACME, 1).status == "active"
    assert [each.status for each in store.versions(ACME)] == ["replaced", "active"]


def test_a_correction_replaces_the_label(store: TriageStore) -> None:
    """The same message labelled anew is one example, with its new route."""
    made = letters()
    store.learn(ACME, made)
    wrong = next(iter(made))
    version = store.learn(ACME, {f"  {wrong} ": "press"})
    assert version.examples == len(made)
    loaded = store.load(ACME)
    assert loaded is not None
    assert (loaded[1].owners == loaded[0].routes.index("press")).sum() == 9


def test_a_worse_version_is_not_used(store: TriageStore) -> None:
    """Labels at random are learned into a version that is refused, with the reason."""
    made = letters()
    store.learn(ACME, made)
    draw = np.random.default_rng(1)
    version = store.learn(ACME, {text: str(draw.choice(sorted(WORDS))) for text in made})
    assert (version.status, "fewer of 32" in version.reason) == ("refused", True)
    assert [each.number for each in store.versions(ACME) if each.status == "active"] == [1]


@pytest.mark.parametrize("scope", [None, "acme", ClientScope("acne")], ids=repr)
def test_no_scope(store: TriageStore, scope: Any) -> None:
    """No version is seen, learned or used without a client that exists."""
    for call in (store.versions, store.load):
        with pytest.raises(ScopeError):
            call(scope)
    with pytest.raises(ScopeError):
        store.learn(scope, letters(2))
    with pytest.raises(ScopeError):
        store.use(scope, 1)


def test_no_words_in_the_file(store: TriageStore, tmp_path: Path) -> None:
    """A model's file has none of the words that it learned from but the names of the routes."""
    store.learn(ACME, {**letters(3), "secretword secretword": "press"})
    data = b"".join(each.read_bytes() for each in (tmp_path / "triage").rglob("*.npz"))
    assert b"secretword" not in data
    assert b"maquette" not in data


# --- files ----------------------------------------------------------------------------------------


def repacked(data: bytes, change: Callable[[dict[str, Any]], None], **how: Any) -> bytes:
    """A model's file with its arrays changed."""
    with np.load(io.BytesIO(data)) as found:
        arrays = {name: found[name] for name in found.files}
    change(arrays)
    out = io.BytesIO()
    (np.savez_compressed if how.get("compressed") else np.savez)(out, **arrays)
    return out.getvalue()


def _set(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda arrays: arrays.__setitem__(name, value)


def _about(**more: Any) -> Callable[[dict[str, Any]], None]:
    def change(arrays: dict[str, Any]) -> None:
        told = json.loads(bytes(arrays["about"])) | more
        arrays["about"] = np.frombuffer(json.dumps(told).encode(), np.uint8)

    return change


def _first(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda arrays: arrays[name].__setitem__(0, value)


@pytest.fixture(scope="module")
def file(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model's file."""
    folder = tmp_path_factory.mktemp("model")
    TriageStore(ledger.engine, folder).learn(ACME, letters(3))
    return next(folder.rglob("*.npz")).read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        _set("weights", np.array([{"a": 1}], dtype=object)),
        _set("weights", np.zeros((3, 4), np.float32)),
        _set("weights", np.zeros((3, 4), np.float64)),
        _set("bias", np.full(4, np.nan, np.float32)),
        _set("owners", np.full(12, 9, np.int32)),
        _first("words_ends", -1),
        _first("words_columns", -5),
        _first("chars_columns", 2**30),
        _first("pairs_kept", -1),
        _first("spread", 0.0),
        _about(form="another/9"),
        _about(routes=["a", "a", "b", "c"]),
        _about(routes=["a"] * 3000),
        _about(routes=5),
        lambda arrays: arrays.pop("trust", arrays.pop("terms")),
    ],
)
def test_hostile_files(file: bytes, change: Callable[[dict[str, Any]], None]) -> None:
    """A file whose arrays are not what they must be is refused before anything is done with it."""
    assert unpacked(repacked(file, lambda _arrays: None))
    with pytest.raises(TriageError, match="no model of triage"):
        unpacked(repacked(file, change))


def test_files_that_are_none(file: bytes) -> None:
    """Half a file, a compressed one, another archive and plain bytes are all refused."""
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("about.npy", b"no array")
    small = repacked(file, lambda _arrays: None, compressed=True)
    for data in (b"", b"\x80\x04.", file[: len(file) // 2], small, other.getvalue()):
        with pytest.raises(TriageError):
            unpacked(data)


def test_a_changed_file_is_not_used(store: TriageStore, tmp_path: Path) -> None:
    """A file that is not the one written, or a list that is damaged, is said to be so."""
    store.learn(ACME, letters(3))
    folder = tmp_path / "triage" / "acme"
    model = folder / "v0001.npz"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    with pytest.raises(TriageError, match="not the one that was written"):
        store.load(ACME)
    listed = json.loads((folder / "versions.json").read_text())
    listed[0]["file"] = "../../ledger.db"
    (folder / "versions.json").write_text(json.dumps(listed))
    with pytest.raises(TriageError, match="damaged"):
        store.load(ACME)


def test_counts_together() -> None:
    """What is counted apart is what is counted at once."""
    apart = together(count(["one two"]), count(["three"]))
    whole = count(["one two", "three"])
    for name in ("words", "chars", "pairs"):
        assert (getattr(apart, name) != getattr(whole, name)).nnz == 0
