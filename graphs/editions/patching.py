"""Proposed edits as patches: a place in the very text that is asked about, and what to put there.

A reviewer takes those they want, by number; the others leave the text as it is. Two patches never
overlap, and a place that is not to be found for certain has no patch: nobody's words are changed by
guess.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from savoirfaire.agents.forms import Breach, Form
from savoirfaire.errors import RequestError

_LONGEST = 400  # characters of what a patch puts in


class Patch(Form):
    """Put `after` in the place of `text[start:end]`, which is `before`; why, and by which rule."""

    number: int
    start: int
    end: int
    before: str
    after: str
    rule: str
    why: str


def patches(markdown: str, breaches: Sequence[Breach]) -> list[Patch]:
    """The breaches that say what to write instead, as patches of `markdown`, in its order."""
    spots: dict[tuple[int, int], Breach] = {}
    for breach in breaches:
        if breach.quote.strip() and breach.fix.strip() and len(breach.fix) <= _LONGEST:
            for span in _spans(markdown, breach):
                spots.setdefault(span, breach)
    made: list[Patch] = []
    for (start, end), breach in sorted(spots.items()):
        if not made or start >= made[-1].end:
            made.append(
                Patch(
                    number=len(made) + 1,
                    start=start,
                    end=end,
                    before=markdown[start:end],
                    after=breach.fix,
                    rule=breach.rule,
                    why=breach.message,
                )
            )
    return made


def taken(markdown: str, offered: Sequence[dict[str, Any]], numbers: Collection[int]) -> str:
    """The text with the patches of these numbers made.

    Raises RequestError for a number that is not offered, or a text that is not the one asked about.
    """
    known = {each["number"]: Patch(**each) for each in offered}
    if unknown := sorted(set(numbers) - set(known)):
        raise RequestError(
            "there is no proposed edit {numbers}",
            numbers=", ".join(map(str, unknown)),
            hint="`savoir show APPROVAL` lists those there are.",
        )
    pieces, reached = [], 0
    for number in sorted(set(numbers)):
        patch = known[number]
        if markdown[patch.start : patch.end] != patch.before:
            raise RequestError("the text is not the one that edit {n} was proposed for", n=number)
        pieces += [markdown[reached : patch.start], patch.after]
        reached = patch.end
    return "".join([*pieces, markdown[reached:]])


def _spans(markdown: str, breach: Breach) -> Iterator[tuple[int, int]]:
    """Where a breach's words stand, as whole words, in the section that it names."""
    begin, end = _section(markdown, breach.where)
    place = markdown.find(breach.quote, begin, end)
    while place >= 0:
        stop = place + len(breach.quote)
        if not _inside(markdown, place) and not _inside(markdown, stop):
            yield place, stop
        place = markdown.find(breach.quote, place + 1, end)


def _inside(text: str, place: int) -> bool:
    """Whether a place is inside a word or a number."""
    return text[max(place - 1, 0) : place].isalnum() and text[place : place + 1].isalnum()


def _section(markdown: str, heading: str) -> tuple[int, int]:
    """The span of a section without footnotes; for no heading, of what stands before the first."""
    notes = markdown.find("\n[^")
    last = len(markdown) if notes < 0 else notes
    begin = 0
    if heading:
        found = markdown.find(f"\n## {heading}\n")
        begin = found + 1 if found >= 0 else last
    following = markdown.find("\n## ", begin)
    return begin, last if following < 0 else min(following, last)
