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
    while True:
        answer = typer.prompt(
            _("approve (a), edit (e), reject (r), or later (l)?"), default="l", show_default=False
        )
        match answer.strip().lower()[:1]:
            case "a":
                runs.approvals.decide(approval, "approve", by=by)
                return True
            case "r":
                reason = typer.prompt(_("Why? It is learned from."), default="", show_default=False)
                runs.approvals.decide(approval, "reject", by=by, reason=reason)
                return True
            case "e" if _edited(runs, approval, data["request"], by=by):
                return True
            case "l":
                return False


def _edited(runs: "Runs", approval: str, request: dict[str, object], *, by: str) -> bool:
    """Open the text in the person's editor; False where there is none, or nothing was changed."""
    actions = request["action_requests"]
    assert isinstance(actions, list)
    text = actions[0]["args"].get("markdown")
    if not isinstance(text, str):
        typer.echo(_("The text of this gate cannot be edited here."))
        return False
    changed = edited(text)
    if changed == text:
        typer.echo(_("The text was not changed."))
        return False
    reason = typer.prompt(_("Why? It is learned from."), default="", show_default=False)
    runs.approvals.decide(approval, "edit", by=by, reason=reason, edits={"markdown": changed})
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
