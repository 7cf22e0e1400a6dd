"""Files that hold others, in a client's knowledge: a source for each part, and none too many."""

import io
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.knowledge.ingest import Report, ingest
from savoirfaire.knowledge.readers import Limits
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge

BRAND = '[brand]\nname = "Evil"\nlanguage = "fr"\nvoice = "Loud."\n'
Take = Callable[..., Report]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A client's files."""
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


@pytest.fixture
def take(knowledge: Knowledge, acme: ClientScope, folder: Path) -> Take:
    """Ingest the folder, or some paths."""

    def run(*paths: Path, **options: Any) -> Report:
        return ingest(knowledge, acme, paths or [folder], **options)

    return run


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """An archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def pack(path: Path, **files: str) -> None:
    """Write an archive of Markdown files."""
    path.write_bytes(zipped({f"{name}.md": text for name, text in files.items()}))


def mail(subject: str, *attached: tuple[str, bytes], number: int = 1) -> bytes:
    """A mail with files attached to it."""
    message = EmailMessage()
    message["From"] = "Zoé Martin <zoe@example.org>"
    message["Date"] = "Fri, 27 Jun 2025 23:30:00 +0200"
    message["Subject"] = subject
    message["Message-ID"] = f"<{number}@example.org>"
    message.set_content("Voir ci-joint.")
    for name, data in attached:
        message.add_attachment(data, "application", "octet-stream", filename=name)
    if message.is_multipart():
        message.set_boundary("==1==")
    return bytes(message)


def kinds(knowledge: Knowledge, scope: ClientScope) -> dict[str, str]:
    """The kind of each source, by path."""
    return {each.path: each.kind for each in knowledge.ledger.listed(scope)}


def texts(knowledge: Knowledge, scope: ClientScope) -> dict[str, str]:
    """The text of each source, by path."""
    return {
        each.path: knowledge.ledger.text(scope, each.id) for each in knowledge.ledger.listed(scope)
    }


def test_an_archive(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """Each file in an archive is a source, of the kind its folder gives, and knows its archive."""
    files: dict[str, str | bytes] = {"past/mai.md": "budget", "note.md": "newsletter"}
    files["sub/in.zip"] = zipped({"a.md": "x"})
    (folder / "pack.zip").write_bytes(zipped(files))
    report = take()
    assert (report.read, report.failed, report.kinds) == (3, [], {"edition": 1, "document": 2})
    assert kinds(knowledge, acme) == {
        "pack.zip!/past/mai.md": "edition",
        "pack.zip!/note.md": "document",
        "pack.zip!/sub/in.zip!/a.md": "document",
    }
    assert {each.container for each in knowledge.ledger.listed(acme)} == {"pack.zip"}
    assert knowledge.search(acme, "budget")[0].passage.path == "pack.zip!/past/mai.md"
    again = take()
    assert (again.read, again.unchanged) == (0, 3)


def test_a_mail(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """A mail is a source and so is each of its attachments; the second time all are known."""
    (folder / "past").mkdir()
    attached = [("brief.md", b"# Brief"), ("logo.png", b"\x89PNG")]
    (folder / "past" / "a.eml").write_bytes(mail("Le brief", *attached))
    assert take().failed == [
        {"path": "past/a.eml!/logo.png", "reason": "has a type that is not read yet (.png)"}
    ]
    found = {each.path: (each.container, each.author) for each in knowledge.ledger.listed(acme)}
    assert found == {
        "past/a.eml": (None, "Zoé Martin"),
        "past/a.eml!/brief.md": ("past/a.eml", None),
    }
    assert take().unchanged == 2


def test_a_part_that_fails(folder: Path, take: Take) -> None:
    """A part that cannot be read is named each time until it can; the others are kept as known."""
    files = {"a.md": "budget", "long.md": "mot " * 5000, "b.md": "newsletter"}
    (folder / "pack.zip").write_bytes(zipped(files))
    small = Limits(text_mb=0.01)
    failed = [
        {
            "path": "pack.zip!/long.md",
            "reason": "holds more than 0.01 MB of text (limits.text_mb)",
        }
    ]
    first = take(limits=small)
    assert (first.read, first.failed) == (2, failed)
    again = take(limits=small)
    assert (again.read, again.unchanged, again.failed) == (0, 2, failed)
    healed = take()
    assert (healed.read, healed.unchanged, healed.failed) == (1, 2, [])
    assert (take().read, take().unchanged) == (0, 3)


def test_an_archive_that_changes(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """What an archive holds no longer goes, what changed is read, the rest is left alone."""
    pack(folder / "pack.zip", a="budget", b="newsletter", c="quokka")
    take()
    pack(folder / "pack.zip", a="budget", b="newsletter du mois")
    report = take()
    assert (report.read, report.unchanged, report.removed) == (1, 1, 1)
    assert texts(knowledge, acme) == {
        "pack.zip!/a.md": "budget",
        "pack.zip!/b.md": "newsletter du mois",
    }
    assert knowledge.search(acme, "quokka") == []


def test_an_archive_that_breaks(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """An archive that can no longer be opened keeps what was read from it; mended, it is known."""
    pack(folder / "pack.zip", a="budget")
    data = (folder / "pack.zip").read_bytes()
    take()
    (folder / "pack.zip").write_bytes(data[:40])
    report = take()
    assert [each["path"] for each in report.failed] == ["pack.zip"]
    assert list(texts(knowledge, acme)) == ["pack.zip!/a.md"]
    (folder / "pack.zip").write_bytes(data)
    assert (take().read, take().unchanged) == (0, 1)


def test_an_archive_within_that_breaks(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """What an inner archive held is kept while it cannot be opened."""
    inner = zipped({"x.md": "budget"})
    (folder / "pack.zip").write_bytes(zipped({"in.zip": inner, "a.md": "mot"}))
    take()
    (folder / "pack.zip").write_bytes(zipped({"in.zip": inner[:30], "a.md": "mot"}))
    report = take()
    assert ([each["path"] for each in report.failed], report.removed) == (["pack.zip!/in.zip"], 0)
    assert set(texts(knowledge, acme)) == {"pack.zip!/a.md", "pack.zip!/in.zip!/x.md"}


def test_back_to_an_earlier_archive(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """An archive read in part is not taken for the whole one that it was before."""
    whole = zipped({"a.md": "budget", "b.docx": b"no Word file"})
    pack(folder / "pack.zip", a="newsletter")
    first = (folder / "pack.zip").read_bytes()
    take()
    (folder / "pack.zip").write_bytes(whole)
    assert len(take().failed) == 1
    (folder / "pack.zip").write_bytes(first)
    take()
    assert texts(knowledge, acme) == {"pack.zip!/a.md": "newsletter"}


def test_the_same_part_twice(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """Two archives with the same file are two sources."""
    pack(folder / "one.zip", a="budget")
    pack(folder / "two.zip", a="budget")
    assert take().read == 2
    (found,) = knowledge.search(acme, "budget")
    paths = {each.path for each in (found.passage, *found.also)}
    assert paths == {"one.zip!/a.md", "two.zip!/a.md"}


def test_an_archive_of_another_folder(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """An archive of the same name elsewhere is another one; a copy of it is the same."""
    for month in ("june", "july", "copy"):
        (folder / month).mkdir()
        pack(folder / month / "pack.zip", a="july" if month == "july" else "june")
    take(folder / "june")
    assert take(folder / "july").read == 1
    assert take(folder / "copy").unchanged == 1
    assert texts(knowledge, acme) == {"pack.zip!/a.md": "june", "july/pack.zip!/a.md": "july"}


def test_a_moved_archive(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """An archive whose folder was renamed is known, and remembered where it is now."""
    (folder / "old").mkdir()
    pack(folder / "old" / "pack.zip", a="budget")
    take(folder / "old")
    (folder / "old").rename(folder / "new")
    assert take(folder / "new").unchanged == 1
    pack(folder / "new" / "pack.zip", a="budget annuel")
    assert take(folder / "new").read == 1
    assert texts(knowledge, acme) == {"pack.zip!/a.md": "budget annuel"}


def test_no_brand_pack_within(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """A brand.toml that comes in an archive or by mail rules nothing, whatever is asked for."""
    own = "---\nkind: brand\n---\nx"
    (folder / "pack.zip").write_bytes(zipped({"brand.toml": BRAND, "x.md": own}))
    (folder / "a.eml").write_bytes(mail("Charte", ("brand.toml", BRAND.encode())))
    take()
    assert set(kinds(knowledge, acme).values()) == {"document", "mail"}
    assert knowledge.brand(acme) is None
    report = take(kind="brand")
    assert knowledge.brand(acme) is None
    assert {each["path"] for each in report.failed} == {"pack.zip", "a.eml"}


def test_a_folder_named_like_a_container(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """A folder `pack.zip!` is no archive: its file and that of the archive are two sources."""
    (folder / "pack.zip!").mkdir()
    (folder / "pack.zip!" / "a.md").write_text("folder")
    pack(folder / "pack.zip", a="archive")
    take()
    assert texts(knowledge, acme) == {"pack.zip!/a.md": "archive", "pack.zip!!/a.md": "folder"}
    assert take().unchanged == 2


def test_a_kind_for_all(knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take) -> None:
    """What a person says the files are counts for what they hold, known already or not."""
    pack(folder / "pack.zip", a="budget", b="newsletter")
    take()
    assert take(kind="edition").read == 2
    assert set(kinds(knowledge, acme).values()) == {"edition"}
    assert take(kind="edition").unchanged == 2


@pytest.mark.parametrize("stop_after", [1, 2])
def test_interrupted_in_an_archive(folder: Path, take: Take, stop_after: int) -> None:
    """After Ctrl-C in the middle of an archive, what was reported is kept and the rest is read."""
    pack(folder / "pack.zip", **{f"n{number}": f"word{number} " * 60_000 for number in range(8)})
    read: list[str] = []

    def listen(name: str, _outcome: str, _error: object) -> None:
        read.append(name)
        if len(read) == stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(listen=listen)
    report = take()
    assert report.unchanged >= stop_after
    assert report.read + report.unchanged == 8
    assert take().unchanged == 8


def test_back_after_an_interruption(
    knowledge: Knowledge, acme: ClientScope, folder: Path, take: Take
) -> None:
    """An archive that changed, was read in part and changed back is known for what it is."""
    pack(folder / "pack.zip", a="budget", b="newsletter")
    first = (folder / "pack.zip").read_bytes()
    take()
    pack(folder / "pack.zip", a="quokka " * 200_000, b="quokka " * 200_000)

    def stop(_name: str, _outcome: str, _error: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(listen=stop)
    (folder / "pack.zip").write_bytes(first)
    take()
    assert texts(knowledge, acme) == {"pack.zip!/a.md": "budget", "pack.zip!/b.md": "newsletter"}


def test_members_limit(folder: Path, take: Take) -> None:
    """More files in an archive than the setting allows are refused as a whole, with its name."""
    pack(folder / "pack.zip", a="x", b="y", c="z")
    assert take(limits=Limits(members=2)).failed == [
        {"path": "pack.zip", "reason": "holds more than 2 files in all (limits.members)"}
    ]
