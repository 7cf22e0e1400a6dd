"""Vale's configuration (`.vale.ini`): which rules run on which files, at which level.

What this engine cannot honour is an error that names the file and the key, never passed over.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from savoirfaire.errors import UnreadableRuleError
from savoirfaire.knowledge.rules.alerts import LEVELS, Level

_CORE = frozenset(
    {
        "StylesPath", "MinAlertLevel", "IgnoredScopes", "SkippedScopes", "IgnoredClasses",
        "WordTemplate", "Vocab", "Packages",
    }
)  # fmt: skip
_SYNTAX = frozenset({"BasedOnStyles", "BlockIgnores", "TokenIgnores", "IgnorePatterns", "Lang"})
_MEANT = frozenset({"Transform", "Blueprint", "View", "NLPEndpoint", "CommentDelimiters"})
_RULE = re.compile(r"[^\s.]+\.[^\s.]+")


@dataclass
class Section:
    """What holds for the files that a pattern names."""

    pattern: "re.Pattern[str]"
    styles: tuple[str, ...] | None = None
    rules: dict[str, bool] = field(default_factory=dict)
    block_ignores: tuple[str, ...] = ()
    token_ignores: tuple[str, ...] = ()


@dataclass
class Config:
    """One configuration, with its vocabulary read."""

    path: str = ""
    styles_path: Path | None = None
    minimum: Level = "suggestion"
    ignored_scopes: tuple[str, ...] = ()
    skipped_scopes: tuple[str, ...] = ()
    ignored_classes: tuple[str, ...] = ()
    template: str = ""
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    levels: dict[str, Level] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    formats: dict[str, str] = field(default_factory=dict)

    @property
    def styles(self) -> tuple[str, ...]:
        """Every style that some file is checked with."""
        names = [name for section in self.sections for name in section.styles or ()]
        return tuple(dict.fromkeys(names))

    @property
    def named_rules(self) -> tuple[str, ...]:
        """Every single rule that is switched on or off by name."""
        return tuple(dict.fromkeys(name for section in self.sections for name in section.rules))

    def runs(self, rule: str, path: str) -> bool:
        """Whether a rule runs on a file."""
        styles: tuple[str, ...] = ()
        own: bool | None = None
        for section in self._for(path):
            styles = section.styles if section.styles is not None else styles
            own = section.rules.get(rule, own)
        return rule.partition(".")[0] in styles if own is None else own

    def ignores(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The patterns of blocks and of words that are taken for code in a file."""
        sections = list(self._for(path))
        blocks = [one for section in sections for one in section.block_ignores]
        words = [one for section in sections for one in section.token_ignores]
        return tuple(blocks), tuple(words)

    def held(self, path: str) -> tuple[bool, ...]:
        """Of every section, whether it holds for a file."""
        return tuple(section.pattern.fullmatch(path) is not None for section in self.sections)

    def _for(self, path: str) -> Iterator[Section]:
        return itertools.compress(self.sections, self.held(path))


def read(path: Path, styles: Path | None = None) -> Config:
    """The configuration in a file; `styles` stands in place of its StylesPath.

    Raises:
        UnreadableRuleError: The file cannot be read, or has a key that is not known.

    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableRuleError(
            "{file} cannot be read ({why})", file=str(path), why=str(error)
        ) from error
    config = Config(str(path))
    sections = _sections(text, config.path)
    _core(config, sections.pop("", {}), path.parent, styles)
    config.formats = {key: values[-1] for key, values in sections.pop("formats", {}).items()}
    for name in sorted(sections, key=lambda name: name != "*"):
        config.sections.append(_section(config, name, sections[name]))
    return config


def _sections(text: str, path: str) -> dict[str, dict[str, list[str]]]:
    sections: dict[str, dict[str, list[str]]] = {"": {}}
    here = sections[""]
    for number, raw in enumerate(_logical(text), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and "]" in line:
            here = sections.setdefault(line[1 : line.rindex("]")].strip(), {})
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise UnreadableRuleError(
                "{file}: line {line}: neither a section nor `key = value`", file=path, line=number
            )
        here.setdefault(key.strip(), []).append(re.split(r"\s[#;]", value, maxsplit=1)[0].strip())
    return sections


def _logical(text: str) -> Iterator[str]:
    """Lines, those that end in a backslash joined with the next."""
    return iter(re.sub(r"\\\r?\n", " ", text).splitlines())


def _list(values: Sequence[str]) -> tuple[str, ...]:
    parts = (part.strip() for value in values for part in re.split(r"(?<!\\),", value))
    return tuple(dict.fromkeys(part.replace("\\,", ",") for part in parts if part))


def _core(config: Config, keys: Mapping[str, list[str]], folder: Path, styles: Path | None) -> None:
    for key in keys:
        if key not in _CORE:
            raise _unknown(config.path, key, _CORE)
    level = keys.get("MinAlertLevel", ["suggestion"])[-1]
    if level not in LEVELS:
        raise UnreadableRuleError(
            "{file}: `{key}`: must be one of {levels}",
            file=config.path,
            key="MinAlertLevel",
            levels=", ".join(LEVELS),
        )
    config.minimum = level
    config.styles_path = styles or folder / keys.get("StylesPath", ["styles"])[-1]
    config.ignored_scopes = _list(keys.get("IgnoredScopes", []))
    config.skipped_scopes = _list(keys.get("SkippedScopes", []))
    config.ignored_classes = _list(keys.get("IgnoredClasses", []))
    config.template = keys.get("WordTemplate", [""])[-1]
    for name in _list(keys.get("Vocab", [])):
        _vocabulary(config, name)


def _vocabulary(config: Config, name: str) -> None:
    assert config.styles_path
    folders = [
        config.styles_path / "config" / "vocabularies" / name,
        config.styles_path / "Vocab" / name,
    ]
    folder = next((folder for folder in folders if folder.is_dir()), None)
    if folder is None:
        raise UnreadableRuleError(
            "{file}: `{key}`: there is no vocabulary {name} in {folder}",
            file=config.path,
            key="Vocab",
            name=name,
            folder=str(folders[0].parent),
        )
    config.accepted += words(folder / "accept.txt")
    config.rejected += words(folder / "reject.txt")


def words(path: Path) -> tuple[str, ...]:
    """The terms of a word list, one a line; a line that starts with `# ` is a remark.

    Raises:
        UnreadableRuleError: The list is there, but cannot be read.

    """
    if not path.exists():
        return ()
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableRuleError(
            "{file} cannot be read ({why})", file=str(path), why=str(error)
        ) from error
    return tuple(line for line in lines if line and not line.startswith("# "))


def _section(config: Config, name: str, keys: Mapping[str, list[str]]) -> Section:
    section = Section(globbed(name))
    for key, values in keys.items():
        if key == "BasedOnStyles":
            section.styles = _list(values)
        elif key in {"BlockIgnores", "IgnorePatterns"}:
            section.block_ignores = _list(values)
        elif key == "TokenIgnores":
            section.token_ignores = _list(values)
        elif _RULE.fullmatch(key):
            section.rules[key] = _switched(config, key, values[-1])
        elif key not in _SYNTAX:
            raise _unknown(config.path, key, _SYNTAX)
    return section


def _switched(config: Config, rule: str, value: str) -> bool:
    if value not in {"YES", "NO", *LEVELS}:
        raise UnreadableRuleError(
            "{file}: `{key}`: must be YES, NO or one of {levels}",
            file=config.path,
            key=rule,
            levels=", ".join(LEVELS),
        )
    if value in LEVELS:
        config.levels[rule] = value
    return value != "NO"


def _unknown(path: str, key: str, known: frozenset[str]) -> UnreadableRuleError:
    if key in _MEANT:
        return UnreadableRuleError("{file}: `{key}` is not supported here", file=path, key=key)
    return UnreadableRuleError(
        "{file}: `{key}` is not known here; known are {known}",
        file=path,
        key=key,
        known=", ".join(sorted(known)),
    )


def globbed(pattern: str) -> "re.Pattern[str]":
    """A file pattern (`*.{md,txt}`) as an expression; `*` goes over folders."""
    parts = re.split(r"(\*+|\?|\[[^\]]*\]|[{},])", pattern)
    depth, made = 0, []
    for part in parts:
        if part.startswith("*"):
            made.append(".*")
        elif part == "?":
            made.append(".")
        elif part in "{}" and part:
            depth += 1 if part == "{" else -1
            made.append("(?:" if part == "{" else ")" if depth >= 0 else "\\}")
        elif part == "," and depth > 0:
            made.append("|")
        elif part.startswith("["):
            made.append("[" + part[1:-1].replace("!", "^", 1).replace("\\", "\\\\") + "]")
        else:
            made.append(re.escape(part))
    return re.compile("".join(made) + ")" * max(depth, 0), re.DOTALL)
