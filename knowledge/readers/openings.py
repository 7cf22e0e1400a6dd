"""Where a mail begins to quote or pass on another: the lines that mail programs write there."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

# No line that a program writes is longer, and no pattern here is to see more.
_LONGEST = 400
_WROTE = re.compile(r".*\d.*\b(?:a écrit|wrote)\s?:", re.IGNORECASE)
_ATTRIBUTION_LINES = 3
_PASSED_ON = re.compile(
    r"[-_ ]*(?:transf[ée]r[ée] par\b.*\d|forwarded by\b.*\d|begin forwarded message\s?:"
    r"|début du message (?:transféré|réexpédié)\s?:"
    r"|-{2,} ?(?:forwarded message|message (?:transféré|réexpédié))\b)",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"-{2,} ?(?:original (?:message|appointment)|message (?:d['’]origine|original|initial)"
    r"|mail original|reply message)\b",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"\*?(?:(?P<who>De|From|Expéditeur|Exp)|(?P<when>Envoyé(?: le)?|Sent|Date)"
    r"|(?P<to>À|A|To|Pour|Destinataire|Copie à|Cc)|(?P<about>Objet|Sujet|Subject))\s?:"
    r"\*?(?P<said>.*)",
    re.IGNORECASE,
)
_FIELDS = 3
_FIELD_LINES = 10
_RULE = re.compile(r"[_-]{10,}")
_FORWARD = re.compile(r"\s*(?:tr|fw|fwd|wg)\s?:", re.IGNORECASE)


class Opening(NamedTuple):
    """What begins at a line, and how many lines say so.

    `marked`: the lines that follow are marked one by one. `forward`: the mail that follows says
    that it passes on another one in its turn.
    """

    kind: Literal["attribution", "forwarded", "original", "header"]
    lines: int
    marked: bool = False
    forward: bool = False


def is_forward(subject: str) -> bool:
    """Tell whether a subject says that its mail passes another one on."""
    return bool(_FORWARD.match(subject))


def find_opening(lines: Sequence[str], place: int) -> Opening | None:
    """Tell what begins at a line, which has no white space around it, if anything."""
    line = lines[place]
    if not line or line.startswith(">") or len(line) > _LONGEST:
        return None
    if count := _attribution(lines, place):
        following = _next(lines, place + count)
        marked = following < len(lines) and lines[following].startswith(">")
        return Opening("attribution", count, marked=marked)
    if _PASSED_ON.match(line):
        return _with_header(lines, place, Opening("forwarded", 1))
    if _ORIGINAL.match(line) or _RULE.fullmatch(line):
        opening = _with_header(lines, place, Opening("original", 1))
        return opening if opening.lines > 1 or _ORIGINAL.match(line) else None
    count, forward = _header(lines, place)
    return Opening("header", count, forward=forward) if count else None


def _attribution(lines: Sequence[str], place: int) -> int:
    """Give how many lines the words "On …, … wrote:" take, 0 if they are not there."""
    if not lines[place].startswith(("Le ", "On ", "le ", "on ")):
        return 0
    for count in range(1, _ATTRIBUTION_LINES + 1):
        words = " ".join(lines[place : place + count]).strip()
        if words.endswith(":"):
            return count if len(words) <= _LONGEST and _WROTE.fullmatch(words) else 0
    return 0


def _next(lines: Sequence[str], place: int) -> int:
    """Give the place of the next line that is not blank."""
    return next((at for at in range(place, len(lines)) if lines[at]), len(lines))


def _with_header(lines: Sequence[str], place: int, opening: Opening) -> Opening:
    """Take in the header lines that follow a line which announces a mail."""
    start = _next(lines, place + 1)
    count, forward = _header(lines, start) if start < len(lines) else (0, False)
    return opening._replace(lines=start + count - place, forward=forward) if count else opening


def _header(lines: Sequence[str], place: int) -> tuple[int, bool]:
    """Give how many lines of mail headers begin here, and whether they tell of a forwarded mail."""
    if not _FIELD.match(lines[place]):
        return 0, False
    kinds: set[str] = set()
    forward = False
    end = place
    for at, field in _fields(lines, place):
        kinds.add(_kind(field))
        forward = forward or (bool(field["about"]) and is_forward(field["said"]))
        end = at + 1
    found = "who" in kinds and len(kinds) >= _FIELDS
    return (end - place if found else 0), forward


def _kind(field: re.Match[str]) -> str:
    return next(name for name in ("who", "when", "to", "about") if field[name])


def _fields(lines: Sequence[str], place: int) -> Iterator[tuple[int, re.Match[str]]]:
    """Give the header lines; a long list of people may go on below, and be followed by others."""
    missed = 0
    for at in range(place, min(len(lines), place + _FIELD_LINES)):
        field = _FIELD.match(lines[at][:_LONGEST])
        if field:
            missed = 0
            yield at, field
        else:
            missed += 1
            if missed > 1:
                return
