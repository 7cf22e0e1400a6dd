"""An edition as plain words, for readers and clients that show no HTML.

Addresses stand in a list at the end, each behind the number that marks its words: a reader reads
sentences, not addresses.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from savoirfaire.agents.forms import Language
from savoirfaire.graphs.page import parsed

_WIDE = 72  # characters of a line
_BLANKS = re.compile(r"[ \t\r\n\v\f]+")  # no-break spaces are typography, and stay
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}
_RULED = {"h1": "=", "h2": "-"}


_LINKS = {"en": "Links", "fr": "Liens"}


def to_words(markdown: str, *, language: Language, footer: Sequence[str] = ()) -> str:
    """`markdown` as lines of at most 72 characters, then its addresses by number.

    Footnotes are left out. The lines of `footer`, Markdown each, stand last.
    """
    targets: dict[str, int] = {}
    blocks = list(_blocks(parsed(markdown), targets))
    if targets:
        listed = [f"[{number}] {target}" for target, number in targets.items()]
        blocks.append("\n".join([f"{_LINKS[language]}\n{'-' * 5}", *listed]))
    if footer:
        blocks.append("\n".join(["-- ", *(plain_line(line, linked=True) for line in footer)]))
    return "\n\n".join(blocks) + "\n"


def plain_line(markdown: str, *, linked: bool = False) -> str:
    """The words of `markdown` on one line; where `linked`, each address behind its words."""
    said = [_said(each.children or [], None) for each in parsed(markdown) if each.children]
    if linked:
        tokens = [child for each in parsed(markdown) for child in each.children or []]
        said += [str(t.attrGet("href")) for t in tokens if t.type == "link_open"]
    return _BLANKS.sub(" ", " ".join(said)).strip(" ")


def _blocks(tokens: Sequence[Token], targets: dict[str, int]) -> Iterator[str]:
    """Each paragraph, heading or code block, indented as deep as its lists go."""
    marks: list[str] = []  # of the lists around, the first line of an item has its own
    fresh = False
    heading = ""
    counts: list[int] = []
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            counts.append(int(token.attrGet("start") or 1) if token.tag == "ol" else -1)
            marks.append("")
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            counts.pop()
            marks.pop()
        elif token.type == "list_item_open":
            marks[-1], fresh = ("* " if counts[-1] < 0 else f"{counts[-1]}. "), True
            counts[-1] += counts[-1] >= 0
        elif token.type == "heading_open":
            heading = token.tag
        elif token.type in {"fence", "code_block"}:
            yield textwrap.indent(token.content.rstrip("\n"), "    ")
        elif token.type == "hr":
            yield "-" * 3
        elif token.type == "inline":
            words = _said(token.children or [], targets)
            if words.strip():
                yield _ruled(words, heading) if heading else _folded(words, marks, fresh=fresh)
                fresh = False
            heading = ""


def _ruled(words: str, tag: str) -> str:
    line = " ".join(words.split(" "))
    return f"{line}\n{_RULED[tag] * min(len(line), _WIDE)}" if tag in _RULED else line


def _folded(words: str, marks: Sequence[str], *, fresh: bool) -> str:
    indent = "".join(" " * len(mark) for mark in marks)
    first = indent[: len(indent) - len(marks[-1])] + marks[-1] if marks and fresh else indent
    lines = []
    for number, line in enumerate(words.split("\n")):
        lines += textwrap.wrap(
            line.replace("\xa0", "\0").replace("\u202f", "\1"),
            _WIDE,
            initial_indent=first if not number else indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines).replace("\0", "\xa0").replace("\1", "\u202f")


def _said(tokens: Sequence[Token], targets: dict[str, int] | None) -> str:
    """The words of inline tokens; the number of each address behind what it links."""
    pieces: list[str] = []
    target, start = "", 0
    for token in tokens:
        if token.type == "link_open":
            target, start = str(token.attrGet("href")), len(pieces)
        elif token.type == "link_close":
            words = "".join(pieces[start:])
            if targets is not None and words not in {target, target.removeprefix("mailto:")}:
                pieces.append(f"\xa0[{targets.setdefault(target, len(targets) + 1)}]")
        else:
            pieces.append(_BREAKS.get(token.type, token.content))
    return "".join(pieces)
