"""`savoir schedule`: what is to be run, and when."""

from pathlib import Path
from typing import Any

import pytest

REQUEST = "title: Letter\ndate: 2026-05-04\nlanguage: en\nitems: [items]\n"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Lima"])
def test_on_its_own_clock(savoir: Any, workspace: Any, tmp_path: Path, zone: str) -> None:
    """What is due at eight in a zone is listed as at eight, wherever the machine stands."""
    request = tmp_path / "request.yaml"
    request.write_text(REQUEST, "utf-8")
    at = ("-w", str(workspace.folder))
    assert savoir(*at, "client", "add", "acme").code == 0
    given = ("-g", "newsletter", "-i", str(request), "--cron", "0 8 * * *", "--zone", zone)
    said = savoir(*at, "schedule", "acme", "daily", *given)
    assert said.code == 0
    assert zone in said.out
    assert "8:00:00" in said.out
