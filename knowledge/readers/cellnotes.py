"""Comments on the cells of a sheet: notes of old, and the threads that replaced them."""

from collections.abc import Iterator
from typing import Any

from openpyxl.packaging.relationship import get_dependents, get_rels_path

from savoirfaire.knowledge.readers.canonical import one_line
from savoirfaire.knowledge.readers.figures import parsed
from savoirfaire.knowledge.readers.remarks import NOBODY, remark, tag

_NOTES = "/comments"
_THREADS = "/threadedComment"
_PERSONS = "/person"


def sheet_comments(sheet: Any) -> Iterator[tuple[str, str, str]]:
    """Give the cell, the author and the text of each comment on a sheet."""
    threads = list(_parts(sheet, sheet._worksheet_path, _THREADS))  # noqa: SLF001 - its only name
    for part in threads:
        yield from _threads(part, _persons(sheet))
    if not threads:  # otherwise the notes repeat them, for programs that know no threads
        for part in _parts(sheet, sheet._worksheet_path, _NOTES):  # noqa: SLF001 - its only name
            yield from _notes(part)


def _threads(part: Any, persons: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for comment in _each(part, "threadedComment"):
        author = persons.get(comment.get("personId", ""), "") or NOBODY
        if text := one_line(" ".join(each.text or "" for each in _each(comment, "text"))):
            cell = one_line(comment.get("ref", ""))
            yield cell, author, remark(author, comment.get("dT"), text, cell)


def _notes(part: Any) -> Iterator[tuple[str, str, str]]:
    authors = [one_line(author.text or "") for author in _each(part, "author")]
    for comment in _each(part, "comment"):
        place = int(comment.get("authorId", -1))
        author = (authors[place] if 0 <= place < len(authors) else "") or NOBODY
        text = one_line("".join(each.text or "" for each in _each(comment, "t")))
        # Excel itself begins a note with its author's name.
        if text := text.removeprefix(f"{author}:").strip():
            cell = one_line(comment.get("ref", ""))
            yield cell, author, remark(author, None, text, cell)


def _persons(sheet: Any) -> dict[str, str]:
    return {
        person.get("id", ""): one_line(person.get("displayName", ""))
        for part in _parts(sheet, "xl/workbook.xml", _PERSONS)
        for person in _each(part, "person")
    }


def _parts(sheet: Any, owner: str, kind: str) -> Iterator[Any]:
    """Give the parts of a kind that a part of the workbook is related to."""
    archive = sheet.parent._archive  # noqa: SLF001 - its only way to the other parts
    relations = get_rels_path(owner)
    if relations not in archive.namelist():
        return
    for relation in get_dependents(archive, relations):
        if relation.Type.endswith(kind) and relation.TargetMode != "External":
            yield parsed(archive.read(relation.target))


def _each(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element.iter() if tag(child) == name)
