"""A client as one file: all that is known and was decided, in open formats (docs/archive.md)."""

from savoirfaire.knowledge.archives.reading import restore
from savoirfaire.knowledge.archives.writing import export

__all__ = ["export", "restore"]
