"""A Brand OS's page as Markdown: headings, tables, and the sources as footnotes."""

import re
from collections.abc import Iterator

from savoirfaire.cli.brandmodel import Block, Grid, Page
from savoirfaire.cli.brandterminal import where
from savoirfaire.cli.messages import _, labelled, quoted
from savoirfaire.cli.output import printable

# What would make of a source's words a link, an image, HTML, a heading, a cell or a footnote.
_MEANT = re.compile(r"([\\`\[\]<>|])")
_FIRST = re.compile(
    r"^(\s*)(?:(\d{1,9})(?=[.)](?:\s|$))"
    r"|(?=#{1,6}(?:\s|$)|[-+*](?:\s|$)|(?:-{3,}|={3,})\s*$|~{3}))",
    re.MULTILINE,
)
# GitHub and others make a link of these without any sign around.
_ADDRESS = re.compile(r"(?i)(?:(?:https?|ftp)(?=://)|www(?=\.))")


def markdown(page: Page) -> str:
    """The page as Markdown."""
    lines = [f"# {escaped(page.title)}", "", *(f"{escaped(each)}  " for each in page.lines), ""]
    for section in page.sections:
        lines += [f"## {escaped(section.heading)}", ""]
        lines += _blocks(section.blocks)
        lines.append("")
    if page.missing:
        lines += [f"## {_('What is missing, and what to do next')}", ""]
        for command, todo in page.todo().items():
            lines += [f"- {escaped(each.said)} {each.advice}".rstrip() for each in todo]
            lines += ["", f"  `{command}`", ""]
    for note in page.sources:
        place = escaped(where(note))
        said = labelled(place, quoted(escaped(note.quote))) if note.quote else place
        lines.append(f"[^{note.number}]: {said}")
    return "\n".join(lines).rstrip() + "\n"


def escaped(words: str) -> str:
    """Words that Markdown shows as they are, on one line."""
    plain = " ".join(printable(words).split())
    told = _FIRST.sub(r"\1\2\\", _MEANT.sub(r"\\\1", plain))
    return _ADDRESS.sub(r"\g<0>\\", told)


def _blocks(blocks: list[Block]) -> Iterator[str]:
    before = False
    for number, block in enumerate(blocks):
        if isinstance(block, Grid):
            yield from [*([""] if number else []), *_grid(block)]
            before = False
            continue
        if number and (not block.bullet or not before):
            yield ""
        before = block.bullet
        if block.head:
            yield f"### {escaped(block.text)}"
            continue
        label = _("{label}: ").format(label=escaped(block.label)) if block.label else ""
        words = escaped(block.text)
        text = f"{label}{words}{_marks(block.marks)}"
        if block.strong:
            text = f"**{label}{words}**{_marks(block.marks)}"
        yield f"- {text}" if block.bullet else text


def _grid(grid: Grid) -> Iterator[str]:
    yield _row(grid.columns)
    yield _row(["---:" if place in grid.numeric else "---" for place in range(len(grid.columns))])
    for cells, marks in grid.rows:
        shown = [escaped(cell) for cell in cells]
        shown[-1] += _marks(marks)
        yield _row(shown)


def _row(cells: object) -> str:
    assert isinstance(cells, list | tuple)
    return f"| {' | '.join(cells)} |"


def _marks(marks: tuple[int, ...]) -> str:
    return "".join(f"[^{mark}]" for mark in marks)
