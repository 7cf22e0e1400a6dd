"""A ledger with two clients, made once and copied: its migrations take longer than most tests."""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger


def ledger_at(place: Path | str) -> Engine:
    """A ledger at `place` with the clients acme and rival."""
    if isinstance(place, Path):
        place.write_bytes(_file())
        return open_database(place)
    return _filled(open_database(place))


def _filled(engine: Engine) -> Engine:
    for name in ("acme", "rival"):
        Ledger(engine).add_client(name, "en")
    return engine


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "ledger.db"
        _filled(open_database(place)).dispose()
        return place.read_bytes()
