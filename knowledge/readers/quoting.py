"""Which lines of a mail are its writer's own, and which are quoted, forwarded or a signature.

By the marks that mail programs leave, in French and English: `>`, "Le … a écrit :", "On … wrote:",
header lines within the text, "Envoyé de mon iPhone". Nothing is taken away: the text keeps its
lines, and each span of them gets a label.
"""

import re
from collections.abc import Iterator, Sequence

from savoirfaire.knowledge.readers.canonical import Mark
from savoirfaire.knowledge.readers.openings import Opening, find_opening, is_forward
from savoirfaire.knowledge.readers.signatures import mark_signatures

_ORANGE = re.compile(r">\s*Message du \d\d/\d\d/\d\d", re.IGNORECASE)
# A line as long as this, in a quotation, was broken by the program that sent it: so its rest,
# without a mark, is quoted too.
_BROKEN_LINE = 50


def marks(body: str, subject: str = "") -> list[Mark]:
    """Label the spans of a body: "body", "quoted", "forwarded", "signature"."""
    lines = body.split("\n")
    bare = [line.strip() for line in lines]
    labels = _labels(bare, forward=is_forward(subject))
    mark_signatures(bare, labels)
    return list(_spans(lines, labels))


def _labels(lines: Sequence[str], *, forward: bool) -> list[str]:
    labels: list[str] = []
    rest = "body"
    own = False
    while len(labels) < len(lines):
        place = len(labels)
        if opening := find_opening(lines, place):
            rest, label = _after(opening, rest, forward=forward, own=own)
            forward = opening.forward
            labels += [label] * opening.lines
        else:
            marked = lines[place].startswith(">") or _is_broken_rest(lines, place)
            labels.append("quoted" if marked else rest)
            own = own or bool(lines[place] and not marked)
            # This one webmail marks only the head of what it quotes.
            rest = "quoted" if _ORANGE.match(lines[place]) else rest
    return labels


def _after(opening: Opening, rest: str, *, forward: bool, own: bool) -> tuple[str, str]:
    """Give the label of what follows an opening, and that of its own lines.

    Header lines with nothing above them that somebody wrote are those of a mail passed on; what
    such a mail quotes in its turn is quoted.
    """
    if opening.kind == "attribution":
        return (rest if opening.marked else "quoted"), "quoted"
    if rest != "quoted" and (
        opening.kind == "forwarded" or forward or (rest == "body" and not own)
    ):
        return "forwarded", "forwarded"
    return "quoted", "quoted"


def _is_broken_rest(lines: Sequence[str], place: int) -> bool:
    if not lines[place] or not 0 < place < len(lines) - 1:
        return False
    before, after = lines[place - 1], lines[place + 1]
    return before.startswith(">") and after.startswith(">") and len(before) > _BROKEN_LINE


def _spans(lines: Sequence[str], labels: Sequence[str]) -> Iterator[Mark]:
    """Give each run of lines with one label, from its first words to its last."""
    at = first = last = 0
    current = ""
    for line, label in zip(lines, labels, strict=True):
        if line.strip():
            if label != current:
                if current:
                    yield first, last, current
                first, current = at, label
            last = at + len(line.rstrip())
        at += len(line) + 1
    if current:
        yield first, last, current
