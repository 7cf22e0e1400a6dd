"""The process that parses: time, memory, crashes, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from savoirfaire.knowledge.readers import Limits, Readers, UnreadableError, read
from savoirfaire.knowledge.readers.isolation import Worker

MAIL = b"From: a@example.org\nSubject: x\n\nwords\n"

# A worker that does to each request what the file's name says.
FAKE = """
import json, os, pathlib, sys, time
for line in sys.stdin:
    name = pathlib.Path(json.loads(line)["path"]).name
    if name == "refuse":
        sys.exit(1)
    print(json.dumps({"ready": True}), flush=True)
    if name == "hang":
        time.sleep(600)
    if name == "die":
        os._exit(9)
    if name == "half":
        print('{"document": {"te', end="", flush=True)
        os._exit(0)
    document = {"text": str(os.getpid()), "locators": []}
    print(json.dumps({"document": document, "sha256": ""}), flush=True)
    if name == "last":
        sys.exit(0)
"""


@pytest.fixture
def worker() -> Iterator[Worker]:
    """The fake, with a short time limit."""
    worker = Worker(Limits(seconds=0.5), [sys.executable, "-c", FAKE])
    yield worker
    worker.close()


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("hang", "timeout", "took more than 0.5 s to read (limits.seconds)"),
        ("die", "crashed", "made its reader crash"),
        ("half", "crashed", "made its reader crash"),
        ("refuse", "worker", "could not be read: the reading process does not start"),
    ],
)
def test_one_file_only(worker: Worker, name: str, code: str, reason: str) -> None:
    """A file that stops the process is refused; the next one is read by a fresh process."""
    before = worker.read("any", Path("fine"))[0].text
    with pytest.raises(UnreadableError) as caught:
        worker.read("any", Path(name))
    assert (caught.value.code, str(caught.value)) == (code, reason)
    assert worker.read("any", Path("fine"))[0].text != before


def test_one_process(worker: Worker) -> None:
    """File after file goes to the same process, also from several threads."""
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda _: worker.read("any", Path("fine"))[0].text, range(20)))
    assert len(set(texts)) == 1


def test_died_idle(worker: Worker) -> None:
    """A process that died between two files costs neither of them."""
    first = worker.read("any", Path("last"))[0].text
    assert worker.read("any", Path("last"))[0].text != first
    assert worker.read("any", Path("fine"))[0].text != first


def test_command_missing() -> None:
    """A process that cannot even be started is a reason like any other."""
    worker = Worker(Limits(), ["/no/such/command"])
    with pytest.raises(UnreadableError) as caught:
        worker.read("any", Path("fine"))
    assert caught.value.code == "worker"


def test_missing_library(tmp_path: Path) -> None:
    """A reader that cannot be imported is told as such."""
    worker = Worker(Limits())
    with pytest.raises(UnreadableError, match="a library is missing") as caught:
        worker.read("no_such_reader", tmp_path)
    assert caught.value.code == "worker"
    worker.close()


def test_interrupted(worker: Worker) -> None:
    """After Ctrl-C in the middle of a file, the next file does not get its answer."""
    before = worker.read("any", Path("fine"))[0].text
    previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            worker.read("any", Path("hang"))
    finally:
        signal.signal(signal.SIGALRM, previous)
    assert worker.read("any", Path("fine"))[0].text != before


def test_slow_file(tmp_path: Path) -> None:
    """A real file that takes too long to parse is given up at the limit, and the next is read."""
    slow, fine = tmp_path / "slow.html", tmp_path / "fine.eml"
    slow.write_bytes(b"<p>some words of a page that goes on and on</p>" * 100_000)
    fine.write_bytes(MAIL)
    with Readers(Limits(seconds=0.5)) as readers:
        with pytest.raises(UnreadableError, match=r"took more than 0\.5 s"):
            readers.read(slow)
        assert readers.read(fine).title == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits address space surely")
def test_memory(tmp_path: Path) -> None:
    """A file that needs more memory than the limit is refused, and the next is read."""
    large, fine = tmp_path / "large.eml", tmp_path / "fine.eml"
    large.write_bytes(MAIL + b"words\n" * 8_000_000)
    fine.write_bytes(MAIL)
    with Readers(Limits(memory_mb=200)) as readers:
        with pytest.raises(UnreadableError) as caught:
            readers.read(large)
        assert caught.value.code == "memory"
        assert str(caught.value) == "needs more than 200 MB of memory (limits.memory_mb)"
        assert readers.read(fine).title == "x"


def test_starts_at_need(tmp_path: Path) -> None:
    """Text needs no process, mail does, and closing ends it; reading again starts another."""
    (tmp_path / "a.md").write_text("words")
    (tmp_path / "a.eml").write_bytes(MAIL)
    with Readers() as readers:
        readers.read(tmp_path / "a.md")
        assert readers._worker._process is None
        readers.read(tmp_path / "a.eml")
        process = readers._worker._process
        assert process is not None
        readers.close()
        assert process.returncode is not None
        assert readers.read(tmp_path / "a.eml").title == "x"


def test_read_leaves_nothing(tmp_path: Path) -> None:
    """The convenience reads one file and leaves no process behind."""
    (tmp_path / "a.eml").write_bytes(MAIL)
    assert read(tmp_path / "a.eml").meta == {"from": "a@example.org", "subject": "x"}


def test_imports_nothing_from_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module in the folder where files are read is not run, and relative paths work."""
    for name in ("json.py", "email.py", "lxml.py"):
        (tmp_path / name).write_text("open('run', 'w')")
    (tmp_path / "a.eml").write_bytes(MAIL)
    monkeypatch.chdir(tmp_path)
    assert read(Path("a.eml")).title == "x"
    assert not (tmp_path / "run").exists()


def test_prints_nothing(tmp_path: Path) -> None:
    """Whatever a parser warns of, neither stdout nor stderr of the parent gets it."""
    (tmp_path / "a.pdf").write_bytes(
        b"%PDF-1.4\n1 0 obj\n<< /Kids [ >>\nwords\nstartxref\n7\n%%EOF"
    )
    code = (
        "import sys, pathlib\n"
        "from savoirfaire.knowledge.readers import UnreadableError, read\n"
        "try:\n    read(pathlib.Path(sys.argv[1]))\n"
        "except UnreadableError:\n    pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.pdf"], capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


PARENT = """
import sys, threading, pathlib
from savoirfaire.knowledge.readers import Readers
readers = Readers()
readers.read(pathlib.Path(sys.argv[1]))
print(readers._worker._process.pid, flush=True)
readers.read(pathlib.Path(sys.argv[2]))
sys.stdin.read()
"""


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat")
        return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize("busy", [False, True])
def test_dies_with_its_parent(tmp_path: Path, *, busy: bool) -> None:
    """When the parent is killed, the process ends, idle or in the middle of a file."""
    first, second = tmp_path / "a.eml", tmp_path / "b.html"
    first.write_bytes(MAIL)
    second.write_bytes(b"<p>some words of a page that goes on</p>" * (200_000 if busy else 1))
    command = [sys.executable, "-c", PARENT, str(first), str(second)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.kill()
    deadline = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(pid)
