"""The packs of rules that come with the program: data beside this file, and their examples.

A pack is a folder of rules in Vale's format; `packs.yml` says of each what it is for and whether
it holds by default for its language (the first part of its name).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

from savoirfaire.errors import NotFoundError, UnreadableRuleError
from savoirfaire.knowledge.rules import definitions
from savoirfaire.knowledge.rules.definitions import Definition
from savoirfaire.knowledge.rules.ruleset import Ruleset

EXAMPLES = "examples.yml"


@dataclass(frozen=True)
class Pack:
    """A pack: its name, what it is for, and whether it holds unless it is turned off."""

    name: str
    about: str
    default: bool

    @property
    def language(self) -> str:
        """The language of the texts it is for."""
        return self.name.partition("-")[0]


@dataclass(frozen=True)
class Examples:
    """Texts that a rule must find something in, and texts that it must leave alone."""

    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An example that does not come out as it should."""

    rule: str
    kind: Literal["bad", "good"]
    text: str


@cache
def _folder() -> Path:
    with as_file(files(__package__) / "packs") as folder:
        return folder


@cache
def packs() -> tuple[Pack, ...]:
    """Every pack that comes with the program."""
    path = _folder() / "packs.yml"
    listed = definitions.loaded(path.read_text("utf-8"), str(path)) if path.exists() else {}
    names = sorted(folder.name for folder in _folder().iterdir() if folder.is_dir())
    return tuple(_pack(name, listed.get(name) or {}) for name in names if not name.startswith("_"))


def _pack(name: str, said: dict[str, str]) -> Pack:
    return Pack(name, said.get("about", ""), said.get("default", "true") == "true")


def names() -> tuple[str, ...]:
    """The names of all packs."""
    return tuple(pack.name for pack in packs())


@cache
def _definitions(name: str) -> tuple[Definition, ...]:
    if name not in names():
        raise NotFoundError(
            "there is no pack of rules {name}; there are {names}",
            name=name,
            names=", ".join(names()),
        )
    paths = sorted((_folder() / name).glob("*.yml"))
    return tuple(
        definitions.read(path, f"{name}.{path.stem}") for path in paths if path.name != EXAMPLES
    )


@cache
def together(*names: str) -> Ruleset:
    """The rules of several packs as one set.

    Raises:
        NotFoundError: There is no pack of that name.

    """
    return Ruleset([rule for name in names for rule in _definitions(name)])


def pack(name: str) -> Ruleset:
    """The rules of one pack.

    Raises:
        NotFoundError: There is no pack of that name.

    """
    return together(name)


def default_names(language: str) -> tuple[str, ...]:
    """The packs that hold by default for a language."""
    return tuple(one.name for one in packs() if one.language == language and one.default)


def examples(name: str) -> dict[str, Examples]:
    """The examples of a pack by rule.

    Raises:
        UnreadableRuleError: The file of examples has not the form `Rule: {bad: […], good: […]}`.

    """
    path = _folder() / name / EXAMPLES
    if not path.exists():
        return {}
    found = definitions.loaded(path.read_text("utf-8"), str(path))
    return {rule: _examples(str(path), rule, value) for rule, value in found.items()}


def _examples(path: str, rule: str, value: object) -> Examples:
    if not isinstance(value, dict) or value.keys() - {"bad", "good"}:
        raise UnreadableRuleError("{file}: `{key}`: must have bad and good", file=path, key=rule)
    bad, good = (tuple(map(str, value.get(kind) or ())) for kind in ("bad", "good"))
    return Examples(bad, good)


def failures(name: str) -> list[Failure]:
    """The examples of a pack that do not come out as they should, each run by its rule alone."""
    known = {rule.name.partition(".")[2]: rule for rule in _definitions(name)}
    found: list[Failure] = []
    for rule, texts in examples(name).items():
        if rule not in known:
            raise UnreadableRuleError(
                "{file}: there is no rule {rule}", file=f"{name}/{EXAMPLES}", rule=rule
            )
        failed = failing(Ruleset([known[rule]]), texts.bad, texts.good)
        found += [Failure(rule, kind, text) for kind, text in failed]
    return found


def failing(
    rules: Ruleset, bad: Sequence[str], good: Sequence[str]
) -> list[tuple[Literal["bad", "good"], str]]:
    """The examples that a rule does not pass: a bad one without an alert, a good one with one."""
    failed: list[tuple[Literal["bad", "good"], str]] = []
    failed += [("bad", text) for text in bad if not rules.check(text).alerts]
    failed += [("good", text) for text in good if rules.check(text).alerts]
    return failed
