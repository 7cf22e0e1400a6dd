import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.cli.factual import label
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger, Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.workspace import Workspace

Call = Callable[..., Any]
TEXT = "In January it costs 10 EUR. From March it costs 12 EUR. Bolt is a rival. No less so.\n"
HOSTILE = 'Bolt "x"] end `y` <b>&amp; %% | {z}\n\x1b[31m\u202e;#35;'


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with the client `acme` and one source, made once and copied."""
    path = tmp_path_factory.mktemp("filled") / "ledger.db"
    ledger = Ledger(open_database(path))
    scope = ledger.add_client("acme", "en")
    spans = cut(source_id(scope, "prices.md"), TEXT)
    given = Source("prices.md", "document", "Prices", None, None, "0" * 64, TEXT, spans)
    ledger.put(scope, [given])
    ledger.close()
    return path


@pytest.fixture
def acme(workspace: Workspace, savoir: Call, filled: Path) -> Call:
    """Run `savoir` in a workspace whose client `acme` has one source."""
    shutil.copy(filled, workspace.ledger)

    def call(*arguments: object, code: int = 0) -> Any:
        said = savoir("-w", workspace.folder, *map(str, arguments))
        assert said.code == code, said.err
        return said

    return call


def add(acme: Call, subject: str, attribute: str, *more: object, quote: str = "a rival") -> Any:
    """State a fact; what is printed as JSON."""
    words = ("--quote", quote, "--source", "prices.md", "--json")
    return json.loads(acme("facts", "add", "acme", subject, attribute, *more, *words).out)


def test_add_and_list(acme: Call) -> None:
    """A fact that is stated is listed with its period and the place that says it."""
    fact = add(acme, "Acme", "Price", "10 EUR", "--from", "2025-01-01", quote="costs 10 EUR")
    assert (fact["attribute"], fact["value"], fact["entity"]) == ("price", "10 EUR", None)
    assert fact["valid"] == {"from": "2025-01-01", "to": None}
    (cited,) = fact["citations"]
    assert TEXT[cited["start"] : cited["end"]] == cited["quote"] == "costs 10 EUR"
    assert json.loads(acme("facts", "acme", "--json").out) == [fact]
    said = acme("facts", "acme").out
    for words in (fact["id"], "Acme", "10 EUR", "(Jan 1, 2025 → …)", "prices.md [14–26]"):
        assert words in said


def test_filters(acme: Call) -> None:
    """Facts are listed by subject and attribute, and by when they hold."""
    add(acme, "Acme", "price", "10", "--from", "2025-01-01", "--to", "2025-03-01")
    add(acme, "Acme", "rival", "--entity", "Bolt")
    add(acme, "Bolt", "price", "9")

    def says(*more: str) -> list[str]:
        found = json.loads(acme("facts", "list", "acme", *more, "--json").out)
        return [fact["value"] or fact["entity"]["name"] for fact in found]

    assert says() == ["Bolt", "9"]
    assert says("--as-of", "2025-02-01") == ["10", "Bolt", "9"]
    assert says("--as-of", "2025-02-01", "--subject", "ACME", "--attribute", "Price") == ["10"]
    assert says("--as-of", "2025-02-01", "--known", "2001-01-01") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["facts", "add", "acme", "A", "b", "c", "--quote", "a Rival"], "does not say"),
        (["facts", "add", "acme", "A", "b", "c", "--quote", ""], "the words of a source"),
        (["facts", "add", "acme", "A", "b", "--quote", "a rival"], "either a value or"),
        (["facts", "add", "acme", "A", "b", "c", "--quote", "a rival", "--to", "May"], "a date"),
        (["facts", "retract", "acme", "f1"], "no fact f1"),
        (["facts", "acme", "--subject", "Nobody"], "nothing called Nobody"),
        (["facts", "acme", "--as-of", "yesterday"], "is not a date"),
        (["facts", "nobody"], "no client nobody"),
        (["facts", "separate", "acme", "Acme"], "nothing called Acme"),
        (["graph", "acme", "Bolt"], "nothing called Bolt"),
        (["graph", "acme", "Bolt", "--json", "--mermaid"], "choose --mermaid or --json"),
        (["graph", "acme", "--mermaid"], "a diagram needs an entity"),
    ],
)
def test_refused(acme: Call, arguments: list[str], said: str) -> None:
    """What cannot be done is said, with what to do."""
    more = ["--source", "prices.md"] if "add" in arguments else []
    refused = acme(*arguments, *more, code=1)
    assert said in refused.err
    assert json.loads(acme("facts", "acme", "--json").out) == []


def test_a_source_that_is_not_there(acme: Call) -> None:
    """A path that no source has is refused with the nearest."""
    words = ("--quote", "a rival", "--source", "price.md")
    assert "→ prices.md?" in acme("facts", "add", "acme", "A", "b", "c", *words, code=1).err


def test_retract(acme: Call) -> None:
    """A retracted fact is listed no more, except as known before."""
    fact = add(acme, "Acme", "price", "10")
    said = acme("facts", "retract", "acme", fact["id"], "--reason", "wrong").out
    assert said == "No longer said: price: 10\n"
    assert json.loads(acme("facts", "acme", "--json").out) == []
    then = acme("facts", "acme", "--known", fact["known"]["from"], "--json").out
    assert [each["id"] for each in json.loads(then)] == [fact["id"]]


def test_names(acme: Call) -> None:
    """Another name is given, an entity of that name merged, and the merge taken back."""
    add(acme, "Acme", "price", "10")
    add(acme, "Acme Corp", "rival", "--entity", "Bolt")
    assert acme("facts", "alias", "acme", "Acme", "The Widget People").out == (
        "Its names: Acme, The Widget People\n"
    )
    assert "merge them" in acme("facts", "alias", "acme", "Acme", "acme corp", code=1).err
    said = acme("facts", "merge", "acme", "Acme", "Acme Corp").out
    assert said.startswith("Moved: 1 name, 1 fact\n")
    assert "Bolt" in acme("graph", "acme", "acme corp").out
    back = re.search(r"savoir facts separate acme (\w+)", said)
    assert back
    assert acme("facts", "separate", "acme", back[1]).out == "Moved: 1 name, 1 fact\n"
    assert "Bolt" not in acme("graph", "acme", "acme").out


def test_tree(acme: Call) -> None:
    """The tree shows each fact once, both ways, with its source."""
    add(acme, "Acme", "rival", "--entity", "Bolt")
    add(acme, "Bolt", "price", "9")
    add(acme, "Chip", "owns", "--entity", "Bolt")
    assert acme("graph", "acme", "bolt").out.splitlines() == [
        "Bolt (thing)",
        "├─ price: 9  prices.md [64–71]",
        "├─ ← rival Acme  prices.md [64–71]",
        "└─ ← owns Chip  prices.md [64–71]",
    ]
    assert acme("graph", "acme", "Acme").out.splitlines() == [
        "Acme (thing)",
        "└─ rival → Bolt  prices.md [64–71]",
        "   ├─ price: 9  prices.md [64–71]",
        "   └─ ← owns Chip  prices.md [64–71]",
    ]
    assert "price:" not in acme("graph", "acme", "Acme", "--hops", "1").out


def test_entities(acme: Call) -> None:
    """Without an entity, all are listed by how many facts are known of them."""
    assert "No fact is known of acme" in acme("graph", "acme").out
    add(acme, "Acme", "rival", "--entity", "Bolt")
    add(acme, "Bolt", "price", "9")
    found = json.loads(acme("graph", "acme", "--json").out)
    assert [(each["name"], each["facts"]) for each in found] == [("Bolt", 2), ("Acme", 1)]
    assert acme("graph", "acme").out.splitlines()[1].split() == ["Bolt", "thing", "2"]


def test_graph_json(acme: Call) -> None:
    """The graph as JSON has every end of its edges among its nodes, and says when it is cut."""
    for name in ("Bolt", "Chip", "Dot"):
        add(acme, "Acme", "rival", "--entity", name)
    whole = json.loads(acme("graph", "acme", "Acme", "--json").out)
    assert not whole["cut"]
    cut = acme("graph", "acme", "Acme", "--json", "--limit", "2")
    assert "raise --limit" in cut.err
    for graph, size in ((whole, 4), (json.loads(cut.out), 2)):
        nodes = {node["id"]: node["distance"] for node in graph["nodes"]}
        assert len(nodes) == size
        assert nodes[graph["centre"]] == 0
        for edge in graph["edges"]:
            assert {edge["subject"]["id"], edge["entity"]["id"]} <= set(nodes)
            assert edge["citations"][0]["quote"] == "a rival"


def test_mermaid(acme: Call) -> None:
    """Whatever names and values hold, the diagram has only lines of its own form."""
    add(acme, "Acme", "rival of", "--entity", HOSTILE)
    add(acme, HOSTILE, "end", 'end"] --> n9["x')
    text = r'"[\w ,.\'\-…#;]*"'
    form = rf"flowchart LR|    n\d+\[{text}\]|    v\d+\({text}\)|    n\d+ -->\|{text}\| [nv]\d+"
    said = acme("graph", "acme", "Acme", "--mermaid").out
    for line in said.splitlines():
        assert re.fullmatch(form, line)
        assert not re.search(r"\bend\b", line)
    assert len(said.splitlines()) == 6


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Café, n° 2", "Café, n#176; 2"),
        ('a "b"', "a #34;b#34;"),
        ("end", "#101;nd"),
        ("The End.", "The #69;nd."),
        ("#35;", "#35;35#59;"),
        ("a\nb", "a b"),
        ("endless", "endless"),
    ],
)
def test_labels(words: str, expected: str) -> None:
    """A label holds no sign that means something to Mermaid."""
    assert label(words) == expected
    assert len(label("x" * 500)) == len(label("x" * 80)) == 80


def test_hostile_names_on_a_terminal(acme: Call) -> None:
    """Names cannot drive the terminal, nor break a line."""
    add(acme, "Acme", "rival", "--entity", HOSTILE)
    for arguments in (["graph", "acme"], ["graph", "acme", "Acme"], ["facts", "acme"]):
        said = acme(*arguments).out
        assert not {"\x1b", "\u202e"} & set(said)
        assert len(said.splitlines()) <= 3
