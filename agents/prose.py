"""What checks need to know of prose: what is not prose in it, its sentences, words and quotations.

Everything here is linear in the length of the text, whatever the text.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

QUOTATION = 4  # words between quotation marks that make a quotation, not a word in doubt
HIDDEN = "\0"  # stands for what is not prose, one for one, so that places stay comparable
_URL_CHARACTER = r"[^\s<>\"«»“”`\0()]"
URL = re.compile(
    rf"\b[a-zA-Z][a-zA-Z0-9+.-]{{1,30}}://{_URL_CHARACTER}*"
    rf"(?:\([^\s()\0]*\){_URL_CHARACTER}*)*(?<![.,;:!?'*\]])"
)
DESTINATION = r"(?:<[^<>\n]*>|[^\s()<]*(?:\([^\s()]*\)[^\s()]*)*)"
TITLE = r"(?:\"[^\"\n]*\"|'[^'\n]*')"
TARGET = re.compile(rf"\]\(\s*(?P<url>{DESTINATION})(?:\s+{TITLE})?\s*\)?")
_QUOTED_LABEL = re.compile(r"\[[*_]{0,2}[\"“«][^\]\[\n\0]*[\"”»][*_]{0,2}(?=\]?\0)")
_REFERENCE = re.compile(r"(?<=\])\[[^\]\[]*\]|\[\^[^\]\[\s]*\]")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\[\n]+\]:[^\n]*(?:\n[ \t]+\S[^\n]*)*", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*\n(?:.*?^[ \t]*\1|.*\Z)", re.MULTILINE | re.DOTALL)
_BACKTICKS = re.compile(r"`+")
_FRONT_MATTER = re.compile(r"\A---\n.*?^---[ \t]*$", re.MULTILINE | re.DOTALL)
_NOT_NEWLINE = re.compile(r"[^\n]")
_PAIRED = (("<!--", "-->"), ("{%", "%}"), ("{{", "}}"))

_LINE = re.compile(
    r"^[ \t]*(?:(?P<heading>#{1,6})[ \t]+|(?P<marker>(?:(?:[-*+>]|\d{1,9}[.)])[ \t]+)+|\|))?"
    r"(?P<words>[^\n]*)$",
    re.MULTILINE,
)
_CAPITAL = "A-ZÀ-ÖØ-ÞŒŸŠŽĆČŁ"
_SENTENCE_END = re.compile(  # or the end of a headline in bold
    rf"[.!?…][\"”»\u2019)\]*_\0]*\s+(?=[\"“(\[*_]*(?:«\s?)?[{_CAPITAL}\d\0])|:\*\*\s+"
)
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.,/_][^\W_]+)*")
_QUOTED = re.compile(
    r"“(?P<curly>[^“”]*)”|«(?P<angled>[^«»]*)»|"
    r"(?<![\w\"])\"(?=[^\s\"])(?P<straight>[^\"]*)(?<=\S)\"(?!\w)"
)
_MARKS = " \t\n\xa0\u202f\"'“”«»\u2018\u2019()[]*_"


class Part(NamedTuple):
    """A part of a text: its span `[start, end)` and the words there."""

    start: int
    end: int
    text: str


# --- what is not prose ----------------------------------------------------------------------------


def hide(text: str) -> str:
    """`text` with code, URLs, link targets and titles, and reference marks hidden."""
    hidden = hide_code(text)
    patterns = (TARGET, URL, _REFERENCE)
    return _hide(hidden, [m.span() for pattern in patterns for m in pattern.finditer(hidden)])


def hide_code(text: str) -> str:
    """`text` with inline code hidden."""
    return _hide(text, list(code_spans(text)))


def hide_blocks(markdown: str) -> str:
    """`markdown` with front matter, fenced code, comments, template tags and definitions hidden."""
    spans = [m.span() for m in _FRONT_MATTER.finditer(markdown)]
    spans += [m.span() for m in _FENCE.finditer(markdown)]
    spans += [m.span() for m in _DEFINITION.finditer(markdown)]
    spans += [span for pair in _PAIRED for span in _between(markdown, *pair)]
    return _hide(markdown, spans)


def hide_quotations(hidden: str) -> str:
    """`hidden` text with the words of others hidden too: they are not ours to change."""
    spans = [(quote.start, quote.end) for quote in quotations(hidden)]
    return _hide(hidden, spans + [m.span() for m in _QUOTED_LABEL.finditer(hidden)])


def hide_urls(text: str) -> str:
    """`text` with URLs and link targets hidden: a digit in an address says nothing."""
    spans = [m.span() for pattern in (TARGET, URL) for m in pattern.finditer(text)]
    return _hide(text, spans)


def _hide(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in sorted(spans):
        if stop > end:
            begin = max(start, end)
            pieces += [text[end:begin], _NOT_NEWLINE.sub(HIDDEN, text[begin:stop])]
            end = stop
    return "".join([*pieces, text[end:]])


def code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Inline code: from an unescaped run of backticks to the next run of the same length."""
    runs = [m.span() for m in _BACKTICKS.finditer(text)]
    by_length: dict[int, list[int]] = defaultdict(list)
    for start, end in reversed(runs):
        by_length[end - start].append(start)
    reached = 0
    for run, end in runs:
        start = run + _escaped(text, run)
        same = by_length[end - start]
        while same and same[-1] < end:
            same.pop()
        if start >= reached and same:
            reached = same[-1] + end - start
            yield start, reached


def _escaped(text: str, place: int) -> bool:
    """Whether an odd number of backslashes stands before `place`."""
    before = text[max(place - 20, 0) : place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _between(text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    start = text.find(opening)
    while start >= 0:
        end = text.find(closing, start)
        if end < 0:
            return
        yield start, end + len(closing)
        start = text.find(opening, end)


# --- paragraphs, sentences, words, quotations -----------------------------------------------------


class Block(NamedTuple):
    """A paragraph, list item or heading of Markdown: its span, and the heading it stands under."""

    where: str
    start: int
    end: int


def blocks(hidden: str) -> Iterator[Block]:
    """The blocks of Markdown already passed through `hide_blocks`, without their markers."""
    where, start, end = "", -1, -1
    for line in _LINE.finditer(hidden):
        blank = not line["words"].strip(" \t\0")
        if start >= 0 and (blank or line["marker"] or line["heading"]):
            yield Block(where, start, end)
            start = -1
        if line["heading"]:
            where = line["words"].strip().rstrip("#").rstrip()
            yield Block(where, line.start("words"), line.end("words"))
        elif not blank:
            start = line.start("words") if start < 0 else start
            end = line.end("words")
    if start >= 0:
        yield Block(where, start, end)


def sentences(text: str) -> list[Part]:
    """The sentences of a paragraph, without the space around them."""
    ends = [m.end() for m in _SENTENCE_END.finditer(text)]
    parts = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        words = text[start:end].strip()
        if words:
            begin = text.index(words, start)
            parts.append(Part(begin, begin + len(words), words))
    return parts


def starts_sentence(text: str, place: int) -> bool:
    """Whether a capital at `place` may be there because a sentence starts."""
    before = text[max(place - 40, 0) : place].rstrip(_MARKS)
    return not before or before[-1] in ".!?…:"


def count_words(text: str) -> int:
    """How many words a reader reads; what is hidden counts for none."""
    return len(_WORD.findall(text))


def quotations(hidden: str) -> list[Part]:
    """What stands between quotation marks in hidden text, where long enough, marks left out."""
    found = []
    for match in _QUOTED.finditer(hidden):
        words = match[match.lastgroup or 0].strip()
        if count_words(words) >= QUOTATION:
            start = hidden.index(words, match.start())
            found.append(Part(start, start + len(words), words))
    return found
