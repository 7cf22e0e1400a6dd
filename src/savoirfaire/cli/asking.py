"""Asking for a decision on the terminal."""

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from savoirfaire.cli.messages import _
from savoirfaire.cli.pages import approval_page
from savoirfaire.cli.studio import as_json
from savoirfaire.errors import RequestError
from savoirfaire.graphs.gates.answers import takes, text_of

if TYPE_CHECKING:
    from savoirfaire.graphs.runs import Runs


def decide_here(runs: "Runs", approval: str, *, by: str) -> bool:
    """Show an approval and ask for the answer; False where the person leaves it for later."""
    data = as_json(runs.approvals.get(approval))
    approval_page(data)
    with _interruptible():
        return _answered(runs, approval, data, by)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question at once; asyncio would keep the first one for its own tasks."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)


def _answered(runs: "Runs", approval: str, data: dict[str, Any], by: str) -> bool:
    """Ask until there is an answer that the gate takes; False for later."""
    request = data["request"]
    question = {"choose": _choosing, "ask": _telling}.get(request.get("kind", ""), _approving)
    while True:
        answer = question(runs, approval, request, by)
        if answer is not None:
            return answer


def _approving(runs: "Runs", approval: str, request: dict[str, Any], by: str) -> bool | None:
    """Approve, edit or reject; an edit only where the gate takes one."""
    may_edit = "edit" in takes(request)
    words = _("approve (a), edit (e), reject (r), or later (l)?")
    answer = _key(words if may_edit else _("approve (a), reject (r), or later (l)?"))
    if answer == "a":
        runs.approvals.decide(approval, "approve", by=by)
        return True
    if answer == "e" and may_edit and _edited(runs, approval, request, by=by):
        return True
    return _else(runs, approval, answer, by)


def _choosing(runs: "Runs", approval: str, request: dict[str, Any], by: str) -> bool | None:
    """One of the options by its number, or none of them."""
    count = len(request["action_requests"][0]["args"]["options"])
    words = _("the number of an option (1 to {n}), reject (r), or later (l)?")
    answer = _key(words.format(n=count), whole=True)
    if answer.isdecimal() and 1 <= int(answer) <= count:
        runs.approvals.decide(approval, "choose", by=by, choice=int(answer) - 1)
        return True
    return _else(runs, approval, answer[:1], by)


def _telling(runs: "Runs", approval: str, _request: dict[str, Any], by: str) -> bool | None:
    """An answer in words."""
    answer = _key(_("answer (a), reject (r), or later (l)?"))
    if answer == "a":
        said = typer.prompt(_("Your answer"), default="", show_default=False)
        if said.strip():
            runs.approvals.decide(approval, "respond", by=by, reason=said)
            return True
    return _else(runs, approval, answer, by)


def _else(runs: "Runs", approval: str, answer: str, by: str) -> bool | None:
    """What every gate takes: a rejection, or nothing for now; None where it is neither."""
    if answer == "r":
        reason = typer.prompt(_("Why? It is learned from."), default="", show_default=False)
        runs.approvals.decide(approval, "reject", by=by, reason=reason)
        return True
    return False if answer == "l" else None


def _key(question: str, *, whole: bool = False) -> str:
    given = str(typer.prompt(question, default="l", show_default=False)).strip().lower()
    return given if whole else given[:1]


def _edited(runs: "Runs", approval: str, request: dict[str, Any], *, by: str) -> bool:
    """Open the text in the person's editor; False where there is none, or nothing was changed."""
    shown = request["action_requests"][0]["args"]
    name = text_of(shown)
    if name is None:
        typer.echo(_("The text of this gate cannot be edited here."))
        return False
    changed = edited(shown[name])
    if changed == shown[name]:
        typer.echo(_("The text was not changed."))
        return False
    reason = typer.prompt(_("Why? It is learned from."), default="", show_default=False)
    runs.approvals.decide(approval, "edit", by=by, reason=reason, edits={name: changed})
    return True


def edited(text: str, name: str = "edition.md") -> str:
    """The text as the person leaves it in their editor (VISUAL, EDITOR, or the system's own).

    `name` is the file's, by which an editor knows what it is.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "editor"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 - their own
        except (OSError, subprocess.CalledProcessError) as error:
            raise RequestError(
                "the editor {editor} did not work", editor=editor, hint="Set EDITOR to yours."
            ) from error
        return file.read_text(encoding="utf-8")
