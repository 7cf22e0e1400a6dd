"""The roles of a campaign: one proposes angles to choose from, one writes the short pieces.

Every sentence that states something cites the passages it rests on. Without a language model an
angle is the first sentences of a passage, and a piece is the angle's own sentences, word for word.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from savoirfaire.agents.composing import sentences_of
from savoirfaire.agents.forms import Form, Passage, Sentence
from savoirfaire.agents.role import Role
from savoirfaire.agents.verbatim import plain
from savoirfaire.agents.weighing import stems

_ALIKE = 0.75  # of the words of the shorter of two angles
_TOLD = 2  # sentences of a passage that make an angle without a model
_NAMED = 60  # characters of a name

_BETS = {
    "English": "Without a language model: the words of {path}.",
    "French": "Sans modèle de langue\u00a0: les mots de {path}.",
}


class Angle(Form):
    """One way to tell a campaign, with what it bets on."""

    name: str
    bet: str
    sentences: list[Sentence]


class Angles(Form):
    """Angles to choose from."""

    angles: list[Angle]


class Piece(Form):
    """A post or a mail, made for its place; only a mail has a subject."""

    place: str
    subject: str = ""
    sentences: list[Sentence]


class Pieces(Form):
    """The pieces of one channel."""

    pieces: list[Piece]


def apart(angles: Sequence[Angle], labels: frozenset[str]) -> list[Angle]:
    """The angles that say something, with the labels that there are, each only once."""
    kept: list[Angle] = []
    for each in angles:
        angle = each.model_copy(update={"sentences": cited(each.sentences, labels)})
        words = _words(angle)
        if words and not any(_same(words, _words(other)) or _named(angle, other) for other in kept):
            kept.append(angle)
    return kept


def cited(sentences: Sequence[Sentence], labels: frozenset[str]) -> list[Sentence]:
    """The sentences that say something, without labels of passages that nobody was shown."""
    return [
        Sentence(text=each.text.strip(), cites=[label for label in each.cites if label in labels])
        for each in sentences
        if each.text.strip()
    ]


def placed(pieces: Sequence[Piece], places: Sequence[str]) -> list[Piece]:
    """A piece for each place, the first that was written for it, empty where none was.

    A place's name may come back with other apostrophes and spaces.
    """
    made = {plain(each.place): each for each in reversed(pieces)}
    return [
        made.get(plain(name), Piece(place=name, sentences=[])).model_copy(update={"place": name})
        for name in places
    ]


def angles_offline(evidence: Mapping[str, Any]) -> Angles:
    """The first sentences of passages of different sources, as many as are asked for."""
    passages: Sequence[Passage] = evidence["passages"]
    firsts = list({each.source: each for each in reversed(passages)}.values())[::-1]
    rest = [each for each in passages if each not in firsts]
    made = [_angle(each, evidence["language"]) for each in (*firsts, *rest)]
    told = apart([each for each in made if each.sentences], frozenset(p.label for p in passages))
    return Angles(angles=told[: evidence["count"]])


def pieces_offline(evidence: Mapping[str, Any]) -> Pieces:
    """For each place the angle's own sentences, as many as fit."""
    return Pieces(
        pieces=[
            Piece(
                place=name,
                subject=evidence["title"] if is_mail else "",
                sentences=_fitting(evidence["sentences"], longest),
            )
            for name, longest, is_mail in evidence["places"]
        ]
    )


def _angle(passage: Passage, language: str) -> Angle:
    said = [
        Sentence(text=each, cites=[passage.label]) for each in sentences_of(passage.quote)[:_TOLD]
    ]
    return Angle(
        name=_short(plain(said[0].text)) if said else passage.label,
        bet=_BETS[language].format(path=passage.path),
        sentences=said,
    )


def _short(text: str) -> str:
    cut = text.rfind(" ", 0, _NAMED)
    return text if len(text) <= _NAMED else text[: cut if cut > 0 else _NAMED].rstrip(" ,;:") + "…"


def _fitting(sentences: Sequence[Sentence], longest: int) -> list[Sentence]:
    kept: list[Sentence] = []
    for each in sentences:
        if len(" ".join(s.text for s in (*kept, each))) > longest:
            break
        kept.append(each)
    return kept


def _words(angle: Angle) -> frozenset[str]:
    return stems(" ".join(each.text for each in angle.sentences))


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) > _ALIKE * min(len(one), len(other))


def _named(one: Angle, other: Angle) -> bool:
    """A person chooses by name: two of one name could not be told apart."""
    return one.name.casefold().split() == other.name.casefold().split()


strategist = Role("campaign_angle", Angles, offline=angles_offline)
piece_writer = Role("campaign_piece", Pieces, offline=pieces_offline)
