"""What a brief asks for, one requirement at a time, each with its exact span.

A sentence that obliges (`shall`, `must`, `doit`, `est tenu de`) is a requirement; so is each point
under a sentence that announces them (`shall provide the following:`). What the client does itself
is kept apart. Found without a model: a model may group and word them, it adds and drops none.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from savoirfaire.agents.bids.clauses import Clause, clauses
from savoirfaire.agents.prose import sentences

Force = Literal["must", "should", "information"]
Party = Literal["bidder", "client"]

_MUST = re.compile(
    r"\b(?:shall|must|(?:is|are|be|being) required|requires?|mandatory|no later than|only"
    r"|at (?:least|a minimum)|not exceed|responsible for"
    r"|doit|doivent|devra|devront|obligatoire(?:ment|s)?|nécessaire(?:ment|s)?|au plus tard"
    r"|(?:est|sont|sera|seront) (?:tenu|requis|exigé|demandé)e?s?|exigeons|il convient"
    r"|impérati(?:f|ve|vement|fs)|s'engage(?:nt|ra|ront)?"
    r"|fournira|remettra|livrera|assurera|réalisera|prendra en charge)\b",
    re.IGNORECASE,
)
_SHOULD = re.compile(
    r"\b(?:should|please|may|preferably|preferred|recommended|would like|expect(?:s|ed)?|submit"
    r"|needs? to|devrai(?:t|ent)|merci de|veuillez|souhait(?:é|e|ons|ent|able|ables|ée|és|ées)"
    r"|de préférence|idéalement|recommandée?s?|attend(?:ons|us|ue|u)?|appréciée?s?"
    r"|pourr(?:a|ont|ait|aient))\b",
    re.IGNORECASE,
)
_WILL = re.compile(
    r"\b(?:(?:contractor|offeror|vendor|supplier|bidder|provider)s? will (?!(?:not )?be\b)"
    r"|(?:prestataire|titulaire|candidat|soumissionnaire|fournisseur|agence)s? (?:\w{1,20} ){0,2}?"
    r"\w{2,30}r(?:a|ont)\b)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not (?:be )?required|n'est pas (?:requis|demandé|exigé|nécessaire|obligatoire))\b",
    re.IGNORECASE,
)
_CLIENT = re.compile(
    r"\b(?:the )?(?:government|client|agency|authority|buyer|customer|contracting officer|we|18f)\b"
    r"|\b(?:le client|l'acheteur|le pouvoir adjudicateur|la maîtrise d'ouvrage|l'annonceur|nous)\b",
    re.IGNORECASE,
)
_BIDDER = re.compile(
    r"\b(?:contractor|offeror|vendor|supplier|bidder|agency of record|provider|you|your"
    r"|prestataire|titulaire|candidat|soumissionnaire|fournisseur|agence|vous|votre)",
    re.IGNORECASE,
)
_SUBJECT = 60  # characters before a verb in which its subject is looked for
_APOSTROPHES = str.maketrans("’ʼ", "''")


@dataclass(frozen=True)
class Requirement:
    """A requirement at `[start, end)` of a brief.

    `id` is the label of its clause and its number there; `party` is who has to meet it.
    """

    id: str
    label: str
    heading: str
    start: int
    end: int
    force: Force
    party: Party = "bidder"

    def of(self, text: str) -> str:
        """The words of the requirement, as they stand."""
        return text[self.start : self.end]


class _Announced(NamedTuple):
    """That points are announced, with what force, and by a clause of which label."""

    force: Force = "information"
    label: str = ""

    def over(self, clause: Clause) -> Force:
        """The force with which a clause is asked for by what announced it."""
        own = clause.kind == "point" and (clause.is_bullet or clause.label.startswith(self.label))
        return self.force if own else "information"


def requirements(text: str) -> list[Requirement]:
    """The requirements of a canonical text, in order. Numbered clauses without any are information.

    Every label of the text is that of at least one of them.
    """
    found: list[Requirement] = []
    counted: Counter[str] = Counter()
    announced = _Announced()

    def add(label: str, heading: str, span: tuple[int, int], force: Force, party: Party) -> None:
        counted[label] += 1
        own = f"{label or '0'}-{counted[label]}"
        found.append(Requirement(own, label, heading, *span, force, party))

    for label, group in groupby(clauses(text), key=lambda clause: clause.label):
        several = list(group)
        for clause in several:
            for span, force, party in _found(text, clause, announced.over(clause)):
                add(label, clause.heading, span, force, party)
            announced = _announces(text, clause, announced)
        if label and label not in counted:
            whole = several[0].start, several[-1].end
            add(label, several[0].heading, whole, "information", "bidder")
    return found


def _found(
    text: str, clause: Clause, announced: Force
) -> Iterator[tuple[tuple[int, int], Force, Party]]:
    """The spans of a clause that ask for something."""
    if clause.kind == "heading":
        return
    parts = sentences(clause.of(text))
    forces = [_force(part.text) for part in parts]
    if announced != "information" and all(force == "information" for force in forces):
        yield (clause.start, clause.end), announced, "bidder"
        return
    for part, force in zip(parts, forces, strict=True):
        if force != "information":
            span = clause.start + part.start, clause.start + part.end
            yield span, force, _party(part.text)


def _force(sentence: str) -> Force:
    words = sentence.translate(_APOSTROPHES)
    if _NOT.search(words):
        return "information"
    if _MUST.search(words):
        return "must"
    if _SHOULD.search(words):
        return "should"
    return "must" if _WILL.search(words) else "information"


def _party(sentence: str) -> Party:
    """Who is the subject of the first verb that obliges; the bidder where that is not said."""
    verb = _MUST.search(sentence) or _SHOULD.search(sentence)
    before = sentence[max(0, verb.start() - _SUBJECT) : verb.start()] if verb else ""
    return "client" if _CLIENT.search(before) and not _BIDDER.search(before) else "bidder"


def _announces(text: str, clause: Clause, announced: _Announced) -> _Announced:
    """What the points that follow are asked with: that of the sentence that announces them."""
    if clause.kind == "heading":
        return _Announced()
    words = clause.of(text).rstrip("*_ ")
    if words.endswith(":"):
        last = sentences(words)[-1].text
        force = _force(last) if _party(last) == "bidder" else "information"
        return _Announced(force, clause.label)
    goes_on = announced.over(clause) != "information"
    return announced if goes_on else _Announced()
