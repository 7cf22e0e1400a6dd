"""Signatures in mails: after `--`, after a closing formula, or a line that a phone adds."""

import re
from collections.abc import Iterator, MutableSequence, Sequence

_DELIMITER = re.compile(r"--|—")
_MOST_LINES = 20
_FARTHEST = 100
_FORMULA = (
    r"(?:bien |très |trés |plus )?(?:cordialement|amicalement|sincèrement|respectueusement)"
    r"|bien (?:à|a) (?:vous|toi)|(?:bonne|belle|excellente) (?:fin de )?(?:journée|soirée|semaine)"
    r"|bon week-?end|(?:avec )?(?:mes |nos )?(?:meilleures |sincères |cordiales |respectueuses )?"
    r"salutations(?: distinguées| cordiales)?|(?:mes |nos )?meilleurs sentiments|cdlt|cdt|bàv"
    r"|à (?:bientôt|très vite|très bientôt|plus|demain)|merci(?: beaucoup| bien| d['’]avance)?"
    r"|(?:with )?(?:(?:kind|best|warm|warmest|many) )?regards|best(?: wishes)?|cheers|br"
    r"|(?:many )?thanks(?: again| in advance| so much| a lot)?|thank you(?: very much)?"
    r"|sincerely(?: yours)?|yours(?: sincerely| faithfully| truly)?|all the best|take care"
    r"|have a (?:nice|great|good|lovely) (?:day|evening|weekend|one)"
)
_NAME = r"(?:[ ,.!]+(?-i:[A-ZÀ-ÖØ-Þ])[\w.’'-]*){0,4}"
_CLOSING = re.compile(
    rf"(?:{_FORMULA})(?:[ ,.!]+(?:et |and )?(?:{_FORMULA}))*{_NAME}[ ,.!;:]*", re.IGNORECASE
)
_SENDER = re.compile(
    r"(?:envoyé (?:de|depuis|à partir)|sent from|get outlook|obtenez outlook|télécharger outlook"
    r"|garanti sans virus|virus-free|provenance\s?: courrier)\b.{0,80}",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"(?:ce (?:message|courriel|mail)|this (?:e-?mail|message|communication)|confidenti"
    r"|avis de conf|pensez à l['’]environnement|please consider the environment)",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"p\.?\s?s\.?\s?[:.\s]", re.IGNORECASE)
_NOTED = re.compile(r"\((?:see attached|embedded image)|^\[image|^\|[-+|]*", re.IGNORECASE)
_LONGEST_LINE = 80
_SENTENCE_WORDS = 4
_NAME_WORDS = 8
_ITEM = re.compile(r"(?:[-*•–]|\d{1,2}[.)])\s")
_MOST_CLOSING_LINES = 12


def mark_signatures(lines: Sequence[str], labels: MutableSequence[str]) -> None:
    """Label as "signature" what closes each stretch of a mail that is not quoted."""
    for start, end in list(_stretches(labels)):
        begin, finish = _signature(lines, start, end)
        labels[begin:finish] = ["signature"] * (finish - begin)
        for place in range(start, end):
            if _SENDER.fullmatch(lines[place]):
                labels[place] = "signature"


def _stretches(labels: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for place in range(1, len(labels) + 1):
        if place == len(labels) or labels[place] != labels[start]:
            if labels[start] != "quoted":
                yield start, place
            start = place


def _signature(lines: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """Give where a signature begins and ends within a stretch; nowhere is (end, end)."""
    first = next((place for place in range(start, end) if lines[place]), end)
    for place in range(max(start, end - _FARTHEST), end):
        if _DELIMITER.fullmatch(lines[place]):
            if sum(map(bool, lines[place:end])) <= _MOST_LINES:
                return place, end
        elif place > first and _is_closing(lines[place]):
            finish = _postscript(lines, place, end)
            if _is_signature(lines[place + 1 : finish]):
                return place, finish
    return end, end


def _is_closing(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and bool(_CLOSING.fullmatch(" ".join(line.split())))


def _postscript(lines: Sequence[str], place: int, end: int) -> int:
    return next((at for at in range(place, end) if _POSTSCRIPT.match(lines[at])), end)


def _is_signature(lines: Sequence[str]) -> bool:
    """Tell whether lines are names, addresses and numbers rather than sentences."""
    count = 0
    for line in lines:
        if _LEGAL.match(line):
            return True
        if not line or _SENDER.fullmatch(line) or _NOTED.search(line):
            continue
        count += 1
        if count > _MOST_CLOSING_LINES or _is_prose(line):
            return False
    return True


def _is_prose(line: str) -> bool:
    words = len(line.split())
    most = _SENTENCE_WORDS if line.endswith((".", ":")) else _NAME_WORDS
    return (
        words > most
        or len(line) > _LONGEST_LINE
        or line.endswith(("?", "!"))
        or bool(_ITEM.match(line))
    )
