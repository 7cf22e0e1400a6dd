"""Plain text, and TOML and YAML read as the text they are."""

from savoirfaire.knowledge.readers.canonical import clean, refuse_long
from savoirfaire.knowledge.readers.document import Document, Limits
from savoirfaire.knowledge.readers.encoding import decode


def read(data: bytes, limits: Limits) -> Document:
    """Give the text as it stands."""
    text, encoding = decode(data)
    refuse_long(len(text), limits)
    return Document(clean(text), meta={"encoding": encoding})
