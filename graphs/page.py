"""Markdown as it is read for a page that leaves the house: parsed, and safe.

Raw HTML is shown as text. Only http, https and mailto links stay links; an image becomes its
description, since a page that fetches nothing tells nobody that it was read. Footnotes are known
by their marks: what they say is the agency's own record, and no page shows it.
"""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_DEFINITION = re.compile(r"\[\^(?P<label>[^\]\s\[]+)\]:[ \t]*(?P<text>[^\n]*)")
_MARK = re.compile(r"\[\^(?P<label>[^\]\s\[]+)\]")
_SAFE = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


def parsed(markdown: str) -> list[Token]:
    """The tokens of `markdown`, without the marks and words of its footnotes, and safe to render.

    A mark without a note stays the words it is.
    """
    return parser().parse(markdown, {"notes": set()})


def parser() -> MarkdownIt:
    """The parser that `parsed` uses: its renderer and options go with its tokens."""
    made = _Parser("commonmark", {"html": False}).enable("table")
    made.block.ruler.before("reference", "note", _read_note, {"alt": ["paragraph"]})
    made.inline.ruler.before("link", "note_mark", _read_mark)
    made.core.ruler.push("safe", _make_safe)
    return made


class _Parser(MarkdownIt):
    """Reads every address, so that no syntax is left over; the unsafe are dropped after it."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the parser's form
        """Every address is read."""
        return True


# --- footnotes ------------------------------------------------------------------------------------


def _read_note(state: StateBlock, line: int, _end: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's form
    """A definition, `[^1]: words`, is one line."""
    source = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    definition = _DEFINITION.fullmatch(source)
    if not definition or state.is_code_block(line):
        return False
    if not silent:
        state.env["notes"].add(definition["label"])
        state.line = line + 1
    return True


def _read_mark(state: StateInline, silent: bool) -> bool:  # noqa: ARG001, FBT001 - the parser's form
    """A mark, `[^1]`, of a note that is defined says nothing."""
    mark = _MARK.match(state.src, state.pos)
    if not mark or mark["label"] not in state.env["notes"]:
        return False
    state.pos = mark.end()
    return True


# --- safety ---------------------------------------------------------------------------------------


def _make_safe(state: StateCore) -> None:
    """Links that are not plain web or mail addresses lose their link; images become words."""
    for token in state.tokens:
        if token.children:
            token.children = _safe(token.children)


def _safe(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    dropped = False  # links do not nest
    for token in tokens:
        if token.type == "image":
            kept.append(Token("text", "", 0, content=_said(token)))
        elif token.type == "link_open" and not _SAFE.match(str(token.attrGet("href"))):
            dropped = True
        elif token.type == "link_close" and dropped:
            dropped = False
        else:
            kept.append(token)
    return kept


def _said(image: Any) -> str:
    return "".join(child.content for child in image.children or [])
