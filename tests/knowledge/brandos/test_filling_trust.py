"""What nobody laid down is not active by itself: what came in other files, tables in documents."""

import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from savoirfaire.knowledge.brandos.store import BrandOS
from savoirfaire.knowledge.ingest import ingest
from savoirfaire.knowledge.readers import markdown, table
from savoirfaire.knowledge.readers.document import Limits
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from tests.knowledge.brandos.conftest import Put

ROWS = [("Date", "Channel", "Open rate"), ("2025-01-06", "mail", "99 %")]
CSV = "".join(",".join(row) + "\n" for row in ROWS)
PIPED = "".join(f"| {' | '.join(row)} |\n" for row in (ROWS[0], ("---",) * 3, ROWS[1]))
EDITION = "---\nkind: edition\ntitle: Ours\ndate: 2025-01-06\n---\n\n# Ours\n\n- One thing\n"


@pytest.mark.parametrize(
    ("path", "written", "container", "active"),
    [
        ("results.csv", CSV, None, 1),
        ("in/RESULTS.CSV", CSV, None, 1),
        ("mail.eml!/results.csv", CSV, "mail.eml", 0),
        ("pack.zip!/a.eml!/results.csv", CSV, "pack.zip", 0),
        ("note.md", f"# Note\n\n{PIPED}", None, 0),
    ],
)
def test_series(
    brand_os: BrandOS,
    acme: ClientScope,
    put: Put,
    path: str,
    written: str,
    container: str | None,
    active: int,
) -> None:
    """Only a table that a person took in as a file is a series at once; others are proposed."""
    read = markdown if path.endswith(".md") else table
    put(acme, path, read.read(written.encode(), Limits()), container=container)
    filled = brand_os.fill(acme)
    assert (filled.active, filled.proposed) == (active, 1 - active)
    assert len(brand_os.list(acme)) == active


@pytest.mark.parametrize(("container", "active"), [(None, 1), ("mail.eml", 0)])
def test_edition(
    brand_os: BrandOS, acme: ClientScope, put: Put, container: str | None, active: int
) -> None:
    """An edition that came in another file is proposed, whatever it says of itself."""
    put(acme, "past/ours.md", EDITION, kind="edition", container=container)
    filled = brand_os.fill(acme)
    assert (filled.active, filled.proposed) == (active, 1 - active)


def _mail(path: Path) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@stranger.example", "Your figures"
    message["Date"] = "Mon, 3 Mar 2025 10:00:00 +0000"
    message.set_content(f"Look.\n\n{PIPED}")
    for name, words in (("newsletter.csv", CSV), ("edition.md", EDITION), ("brand.toml", "[b]")):
        message.add_attachment(words.encode(), "application", "octet-stream", filename=name)
    path.write_bytes(message.as_bytes())


@pytest.mark.parametrize("more", [{}, {"kind": "edition"}])
def test_a_stranger_brings_it(
    knowledge: Knowledge, acme: ClientScope, tmp_path: Path, more: dict[str, Any]
) -> None:
    """Whatever a mail brings along, alone or in an archive, waits for a person."""
    (tmp_path / "in").mkdir()
    _mail(tmp_path / "in" / "a.eml")
    with zipfile.ZipFile(tmp_path / "in" / "pack.zip", "w") as archive:
        archive.write(tmp_path / "in" / "a.eml", "past/b.eml")
        archive.writestr("newsletter.csv", CSV.replace("99", "98"))
    ingest(knowledge, acme, [tmp_path / "in"], **more)
    knowledge.brand_os.fill(acme)
    active = {(each.author, each.kind) for each in knowledge.brand_os.list(acme)}
    assert active <= {("a.eml", "past_edition")}  # the mail itself, where a person says so
    assert len(knowledge.brand_os.list(acme, status="proposed")) > 1
