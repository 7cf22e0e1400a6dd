"""A set of rules, loaded once and run on any number of documents."""

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from savoirfaire.errors import UnreadableRuleError
from savoirfaire.knowledge.rules import config as configs
from savoirfaire.knowledge.rules import definitions, documents
from savoirfaire.knowledge.rules.alerts import LEVELS, Alert
from savoirfaire.knowledge.rules.checking import Check, Matcher
from savoirfaire.knowledge.rules.config import Config, Section
from savoirfaire.knowledge.rules.definitions import Definition
from savoirfaire.knowledge.rules.index import Index
from savoirfaire.knowledge.rules.kinds import Rule, Setting, made
from savoirfaire.knowledge.rules.scopes import applies
from savoirfaire.knowledge.uncollected import uncollected

SECONDS = 5.0
"""What a rule may take on one document before it is cut."""


@dataclass(frozen=True)
class Checked:
    """What a check gave: alerts by line and column, and the rules that took too long."""

    alerts: tuple[Alert, ...]
    cut: tuple[str, ...] = ()


class Ruleset:
    """Rules with their configuration."""

    def __init__(self, rules: Sequence[Definition], config: Config | None = None) -> None:
        self.config = config or _everything(rules)
        self.unsupported = {rule.name: rule.extends for rule in rules if not rule.supported}
        setting = Setting(self.config.accepted, self.config.template)
        self.rules: tuple[Rule, ...] = tuple(
            made(rule, setting) for rule in rules if rule.supported
        )

    @functools.cached_property
    def index(self) -> Index:
        """What finds matches of all rules at once."""
        return Index(self.rules)

    @property
    def names(self) -> tuple[str, ...]:
        """The rules that run."""
        return tuple(rule.definition.name for rule in self.rules)

    @classmethod
    def load(cls, styles: Path, config: Path | None = None) -> "Ruleset":
        """The rules of a styles folder: those the configuration names, or all of them.

        Raises:
            UnreadableRuleError: A file cannot be used; the error names it and the key.

        """
        settings = configs.read(config, styles) if config else None
        names = settings.styles if settings else tuple(sorted(_folders(styles)))
        found = [path for name in names for path in _files(styles, name)]
        known = {f"{path.parent.name}.{path.stem.split('.')[0]}": path for path in found}
        for name in settings.named_rules if settings else ():
            style, _, rule = name.partition(".")
            path = styles / style / f"{rule}.yml"
            if name not in known and path.exists():
                known[name] = path
        rules = [definitions.read(path, name) for name, path in known.items()]
        if settings:
            rules = [_leveled(rule, settings) for rule in rules]
            rules += _vocabulary(settings)
        return cls(rules, settings)

    @classmethod
    def of(
        cls, rules: Mapping[str, Mapping[str, Any]], *, accepted: Sequence[str] = ()
    ) -> "Ruleset":
        """Rules given by name as mappings, all of them in force everywhere.

        Raises:
            UnreadableRuleError: One of them cannot be used.

        """
        defined = [definitions.defined(name, rule) for name, rule in rules.items()]
        config = _everything(defined)
        config.accepted = tuple(accepted)
        return cls(defined, config)

    def __add__(self, other: "Ruleset") -> "Ruleset":
        """Both sets as one, in force everywhere; the other's level and settings are its own."""
        both = Ruleset.__new__(Ruleset)
        both.rules = (*self.rules, *other.rules)
        both.config = _everything([rule.definition for rule in both.rules])
        both.unsupported = {**self.unsupported, **other.unsupported}
        return both

    @uncollected()
    def check(
        self,
        text: str,
        path: str = "text.md",
        *,
        matcher: Matcher | None = None,
        seconds: float = SECONDS,
    ) -> Checked:
        """Check a text; the path says by its extension how it is read, and which rules run."""
        config = self.config
        document = documents.read(
            text,
            path,
            formats=config.formats,
            skipped=config.skipped_scopes,
            ignored=config.ignored_scopes,
            classes=config.ignored_classes,
            ignores=config.ignores(path),
        )
        choose = functools.partial(self._chosen, self._running(path))
        check = Check(document, self.rules, choose, config.styles, seconds)
        alerts = check.run(matcher or self.index)
        if document.text != text:
            alerts = located(alerts, text)
        cut = [n for n, budget in check.budgets.items() if budget.left <= 0]
        return Checked(tuple(alerts), tuple(self.rules[n].definition.name for n in cut))

    def _chosen(self, running: tuple[int, ...], scope: str) -> tuple[int, ...]:
        """The rules, of those that run, that are asked about a scope."""
        key = running, scope
        if key not in self._choices:
            front = scope.startswith("text.frontmatter")
            scopes = ((n, self.rules[n].definition.scope) for n in running)
            self._choices[key] = tuple(
                n for n, own in scopes if applies(own, scope) and (not front or _fronted(own))
            )
        return self._choices[key]

    @functools.cached_property
    def _choices(self) -> dict[tuple[tuple[int, ...], str], tuple[int, ...]]:
        return {}

    def _running(self, path: str) -> tuple[int, ...]:
        held = self.config.held(path)
        if held not in self._runs:
            least = LEVELS.index(self.config.minimum)
            self._runs[held] = tuple(
                number
                for number, rule in enumerate(self.rules)
                if LEVELS.index(rule.definition.level) >= least
                and self.config.runs(rule.definition.name, path)
            )
        return self._runs[held]

    @functools.cached_property
    def _runs(self) -> dict[tuple[bool, ...], tuple[int, ...]]:
        """The rules that run, by the sections of the configuration that hold for a file."""
        return {}


def located(alerts: Sequence[Alert], text: str) -> list[Alert]:
    """The alerts with their places as offsets in the text as it was given."""
    starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]
    return [_located(alert, starts, len(text)) for alert in alerts]


def _located(alert: Alert, starts: list[int], length: int) -> Alert:
    head = starts[min(alert.line, len(starts)) - 1]
    start, end = min(head + alert.span[0] - 1, length), min(head + alert.span[1], length)
    return alert._replace(start=start, end=max(start, end))


def _fronted(scopes: tuple[str, ...]) -> bool:
    """Whether a rule asks for front matter by name: Vale 3.8 does not check it otherwise."""
    return any("frontmatter" in scope for scope in scopes)


def _everything(rules: Sequence[Definition]) -> Config:
    styles = tuple(dict.fromkeys(rule.name.partition(".")[0] for rule in rules))
    return Config(sections=[Section(configs.globbed("*"), styles)])


def _folders(styles: Path) -> list[str]:
    try:
        return [path.name for path in styles.iterdir() if path.is_dir() and path.name != "config"]
    except OSError as error:
        raise UnreadableRuleError(
            "{file} cannot be read ({why})", file=str(styles), why=str(error)
        ) from error


def _files(styles: Path, style: str) -> list[Path]:
    folder = styles / style
    if not folder.is_dir():
        if style == "Vale":
            return []
        raise UnreadableRuleError(
            "there is no style {style} in {folder}", style=style, folder=str(styles)
        )
    return sorted(folder.rglob("*.yml"))


def _leveled(rule: Definition, config: Config) -> Definition:
    level = config.levels.get(rule.name)
    return dataclasses.replace(rule, level=level) if level else rule


def _vocabulary(config: Config) -> list[Definition]:
    """What Vale's own style says of a vocabulary."""
    rules: dict[str, dict[str, Any]] = {}
    if "Vale" not in config.styles:
        return []
    if config.accepted:
        rules["Vale.Terms"] = {
            "extends": "substitution", "message": "Use '%s' instead of '%s'.", "level": "error",
            "ignorecase": True, "vocab": False, "action": {"name": "replace"},
            "swap": {term.lower(): term for term in config.accepted},
        }  # fmt: skip
    if config.rejected:
        rules["Vale.Avoid"] = {
            "extends": "existence", "message": "Avoid using '%s'.", "level": "error",
            "tokens": list(config.rejected),
        }  # fmt: skip
    rules["Vale.Repetition"] = {
        "extends": "repetition", "message": "'%s' is repeated!", "level": "error",
        "ignorecase": True, "alpha": True, "tokens": [r"[^\s.!?]+"],
        "action": {"name": "edit", "params": ["truncate", " "]},
    }  # fmt: skip
    rules["Vale.Spelling"] = {"extends": "spelling", "message": "Did you really mean '%s'?"}
    return [_leveled(definitions.defined(name, rule), config) for name, rule in rules.items()]
