"""`savoir init` and `savoir settings`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from savoirfaire.cli.invocation import Json, invocation
from savoirfaire.cli.messages import _, language, speak
from savoirfaire.errors import WorkspaceError
from savoirfaire.workspace import FILE, Workspace

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; made if it does not exist.")
    ] = Path(),
    tongue: Annotated[
        Literal["fr", "en"] | None,
        typer.Option("--language", help="The language of the workspace's messages."),
    ] = None,
) -> None:
    """Make a workspace: a commented savoir.toml and a private data folder."""
    speak(tongue or language())
    made = create_workspace(folder)
    lay_out(made)
    typer.echo(_("The workspace is ready: {folder}").format(folder=made.folder))
    typer.echo(_("Its settings are in {file}.").format(file=made.folder / FILE))
    typer.echo(_("Next: `savoir client add NAME` there, then `savoir ingest NAME FILES`."))


def settings(ctx: typer.Context, as_json: Json = False) -> None:
    """Show every setting, its value, and where it comes from."""
    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.settings import origins

    workspace = invocation(ctx).open()
    rows = origins(workspace.folder, os.environ)
    if as_json:
        emit_json({row.name: {"value": row.value, "origin": row.origin} for row in rows})
        return
    shown = [(row.name, _written(row.value), _(row.origin)) for row in rows]
    table((_("setting"), _("value"), _("comes from")), shown)


def create_workspace(folder: Path) -> Workspace:
    """Make a workspace in the language spoken; an existing one is refused, untouched."""
    from savoirfaire.settings import Settings

    folder = folder.absolute()
    file = folder / FILE
    if file.exists():
        raise WorkspaceError(
            "{file} exists already",
            file=file,
            hint="Use the workspace as it is, or choose another folder.",
        )
    workspace = Workspace(folder, Settings(language=language()))
    workspace.prepare()
    try:
        workspace.data.chmod(0o700)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(template())
        file.chmod(0o600)  # it may hold a key
    except OSError as error:
        raise WorkspaceError(
            "{folder} cannot be made a workspace: {reason}", folder=folder, reason=error.strerror
        ) from error
    return workspace


def lay_out(workspace: Workspace) -> None:
    """Make the databases and folders of a new workspace; each would also be made at first use."""
    import sqlite3
    from contextlib import closing

    from savoirfaire.knowledge.database import open_database

    open_database(workspace.database).dispose()
    if isinstance(workspace.states, Path):
        with closing(sqlite3.connect(workspace.states)) as checkpoints:
            checkpoints.execute("PRAGMA journal_mode=WAL")
    for folder in (workspace.index, workspace.outbox):
        folder.mkdir(exist_ok=True)


def template() -> str:
    """A savoir.toml that sets the language and explains every other setting."""
    from savoirfaire.settings import fields

    lines = [
        f"# {_('The settings of this workspace. `savoir settings` shows where each comes from.')}",
        f"# {_('A variable wins over this file: SAVOIR_MODEL_NAME for the name of [model].')}",
    ]
    section = ""
    for name, field in fields().items():
        table, _dot, key = name.rpartition(".")
        if table != section:
            section = table
            lines += ["", f"[{section}]"]
        lines += ["", *_entry(key, field)]
    return "\n".join(lines) + "\n"


def _entry(key: str, field: "FieldInfo") -> list[str]:
    """A setting's description, what it may be, and its default, commented out."""
    from savoirfaire.settings import allowed

    about = f"# {_(field.description or '')} [{allowed(field)}]"
    if key == "language":
        return [about, f'language = "{language()}"']
    default = _written(field.default)
    quoted = isinstance(field.default, str | Path)
    return [about, f'# {key} = "{default}"' if quoted else f"# {key} = {default}".rstrip()]


def _written(value: object) -> str:
    """A value as it stands in savoir.toml, without quotes; nothing for none."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def reviewer(workspace: Workspace) -> str:
    """Who decides at gates: the one named in the settings, else the login name."""
    import getpass

    return workspace.settings.reviewer or getpass.getuser()
