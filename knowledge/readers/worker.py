"""The process behind `isolation.Worker`: requests on stdin, answers on stdout, one JSON a line.

A request asks to read a file, or one within it, or for the list of what a container holds. It is
answered twice: when its readers are imported, and when it is done. The process ends when its parent
does, limits its own memory, leaves no core file and prints nothing else.
"""

import contextlib
import hashlib
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, cast

from savoirfaire.knowledge.readers.catalogue import reader_named, run
from savoirfaire.knowledge.readers.document import MB, Limits
from savoirfaire.knowledge.readers.entry import Entry
from savoirfaire.knowledge.readers.refusal import UnreadableError
from savoirfaire.knowledge.readers.shelf import Shelf, Step

_GRACE_SECONDS = 5.0


def serve(request: dict[str, Any], answers: BinaryIO, shelf: Shelf) -> None:
    """Answer one request."""
    steps = [Step(**step) for step in request["steps"]]
    try:
        for reader in [request["reader"], *(step.reader for step in steps)]:
            reader_named(reader)
    except ImportError as error:
        missing = UnreadableError(
            "worker", "could not be read: a library is missing ({library})", library=error
        )
        say(missing.as_json(), answers)
        return
    say({"ready": True}, answers)
    limits = Limits(**request["limits"])
    _set_alarm(limits.seconds + _GRACE_SECONDS)
    work = _listing if request["do"] == "list" else _reading
    try:
        answer = work(request["reader"], Path(request["path"]), steps, limits, shelf)
    except UnreadableError as error:
        answer = error.as_json()
    _set_alarm(0)
    say(answer, answers)


def _reading(
    reader: str, path: Path, steps: list[Step], limits: Limits, shelf: Shelf
) -> dict[str, Any]:
    data = shelf.data(path, steps, limits)
    document = run(reader_named(reader).read, data, limits)
    return {"document": document.as_json(), "sha256": hashlib.sha256(data).hexdigest()}


def _listing(
    reader: str, path: Path, steps: list[Step], limits: Limits, shelf: Shelf
) -> dict[str, Any]:
    return {"entries": [_listed(entry) for entry in shelf.entries(reader, path, steps, limits)]}


def _listed(entry: Entry) -> dict[str, Any]:
    listed = {"name": entry.name, "reader": entry.reader, "size": entry.size}
    if entry.refusal:
        listed |= entry.refusal.as_json()
    return listed


def say(answer: dict[str, Any], answers: BinaryIO) -> None:
    """Write one answer."""
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def main() -> None:
    """Serve until the parent closes stdin or dies."""
    # openpyxl would import numpy for types that no file holds, and with it, on a machine of many
    # cores, more address space than the limit.
    sys.modules["numpy"] = cast("ModuleType", None)  # which makes importing it an ImportError
    _limit_memory(int(float(sys.argv[1]) * MB))
    answers = _take_stdout()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    shelf = Shelf()
    while True:
        serve(json.loads(requests.get()), answers, shelf)


def _listen(requests: "queue.SimpleQueue[bytes]") -> None:
    """Pass requests on; at the end of stdin the parent is gone, whatever is being parsed."""
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)


def _take_stdout() -> BinaryIO:
    """Keep the answers' way out to ourselves: what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit_memory(size: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_AS, size), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (limit, limit))


def _set_alarm(seconds: float) -> None:
    """Let the system end a process whose parent died while a parser held the interpreter."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
