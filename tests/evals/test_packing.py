"""How often shipped rules speak."""

from pathlib import Path

import pytest

from savoirfaire.errors import NotFoundError
from savoirfaire.evals.bench.packing import packing


def test_packing(tmp_path: Path) -> None:
    """Plain prose is left alone by rules that speak in worn sentences; rates are per 10,000."""
    (tmp_path / "a.md").write_text("The oven is lit at five. " * 9 + "A robust oven.", "utf-8")
    found = packing(tmp_path, "en")
    rules = found["rules"]
    assert found["words"] == 57
    assert rules["en-empty.VagueWords"]["written"] == pytest.approx(175.4)
    assert rules["en-generated.Openings"]["written"] == 0 < rules["en-generated.Openings"]["pasted"]


def test_no_texts(tmp_path: Path) -> None:
    """A folder without texts is an error."""
    with pytest.raises(NotFoundError):
        packing(tmp_path, "fr")
