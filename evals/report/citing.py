"""What changed between two texts, word by word, with the passages that each rests on.

Footnotes of both texts get one numbering, by what they say: a passage that both cite has one
number, however each text counted, so that only a citation that changed is shown as a change.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from html import escape

from savoirfaire.evals.report.page import t

_NOTE = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*([^\n]*)\n?", re.MULTILINE)
_MARK = re.compile(r"\[\^([^\]\s]+)\]")
_WORD = re.compile(r"\[\^\d+\]|\s+|[^\s\[]+|\[")
_LONGEST = 4_000  # words of a text that are compared


def changes(old: str, new: str, place: str = "c") -> str:
    """The second text with what was taken out and put in, and the notes of both, as markup.

    `place` begins the ids of the notes, which a page has only once.
    """
    was, had = _apart(old)
    now, has = _apart(new)
    every = dict.fromkeys((*had.values(), *has.values()))
    numbers = {words: n for n, words in enumerate(every, start=1)}
    texts = (_numbered(was, had, numbers), _numbered(now, has, numbers))
    body = "".join(_compared(*texts, place))
    sides = (set(had.values()), set(has.values()))
    notes = "".join(_note(words, n, sides, place) for words, n in numbers.items())
    listed = f"<p>{t('cited')}</p><ul>{notes}</ul>" if notes else ""
    return f"<pre>{body}</pre>{listed}"


def _apart(text: str) -> tuple[str, dict[str, str]]:
    """A text without its footnotes, and what each footnote says by its label."""
    return _NOTE.sub("", text).rstrip(), dict(_NOTE.findall(text))


def _numbered(text: str, notes: Mapping[str, str], numbers: Mapping[str, int]) -> str:
    known = {label: f"[^{numbers[words]}]" for label, words in notes.items()}
    return _MARK.sub(lambda found: known.get(found[1], found[0]), text)


def _compared(old: str, new: str, place: str) -> Iterator[str]:
    was, now = (_WORD.findall(text)[:_LONGEST] for text in (old, new))
    matcher = difflib.SequenceMatcher(a=was, b=now, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        gone, come = _marked(was[old_start:old_end], place), _marked(now[new_start:new_end], place)
        if tag == "equal":
            yield come
            continue
        yield f"<del>{gone}</del>" if gone else ""
        yield f"<ins>{come}</ins>" if come else ""


def _marked(words: list[str], place: str) -> str:
    """Words as markup; a mark leads to its note."""
    linked = rf'<sup><a href="#{place}-\1">\1</a></sup>'
    return re.sub(r"\[\^(\d+)\]", linked, escape("".join(words)))


def _note(words: str, number: int, sides: tuple[set[str], set[str]], place: str) -> str:
    """A note; one that only one of the texts has is marked as the words are."""
    was, now = (words in side for side in sides)
    tag = "span" if was and now else "ins" if now else "del"
    return f'<li id="{place}-{number}">{number}. <{tag}>{escape(words)}</{tag}></li>'
