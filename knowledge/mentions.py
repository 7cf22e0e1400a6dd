"""Mentions of a person in a text: found whatever the case, accents, hyphens, spacing and order.

A name is its folded words. `Jean-Marie O'Neil` is also found as `JEAN MARIE ONEIL`, as `O’Neil,
Jean-Marie` and as `@jeanmarieoneil`; a single word is only found as a word of its own. What is
found is replaced by MARK, which says nothing of the name, not even its length.

Names are compared by what `digest` makes of their words, so that one who only has hashes of names
can find them.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise, product
from typing import Any

from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.rows import Source, source_id
from savoirfaire.knowledge.scope import ClientScope

MARK = "▇▇▇"

Words = tuple[str, ...]
Digest = Callable[[Words], object]

_HIDDEN = "\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[\u0300-\u036f{_HIDDEN}])*")
_HIDDEN_SIGN = re.compile(f"[{_HIDDEN}]")
_JOINER = "'’‘ʼ`\u00b4\u2032‐‑\u2012–\u2014−-"
_JOINED = re.compile(rf"[{_JOINER}]")
_LONGEST_GAP = 16  # characters between two words of one name: a comma, a cell's border, a line end
_MOST_JOINERS = 4
_SHORTEST_HANDLE = 8  # letters of a name written as one word: shorter ones are words too often


@dataclass(frozen=True)
class Mentions:
    """What to look for: digests of names' words, by how many words they have.

    Under 0 stand the digests of the words that a name can begin with: a text's other words are
    passed over (measured: 10 times as fast on text without names).
    """

    names: Mapping[int, Collection[object]] = field(default_factory=dict)
    digest: Digest = lambda words: words

    @classmethod
    def of(cls, names: Iterable[str]) -> "Mentions":
        """The mentions of people whose names are at hand."""
        return cls.known(sought(names))

    @classmethod
    def known(
        cls, digests: Iterable[tuple[int, object]], digest: Digest = lambda words: words
    ) -> "Mentions":
        """The mentions of people of whose names there are only digests, with the words in each."""
        names: dict[int, set[object]] = {}
        for count, each in digests:
            names.setdefault(count, set()).add(each)
        return cls(names, digest)

    def __bool__(self) -> bool:
        return bool(self.names)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the names stand in `text`, in order, none within another."""
        if not self.names:
            return []
        found = [*self._among(_apart(text), text), *self._among(_together(text), text)]
        return list(_merged(sorted(found)))

    def redact(self, text: str) -> str:
        """`text` with MARK for each name."""
        return self.marked(text).text

    def marked(self, text: str) -> "Marked":
        """The text without the names, and where each place of it went."""
        spans = self.spans(text)
        kept, last = [], 0
        for start, end in spans:
            kept += [text[last:start], MARK]
            last = end
        return Marked("".join([*kept, text[last:]]), spans)

    def redact_all(self, value: Any) -> Any:
        """Plain data with MARK for each name in its texts and keys."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, Mapping):
            return {self.redact_all(key): self.redact_all(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)([self.redact_all(each) for each in value])
        return value

    def source(self, scope: ClientScope, source: Source, path: str | None = None) -> Source:
        """A source without the names: in its text, passages and locators, and in all said of it.

        The same source where it has none. `path` is what it is called from now on, where another
        source has the name already that is left of its own. A file whose path has a name loses its
        origin too.
        """
        path = self.redact(source.path) if path is None else path
        text = self.marked(source.text)
        is_same = (path, text.text) == (source.path, source.text)
        return replace(
            source,
            path=path,
            title=self.redact(source.title),
            author=source.author and self.redact(source.author),
            channel=source.channel and self.redact(source.channel),
            thread=source.thread and self.redact(source.thread),
            container=source.container and self.redact(source.container),
            meta=self.redact_all(dict(source.meta)),
            text=text.text,
            spans=source.spans if is_same else cut(source_id(scope, path), text.text),
            locators=[text.locator(self.redact_all(each)) for each in source.locators],
            origin=b"" if self.spans(readable(source.origin)) else source.origin,
        )

    def _among(self, words: list[tuple[int, int, str]], text: str) -> Iterator[tuple[int, int]]:
        sizes = sorted(self.names.keys() - {0}, reverse=True)
        begins = {word: self._is_known(("", word), 0) for word in {each[2] for each in words}}
        for place, first in enumerate(words):
            if not begins[first[2]]:
                continue
            for size in sizes:
                window = words[place : place + size]
                is_name = self._is_known(tuple(each[2] for each in window), size)
                if is_name and len(window) == size and _is_close(window, text):
                    yield window[0][0], window[-1][1]
                    break

    def _is_known(self, words: Words, size: int) -> bool:
        return self.digest(words) in self.names[size]


@dataclass(frozen=True)
class Marked:
    """A text in which `spans` of the one before were replaced by MARK."""

    text: str
    spans: list[tuple[int, int]]

    def at(self, place: int) -> int:
        """Where a place of the text before is now; one within a name is at its mark."""
        before = bisect_right(self._starts, place)
        if not before:
            return place
        start, end = self.spans[before - 1]
        if place < end:
            return start - self._shrunk[before - 1]
        return place - self._shrunk[before]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.spans]

    @cached_property
    def _shrunk(self) -> list[int]:
        """By how much the text became shorter before the first span, the second, and so on."""
        return list(accumulate((e - s - len(MARK) for s, e in self.spans), initial=0))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a span is now; one that begins or ends within a name has its whole mark."""
        last = end - 1
        before = bisect_right(self._starts, last)
        is_inside = before > 0 and last < self.spans[before - 1][1]
        return self.at(start), self.at(last) + (len(MARK) if is_inside else 1)

    def locator(self, locator: Mapping[str, Any]) -> dict[str, Any]:
        """A locator of the text before, as one of this text."""
        places = {key: self.at(locator[key]) for key in ("start", "end") if key in locator}
        return {**locator, **places}


def variants(name: str) -> set[Words]:
    """The ways in which a person's name or address is written, as folded words."""
    parts = [[bare for each in _WORD.findall(part) if (bare := _bare(each))] for part in _cut(name)]
    joined = [_joinings(part) for part in parts if part]
    forms = {sum(choice, ()) for choice in product(*joined)} - {()}
    if "@" in name:
        return forms
    turned = {form[n:] + form[:n] for form in forms for n in range(len(form))}
    handles = {("".join(form),) for form in turned if len("".join(form)) >= _SHORTEST_HANDLE}
    return turned | handles


def sought(names: Iterable[str]) -> list[tuple[int, Words]]:
    """What is kept to find people by: every way to write each name, and every first word of one."""
    forms = {form for name in names for form in variants(name)}
    begun = {("", form[0]) for form in forms}
    return [*((0, form) for form in sorted(begun)), *((len(form), form) for form in sorted(forms))]


def readable(path: bytes) -> str:
    """A path of the system as text, to look for names in it."""
    return path.decode("utf-8", "replace")


def _cut(name: str) -> list[str]:
    """A name at its spaces; with too many joiners, at those too."""
    apart = len(_JOINED.findall(name)) > _MOST_JOINERS
    return _JOINED.sub(" ", name).split() if apart else name.split()


def _joinings(words: list[str]) -> set[Words]:
    """Words held together by hyphens or apostrophes, apart or as one, in every combination."""
    forms: set[Words] = {(words[0],)}
    for word in words[1:]:
        forms = {f for form in forms for f in ((*form, word), (*form[:-1], form[-1] + word))}
    return forms


@lru_cache(maxsize=200_000)
def _bare(word: str) -> str:
    return fold(_HIDDEN_SIGN.sub("", word))


def _apart(text: str) -> list[tuple[int, int, str]]:
    return [(each.start(), each.end(), _bare(each.group())) for each in _WORD.finditer(text)]


def _together(text: str) -> list[tuple[int, int, str]]:
    """The words of a text, those held together by one hyphen or apostrophe as one."""
    words: list[tuple[int, int, str]] = []
    for start, end, word in _apart(text):
        if words and start - words[-1][1] == 1 and text[start - 1] in _JOINER:
            words[-1] = (words[-1][0], end, words[-1][2] + word)
        else:
            words.append((start, end, word))
    return words


def _is_close(window: list[tuple[int, int, str]], text: str) -> bool:
    """Whether words stand near enough to be one name; a mark between them is a name already."""
    for before, after in pairwise(window):
        gap = text[before[1] : after[0]]
        if len(gap) > _LONGEST_GAP or MARK in gap:
            return False
    return True


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last: tuple[int, int] | None = None
    for start, end in spans:
        if last and start < last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last:
            yield last
        last = (start, end)
    if last:
        yield last
