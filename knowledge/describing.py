"""From a document to a source: its kind, author, channel and place in time, within bounds.

A file says these of itself in its front matter or properties; else its folder says them. No file
can say of itself that it rules the brand, and nothing within another file is a brand pack.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from savoirfaire.knowledge.analysis import fold
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.brandos.structured.days import moment
from savoirfaire.knowledge.ledger import Source, source_id
from savoirfaire.knowledge.origins import is_brand
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.readers import Document
from savoirfaire.knowledge.readers.canonical import one_line
from savoirfaire.knowledge.rows import MAIL_CHANNEL
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import BRAND_KIND
from savoirfaire.knowledge.threads import named

KIND_FOLDERS = {
    "past": "edition",
    "editions": "edition",
    "items": "item",
}
"""What the files of a folder with this name are, unless their front matter says `kind`."""

CHANNEL_FOLDERS = {
    "blog": "blog",
    "facebook": "facebook",
    "instagram": "instagram",
    "linkedin": "linkedin",
    "newsletter": "newsletter",
    "newsletters": "newsletter",
    "podcast": "podcast",
    "presse": "press",
    "press": "press",
    "tiktok": "tiktok",
    "youtube": "youtube",
}
"""Where the files of a folder with this name appeared, unless their front matter says `channel`."""

KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}")

_ADDRESSED = re.compile(r"(.*?)\s*<([^<>]*)>")
_LONGEST_CHANNEL = 64
_LONGEST_THREAD = 64
_LONGEST_AUTHOR = 200
_LONGEST_KEY = 64
_LONGEST_VALUE = 1_000
_MOST_KEYS = 64
_LARGEST_PLACE = 2**62


def describe(
    scope: ClientScope,
    name: str,
    document: Document,
    *,
    sha256: str,
    kind: str = "",
    container: str | None = None,
    origin: bytes = b"",
    spoken: str = "",
) -> Source:
    """Make a source of a document; its thread is only what the file itself calls it.

    `kind` is what a person says it is. `spoken` is the client's language, in which `05/03/2025` is
    read where the file does not say its own. Raises BrandPackError for a brand.toml that is none.
    """
    if is_brand(name) and container is None:
        BrandPack.parse(document.text)
        kind = BRAND_KIND
    said = document.meta
    return Source(
        path=name,
        kind=kind or own_kind(said) or _by_folder(name, KIND_FOLDERS) or document.kind,
        title=document.title,
        date=document.date or _date(document, spoken),
        language=document.language[:2] if document.language else None,
        sha256=sha256,
        text=document.text,
        spans=cut(source_id(scope, name), document.text),
        locators=[asdict(locator) for locator in document.locators],
        origin=origin,
        author=_author(document),
        channel=_channel(name, document),
        thread=_thread(said),
        place=_place(said),
        container=container,
        meta=bounded(said),
    )


def _date(document: Document, spoken: str) -> str | None:
    """The day that a file says, as people of its language write it."""
    french = (document.language or spoken) == "fr"
    read = moment(document.meta.get("date", ""), day_first=french or None)
    return read.day if read else None


def own_kind(said: Mapping[str, str]) -> str:
    """The kind that a file says it is."""
    kind = said.get("kind", "").strip().lower()
    return kind if KIND.fullmatch(kind) and kind != BRAND_KIND else ""


def bounded(said: Mapping[str, str]) -> dict[str, Any]:
    """What is kept of what a reader found: the first 64 entries, each cut to 1,000 characters."""
    kept = list(said.items())[:_MOST_KEYS]
    return {_short(key, _LONGEST_KEY): _short(value, _LONGEST_VALUE) for key, value in kept}


def _by_folder(name: str, folders: Mapping[str, str]) -> str:
    """What the nearest folder with a telling name gives."""
    above = reversed(PurePosixPath(name).parts[:-1])
    return next((folders[folder] for folder in above if folder in folders), "")


def _author(document: Document) -> str | None:
    """Who wrote it: of a mail the sender's name, or the address where there is no name."""
    said = document.meta
    written = said.get("author") or said.get("auteur") or ""
    if document.kind == "mail":
        written = said.get("from", "")
        if addressed := _ADDRESSED.fullmatch(written):
            written = addressed[1].strip(" \"'") or addressed[2]
    return _short(written, _LONGEST_AUTHOR) or None


def _channel(name: str, document: Document) -> str | None:
    own = document.meta.get("channel") or document.meta.get("canal")
    if document.kind == "mail":
        own = MAIL_CHANNEL
    folders = _by_folder(fold(name), CHANNEL_FOLDERS)
    return _short(own or folders, _LONGEST_CHANNEL) or None


def _thread(said: Mapping[str, str]) -> str | None:
    written = one_line(said.get("thread", ""))
    return (written if len(written) <= _LONGEST_THREAD else named(written)) or None


def _place(said: Mapping[str, str]) -> int | None:
    """The order in its thread: a mail's seconds since 1970, or what the file itself says."""
    for key in ("sent", "place", "turn"):
        written = said.get(key, "")
        if re.fullmatch(r"-?\d{1,18}", written) and abs(int(written)) < _LARGEST_PLACE:
            return int(written)
    return None


def _short(text: str, length: int) -> str:
    """A text as one line of what a database can hold, cut where it is too long."""
    return one_line(text)[:length].rstrip()
