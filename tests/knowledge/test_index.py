import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savoirfaire.errors import BusyError, IndexMismatchError, WorkspaceError
from savoirfaire.knowledge.engines import Hit, Item, SparseVector
from savoirfaire.knowledge.engines.edge import EdgeIndex
from savoirfaire.knowledge.engines.seals import fingerprint, seal
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.where import Where

HERE = settings(derandomize=True, deadline=None, database=None, max_examples=60)
ACME, RIVAL = ClientScope("acme"), ClientScope("rival")
KINDS = ("edition", "item", "brief")
ALL = dict.fromkeys(range(20), 1.0)
FORM = "a form"


@pytest.fixture
def folder(data: Path) -> Path:
    """Where the index is."""
    return data / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[EdgeIndex]:
    """An index that does not wait long."""
    made = EdgeIndex(folder, FORM, wait=0.2)
    yield made
    made.release()


@pytest.fixture(scope="module")
def shared(common: Path) -> Iterator[EdgeIndex]:
    """An index that many examples build anew."""
    made = EdgeIndex(common / "shared index", FORM)
    yield made
    made.release()


def item(number: int, counts: Mapping[int, int], kind: str = "edition", length: int = 0) -> Item:
    """A passage with these terms, each worth the less the longer it is."""
    norm = length or sum(counts.values())
    worth = [times / (times + norm / 20) for times in counts.values()]
    return Item(number, SparseVector(list(counts), worth), {"kind": kind})


def corpus(count: int, seed: int = 1) -> list[Item]:
    """Random passages over twenty terms."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    return [
        item(
            draw.getrandbits(63),
            Counter(draw.choices(range(20), k=draw.randrange(1, 90))),
            draw.choice(KINDS),
        )
        for _ in range(count)
    ]


def naive(
    items: Sequence[Item], question: Mapping[int, float], kinds: Iterable[str]
) -> list[tuple[int, float]]:
    """The sum of weights: each passage on its own, in double precision."""
    found = []
    for each in items:
        held = zip(*each.vector, strict=True)
        score = sum(question[term] * worth for term, worth in held if term in question)
        if score and each.keywords["kind"] in kinds:
            found.append((each.id, score))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def agree(
    index: EdgeIndex,
    items: Sequence[Item],
    question: Mapping[int, float],
    kinds: Iterable[str],
    limit: int,
) -> None:
    """Check an answer of the index against the naive one."""
    where = Where(kinds=tuple(sorted(kinds)))
    found = index.search(ACME, question, limit=limit, where=where)
    expected = naive(items, question, kinds or KINDS)
    best = [score for _, score in expected[:limit]]
    assert [hit.score for hit in found] == pytest.approx(best, abs=1e-3)
    scores = dict(expected)
    assert [scores[hit.id] for hit in found] == pytest.approx(best, abs=1e-3)
    assert found == sorted(found, key=lambda hit: (-hit.score, hit.id))


# --- answers --------------------------------------------------------------------------------------

counts = st.dictionaries(st.integers(0, 9), st.integers(1, 5), min_size=1, max_size=6)


@given(
    passages=st.lists(st.tuples(counts, st.sampled_from(KINDS)), min_size=1, max_size=25),
    question=counts,
    kinds=st.sets(st.sampled_from(KINDS)),
    limit=st.integers(1, 30),
)
@HERE
def test_oracle(
    shared: EdgeIndex,
    passages: list[tuple[dict[int, int], str]],
    question: dict[int, int],
    kinds: set[str],
    limit: int,
) -> None:
    """Scores are those of a plain sum, and the order too, for any filter by kind."""
    items = [item(7 * n, terms, kind) for n, (terms, kind) in enumerate(passages)]
    shared.rebuild(ACME, items, 1)
    agree(shared, items, question, kinds, limit)


@pytest.mark.parametrize("seed", range(4))
def test_oracle_on_more(shared: EdgeIndex, seed: int) -> None:
    """The same on passages enough for more than one batch."""
    items = corpus(900, seed)
    shared.rebuild(ACME, items, 1)
    for kinds in [(), KINDS, ("item",), ("brief", "edition")]:
        agree(shared, items, {seed: 1, 7: 2, 11: 1, 13: 1, 19: 3}, kinds, 40)


def test_ties_are_in_order(index: EdgeIndex) -> None:
    """Of many passages that are equally good, the same come first, always: those of lowest id."""
    numbers = random.Random(3).sample(range(10**9), 700)  # noqa: S311 - no secret
    index.rebuild(ACME, [item(n, {1: 1}) for n in numbers], 1)
    for _ in range(5):
        hits = index.search(ACME, {1: 2.0}, limit=8)
        assert [hit.id for hit in hits] == sorted(numbers)[:8]


def test_a_better_one_among_ties(index: EdgeIndex) -> None:
    """What is a little better than a crowd of equals stands before it."""
    index.rebuild(ACME, [item(n, {1: 1}) for n in range(300)] + [item(999, {1: 1}, length=2)], 1)
    index.update(ACME, [item(1000, {1: 2}, length=1)], set(), 2)
    assert [hit.id for hit in index.search(ACME, {1: 1.0}, limit=3)] == [1000, 0, 1]


def test_scores_do_not_depend_on_the_way(index: EdgeIndex) -> None:
    """Built at once, or bit by bit with deletions and reloads: the same ids and the same scores."""
    items = corpus(600)
    index.rebuild(ACME, items[:50], 1)
    for at in range(50, 600, 50):
        batch = items[at : at + 50]
        index.update(ACME, [item(each.id, {3: 9}, "brief") for each in batch], set(), at)
        index.update(ACME, batch[:25], {each.id for each in batch[25:]}, at + 1)
        if at % 100 == 0:
            index.release()
        index.update(ACME, batch[25:], set(), at + 2)
    index.rebuild(RIVAL, reversed(items), 1)
    draw = random.Random(5)  # noqa: S311 - no secret
    for n in range(60):
        weights = {draw.randrange(20): draw.random() * 9 for _ in range(draw.randrange(1, 12))}
        where = Where(kinds=(draw.choice(KINDS),) if n % 2 else ())
        assert index.search(ACME, weights, limit=30, where=where) == index.search(
            RIVAL, weights, limit=30, where=where
        )


@pytest.mark.parametrize(("least", "expected"), [(50, {"kind"}), (51, set())])
def test_indexed_once_a_filter_asks(folder: Path, least: int, expected: set[str]) -> None:
    """What a search keeps to is indexed then, where it pays, and stays so; answers are the same."""
    items = corpus(50)
    first, second, third = (EdgeIndex(folder, FORM, indexed_from=least) for _ in range(3))
    first.rebuild(ACME, items, 1)
    agree(first, items, ALL, (), 9)
    assert indexed(first) == set()
    first.release()
    agree(second, items, ALL, ("edition",), 9)
    assert indexed(second) == expected
    second.release()
    assert third.revision(ACME) == 1
    assert indexed(third) == expected
    agree(third, items, ALL, ("edition",), 9)
    third.rebuild(ACME, items, 2)
    assert indexed(third) == set()
    third.release()


def indexed(index: EdgeIndex) -> set[str]:
    """What the engine has an index of."""
    with index._shards.using(ACME) as shard:
        assert shard.engine is not None
        assert set(shard.engine.info().payload_schema) == shard.indexed
        return set(shard.indexed)


def test_holds(index: EdgeIndex, folder: Path) -> None:
    """A client's index is held from its first use to its release, and asking takes no lock."""
    assert not index.holds(ACME)
    assert not folder.exists()
    index.rebuild(ACME, corpus(3), 1)
    assert index.holds(ACME)
    assert not index.holds(RIVAL)
    index.release()
    assert not index.holds(ACME)


def test_nothing_asked(index: EdgeIndex) -> None:
    """No term, or none that is held, finds nothing."""
    index.rebuild(ACME, corpus(5), 1)
    assert index.search(ACME, {}, limit=5) == []
    assert index.search(ACME, {10**9: 1.0}, limit=5) == []
    index.rebuild(ACME, [], 2)
    assert index.search(ACME, ALL, limit=5) == []


def test_no_filter_is_empty(index: EdgeIndex) -> None:
    """What keeps to no passage finds none: it does not turn into a filter that matches all."""
    index.rebuild(ACME, corpus(5), 1)
    assert len(index.search(ACME, ALL, limit=5, where=Where())) == 5
    for where in (Where(kinds=("none",)), Where(authors=("a",)), Where(since="2020-01-01")):
        assert index.search(ACME, ALL, limit=5, where=where) == []


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_a_number_of_hits(index: EdgeIndex, limit: int) -> None:
    """A search for less than one hit is refused."""
    with pytest.raises(ValueError, match="at least 1"):
        index.search(ACME, ALL, limit=limit)


# --- trust ----------------------------------------------------------------------------------------


def test_what_is_not_built(index: EdgeIndex) -> None:
    """A shard that is not built has no revision, and is neither searched nor changed."""
    assert index.revision(ACME) is None
    with pytest.raises(IndexMismatchError, match="the index of acme is not built"):
        index.search(ACME, ALL, limit=5)
    with pytest.raises(IndexMismatchError):
        index.update(ACME, corpus(1), set(), 2)


def test_revisions(index: EdgeIndex, folder: Path) -> None:
    """A shard keeps its revision and its answers over a release, in another index object too."""
    index.rebuild(ACME, corpus(20), 5)
    index.update(ACME, corpus(20, seed=2), set(), 6)
    before = index.search(ACME, ALL, limit=40)
    index.release()
    assert index.revision(ACME) == 6
    assert index.search(ACME, ALL, limit=40) == before
    index.release()
    other = EdgeIndex(folder, FORM, wait=0)
    assert (other.revision(ACME), other.search(ACME, ALL, limit=40)) == (6, before)
    other.release()


@pytest.mark.parametrize("where", ["rebuild", "update"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interrupted_while_writing(
    index: EdgeIndex, where: str, error: type[BaseException]
) -> None:
    """A shard that was interrupted is not trusted any more, now or later, and can be rebuilt."""

    def interrupted() -> Iterator[Item]:
        yield from corpus(600)
        raise error

    index.rebuild(ACME, corpus(5), 1)
    write = index.rebuild if where == "rebuild" else partial(index.update, removed=set())
    with pytest.raises(error):
        write(ACME, interrupted(), revision=2)
    assert index.revision(ACME) is None
    with pytest.raises(IndexMismatchError):
        index.search(ACME, ALL, limit=5)
    index.release()
    assert index.revision(ACME) is None
    index.rebuild(ACME, corpus(5), 3)
    assert index.revision(ACME) == 3


def _shard_files(folder: Path) -> list[Path]:
    """The engine's files that hold anything, largest content first."""
    files = [path for path in (folder / "acme" / "shard").rglob("*") if path.is_file()]
    return sorted(files, key=lambda path: (-path.stat().st_blocks, path.name))


def _truncate(folder: Path) -> None:
    for path in _shard_files(folder):
        os.truncate(path, path.stat().st_size // 2)


def _scribble(folder: Path) -> None:
    path = next(each for each in _shard_files(folder) if "vector_storage" in str(each))
    with path.open("r+b") as file:
        file.seek(64)
        file.write(random.Random(1).randbytes(400))  # noqa: S311 - no secret


def _flip_one_bit(folder: Path) -> None:
    path = next(each for each in _shard_files(folder) if "vector_storage" in str(each))
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)


def _empty_all(folder: Path) -> None:
    for path in _shard_files(folder):
        path.write_bytes(b"")


def _remove_one(folder: Path) -> None:
    _shard_files(folder)[0].unlink()


def _add_one(folder: Path) -> None:
    (folder / "acme" / "shard" / "extra.dat").write_bytes(b"1")


def _manifest(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "acme" / "manifest.json").write_text(text)

    return write


def _other_form(folder: Path) -> None:
    path = folder / "acme" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "form": "fr+en/0 bm25"}))


def _no_manifest(folder: Path) -> None:
    (folder / "acme" / "manifest.json").unlink()


def _file_for_folder(folder: Path) -> None:
    (folder / "acme").rename(folder / "moved")
    (folder / "acme").write_text("not a folder")


def _link_for_folder(folder: Path) -> None:
    (folder / "acme").rename(folder / "moved")
    (folder / "acme").symlink_to(folder / "nowhere")


DAMAGE = [
    *(_truncate, _scribble, _flip_one_bit, _empty_all, _remove_one, _add_one),
    *(_no_manifest, _other_form, _file_for_folder, _link_for_folder),
    *map(_manifest, ["", "{}", "[]", "null", '{"form": 1}', "{" * 9000, '{"revision": "x"}']),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_shard_is_not_trusted(
    index: EdgeIndex, folder: Path, damage: Callable[[Path], None]
) -> None:
    """Whatever was done to its files, a shard that is not as it was sealed has no revision."""
    items = corpus(60)
    index.rebuild(ACME, items, 4)
    before = index.search(ACME, ALL, limit=50)
    index.release()
    damage(folder)
    assert index.revision(ACME) is None
    index.rebuild(ACME, items, 5)
    assert index.search(ACME, ALL, limit=50) == before
    index.release()
    assert index.revision(ACME) == 5


@pytest.mark.parametrize("name", ["segment.json", "mutable_id_tracker.mappings", "config.json"])
def test_a_shard_that_the_engine_refuses(index: EdgeIndex, folder: Path, name: str) -> None:
    """Where the engine refuses a shard whose seal holds, by error or panic, it is not trusted."""
    index.rebuild(ACME, corpus(9), 4)
    index.release()
    data = folder / "acme" / "shard"
    for path in data.rglob(name):
        path.write_bytes(b"{" * 30)
    seal(data, folder / "acme" / "manifest.json", form=index._shards._form, revision=4)
    assert index.revision(ACME) is None
    index.rebuild(ACME, corpus(9), 5)
    assert len(index.search(ACME, ALL, limit=9)) == 9


def test_the_fingerprint_sees_every_byte(tmp_path: Path) -> None:
    """Bytes beyond holes count, and where they are; a hole is the same as written zeros."""
    path = tmp_path / "sparse.dat"
    seen = set()
    for at in (0, 1 << 17, 1 << 22):  # at the same place in three blocks
        path.write_bytes(b"")
        os.truncate(path, 9_000_000)
        with path.open("r+b") as file:
            file.seek(at)
            file.write(b"x")
        seen.add(fingerprint(tmp_path))
    assert len(seen) == 3
    path.write_bytes(b"\0" * 300_000)
    written = fingerprint(tmp_path)
    path.write_bytes(b"")
    os.truncate(path, 300_000)
    assert fingerprint(tmp_path) == written
    path.rename(tmp_path / "other.dat")
    assert fingerprint(tmp_path) != written


# --- locks ----------------------------------------------------------------------------------------


def test_one_owner(index: EdgeIndex, folder: Path) -> None:
    """A second index is told that the shard is in use, does no harm, and has its turn later."""
    index.rebuild(ACME, corpus(30), 1)
    before = index.search(ACME, ALL, limit=50)
    other = EdgeIndex(folder, FORM, wait=0.05)
    with pytest.raises(BusyError, match=r"using the knowledge of acme \(waited 0.05 s\)"):
        other.revision(ACME)
    with pytest.raises(BusyError):
        other.drop(ACME)
    assert other.revision(RIVAL) is None
    index.update(ACME, corpus(30, seed=9), set(), 2)
    index.release()
    assert other.revision(ACME) == 2
    assert len(other.search(ACME, ALL, limit=100)) == 60
    assert before
    other.release()


def test_another_process_waits(index: EdgeIndex, folder: Path) -> None:
    """Another process waits for the shard, then finds what the first wrote."""
    index.rebuild(ACME, corpus(30), 8)
    code = (
        "import sys; from pathlib import Path\n"
        "from savoirfaire.knowledge.engines.edge import EdgeIndex\n"
        "from savoirfaire.knowledge.scope import ClientScope\n"
        "print('asking', flush=True)\n"
        "index = EdgeIndex(Path(sys.argv[1]), 'a form', wait=20)\n"
        "print(index.revision(ClientScope('acme')), flush=True)\n"
        "index.release()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "asking\n"
    index.update(ACME, corpus(5, seed=2), set(), 9)
    index.release()
    assert child.communicate(timeout=30)[0] == "9\n"


def test_threads_take_turns(index: EdgeIndex) -> None:
    """Threads that read and write several clients at once, few shards open, all get it right."""
    small = EdgeIndex(index._shards._folder, FORM, wait=20, keep=2)
    scopes = [ClientScope(f"client-{n}") for n in range(5)]
    wrong: list[object] = []

    def work(seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - no secret
        for _ in range(12):
            scope = draw.choice(scopes)
            number = int(scope.client[-1])
            try:
                with small.using(scope):
                    if small.revision(scope) is None or draw.random() < 0.3:
                        small.rebuild(scope, [item(number, {1: 1})], 1)
                    found = small.search(scope, {1: 1.0}, limit=3)
                if [hit.id for hit in found] != [number]:
                    wrong.append((scope, found))
                if draw.random() < 0.1:
                    small.release()
            except BaseException as error:  # noqa: BLE001 - a thread must tell the test
                wrong.append(error)

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    small.release()
    assert wrong == []


def test_a_busy_client_holds_up_nobody_else(folder: Path) -> None:
    """While a thread waits for one client's shard, other threads go on with other clients."""
    owner, index = EdgeIndex(folder, FORM), EdgeIndex(folder, FORM, wait=10)
    owner.rebuild(ACME, corpus(3), 1)
    waiting = threading.Thread(target=index.revision, args=[ACME])
    waiting.start()
    index.rebuild(RIVAL, corpus(3), 1)
    assert len(index.search(RIVAL, ALL, limit=5)) == 3
    assert waiting.is_alive()
    owner.release()
    waiting.join()
    assert index.revision(ACME) == 1
    index.release()


def test_no_descriptor_is_left(index: EdgeIndex, folder: Path) -> None:
    """Few shards stay open, and none after a release, whatever went wrong in between."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("this system does not list open files")
    other = EdgeIndex(folder, FORM, wait=0)
    index.rebuild(ACME, [], 1)
    before = len(list(descriptors.iterdir()))
    for n in range(24):
        index.rebuild(ClientScope(f"client-{n}"), [item(n, {1: 1})], 1)
        with pytest.raises(BusyError):
            other.revision(ACME if n < 15 else ClientScope(f"client-{n}"))
    with pytest.raises(KeyboardInterrupt), index.using(ClientScope("client-3")):
        raise KeyboardInterrupt
    index.release()
    assert len(list(descriptors.iterdir())) < before
    still_open = [os.path.realpath(each) for each in descriptors.iterdir()]
    assert not [each for each in still_open if each.startswith(str(folder))]


def test_used_inside_its_own_use(folder: Path) -> None:
    """A shard that is being written is not closed to make room for another."""
    index = EdgeIndex(folder, FORM, keep=1)
    index.rebuild(RIVAL, corpus(5, seed=2), 1)

    def copied() -> Iterator[Item]:
        for n, hit in enumerate(index.search(RIVAL, ALL, limit=9)):
            index.search(ClientScope("third"), ALL, limit=1)
            yield item(n, {1: 1}, length=int(hit.score) + 1)

    index.rebuild(ClientScope("third"), corpus(1), 1)
    index.rebuild(ACME, copied(), 1)
    assert len(index.search(ACME, ALL, limit=9)) == 5
    index.release()


# --- erasing --------------------------------------------------------------------------------------


def test_drop(index: EdgeIndex, folder: Path) -> None:
    """Dropping a client's shard, open or not, leaves nothing but an empty lock file."""
    index.rebuild(ACME, corpus(5), 1)
    index.rebuild(RIVAL, corpus(5), 1)
    index.drop(ACME)
    assert index.revision(ACME) is None
    index.release()
    index.drop(ACME)
    assert not (folder / "acme").exists()
    assert (folder / "acme.lock").read_bytes() == b""
    assert index.revision(RIVAL) == 1


def test_no_words_in_the_index(index: EdgeIndex, folder: Path) -> None:
    """The index holds no text: only the keywords that it is filtered by."""
    index.rebuild(ACME, [Item(1, SparseVector([5], [1.0]), {"kind": "edition"})], 1)
    index.release()
    names = {path.name for path in folder.rglob("*")}
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"edition" in held
    assert not any("wal" in name for name in names)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """An index whose place is taken by a file is a WorkspaceError."""
    (tmp_path / "index").write_text("a file")
    with pytest.raises(WorkspaceError, match="the index cannot be written"):
        EdgeIndex(tmp_path / "index", FORM, wait=0).revision(ACME)


def test_hits_are_plain() -> None:
    """A hit is an id and a score."""
    assert Hit(1, 2.0) == Hit(id=1, score=2.0)
