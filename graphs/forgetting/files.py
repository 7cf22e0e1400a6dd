"""Files of the data folder that hold a client's words: what was published, tapes, and logs."""

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from savoirfaire.graphs.forgetting.messages import rewritten
from savoirfaire.graphs.forgetting.traces import unmentioned
from savoirfaire.knowledge.mentions import Mentions
from savoirfaire.tools.tape import CallScope, tape_key
from savoirfaire.workspace import Workspace, is_name, within

_TAPE = b"savoirfaire-tape"
_TAG = re.compile(r"<[^<>]*>")
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);")
_MARKUP = frozenset("<>&\"'")


def published(workspace: Workspace, client: str, run: str) -> list[Path]:
    """The files that a run published, and what an interrupted one left half written.

    A run whose id can be no folder has none: whatever such a path leads to is not the run's.
    """
    if not is_name(run):
        return []
    folder = within(workspace.outbox, client, run)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def drop_run(workspace: Workspace, client: str, run: str) -> None:
    """Delete what a run published."""
    if is_name(run):
        drop(within(workspace.outbox, client, run))


def drop(folder: Path) -> None:
    """Delete a folder with all that is in it; a link, but not where it leads."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.is_dir():
        shutil.rmtree(folder)


def redact_file(path: Path, people: Mentions) -> bool:
    """Put marks for people in a file and in its name; whether there were any mentions."""
    before = path.read_bytes()
    after = _redacted(path, before, people)
    name = people.redact(path.name)
    if after != before:
        put(path, after)
    if name != path.name:
        path.rename(_free(path.with_name(name)))
    return after != before or name != path.name


def mentions_in(path: Path, people: Mentions) -> bool:
    """Whether a file or its name mentions people."""
    data = path.read_bytes()
    return bool(people.spans(path.name)) or _redacted(path, data, people) != data


def _redacted(path: Path, data: bytes, people: Mentions) -> bytes:
    if path.suffix == ".eml":
        return rewritten(data, people.redact, lambda page: _of_html(page, people))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    bare = _of_html(text, people) if path.suffix == ".html" else people.redact(text)
    return data if bare == text else bare.encode()


def _of_html(text: str, people: Mentions) -> str:
    """A page without mentions: also of names that tags or entities run through."""
    spelt = _ENTITY.sub(_spelt, text)
    bare = people.redact(spelt)
    hidden = _TAG.sub(lambda tag: "\0" * len(tag.group()), bare)
    spans = people.spans(hidden)
    if not spans and bare == spelt:
        return text
    for start, end in reversed(spans):
        tags = "".join(_TAG.findall(bare[start:end]))
        bare = f"{bare[:start]}{people.redact(hidden[start:end])}{tags}{bare[end:]}"
    return bare


def _spelt(entity: re.Match[str]) -> str:
    """The sign that an entity stands for; an apostrophe too, where it is safe."""
    sign = html.unescape(entity.group())
    return "\u2019" if sign == "'" else entity.group() if sign in _MARKUP else sign


# --- tapes ----------------------------------------------------------------------------------------


def tapes(workspace: Workspace) -> tuple[list[Path], bool]:
    """The tapes in the workspace, and whether its settings name one that is elsewhere."""
    found = {path for path in workspace.data.rglob("*.jsonl") if _is_tape(path)}
    named = workspace.tape
    if named is None or not _is_tape(named):
        return sorted(found), False
    if not named.resolve().is_relative_to(workspace.folder.resolve()):
        return sorted(found), True
    known = {path.resolve() for path in found}
    return sorted(found | ({named} if named.resolve() not in known else set())), False


def entries(tape: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Each line of a tape, and what it says; nothing where it is no exchange."""
    for line in tape.read_bytes().splitlines(keepends=True):
        yield line, _exchange(line)


def rewrite_tape(tape: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> int:
    """Change the exchanges of a tape, or drop those that change to nothing; how many did.

    A line that is no exchange cannot be judged, such as the half of one that an interrupted
    recording left; it is dropped with the first that changes.
    """
    kept, touched = [], 0
    for line, known in entries(tape):
        after = change(known) if known else known
        touched += after != known
        if after:
            kept.append(line if after == known else _line(after))
        elif not known and _TAPE in line:
            kept.append(line)
    if touched:
        put(tape, b"".join(kept))
    return touched


def without_people(entry: dict[str, Any], people: Mentions) -> dict[str, Any]:
    """An exchange without mentions, under the key of what it asks now."""
    bare = {name: unmentioned(entry[name], people) for name in ("request", "reply")}
    if all(bare[name] == entry[name] for name in bare):
        return entry
    scope = CallScope(**entry["scope"])
    return {**entry, **bare, "scope": asdict(scope), "key": tape_key(bare["request"], scope)}


def _exchange(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    is_entry = isinstance(data, dict) and {"request", "reply", "scope", "key"} <= data.keys()
    return data if is_entry else {}


def _line(entry: dict[str, Any]) -> bytes:
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _is_tape(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _TAPE in file.read(200)
    except OSError:
        return False


# --- logs -----------------------------------------------------------------------------------------


def logs(workspace: Workspace) -> list[Path]:
    """The reports of unexpected errors."""
    return sorted(path for path in workspace.logs.rglob("*") if path.is_file())


def drop_lines(path: Path, goes: Callable[[str], bool]) -> int:
    """Delete the lines of a report that are to go; how many went."""
    lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
    kept = [line for line in lines if not goes(line)]
    if len(kept) < len(lines):
        put(path, "".join(kept).encode())
    return len(lines) - len(kept)


# --- writing --------------------------------------------------------------------------------------


def put(path: Path, data: bytes) -> None:
    """Put bytes in the place of a file's, whole or not at all."""
    beside = path.with_name(f".{path.name[:40]}.forgetting")
    beside.write_bytes(data)
    beside.chmod(path.stat().st_mode & 0o777)
    beside.replace(path)


def _free(path: Path) -> Path:
    number, wanted = 1, path
    while wanted.exists():
        number += 1
        wanted = path.with_stem(f"{path.stem} {number}")
    return wanted
