"""The words of a mail: of each text that is offered in several forms, the best one."""

from collections.abc import Iterator
from email.message import Message
from typing import Any

from savoirfaire.knowledge.readers.canonical import clean
from savoirfaire.knowledge.readers.encoding import decode_as
from savoirfaire.knowledge.readers.markup import parse, visible_text
from savoirfaire.knowledge.readers.refusal import UnreadableError


def body_text(message: Message) -> str:
    """Give the body: the plain text, or where it is blank what a person sees of the HTML.

    In HTML, quotations get the `> ` that they have in plain text.
    """
    texts = [text for text in _texts(message) if text.strip()]
    if not texts and not message.is_multipart():
        # A body of a type that is not text, or in parts that never begin, has words all the same.
        broken = message.get_content_maintype() in {"text", "multipart"}
        texts = [content(message)] if broken else []
    return clean("\n\n".join(texts)).strip("\n")


def is_attached(part: Message) -> bool:
    """Tell whether a part is a file that came with the mail rather than some of its words."""
    return (
        bool(part.get_filename())
        or part.get_content_disposition() == "attachment"
        or part.get_content_maintype() not in {"text", "multipart"}
    )


def content(part: Message) -> str:
    """Give the text of a part, whatever its encoding is said to be."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        text = decode_as(payload, part.get_content_charset("utf-8"))
    except UnreadableError as error:
        if error.code != "encoding":
            raise
        text = payload.decode("utf-8", "replace")  # nobody can save a mail again as UTF-8
    return clean(text).strip("\n")


def parts(message: Message) -> list[Any]:
    """Give the parts of a part, none where it is not made of any."""
    return list(message.get_payload()) if message.is_multipart() else []


def _texts(part: Message) -> Iterator[str]:
    if is_attached(part):
        return
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        yield from _best([list(_texts(form)) for form in sorted(parts(part), key=_rank)])
    elif part.get_content_maintype() == "multipart":
        for inner in parts(part):
            yield from _texts(inner)
    else:
        text = content(part)
        yield _seen(text) if kind == "text/html" else text


def _rank(form: Message) -> int:
    """Put plain text first, then HTML, with its images or without, then calendars and such."""
    if form.get_content_type() == "text/plain":
        return 0
    return 1 if form.get_content_type() == "text/html" or form.is_multipart() else 2


def _best(forms: list[list[str]]) -> list[str]:
    """Give the first form with words in it."""
    return next((form for form in forms if "".join(form).strip()), [])


def _seen(markup: str) -> str:
    tree = parse(markup) if markup.strip() else None
    return "" if tree is None else visible_text(tree, quote="> ")
