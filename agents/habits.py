"""What reviewers keep changing, counted over the editions they decided on; no model is asked.

Each habit is of one thing: a mark, a word, a word for another, how long sentences are, links. It is
counted in editions, not in places: an edition that had the thing is a chance, one in which the
reviewer took all or most of it away is a time. An edition approved as it was is a chance not taken.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import fmean
from typing import Literal

from savoirfaire.agents.prose import URL, count_words, hide, sentences
from savoirfaire.agents.verbatim import unlinked

Trait = Literal["mark", "word", "swap", "sentence", "link"]

TIMES = 3
"""Editions in which a thing was changed before anybody is asked to make a rule of it."""

SHARE = 2 / 3
"""Of the editions that had the thing, the share in which it was changed for that."""

_MOST = 0.5  # of a mark's places that have to go for it to count
_SHORTER = 0.9  # of the mean length of sentences
_PHRASE = 3  # words
_ANEW = 1_000_000  # pairs of words beyond which two passages are not compared
_MARKS = ("!", "?", ";", "…", "—", "–", "(", "*")
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_WORD = re.compile(r"[^\W\d_]")
_DOTS = re.compile(r"\.\.\.")


@dataclass(frozen=True)
class Decided:
    """An edition as it was shown and as it went out: the same text where nothing was changed."""

    run: str
    at: str
    before: str
    after: str


@dataclass(frozen=True)
class Habit:
    """That reviewers changed `thing` in `times` of the `chances` editions that had it.

    `instead` is what they put there, for a `swap`; `places` how often it was changed in all.
    `runs` are the editions in which it was.
    """

    trait: Trait
    thing: str
    instead: str
    times: int
    chances: int
    places: int
    runs: tuple[str, ...]

    @property
    def key(self) -> str:
        """What the habit is of, in a form that can be compared."""
        return f"{self.trait}: {self.thing}" + (f" > {self.instead}" if self.instead else "")

    @property
    def is_firm(self) -> bool:
        """Whether it happened often enough, and seldom enough did not, to be asked about."""
        return self.times >= TIMES and self.times >= SHARE * self.chances


def habits(editions: Sequence[Decided]) -> list[Habit]:
    """Every habit that is firm, the surest first."""
    changed: dict[tuple[Trait, str, str], dict[str, int]] = defaultdict(dict)
    for each in editions:
        for found, places in _changes(each).items():
            changed[found][each.run] = places
    made = [_habit(*found, runs, editions) for found, runs in changed.items() if len(runs) >= TIMES]
    firm = [habit for habit in made if habit.is_firm]
    return sorted(_plainest(firm), key=lambda h: (-h.times, -h.times / h.chances, h.key))


def amount(trait: str, thing: str, text: str) -> float:
    """How much of a thing a text has: how often, or the mean words of a sentence."""
    prose = _prose(text)
    if trait == "mark":
        return prose.count(thing)
    if trait == "sentence":
        return _length(prose)
    if trait == "link":
        return text.count("](")
    return len(_finder(thing).findall(prose))


def effect(
    trait: str, thing: str, since: str, editions: Sequence[Decided]
) -> Mapping[str, float | int | None]:
    """What became of a thing in drafts since an instant: its amount before and after, by edition.

    None where there was no edition on that side.
    """
    sides: dict[str, list[float]] = {"before": [], "after": []}
    for each in editions:
        side = "before" if each.at < since else "after"
        sides[side].append(amount(trait, thing, each.before))
    return {
        "before": fmean(sides["before"]) if sides["before"] else None,
        "after": fmean(sides["after"]) if sides["after"] else None,
        "editions_before": len(sides["before"]),
        "editions_after": len(sides["after"]),
    }


def _habit(
    trait: Trait, thing: str, instead: str, runs: Mapping[str, int], editions: Sequence[Decided]
) -> Habit:
    had = [each for each in editions if each.run in runs or amount(trait, thing, each.before)]
    return Habit(trait, thing, instead, len(runs), len(had), sum(runs.values()), tuple(runs))


def _changes(edition: Decided) -> Counter[tuple[Trait, str, str]]:
    """What was changed in one edition, with how many places of it."""
    found: Counter[tuple[Trait, str, str]] = Counter()
    if edition.before == edition.after:
        return found
    before, after = _prose(edition.before), _prose(edition.after)
    for mark in _MARKS:
        had, stays = before.count(mark), after.count(mark)
        if had > stays and had - stays >= _MOST * had:
            found["mark", mark, ""] = had - stays
    phrases = Counter(_phrases(before, after))
    left = {gone for gone, _ in phrases if _finder(gone).search(after)}
    for (gone, come), places in phrases.items():
        if gone not in left:
            found["swap" if come else "word", gone, come] = places
    if _length(after) < _SHORTER * _length(before):
        found["sentence", "length", ""] = 1
    links = edition.before.count("](") - edition.after.count("](")
    if links > 0:
        found["link", "removed", ""] = links
    return found


def _phrases(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The short phrases that went, each with what came in its place; case of no matter."""
    old, new = _lines(before), _lines(after)
    lines = SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, i, j, k, m in lines.get_opcodes():
        if tag == "replace" and j - i == m - k:
            for was, now in zip(old[i:j], new[k:m], strict=True):
                yield from _replaced(was, now)
        elif tag == "replace":
            yield from _replaced("\n".join(old[i:j]), "\n".join(new[k:m]))


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _replaced(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The phrases that went from one passage to another; none where it was written anew."""
    old, new = _tokens(before), _tokens(after)
    if len(old) * len(new) > _ANEW:
        return
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        gone = [each for each in old[i:j] if _WORD.search(each)]
        come = [each for each in new[k:m] if _WORD.search(each)]
        if tag in {"replace", "delete"} and 0 < len(gone) <= _PHRASE and len(come) <= _PHRASE:
            yield " ".join(gone), " ".join(come)


def _plainest(firm: Sequence[Habit]) -> list[Habit]:
    """Each thing once: of the ways in which it was changed, the most usual."""
    best: dict[tuple[str, str], Habit] = {}
    for each in sorted(firm, key=lambda h: h.times):
        best["word" if each.trait == "swap" else each.trait, each.thing] = each
    return list(best.values())


def _prose(text: str) -> str:
    """The words of an edition: no addresses, no code, one sign for three dots, no bold or lists."""
    bare = hide(unlinked(URL.sub("", text))).replace("\0", "").replace("**", "")
    bare = re.sub(r"^[ \t]*[-*+] ", "", bare, flags=re.MULTILINE)
    return _DOTS.sub("…", bare)


def _tokens(text: str) -> list[str]:
    return [each.casefold() for each in _TOKEN.findall(text)]


def _length(prose: str) -> float:
    """The mean words of a sentence."""
    counted = [
        count
        for paragraph in prose.split("\n")
        for part in sentences(paragraph)
        if (count := count_words(part.text))
    ]
    return fmean(counted) if counted else 0.0


def _finder(phrase: str) -> re.Pattern[str]:
    words = r"\W+".join(re.escape(word) for word in phrase.split(" "))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
