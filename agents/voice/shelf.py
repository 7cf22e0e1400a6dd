"""The voices of a client, from its past editions in the ledger.

A profile is computed when it is asked for, and kept in this process until they change: nothing of a
client's words is stored beside its sources, so an edition that is forgotten or changed is out of
the voice at once. What `learn_voices` notes is which editions were taken in, as hashes, in the
table of readings; it goes with the edition, with the client, and into an archive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from savoirfaire.agents.voice.profile import VERSION, VoiceProfile, learn
from savoirfaire.agents.voice.reading import Edition
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.listing import Listed
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.where import Where

KIND = "edition"
"""The kind of the sources that a voice is learned from."""

NOTED = f"voice-{VERSION}"
"""Who has read an edition that was taken into the voice."""

_KEPT = 8  # profiles in memory


@dataclass(frozen=True)
class Shelf:
    """The editions of a client: those in its voice, and paths of those that came or changed since.

    Where no voice was ever learned, all are in it.
    """

    taken: tuple[Listed, ...]
    since: tuple[str, ...]
    learned: bool


def shelf_of(ledger: Ledger, scope: ClientScope) -> Shelf:
    """What a client's voice is learned from, and what it has not heard yet. Raises ScopeError."""
    editions = tuple(ledger.listed(scope, Where(kinds=(KIND,))))
    noted = ledger.extracted(scope, NOTED)
    if not noted:
        return Shelf(editions, (), learned=False)
    known = tuple(e for e in editions if e.id in noted and noted[e.id][0] == e.sha256)
    names = {each.id for each in known}
    since = tuple(each.path for each in editions if each.id not in names)
    return Shelf(known, since, learned=True)


def learn_voices(ledger: Ledger, scope: ClientScope) -> dict[str, VoiceProfile]:
    """Take in every past edition of a client; the profile of each language there is."""
    editions = ledger.listed(scope, Where(kinds=(KIND,)))
    found = _voices(ledger, scope, editions)
    for each in editions:
        ledger.note_extracted(scope, NOTED, each.id, each.sha256, 0)
    return found


def learned_voices(ledger: Ledger, scope: ClientScope) -> dict[str, VoiceProfile]:
    """The profile of each language, from the editions in the voice; empty where there are none."""
    return _voices(ledger, scope, shelf_of(ledger, scope).taken)


def learned_voice(ledger: Ledger, scope: ClientScope, language: str) -> VoiceProfile | None:
    """A client's voice in one language; None where no edition in it has that language."""
    return learned_voices(ledger, scope).get(language)


def _voices(
    ledger: Ledger, scope: ClientScope, editions: Sequence[Listed]
) -> dict[str, VoiceProfile]:
    return dict(_learned(ledger, scope, ledger.revision(scope), tuple(editions)))


@lru_cache(maxsize=_KEPT)
def _learned(
    ledger: Ledger,
    scope: ClientScope,
    revision: int,  # noqa: ARG001 - a person who is forgotten leaves the hashes as they were
    listed: tuple[Listed, ...],
) -> tuple[tuple[str, VoiceProfile], ...]:
    by_language: dict[str, list[Edition]] = {}
    for each in listed:
        text = ledger.text(scope, each.id)
        edition = Edition(each.path, each.date or "", each.sha256, text)
        spoken = each.language or edition.reading.language
        if edition.reading.anatomy.words:
            by_language.setdefault("fr" if spoken == "fr" else "en", []).append(edition)
    return tuple((name, learn(them, name)) for name, them in sorted(by_language.items()))
