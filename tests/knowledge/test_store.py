import dataclasses
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from savoirfaire.errors import BrandPackError, BusyError, SavoirError
from savoirfaire.knowledge.bm25 import FORM
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.sketches import analyse
from savoirfaire.knowledge.store import Found, Knowledge
from savoirfaire.knowledge.where import Where

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=8)
OFTEN = settings(HERE, max_examples=200)
Make = Callable[..., Source]
WORDS = [
    "marque",
    "ton",
    "campagne",
    "client",
    "budget",
    "newsletter",
    "agence",
    "lancement",
    "réseau",
    "vidéo",
]
QUESTIONS = ["ton de la marque", "newsletter", "budget du client pour une campagne", "réseaux"]


@pytest.fixture(scope="module")
def shared(common: Path) -> Iterator[Knowledge]:
    """A store that many examples add clients to."""
    (common / "shared store").mkdir()
    with Knowledge.open(common / "shared store") as opened:
        yield opened


def write(knowledge: Knowledge, scope: ClientScope, path: str, body: str, kind: str = "d") -> None:
    """Put one source."""
    spans = cut(source_id(scope, path), body)
    knowledge.put(scope, [Source(path, kind, "", None, None, "", body, spans)])


def body_of(seed: int, sections: int = 4) -> str:
    """A text of a few sections."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    return "\n\n".join(f"# {n}\n\n{' '.join(draw.choices(WORDS, k=30))}" for n in range(sections))


def answers(knowledge: Knowledge, scope: ClientScope) -> list[list[Found]]:
    """What is found for some questions."""
    return [
        knowledge.search(scope, question, limit=20, where=Where(kinds=kinds), explain=True)
        for question in QUESTIONS
        for kinds in ((), ("d",), ("item", "none"))
    ]


def as_bytes(found: object) -> bytes:
    """Answers as they could be printed."""
    return json.dumps(found, default=dataclasses.asdict, ensure_ascii=False).encode()


def rebuilt(knowledge: Knowledge, data: Path) -> None:
    """Throw the index away; the next search makes it again."""
    knowledge.release()
    shutil.rmtree(data / "index")


# --- finding --------------------------------------------------------------------------------------


def test_found_with_source_and_span(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """What is found has its source, its span and the words at that span, best first."""
    body = "# Plan\n\nLe ton de la marque.\n\n# Budget\n\nUn budget pour la vidéo."
    knowledge.put(acme, [make(acme, "plan.md", body, title="Plan de lancement")])
    [best] = knowledge.search(acme, "quel budget ?")
    assert (best.passage.path, best.passage.heading) == ("plan.md", "Budget")
    assert best.passage.quote == body[best.passage.start : best.passage.end]
    assert best.passage.quote.startswith("# Budget")
    assert best.score > 0
    both = knowledge.search(acme, "lancement")  # words of the title
    assert [found.passage.heading for found in both] == ["Plan", "Budget"]


def test_nothing_to_recall(knowledge: Knowledge, acme: ClientScope, data: Path) -> None:
    """A client without sources gives an empty list, and no shard is made for it."""
    assert knowledge.search(acme, "budget") == []
    knowledge.put(acme, [])
    assert not (data / "index" / "acme").exists()
    write(knowledge, acme, "a.md", "Some words.")
    assert knowledge.search(acme, "absent") == knowledge.search(acme, "the of ?!") == []


def test_kinds(knowledge: Knowledge, acme: ClientScope) -> None:
    """Kinds keep to sources of these kinds; a bare word is not taken for a list of letters."""
    for kind in ("edition", "item", "brief"):
        write(knowledge, acme, f"{kind}.md", f"budget of the {kind}", kind)
    assert len(knowledge.search(acme, "budget")) == 3
    found = knowledge.search(acme, "budget", where=Where(kinds=("item", "brief")))
    assert sorted(each.passage.kind for each in found) == ["brief", "item"]
    assert knowledge.search(acme, "budget", where=Where(kinds=("memo",))) == []
    with pytest.raises(SavoirError, match="filter"):
        knowledge.search(acme, "budget", where=Where(kinds="item"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        knowledge.search(acme, "budget", limit=0)


def test_long_questions_count_to_the_end(knowledge: Knowledge, acme: ClientScope) -> None:
    """The last word of a question of thousands finds its passage too."""
    write(knowledge, acme, "a.md", "quokka")
    question = " ".join(f"word{n}" for n in range(3000)) + " quokka"
    assert len(knowledge.search(acme, question)) == 1


# --- non-interference -----------------------------------------------------------------------------

edits = st.lists(
    st.tuples(
        st.sampled_from(["a.md", "b.md", "c.md"]),
        st.lists(st.sampled_from([*WORDS, "rival", "# Titre\n\n"]), max_size=40).map(" ".join),
        st.sampled_from(["d", "item"]),
    ),
    min_size=1,
    max_size=5,
)
_number = iter(range(10_000))


def undisturbed(shared: Knowledge, changes: list[tuple[str, str, str]]) -> None:
    """Assert that edits to one client leave every answer of another as it was."""
    one, other = (shared.ledger.add_client(f"c{next(_number)}", "fr") for _ in range(2))
    write(shared, one, "a.md", body_of(1))
    write(shared, one, "b.md", body_of(2), "item")
    before = as_bytes(answers(shared, one))
    for path, body, kind in changes:
        write(shared, other, path, body, kind)
        assert as_bytes(answers(shared, one)) == before
    assert shared.ledger.revision(one) != shared.ledger.revision(other)


@given(edits)
@HERE
def test_no_client_changes_anothers_answers(
    shared: Knowledge, changes: list[tuple[str, str, str]]
) -> None:
    """Whatever is written for one client, no id, score or order of another one changes."""
    undisturbed(shared, changes)


@pytest.mark.sweep
@given(edits)
@OFTEN
def test_no_client_changes_anothers_answers_often(
    shared: Knowledge, changes: list[tuple[str, str, str]]
) -> None:
    """The same, very often."""
    undisturbed(shared, changes)


# --- the index is only an index -------------------------------------------------------------------


def alike(shared: Knowledge, changes: list[tuple[str, str, str]]) -> None:
    """Assert that an index gives the same ids and scores edit by edit, again, and at once."""
    followed, at_once = (shared.ledger.add_client(f"c{next(_number)}", "fr") for _ in range(2))
    for seed, path in enumerate(["a.md", "b.md", "z.md"]):
        write(shared, followed, path, body_of(seed))
    for path, body, kind in changes:
        write(shared, followed, path, body, kind)
    incremental = as_bytes(answers(shared, followed))
    shared._index.drop(followed)
    assert as_bytes(answers(shared, followed)) == incremental
    final = {"z.md": (body_of(2), "d"), "a.md": (body_of(0), "d"), "b.md": (body_of(1), "d")}
    final |= {path: (body, kind) for path, body, kind in changes}
    for path, (body, kind) in final.items():
        write(shared, at_once, path, body, kind)
    scores = [[found.score for found in each] for each in answers(shared, followed)]
    assert [[found.score for found in each] for each in answers(shared, at_once)] == scores


@given(edits)
@HERE
def test_rebuilding_changes_nothing(shared: Knowledge, changes: list[tuple[str, str, str]]) -> None:
    """An index that followed every edit answers as one that is built at once: ids and scores."""
    alike(shared, changes)


@pytest.mark.sweep
@given(edits)
@OFTEN
def test_rebuilding_changes_nothing_often(
    shared: Knowledge, changes: list[tuple[str, str, str]]
) -> None:
    """The same, very often."""
    alike(shared, changes)


def test_two_hundred_times_the_same(knowledge: Knowledge, acme: ClientScope, data: Path) -> None:
    """The same question gives the same bytes two hundred times, and in another process."""
    for seed in range(12):
        write(knowledge, acme, f"{seed}.md", body_of(seed % 5))
    first = as_bytes(answers(knowledge, acme))
    assert len(first) > 1000
    for _ in range(17):  # of 12 answers each
        assert as_bytes(answers(knowledge, acme)) == first
    knowledge.release()
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "import test_store as here\n"
        "with here.Knowledge.open(Path(sys.argv[1])) as knowledge:\n"
        "    said = here.as_bytes(here.answers(knowledge, here.ClientScope('acme')))\n"
        "    sys.stdout.buffer.write(said)\n"
    )
    command = [sys.executable, "-c", code, str(data), str(Path(__file__).parent)]
    assert subprocess.run(command, capture_output=True, check=True).stdout == first


def _lose(data: Path) -> None:
    shutil.rmtree(data / "index")


def _spoil(data: Path) -> None:
    for path in (data / "index" / "acme" / "shard").rglob("*.dat"):
        path.write_bytes(random.Random(1).randbytes(5000))  # noqa: S311 - no secret


def _cut_short(data: Path) -> None:
    for path in (data / "index" / "acme" / "shard").rglob("*"):
        if path.is_file():
            os.truncate(path, path.stat().st_size // 3)


def _forget_the_seal(data: Path) -> None:
    (data / "index" / "acme" / "manifest.json").unlink()


def _older_analyser(data: Path) -> None:
    """Leave what an older analyser would: its seal, and term statistics of its own terms."""
    path = data / "index" / "acme" / "manifest.json"
    path.write_text(path.read_text().replace(FORM, "fr+en/0 bm25 1.2 0.75 64"))
    engine = open_database(data / "ledger.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE statistics SET passages = 99, terms = substr(terms, 9)"))
        connection.execute(text("UPDATE passages SET sketch = NULL"))
        connection.execute(text("UPDATE clients SET analyser = 'fr+en/2'"))
    engine.dispose()


@pytest.mark.parametrize(
    "harm", [_lose, _spoil, _cut_short, _forget_the_seal, _older_analyser], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("then", ["search", "put"])
def test_whatever_happens_to_the_index(
    knowledge: Knowledge,
    acme: ClientScope,
    data: Path,
    harm: Callable[[Path], None],
    then: str,
) -> None:
    """An index that is lost, spoilt or of another analyser is made again: never a wrong answer."""
    for seed in range(6):
        write(knowledge, acme, f"{seed}.md", body_of(seed))
    changed = body_of(99)
    write(knowledge, acme, "5.md", changed)
    expected = as_bytes(answers(knowledge, acme))
    if then == "put":
        write(knowledge, acme, "5.md", body_of(5))
    knowledge.release()
    harm(data)
    if then == "put":
        write(knowledge, acme, "5.md", changed)
    assert as_bytes(answers(knowledge, acme)) == expected
    knowledge.release()
    with Knowledge.open(data) as again:
        assert as_bytes(answers(again, acme)) == expected


def test_an_older_ledger_put_back(knowledge: Knowledge, acme: ClientScope, data: Path) -> None:
    """After a backup of the ledger is put back and written to, the newer index is not believed."""
    write(knowledge, acme, "a.md", "budget")
    knowledge.close()
    shutil.copy(data / "ledger.db", data / "backup.db")
    with Knowledge.open(data) as later:
        write(later, acme, "lost.md", "newsletter")
    shutil.copy(data / "backup.db", data / "ledger.db")
    with Knowledge.open(data) as restored:
        write(restored, acme, "kept.md", "campagne")
        assert [len(restored.search(acme, each)) for each in ("newsletter", "campagne")] == [0, 1]


def test_interrupted_between_ledger_and_index(
    knowledge: Knowledge, acme: ClientScope, make: Make
) -> None:
    """What the ledger has is found, even where the index was interrupted before it had it."""
    write(knowledge, acme, "a.md", "budget")
    knowledge.ledger.put(acme, [make(acme, "b.md", "newsletter")])
    assert len(knowledge.search(acme, "newsletter")) == 1
    knowledge.ledger.put(acme, [make(acme, "b.md", "campagne")])
    write(knowledge, acme, "c.md", "client")
    assert [len(knowledge.search(acme, each)) for each in ("newsletter", "campagne")] == [0, 1]
    assert len(knowledge.search(acme, "client")) == 1


# --- several at once ------------------------------------------------------------------------------


def test_told_to_wait_before_anything_is_written(
    knowledge: Knowledge, acme: ClientScope, data: Path, make: Make
) -> None:
    """A second process that cannot have the index is told so, and has recorded nothing."""
    write(knowledge, acme, "a.md", "budget")
    before = answers(knowledge, acme)
    with Knowledge.open(data, wait=0.05) as second:
        with pytest.raises(BusyError, match="using the knowledge of acme"):
            second.put(acme, [make(acme, "b.md", "newsletter")])
        with pytest.raises(BusyError):
            second.search(acme, "budget")
        assert second.ledger.known(acme).keys() == {"a.md"}
        assert answers(knowledge, acme) == before
        knowledge.release()
        second.put(acme, [make(acme, "b.md", "newsletter")])
    assert len(knowledge.search(acme, "newsletter")) == 1


def test_two_processes_take_turns(knowledge: Knowledge, acme: ClientScope, data: Path) -> None:
    """A process that starts while another works waits, then works; both find everything after."""
    write(knowledge, acme, "mine.md", "budget")
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "import test_store as here\n"
        "acme = here.ClientScope('acme')\n"
        "print('asking', flush=True)\n"
        "with here.Knowledge.open(Path(sys.argv[1]), wait=20) as knowledge:\n"
        "    here.write(knowledge, acme, 'theirs.md', 'newsletter')\n"
        "    print(len(knowledge.search(acme, 'budget newsletter')))\n"
    )
    command = [sys.executable, "-c", code, str(data), str(Path(__file__).parent)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    assert child.stdout.readline() == "asking\n"
    for n in range(5):
        write(knowledge, acme, "mine.md", f"budget {n}")
    knowledge.release()
    assert child.communicate(timeout=30)[0] == "2\n"
    assert len(knowledge.search(acme, "budget newsletter")) == 2


def test_threads_write_and_search(knowledge: Knowledge) -> None:
    """Threads that write and search at once leave each client with exactly its own."""
    scopes = [knowledge.ledger.add_client(f"client-{n}", "fr") for n in range(3)]
    wrong: list[object] = []

    def work(number: int) -> None:
        try:
            for turn in range(6):
                scope = scopes[(number + turn) % 3]
                write(
                    knowledge,
                    scope,
                    f"{number}-{turn}.md",
                    f"{scope.client} budget {number} {turn}",
                )
                found = knowledge.search(scope, "budget", limit=50)
                wrong.extend(f for f in found if scope.client not in f.passage.quote)
        except BaseException as error:  # noqa: BLE001 - a thread must tell the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    found = [len(knowledge.search(scope, "budget", limit=50)) for scope in scopes]
    assert found == [8, 8, 8]


def test_one_client_among_a_thousand(knowledge: Knowledge, data: Path) -> None:
    """Opening one client touches only that client's files."""
    with knowledge.ledger._engine.begin() as connection:
        for n in range(1000):
            values = {"name": f"client-{n}"}
            connection.execute(
                text(
                    "INSERT INTO clients (name, language, created_at, revision)"
                    " VALUES (:name, 'en', '', 0)"
                ),
                values,
            )
    for n in (1, 500, 999):
        write(knowledge, ClientScope(f"client-{n}"), "a.md", "budget")
    knowledge.release()
    others = [data / "index" / f"client-{n}" for n in (1, 999)]
    for path in [*others, *(each.with_suffix(".lock") for each in others)]:
        os.utime(path, (1, 1))
    with Knowledge.open(data) as second:
        assert len(second.search(second.ledger.scope("client-500"), "budget")) == 1
        assert isinstance(second._index, EdgeIndex)
        opened = [shard.client for shard in second._index._shards._shards.values()]
    assert opened == ["client-500"]
    assert sorted(path.name for path in (data / "index").glob("*.lock")) == [
        "client-1.lock",
        "client-500.lock",
        "client-999.lock",
    ]
    for path in [*others, *(each.with_suffix(".lock") for each in others)]:
        assert (path.stat().st_atime, path.stat().st_mtime) == (1, 1)


# --- the brand pack -------------------------------------------------------------------------------

BRAND = '[brand]\nname = "{name}"\nlanguage = "fr"\nvoice = "Simple."\n'


def test_brand(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """The brand pack is the client's own, the one nearest to the top where there are several."""
    assert knowledge.brand(acme) is None
    for path, name in [("a/old/brand.toml", "Old"), ("z/brand.toml", "Z"), ("b/brand.toml", "B")]:
        knowledge.put(acme, [make(acme, path, BRAND.format(name=name), kind="brand")])
    rival = knowledge.ledger.add_client("rival", "en")
    knowledge.put(rival, [make(rival, "brand.toml", BRAND.format(name="Rival"), kind="brand")])
    found = knowledge.brand(acme)
    assert found
    assert found.brand.name == "B"


def test_a_broken_brand_pack(knowledge: Knowledge, acme: ClientScope, make: Make) -> None:
    """A brand pack that cannot be read is an error, not a client without a brand."""
    knowledge.put(acme, [make(acme, "brand.toml", "[brand", kind="brand")])
    with pytest.raises(BrandPackError):
        knowledge.brand(acme)


def test_closing_twice(data: Path) -> None:
    """Closing is safe more than once, and gives the locks back."""
    knowledge = Knowledge.open(data)
    scope = knowledge.ledger.add_client("acme", "en")
    write(knowledge, scope, "a.md", "budget")
    knowledge.close()
    knowledge.close()
    with Knowledge.open(data, wait=0) as again:
        assert len(again.search(scope, "budget")) == 1


def test_the_questions_are_about_something() -> None:
    """The words of the tests above are content words."""
    assert all(analyse(word).length == 1 for word in WORDS)
