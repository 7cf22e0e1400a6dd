"""A document as the steps of its reading: front matter, blocks, and what is painted over."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import regex
import yaml

from savoirfaire.knowledge.rules import html, markdown
from savoirfaire.knowledge.rules.walking import (
    SKIPPED_BLOCKS,
    SKIPPED_CLASSES,
    SKIPPED_TEXT,
    Block,
    Passed,
    Reading,
    Step,
    Walk,
)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where there is one."""
_FRONT = re.compile(r"\A(?:---|\+\+\+)\n(.+?)\n(?:---|\+\+\+)", re.DOTALL)
_INFO = re.compile(r"`{3,}.+")
_REFERENCE = re.compile(r"\]\[[^]\n]+\]")
_DEFINITION = re.compile(r"\[[^]\n]+\]:")
_NUMBERED = re.compile(r"^[0-9]+\.", re.MULTILINE)
_MARKDOWN = frozenset({".md", ".mdown", ".markdown", ".markdn", ".mdx"})
_HTML = frozenset({".html", ".htm", ".shtml", ".xhtml"})


@dataclass(frozen=True, slots=True)
class Front:
    """A value of the front matter, with the line it stands on (from 0)."""

    block: Block
    line: int


@dataclass(slots=True)
class Document:
    """What was read: the text, what is searched in, and the steps in order."""

    text: str
    suffix: str
    markup: bool
    canvas: str
    front: list[Front] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    reading: Reading = field(default_factory=Reading)


def sanitized(text: str) -> str:
    """The text with plain line breaks, as Vale reads it."""
    return text.replace("&rsquo;", "'").replace("\r\n", "\n").replace("\r", "\n")


def suffix_of(path: str, formats: dict[str, str] | None = None) -> tuple[str, str]:
    """The extension of a path, and the one it is read as."""
    suffix = PurePath(path).suffix
    kind = (formats or {}).get(suffix.removeprefix("."), suffix.removeprefix("."))
    return suffix, f".{kind}"


def read(
    text: str,
    path: str,
    *,
    formats: dict[str, str] | None = None,
    skipped: Sequence[str] = (),
    ignored: Sequence[str] = (),
    classes: Sequence[str] = (),
    ignores: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> Document:
    """The document in a text, read as the extension of its path says; others are plain text."""
    suffix, kind = suffix_of(path, formats)
    text = sanitized(text)
    passed = Passed(
        tuple(skipped) or SKIPPED_BLOCKS,
        tuple(ignored) or SKIPPED_TEXT,
        (*SKIPPED_CLASSES, *classes),
    )
    if kind in _MARKDOWN:
        return _markdown(text, suffix, passed, ignores)
    if kind in _HTML:
        document = Document(text, suffix, markup=True, canvas=text)
        _walked(document, html.events(text), passed)
        return document
    document = Document(text, suffix, markup=False, canvas=text)
    document.steps = [Block(text, "text" + suffix, prose=True)]
    return document


def _walked(document: Document, events: Any, passed: Passed) -> None:
    walk = Walk(document.suffix, passed)
    document.steps = list(walk.steps(events))
    document.reading = walk.reading


def _markdown(
    text: str, suffix: str, passed: Passed, ignores: tuple[tuple[str, ...], tuple[str, ...]]
) -> Document:
    document = Document(text, suffix, markup=True, canvas=_prepared(text))
    document.front = list(_front(text, suffix))
    source = _FRONT.sub("\n```\n\\1\n```\n", text, count=1)
    for pattern in ignores[0]:
        source = _coded(pattern, "\n```\n{}\n```\n", source)
    for pattern in ignores[1]:
        source = _coded(pattern, "`{}`", source)
    _walked(document, markdown.events(source), passed)
    return document


def _coded(pattern: str, form: str, source: str) -> str:
    """The source with what the pattern finds (its first group) written as code."""
    from savoirfaire.knowledge.rules.patterns import compiled  # noqa: PLC0415 - only where it is set

    def code(found: "regex.Match[str]") -> str:
        return form.replace("{}", (found[1] if found.re.groups else "") or "")

    try:
        return str(compiled(pattern).regex.sub(code, source, timeout=2))
    except TimeoutError:
        return source


def _prepared(text: str) -> str:
    """The source without what only looks like text: info strings, link labels, list numbers."""

    def info(found: "re.Match[str]") -> str:
        parts = found[0].split("`")
        return "`" * (len(parts) - 1) + "*" * len(parts[-1])

    text = _INFO.sub(info, text)
    text = _REFERENCE.sub(lambda found: "][" + "*" * (len(found[0]) - 3) + "]", text)
    text = _DEFINITION.sub(lambda found: "[" + "*" * (len(found[0]) - 3) + "]:", text)
    return _NUMBERED.sub(lambda found: "*" * len(found[0]), text)


def _front(text: str, suffix: str) -> list[Front]:
    found = re.match(r"(---|\+\+\+)[ \t]*\n(.*?\n)\1[ \t]*(?:\n|\Z)", text, re.DOTALL)
    if found is None:
        return []
    head = text[: found.end()]
    return [
        Front(Block(value, f"text.frontmatter.{key}{suffix}"), line)
        for key, value in _values(found[2], toml=found[1] == "+++").items()
        if isinstance(value, str) and (line := _line(head, value)) is not None
    ]


def _values(source: str, *, toml: bool) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - hardly any document has it

    try:
        found = tomllib.loads(source) if toml else yaml.load(source, Loader=_LOADER)  # noqa: S506
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError):
        return {}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _line(head: str, value: str) -> int | None:
    """The line of the front matter that holds the value and little else."""
    wanted = value.partition("\n")[0]
    lines = [(len(line), number) for number, line in enumerate(head.split("\n")) if wanted in line]
    # Vale keeps the line that is least like the value: the longest.
    return min(lines, key=lambda pair: (-pair[0], pair[1]))[1] if lines else None
