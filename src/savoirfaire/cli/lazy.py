"""Commands that are built when they are called: a help page must not import what it names.

Building every command took as long as importing Typer itself. So the root knows each command by a
name, a place and its sentence of help; `savoir COMMAND` builds that one.
"""

import importlib
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command_from_info, get_group_from_info
from typer.models import CommandInfo, TyperInfo

from savoirfaire.cli.messages import _

_PACKAGE = "savoirfaire.cli"


@dataclass(frozen=True)
class Entry:
    """A command: `module:name` of its function or its Typer group, and its first line of help."""

    place: str
    help: str


class Commands(MutableMapping[str, Any]):
    """Commands by name, each built from its entry when it is asked for."""

    def __init__(
        self,
        entries: Mapping[str, Entry],
        sections: Mapping[str, str],
        context: type[typer.Context],
    ) -> None:
        self.entries = entries
        self.sections = sections
        self._context = context
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """The command, built once."""
        if name not in self._built:
            self._built[name] = self._build(name, self.entries[name])
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        """Put a command that is built already."""
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        """Forget a built command."""
        del self._built[name]

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the help page."""
        return iter(self.entries)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.entries)

    def _build(self, name: str, entry: Entry) -> Any:
        module, _, attribute = entry.place.partition(":")
        found = getattr(importlib.import_module(f"{_PACKAGE}.{module}"), attribute)
        if isinstance(found, typer.Typer):
            command: Any = get_group_from_info(
                TyperInfo(found),
                pretty_exceptions_short=False,
                rich_markup_mode=None,
                suggest_commands=True,
            )
            command.name, command.help = name, entry.help
        else:
            info = CommandInfo(name=name, callback=found)
            command = get_command_from_info(
                info, pretty_exceptions_short=False, rich_markup_mode=None
            )
        for each in walk(command):
            each.context_class = self._context
        return command


class LazyGroup(TyperGroup):
    """A group whose help page names its commands without building them."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer's form
        """Write the names and first lines by section, in the language spoken."""
        assert isinstance(self.commands, Commands)
        widest = max(map(len, self.commands))
        for title, names in self.commands.sections.items():
            rows = [
                (name.ljust(widest), _(self.commands.entries[name].help)) for name in names.split()
            ]
            with formatter.section(_(title)):
                formatter.write_dl(rows)


def walk(command: Any) -> Iterator[Any]:
    """A command and all below it."""
    yield command
    for child in children(command):
        yield from walk(child)


def children(command: Any) -> list[Any]:
    """The commands right below one; building those that are not built yet."""
    return list(getattr(command, "commands", {}).values())
