"""Where in a file something stands, in the language spoken: readers name places in English."""

from collections.abc import Sequence

from savoirfaire.cli.messages import _, mark, recognised

PLACES = (  # the first that fits is taken
    mark("page header"),
    mark("page footer"),
    mark("page {n}"),
    mark("slide {n} notes"),
    mark("slide {n} comment by {author}"),
    mark("slide {n}"),
    mark("sheet {sheet}, {cell} comment by {author}"),
    mark("sheet {sheet}, row {n}"),
    mark("sheet {sheet}"),
    mark("row {n}"),
    mark("table {n}"),
    mark("footnote {n}"),
    mark("endnote {n}"),
    mark("comment by {author}"),
    mark("header"),
    mark("body"),
    mark("quoted"),
    mark("forwarded"),
    mark("signature"),
)


def place(labels: Sequence[str]) -> str:
    """The place of a span by its locators' labels: one, or the first and the last of several."""
    said = [recognised(label, PLACES) for label in (*labels[:1], *labels[1:][-1:])]
    return _("{first} to {last}").format(first=said[0], last=said[1]) if said[1:] else "".join(said)
