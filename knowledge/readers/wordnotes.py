"""What a Word file says outside its body: footnotes, what stands on every page, and comments."""

from collections.abc import Iterator
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn

from savoirfaire.knowledge.readers.canonical import Pieces, one_line
from savoirfaire.knowledge.readers.remarks import NOBODY, remark
from savoirfaire.knowledge.readers.wordtext import line

_KINDS = {"footnote": "", "endnote": "e"}


def has_part(owner: Any, kind: str) -> bool:
    """Tell whether a part is there: python-docx makes up a missing one, with today's date."""
    return any(relation.reltype == kind for relation in owner.rels.values())


def called_notes(word: Any) -> list[tuple[str, str, str]]:
    """Give the label, mark and text of each note, and write its mark where the body calls it.

    Notes are numbered as Word does, in the order in which they are called.
    """
    found = []
    for kind, prefix in _KINDS.items():
        texts = _notes(word, kind)
        numbers: dict[str, int] = {}
        for call in list(word.element.body.iter(qn(f"w:{kind}Reference"))):
            key = call.get(qn("w:id"))
            if texts.get(key):
                number = numbers.setdefault(key, len(numbers) + 1)
                _write(call, f"[^{prefix}{number}]")
        found += [
            (f"{kind} {number}", f"[^{prefix}{number}]", texts[key])
            for key, number in numbers.items()
        ]
    return found


def add_margins(word: Any, pieces: Pieces) -> None:
    """Add what stands above and below the pages, once; a page's number is nothing to know."""
    for name in ("header", "footer"):
        for text in dict.fromkeys(map(line, _related(word, f"/{name}"))):
            if any(character.isalpha() for character in text):
                pieces.add(f"Page {name}: {text}", f"page {name}")


def add_comments(word: Any, pieces: Pieces) -> None:
    """Add the comments, with their authors."""
    if not has_part(word.part, RELATIONSHIP_TYPE.COMMENTS):
        return
    for comment in word.comments:
        author = one_line(comment.author or "") or NOBODY
        moment = comment.timestamp.isoformat() if comment.timestamp else None
        text = line(comment._comment_elm)  # noqa: SLF001 - the only way to its content controls
        pieces.add(remark(author, moment, text) if text else "", f"comment by {author}")


def _notes(word: Any, kind: str) -> dict[str, str]:
    return {
        note.get(qn("w:id")): line(note)
        for part in _related(word, f"/{kind}s")
        for note in part.iter(qn(f"w:{kind}"))
        if note.get(qn("w:type")) in {None, "normal"}  # the others are lines between text and notes
    }


def _write(call: Any, mark: str) -> None:
    element = OxmlElement("w:t")
    element.text = mark
    call.getparent().replace(call, element)


def _related(word: Any, kind: str) -> Iterator[Any]:
    for relation in word.part.rels.values():
        if relation.reltype.endswith(kind) and not relation.is_external:
            # python-docx has some of these parts parsed already, and gives their bytes anew.
            yield parse_xml(relation.target_part.blob)
