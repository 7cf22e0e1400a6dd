"""`savoir check`: texts checked against rules in Vale's format."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from savoirfaire.cli.messages import ngettext

if TYPE_CHECKING:
    from savoirfaire.knowledge.rules import Checked, Ruleset

Format = Literal["text", "json", "sarif", "github"]
Grade = Literal["suggestion", "warning", "error"]
SUFFIXES = frozenset({".md", ".mdown", ".markdown", ".mdx", ".html", ".htm", ".txt"})
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "venv"})


def check(  # noqa: PLR0913, PLR0917 - the options of the command
    ctx: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Files and folders; - reads the standard input."),
    ],
    client: Annotated[
        str, typer.Option(metavar="CLIENT", help="Check against this client's own rules too.")
    ] = "",
    styles: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of styles in Vale's format.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .vale.ini; it names the styles.")
    ] = None,
    language: Annotated[
        Literal["fr", "en"] | None, typer.Option(help="Whose shipped packs apply.")
    ] = None,
    pack: Annotated[
        list[str] | None,
        typer.Option(metavar="PACK", help="A shipped pack, instead of those of the language."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How alerts are printed.")] = "text",
    level: Annotated[Grade, typer.Option(help="The lowest level that is shown.")] = "suggestion",
    fail: Annotated[Grade, typer.Option(help="The lowest level that ends with exit code 1.")] = (
        "error"
    ),
    fix: Annotated[
        bool, typer.Option("--fix", help="Write safe replacements, and show what changed.")
    ] = False,
    suffix: Annotated[
        str, typer.Option("--ext", metavar="EXT", help="How the standard input is read.")
    ] = ".md",
) -> None:
    """Check texts against rules in Vale's format: shipped packs, a client's own, or your styles."""
    from savoirfaire.cli.checked import Choice, report
    from savoirfaire.knowledge.rules import LEVELS

    choice = Choice(client, styles, config, language, tuple(pack or ()))
    rules = choice.rules(ctx)
    texts = list(_texts(files, suffix))
    results: dict[str, Checked] = {}
    for name, path, text in texts:
        ruleset = rules(text)
        checked = ruleset.check(text, path)
        if fix:
            text, checked = _fixed(name, text, path, ruleset, checked)  # noqa: PLW2901
        results[name] = checked
    shown = {name: _above(checked, level) for name, checked in results.items()}
    report(shown, form)
    worst = [LEVELS.index(alert.severity) for found in shown.values() for alert in found.alerts]
    if max(worst, default=-1) >= LEVELS.index(fail):
        raise typer.Exit(1)


def _above(checked: "Checked", level: Grade) -> "Checked":
    from dataclasses import replace

    from savoirfaire.knowledge.rules import LEVELS

    least = LEVELS.index(level)
    return replace(
        checked,
        alerts=tuple(each for each in checked.alerts if LEVELS.index(each.severity) >= least),
    )


def _texts(files: list[str], suffix: str) -> Iterator[tuple[str, str, str]]:
    """Each text with its name as shown and the path it is read as."""
    for name in files:
        if name == "-":
            yield f"stdin{suffix}", f"stdin{suffix}", sys.stdin.read()
            continue
        for path in _paths(Path(name)):
            yield str(path), str(path), _read(path)


def _paths(path: Path) -> Iterator[Path]:
    from savoirfaire.errors import NotFoundError

    if not path.exists():
        raise NotFoundError("there is no file {file}", file=str(path))
    if not path.is_dir():
        yield path
        return
    for each in sorted(path.rglob("*")):
        parts = each.relative_to(path).parts
        hidden = any(part.startswith(".") or part in _LEFT_OUT for part in parts)
        if each.is_file() and each.suffix.lower() in SUFFIXES and not hidden:
            yield each


def _read(path: Path) -> str:
    from savoirfaire.errors import ReadError

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            "{file} cannot be read as UTF-8 text",
            file=str(path),
            hint="Check Markdown, HTML or plain text; convert other encodings to UTF-8.",
        ) from error


def _fixed(
    name: str, text: str, path: str, rules: "Ruleset", checked: "Checked"
) -> "tuple[str, Checked]":
    """The text with its safe replacements written back, and what is left to say of it."""
    from savoirfaire.agents.prose import hide, hide_blocks, hide_quotations
    from savoirfaire.cli.output import note, printable
    from savoirfaire.knowledge.rules.fixing import difference, fixed

    after, count = fixed(
        text, checked.alerts, lambda words: hide_quotations(hide(hide_blocks(words)))
    )
    if not count:
        return text, checked
    typer.echo(printable(difference(text, after, name)), err=True)
    if name.startswith("stdin"):
        typer.echo(after, nl=False, err=False)
    else:
        _write(Path(path), after)
    said = ngettext("{count} replacement in {file}", "{count} replacements in {file}", count)
    note(said.format(count=count, file=name))
    return after, rules.check(after, path)


def _write(path: Path, text: str) -> None:
    """Write the file whole or not at all."""
    import os
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(path.stat().st_mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
