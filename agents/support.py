"""What the sentences of a draft rest on: the passages they cite, and those of their entry."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from savoirfaire.agents.figures import evidence
from savoirfaire.agents.forms import Draft, Entry, Passage
from savoirfaire.agents.links import address, addresses
from savoirfaire.agents.verbatim import plain, quoted_in
from savoirfaire.knowledge.terms import TermFinder


class Shown:
    """A passage as checks see it; each view is made once, when first asked for."""

    def __init__(self, passage: Passage) -> None:
        self.quote = passage.quote

    @cached_property
    def words(self) -> str:
        """The passage as it reads, for quotations."""
        return plain(self.quote)

    @cached_property
    def figures(self) -> frozenset[str]:
        """Every figure the passage supports."""
        return evidence(self.quote)


class Support:
    """The passages a draft was written from, by label, address and headline."""

    def __init__(self, draft: Draft, passages: Sequence[Passage]) -> None:
        self._shown = {passage.label: Shown(passage) for passage in passages}
        self._linking: dict[str, list[Shown]] = defaultdict(list)
        for shown in self._shown.values():
            for known in addresses(shown.quote):
                self._linking[known].append(shown)
        self._naming = self._by_headline(draft)

    def _by_headline(self, draft: Draft) -> dict[str, list[Shown]]:
        """The passages in which each headline stands, word for word."""
        entries = [entry for section in draft.sections for entry in section.entries]
        headlines = list(dict.fromkeys(plain(entry.headline) for entry in entries))
        finder = TermFinder(([headline], True) for headline in headlines)
        found: dict[str, list[Shown]] = defaultdict(list)
        for shown in self._shown.values():
            for owner in {hit.owner for hit in finder.find(shown.words)}:
                found[headlines[owner]].append(shown)
        return found

    def __contains__(self, label: object) -> bool:
        return label in self._shown

    @property
    def known(self) -> frozenset[str]:
        """Every address in the passages, in compared form."""
        return frozenset(self._linking)

    def under(self, entry: Entry, cites: Iterable[str]) -> list[Shown]:
        """What a text of `entry` rests on: what it cites, and where the entry's subject stands."""
        cited = [self._shown[label] for label in cites if label in self._shown]
        linked = self._linking[address(entry.url)] if entry.url else []
        named = self._naming[plain(entry.headline)] if entry.headline else []
        return [*cited, *linked, *named]


def says_figure(shown: Iterable[Shown], readings: frozenset[str]) -> bool:
    """Whether one of the passages has the figure, in one of its readings."""
    return any(readings & each.figures for each in shown)


def says_words(shown: Iterable[Shown], quotation: str) -> bool:
    """Whether one of the passages has the quotation word for word."""
    return any(quoted_in(quotation, each.words) for each in shown)
