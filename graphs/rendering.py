"""An edition on paper: Markdown with footnotes for its citations.

What a model wrote is inline Markdown at most: it cannot open a heading, a list, a definition, a
comment or a tag, nor pass for a citation, nor turn the direction of reading. The same draft and
passages give the same bytes.
"""

import re
from collections.abc import Mapping, Sequence

from savoirfaire.agents.forms import Draft, Entry, Form, Language, Passage, Sentence, announced
from savoirfaire.agents.prose import code_spans, hide_code
from savoirfaire.agents.verbatim import unlinked

__all__ = [
    "Citation",
    "Language",
    "citations",
    "cited_labels_in",
    "sentences_in",
    "straight",
    "to_markdown",
    "unmarked",
]

EXCERPT = 80  # characters of a passage shown in its footnote

_NOTE = {
    "en": "{path}, characters {start}–{end}: “{words}”",
    "fr": "{path}, caractères {start}–{end}\u00a0: «\u00a0{words}\u00a0»",
}
_BREAKS = re.compile(r"[ \t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_OPENS_BLOCK = re.compile(r"#{1,6}(?:\s|$)|>|[-+*](?:\s|$)|([-*_~])[ ]*\1[ ]*\1|\[[^\]]*\]:")
_NUMBERED = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")
_TURNS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # the direction of a text
_TURN_BY_NAME = (
    r"&(?=(?:(?:lrm|rlm)|#[xX]0*(?i:61c|200[ef]|202[89a-e]|206[6-9])"
    r"|#0*(?:1564|820[67]|823[2-8]|829[4-7]));)"
)
_OPENS_TAG = re.compile(rf"\\.|<(?=[a-zA-Z/!?])(?!https?://)|`+|\[(?=\^)|{_TURN_BY_NAME}")
_BRACKET = re.compile(r"\\.|[\[\]]")
_SCAFFOLD = re.compile(r"^[ \t]*(?:#{1,6}[ \t][^\n]*\n|[-*+>][ \t]+)", re.MULTILINE)
_MARK = re.compile(r"(?<!\\)\[\^(?P<label>[^\]\s\[\\]+)\](?!:)")
_MARKS = re.compile(r"(?:(?<!\\)\[\^\d{1,6}\])+")
_DIGITS = re.compile(r"\d+")
_NOTE_LINE = re.compile(r"\[\^[^\]\s]+\]:")
_SPECIAL = re.compile(r"([\\`*\[\]<>&~]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9]))")
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\\]+", re.IGNORECASE)


class Citation(Form):
    """A passage and the number it is cited by."""

    number: int
    passage: Passage


def citations(draft: Draft, passages: Sequence[Passage]) -> list[Citation]:
    """The passages that `draft` cites, numbered in order of first use. Unknown labels have none."""
    shown = {passage.label: passage for passage in passages}
    used = dict.fromkeys(
        label
        for section in draft.sections
        for entry in section.entries
        for sentence in entry.sentences
        for label in sentence.cites
        if label in shown
    )
    return [Citation(number=n, passage=shown[label]) for n, label in enumerate(used, start=1)]


def to_markdown(draft: Draft, passages: Sequence[Passage], *, language: Language) -> str:
    """The edition as Markdown: title, lead, sections, and a footnote for each passage cited."""
    cited = citations(draft, passages)
    numbers = {citation.passage.label: citation.number for citation in cited}
    blocks = [f"# {_line(draft.title)}"]
    for section in draft.sections:
        if section.heading.strip():
            blocks.append(f"## {_line(section.heading)}")
            blocks += [f"- {_entry(e, numbers, language)}" for e in section.entries if _said(e)]
        else:
            blocks += [_entry(e, numbers, language) for e in section.entries if _said(e)]
    blocks += [f"[^{each.number}]: {_note(each.passage, language)}" for each in cited]
    return "\n\n".join(blocks) + "\n"


def sentences_in(markdown: str, labels: Mapping[int, str]) -> list[Sentence]:
    """The sentences of a text with footnotes, each with the labels that its marks stand for.

    Definitions are left out. What no mark stands behind cites nothing.
    """
    lines = (line for line in markdown.splitlines() if not _NOTE_LINE.match(line))
    text = _flat("\n".join(lines))
    said, reached = [], 0
    for marks in _MARKS.finditer(hide_code(text)):
        numbers = [int(number) for number in _DIGITS.findall(marks.group())]
        cites = [labels[number] for number in numbers if number in labels]
        said.append(Sentence(text=text[reached : marks.start()].strip(" "), cites=cites))
        reached = marks.end()
    said.append(Sentence(text=text[reached:].strip(" "), cites=[]))
    return [sentence for sentence in said if sentence.text]


def unmarked(markdown: str) -> str:
    """An edition as its readers see it: without footnotes, their marks and what they say."""
    lines = (line for line in markdown.splitlines() if not _NOTE_LINE.match(line))
    return _MARKS.sub("", "\n".join(lines)).rstrip() + "\n"


def straight(text: str) -> str:
    """`text` without what turns the direction of reading, or breaks a line unseen."""
    return _TURNS.sub("", text.replace("\u2028", " ").replace("\u2029", " "))


def cited_labels_in(markdown: str) -> list[str]:
    """The footnotes that `markdown` refers to, in order of first use, outside code."""
    code_hidden = hide_code(markdown)
    marks = (m for m in _MARK.finditer(markdown) if code_hidden[m.start()] == markdown[m.start()])
    return list(dict.fromkeys(mark["label"] for mark in marks))


def _said(entry: Entry) -> bool:
    return bool(entry.headline.strip()) or any(s.text.strip() for s in entry.sentences)


def _entry(entry: Entry, numbers: dict[str, int], language: Language) -> str:
    """One entry on one line: its headline in bold, linked, then its sentences with their marks."""
    said = [_sentence(sentence, numbers) for sentence in entry.sentences if sentence.text.strip()]
    if not entry.headline.strip():
        return _unblocked(" ".join(said))
    headline = _line(entry.headline)
    colon = announced(headline, language).removeprefix(headline)
    return " ".join([f"**{_linked(headline, _flat(entry.url))}{colon}**", *said])


def _linked(headline: str, url: str) -> str:
    if not _ADDRESS.fullmatch(url):
        return headline
    words = _outside_code(unlinked(headline), _BRACKET)
    return f"[{words}](<{url}>)" if "(" in url or ")" in url else f"[{words}]({url})"


def _sentence(sentence: Sentence, numbers: dict[str, int]) -> str:
    cited = dict.fromkeys(numbers[label] for label in sentence.cites if label in numbers)
    return _inline(sentence.text) + "".join(f"[^{number}]" for number in cited)


def _line(text: str) -> str:
    """A text that stands alone on its line."""
    return _unblocked(_inline(text))


def _inline(text: str) -> str:
    """`text` on one line, without tags, false citations or code left open; NBSP are kept."""
    return _outside_code(_flat(text), _OPENS_TAG)


def _flat(text: str) -> str:
    """`text` on one line, read in the direction it is written in."""
    return _TURNS.sub("", _BREAKS.sub(" ", text)).strip(" ")


def _unblocked(text: str) -> str:
    """`text` that opens no heading, list, quotation, rule or definition at the start of a line."""
    text = _NUMBERED.sub(r"\1\\", text, count=1) if _NUMBERED.match(text) else text
    return "\\" + text if _OPENS_BLOCK.match(text) else text


def _outside_code(text: str, unwanted: re.Pattern[str]) -> str:
    """`text` with a backslash before each character of what is unwanted, outside code."""
    pieces, end = [], 0
    for start, stop in [*code_spans(text), (len(text), len(text))]:
        pieces += [unwanted.sub(_with_backslashes, text[end:start]), text[start:stop]]
        end = stop
    return "".join(pieces)


def _with_backslashes(match: re.Match[str]) -> str:
    found = match.group()
    escaped = found.startswith("\\")  # it stands with its backslash already
    return found if escaped else "".join("\\" + character for character in found)


def _note(passage: Passage, language: Language) -> str:
    """Where a passage stands and how it begins."""
    words = _flat(_SCAFFOLD.sub("", unlinked(passage.quote)))
    words = words.replace("`", "").replace("*", "")
    if len(words) > EXCERPT:
        words = words[: words.rfind(" ", 0, EXCERPT) if " " in words[:EXCERPT] else EXCERPT] + "…"
    return _NOTE[language].format(
        path=_SPECIAL.sub(r"\\\1", _TURNS.sub("", _BREAKS.sub(" ", passage.path))),
        start=passage.start,
        end=passage.end,
        words=_SPECIAL.sub(r"\\\1", words),
    )
