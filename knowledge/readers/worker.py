"""The process behind `isolation.Worker`: requests on stdin, answers on stdout, one JSON a line.

A request is answered twice: when its reader is imported, and when the file is read. The process
ends when its parent does, limits its own memory, leaves no core file and prints nothing else.
"""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

from savoirfaire.knowledge.readers.catalogue import reader_named, run
from savoirfaire.knowledge.readers.document import MB, Limits
from savoirfaire.knowledge.readers.opening import load
from savoirfaire.knowledge.readers.refusal import UnreadableError

_GRACE_SECONDS = 5.0


def serve(request: dict[str, Any], answers: BinaryIO) -> None:
    """Answer one request."""
    try:
        reader = reader_named(request["reader"])
    except ImportError as error:
        reason = f"could not be read: a library is missing ({error})"
        say({"code": "worker", "reason": reason}, answers)
        return
    say({"ready": True}, answers)
    limits = Limits(**request["limits"])
    _set_alarm(limits.seconds + _GRACE_SECONDS)
    try:
        document = run(reader, load(Path(request["path"]), limits), limits)
        answer: dict[str, Any] = {"document": document.as_json()}
    except UnreadableError as error:
        answer = {"code": error.code, "reason": str(error)}
    _set_alarm(0)
    say(answer, answers)


def say(answer: dict[str, Any], answers: BinaryIO) -> None:
    """Write one answer."""
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def main() -> None:
    """Serve until the parent closes stdin or dies."""
    _limit_memory(int(float(sys.argv[1]) * MB))
    answers = _take_stdout()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        serve(json.loads(requests.get()), answers)


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
