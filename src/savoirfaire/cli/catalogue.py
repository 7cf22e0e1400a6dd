"""The catalogue of messages: `python -m savoirfaire.cli.catalogue` brings it up to date.

Texts are found where they stand: calls of `_`, `mark` and `ngettext` in this package, the first
argument and the `hint` of every error raised anywhere (unless it is an f-string, which stays
English), the phrases in them, the errors' hints, the titles of graphs, the help of every command,
and the description of every setting.
With --check nothing is written: what is out of date is listed, and the exit code is 1.
"""

import ast
import re
import string
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from savoirfaire import errors
from savoirfaire.cli.app import command_line
from savoirfaire.cli.messages import DOMAIN, LOCALE
from savoirfaire.settings import fields

SOURCES = LOCALE.parent
FOLDERS = ("agents", "cli", "evals", "graphs", "knowledge", "settings", "tools")
ERRORS = {
    name: cls
    for name, cls in vars(errors).items()
    if isinstance(cls, type) and issubclass(cls, errors.SavoirError)
}
TYPER = ("Arguments", "Commands", "Options", "default: {default}", "required", "Usage: ")
TITLE = ("GraphSpec", "title")
CODED = "UnreadableError"  # the readers' own error: its code comes first
Text = str | tuple[str, str]


def catalogue(language: str) -> Path:
    """The file of a language's translations."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def texts() -> set[Text]:
    """Every text to translate; a pair is a singular with its plural."""
    found: set[Text] = {*TYPER, *_helps(command_line()), "default"}
    found |= {field.description for field in fields().values() if field.description}
    found |= {cls.hint for cls in ERRORS.values() if cls.hint}
    for path in _files():
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call):
                found |= set(_said(node))
    return found


def _files() -> Iterator[Path]:
    yield from sorted(SOURCES.glob("*.py"))
    for folder in FOLDERS:
        yield from sorted((SOURCES / folder).resolve().rglob("*.py"))


def _helps(command: Any) -> set[str]:
    params = [getattr(param, "help", None) for param in command.params]
    own = {text for text in (command.help, *params) if text}
    children = getattr(command, "commands", {}).values()
    return own.union({"Show this message and exit."}, *map(_helps, children))


def _said(call: ast.Call) -> Iterator[Text]:
    """The texts that a call shows to a person, if it is one of those that do."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = [_literal(argument) for argument in call.args[:2]]
    if name == "ngettext" and given[0] and given[1]:
        yield given[0], given[1]
    elif name in {"_", "mark", "Phrase", *ERRORS} and given and given[0]:
        yield given[0]
    elif name == CODED and len(given) > 1 and given[1]:
        yield given[1]
    for keyword in call.keywords:
        if (name in ERRORS and keyword.arg == "hint") or (name, keyword.arg) == TITLE:
            yield from filter(None, [_literal(keyword.value)])


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def read(language: str) -> Catalog:
    """Read a language's translations as they stand."""
    with catalogue(language).open("rb") as stream:
        return read_po(stream, locale=language, domain=DOMAIN)


def update(language: str) -> list[str]:
    """Bring a language's files up to date with the texts; gives what is still to translate."""
    fresh = Catalog(
        locale=language,
        domain=DOMAIN,
        project=DOMAIN,
        version="1",
        msgid_bugs_address="the project's issues",
        last_translator="see the history",
        language_team=language,
        header_comment="# The messages of savoirfaire; `make messages` keeps this file.",
        fuzzy=False,
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),  # a real date would change every time
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
    )
    old = read(language) if catalogue(language).exists() else fresh
    for text in sorted(texts(), key=str):
        known = old.get(text)
        is_same = known is not None and isinstance(known.id, str) == isinstance(text, str)
        fresh.add(text, string=known.string if known and is_same else None)  # else: now counted
    catalogue(language).parent.mkdir(parents=True, exist_ok=True)
    with catalogue(language).open("wb") as stream:
        write_po(stream, fresh, width=100, sort_output=True, omit_header=False)
    catalogue(language).with_suffix(".mo").write_bytes(_compiled(fresh))
    return problems(language)


def _compiled(messages: Catalog) -> bytes:
    with BytesIO() as stream:
        write_mo(stream, messages)
        return stream.getvalue()


def problems(language: str) -> list[str]:
    """What is wrong with a language's files, one line each; nothing when they are in order."""
    messages = read(language)
    kept = {message.id for message in messages if message.id}
    wanted = texts()
    found = [f"not in the catalogue: {text}" for text in sorted(wanted - kept, key=str)]
    found += [f"no longer said: {text}" for text in sorted(kept - wanted, key=str)]
    found += [line for message in messages if message.id for line in _faults(message)]
    with catalogue(language).with_suffix(".mo").open("rb") as stream:
        if _pairs(read_mo(stream)) != _pairs(messages):
            found.append("the compiled catalogue is not that of the .po file")
    return found


def _pairs(messages: Catalog) -> dict[Any, Any]:
    """What is translated, and how; a compiled catalogue holds nothing else."""
    return {
        tuple(_forms(message.id)): _forms(message.string)
        for message in messages
        if message.id and _done(message)
    }


def _forms(text: str | Sequence[str] | None) -> list[str]:
    """Give a text, or its singular and plurals, as a list."""
    return [text] if isinstance(text, str) else list(text or [""])


def _done(message: Message) -> bool:
    return all(_forms(message.string))


def _faults(message: Message) -> Iterator[str]:
    """Why a translation cannot be shown in the place of its text."""
    if message.fuzzy or not _done(message):
        yield f"not translated: {message.id}"
        return
    said = [_parts(text) for text in _forms(message.id)]
    for form in _forms(message.string):
        if _parts(form) not in said:
            yield f"other placeholders or commands than the text's: {form}"


def _parts(text: str) -> tuple[set[str], set[str]]:
    """The placeholders and the quoted commands of a text: a translation keeps both."""
    names = {name for _text, name, _form, _how in string.Formatter().parse(text) if name}
    return names, set(re.findall(r"`[^`]*`", text))


def main(arguments: list[str]) -> int:
    """Update or check every language, and list what is left to do."""
    languages = [path.name for path in sorted(LOCALE.iterdir()) if path.is_dir()]
    work = problems if "--check" in arguments else update
    left = [f"{language}: {line}" for language in languages for line in work(language)]
    print("\n".join(left) or "every message is translated")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
