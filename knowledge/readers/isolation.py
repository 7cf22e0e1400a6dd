"""The one process in which libraries parse files that may be hostile.

It is started at first need and used for file after file. A file that takes too long, or takes
the process down, is refused; the next one gets a fresh process. What was opened to read a file
within a file is kept for the others in it, until another file is asked for.
"""

import contextlib
import dataclasses
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.entry import Entry, refused
from savoirfaire.knowledge.readers.refusal import UnreadableError, neat
from savoirfaire.knowledge.readers.shelf import Step

# Starting and importing are no fault of the file: they have a generous time of their own.
_START_SECONDS = 60.0
_STARTS = 2


class Worker:
    """A process that reads files for this one; safe to use from several threads, one at a time.

    `command` starts the process: by default, this package's own worker.
    """

    def __init__(self, limits: Limits, command: Sequence[str] = ()) -> None:
        self._limits = limits
        # -P: a json.py in the folder where somebody reads their files is not to be imported.
        own = [sys.executable, "-P", "-m", f"{__package__}.worker", str(limits.memory_mb)]
        self._command = list(command) or own
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, reader: str, path: Path, steps: Sequence[Step] = ()) -> tuple[Document, str]:
        """Read a file, or the one found in it by steps; give it with the SHA-256 of its bytes.

        Any failure is an UnreadableError for this file.
        """
        answer = self._request("read", reader, path, steps)
        return Document.from_json(answer["document"]), answer["sha256"]

    def entries(self, reader: str, path: Path, steps: Sequence[Step] = ()) -> list[Entry]:
        """List what a container holds; the entries come without their bytes."""
        answer = self._request("list", reader, path, steps)
        return [_entry(listed) for listed in answer["entries"]]

    def close(self) -> None:
        """End the process, if there is one; a later read starts another."""
        with self._lock:
            self._stop()

    def _request(self, do: str, reader: str, path: Path, steps: Sequence[Step]) -> dict[str, Any]:
        request = {
            "do": do,
            "reader": reader,
            "path": str(path.absolute()),
            "steps": [dataclasses.asdict(step) for step in steps],
            "limits": dataclasses.asdict(self._limits),
        }
        with self._lock:
            try:
                answer = self._ask(json.dumps(request).encode() + b"\n")
            except BaseException:
                # Also at Ctrl-C: a late answer must not be taken for that of the next file.
                self._stop()
                raise
            if answer.get("code") in {"memory", "worker"}:
                self._stop()
        if "code" in answer:
            raise UnreadableError.from_json(answer)
        return answer

    def _ask(self, request: bytes) -> dict[str, Any]:
        process, answer = self._hand_over(request)
        if "code" in answer:
            return answer
        line, expired = _line(process, self._limits.seconds)
        with contextlib.suppress(ValueError):
            return _parsed(line)
        if expired:
            raise UnreadableError(
                "timeout",
                "took more than {limit} s to read (limits.seconds)",
                limit=neat(self._limits.seconds),
            )
        raise UnreadableError("crashed", "made its reader crash")

    def _hand_over(self, request: bytes) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
        """Give a request to a process that says it is ready; one that died idle is replaced."""
        for _ in range(_STARTS):
            with contextlib.suppress(OSError, ValueError):
                process = self._process = self._process or self._start()
                assert process.stdin
                process.stdin.write(request)
                process.stdin.flush()
                return process, _parsed(_line(process, _START_SECONDS)[0])
            self._stop()
        raise UnreadableError("worker", "could not be read: the reading process does not start")

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C is for the parent, which decides what becomes of the worker.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        assert process.stdin
        with contextlib.suppress(OSError):  # what a dead process did not take is not to be flushed
            process.stdin.close()
        with process:
            pass


def _entry(listed: dict[str, Any]) -> Entry:
    if "code" in listed:
        return refused(listed["name"], UnreadableError.from_json(listed))
    return Entry(listed["name"], listed["reader"], listed["size"], bytes)


def _parsed(line: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(line)
    return answer


def _line(process: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, bool]:
    """Give one line, incomplete if the process ended, and whether it was killed for its time."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    assert process.stdout
    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        line = process.stdout.readline()
    finally:
        timer.cancel()
        timer.join()
    return line, expired.is_set()
