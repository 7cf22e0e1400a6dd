"""A page of HTML from Markdown: self-contained, readable on a telephone and at night.

Raw HTML is shown as text. Only http, https and mailto links stay links; an image becomes its
description, since a page that fetches nothing tells nobody that it was read.
"""

import html
import re
from string import Template
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_DEFINITION = re.compile(r"\[\^(?P<label>[^\]\s\[]+)\]:[ \t]*(?P<text>[^\n]*)")
_MARK = re.compile(r"\[\^(?P<label>[^\]\s\[]+)\]")
_SAFE = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)

_WORDS = {
    "en": {"sources": "Sources", "source": "Source", "back": "Back to the text"},
    "fr": {"sources": "Sources", "source": "Source", "back": "Retour au texte"},
}

_PAGE = Template("""\
<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>
$style
</style>
</head>
<body>
<main>
$body</main>
</body>
</html>
""")

_STYLE = """\
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5b636b; --paper: #fdfdfc;
  --rule: #dfe2e5; --accent: #0b5cad; --code: #f1f2f3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9eb; --soft: #a3abb3; --paper: #16181b;
  --rule: #33383d; --accent: #82b9f5; --code: #24282c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 1.0625rem/1.65 Charter, "Iowan Old Style", Georgia, Cambria, serif; }
main { max-width: 42rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.25; font-family: system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.9rem; margin: 0 0 1.5rem; padding-bottom: 1rem;
  border-bottom: 3px solid var(--accent); }
h2 { font-size: 1.3rem; margin: 2.5rem 0 1rem; }
a { color: var(--accent); text-underline-offset: .15em; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
ul { padding-left: 1.2rem; }
li { margin: .8rem 0; }
li > p { margin: 0; }
li > p + p { margin-top: .7rem; }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  background: var(--code); padding: .1em .3em; border-radius: 3px; }
pre { background: var(--code); padding: 1rem; border-radius: 6px; overflow-x: auto; }
pre code { padding: 0; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--rule);
  color: var(--soft); }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .4rem .7rem; border-bottom: 1px solid var(--rule); text-align: left; }
sup { line-height: 0; font-size: .7em; font-family: system-ui, sans-serif; }
sup a { text-decoration: none; padding: 0 .15em; }
.sources { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule);
  color: var(--soft); font: .85rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
.sources h2 { font-size: 1rem; margin: 0; }
.sources li { margin: .4rem 0; }
.sources a { text-decoration: none; }
:target { background: var(--code); border-radius: 3px; }
@media print { main { max-width: none; padding: 0; } }"""


def to_html(markdown: str, *, title: str, language: Literal["en", "fr"]) -> str:
    """One self-contained page: `markdown` in full, with its footnotes as a list of sources."""
    parser = _parser()
    notes: dict[str, Any] = {"texts": {}, "numbers": {}, "words": _WORDS[language]}
    tokens = parser.parse(markdown, notes)
    body = parser.renderer.render(tokens, parser.options, notes)
    if not any(token.tag == "h1" for token in tokens):
        body = f"<h1>{html.escape(title)}</h1>\n{body}"
    return _PAGE.substitute(
        language=language,
        title=html.escape(title),
        style=_STYLE,
        body=body + _sources(parser, notes),
    )


def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False}).enable("table")
    parser.block.ruler.before("reference", "note", _read_note, {"alt": ["paragraph"]})
    parser.inline.ruler.before("link", "note_mark", _read_mark)
    parser.core.ruler.push("safe", _make_safe)
    parser.add_render_rule("note_mark", _render_mark)
    return parser


class _Parser(MarkdownIt):
    """Reads every address, so that no syntax is left over; the unsafe are dropped after it."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 - the parser's form
        """Every address is read."""
        return True


# --- footnotes ------------------------------------------------------------------------------------


def _read_note(state: StateBlock, line: int, _end: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's form
    """A definition, `[^1]: words`, is one line; the first of a label stands."""
    source = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    definition = _DEFINITION.fullmatch(source)
    if not definition or state.is_code_block(line):
        return False
    if not silent:
        state.env["texts"].setdefault(definition["label"], definition["text"])
        state.line = line + 1
    return True


def _read_mark(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's form
    """A mark, `[^1]`, of a note that is defined; numbers go by first use."""
    mark = _MARK.match(state.src, state.pos)
    if not mark or mark["label"] not in state.env["texts"]:
        return False
    if not silent:
        numbers = state.env["numbers"]
        uses = numbers.setdefault(mark["label"], [len(numbers) + 1, 0])
        uses[1] += 1
        state.push("note_mark", "", 0).meta = {"number": uses[0], "use": uses[1]}
    state.pos = mark.end()
    return True


def _render_mark(
    _: RendererHTML, tokens: list[Token], place: int, _options: Any, env: dict[str, Any]
) -> str:
    number, use = tokens[place].meta["number"], tokens[place].meta["use"]
    label = f"{env['words']['source']} {number}"
    return (
        f'<sup><a href="#note-{number}" id="use-{number}-{use}" role="doc-noteref" '
        f'aria-label="{label}">{number}</a></sup>'
    )


def _sources(parser: MarkdownIt, notes: dict[str, Any]) -> str:
    """The notes that are referred to, each with the way back to where it is first used."""
    if not notes["numbers"]:
        return ""
    words = notes["words"]
    items = []
    for label, (number, _) in list(notes["numbers"].items()):
        text = parser.renderInline(notes["texts"][label], {**notes, "texts": {}})
        items.append(
            f'<li id="note-{number}">{text} <a href="#use-{number}-1" role="doc-backlink" '
            f'aria-label="{words["back"]}">↩</a></li>\n'
        )
    return (
        '<section class="sources" role="doc-endnotes" aria-labelledby="sources">\n'
        f'<h2 id="sources">{words["sources"]}</h2>\n<ol>\n{"".join(items)}</ol>\n</section>\n'
    )


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
            words = "".join(child.content for child in token.children or [])
            kept.append(Token("text", "", 0, content=words))
        elif token.type == "link_open" and not _SAFE.match(str(token.attrGet("href"))):
            dropped = True
        elif token.type == "link_close" and dropped:
            dropped = False
        else:
            if token.type == "link_open":
                token.attrSet("rel", "noopener noreferrer")
            kept.append(token)
    return kept
