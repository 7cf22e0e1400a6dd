"""One call of the command line: what was asked before the command's name, and what it opened."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from savoirfaire.cli.messages import guess_language, speak
from savoirfaire.errors import WorkspaceError
from savoirfaire.workspace import FILE, Workspace, find_workspace

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
"""The option of every command that a program may read."""


@dataclass
class Invocation:
    """The options of `savoir` itself. Every command's context carries it."""

    folder: Path = field(default_factory=Path.cwd)
    chosen: bool = False
    verbose: bool = False
    debug: bool = False
    workspace: Workspace | None = None

    def choose(self, folder: Path) -> None:
        """Use the workspace at `folder`, and its language from here on."""
        self.folder, self.chosen = folder.absolute(), True
        speak(guess_language(self.folder, os.environ))

    def find(self) -> Path:
        """Find the workspace's folder: the one chosen, else the current one or above it."""
        if self.chosen and not (self.folder / FILE).is_file():
            raise WorkspaceError("{folder} has no {file}", folder=self.folder, file=FILE)
        return find_workspace(self.folder)

    def open(self) -> Workspace:
        """Open the workspace: read its settings, speak its language, set up the log."""
        from savoirfaire.cli.logs import configure
        from savoirfaire.settings import load_settings

        folder = self.find()
        settings = load_settings(folder, os.environ)
        speak(settings.language)
        configure(settings.log, verbose=self.verbose, debug=self.debug)
        self.workspace = Workspace(folder, settings)
        self.workspace.prepare()
        return self.workspace


def invocation(ctx: typer.Context) -> Invocation:
    """Give the call that a command's context belongs to."""
    return ctx.ensure_object(Invocation)


def open_workspace(ctx: typer.Context) -> Workspace:
    """Open the workspace a command works in; the first line of nearly every command."""
    return invocation(ctx).open()
