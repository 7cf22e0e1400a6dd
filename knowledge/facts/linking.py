"""Which entities a text names: the longest known name at each place, in a transaction."""

from itertools import islice

from sqlalchemy import Connection

from savoirfaire.knowledge.analysis import STOPWORDS
from savoirfaire.knowledge.facts.entities import entity_of, named
from savoirfaire.knowledge.facts.names import key_of
from savoirfaire.knowledge.facts.rows import Entity
from savoirfaire.knowledge.scope import ClientScope

_MOST_WORDS = 8  # of a name that is looked for in a text
_READ = 2_000  # words of the text: a question is shorter


def linked(
    connection: Connection, scope: ClientScope, text: str, known: str | None, limit: int
) -> list[Entity]:
    """The entities that `text` names, in its order, each once.

    As many look-ups as the text has words, however many entities there are. A name that is one of
    the words too common to tell texts apart is not taken for one.
    """
    words = [word for each in text.split()[:_READ] for word in key_of(each).split()][:_READ]
    spans = {
        (start, end): " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1)
    }
    keys = set(spans.values()) - STOPWORDS
    holders = named(connection, scope, keys, known)
    found = [holders[spans[span]] for span in _longest(spans, holders)]
    unique = islice(dict.fromkeys(found), limit)
    entities = (entity_of(connection, scope, identity) for identity in unique)
    return [entity for entity in entities if entity is not None]


def _longest(spans: dict[tuple[int, int], str], holders: dict[str, str]) -> list[tuple[int, int]]:
    """From left to right, the longest span that names something; none overlaps another."""
    reached, kept = 0, []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= reached and spans[start, end] in holders:
            kept.append((start, end))
            reached = end
    return kept
