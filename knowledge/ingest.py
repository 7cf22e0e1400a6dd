"""Ingestion: files and folders into a client's knowledge.

Doing it again changes nothing. Only a file's own new words take the place of its old ones: one of
the same name in another folder is another source (`origins`). A file that cannot be read is named
in the report with the reason, and the others go on. What the report counts as read is kept,
whatever happens afterwards. Nothing is removed but what the file that held it holds no longer;
files that vanished are offered for removal.
"""

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from savoirfaire.errors import SavoirError
from savoirfaire.knowledge.arrivals import Listener, Options, Outcome, Report
from savoirfaire.knowledge.describing import KIND, KIND_FOLDERS
from savoirfaire.knowledge.holdings import Holdings
from savoirfaire.knowledge.intake import Intake
from savoirfaire.knowledge.ledger import source_id
from savoirfaire.knowledge.mentions import Mentions
from savoirfaire.knowledge.origins import packs_last
from savoirfaire.knowledge.readers import Limits, Readers, find_files
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Forgotten
from savoirfaire.knowledge.vanishing import vanished

__all__ = ["KIND_FOLDERS", "Listener", "Outcome", "Report", "ingest", "remove_files"]

NOTHING = Forgotten(frozenset(), Mentions())


def ingest(
    knowledge: Knowledge,
    scope: ClientScope,
    paths: Sequence[Path],
    *,
    limits: Limits | None = None,
    kind: str = "",
    forgotten: Forgotten = NOTHING,
    allow_forgotten: bool = False,
    listen: Listener | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Report:
    """Read `paths` into the client's knowledge and report on every file.

    `kind` says what all these files are (`edition`, `item`, `document`, …); by default each file's
    front matter or folder says it. `brand` lets a brand.toml replace one that was read from
    elsewhere. `forgotten` (`Tombstones.of`) is refused and left out. `advance` is called after each
    file. Files that vanished are only reported: `remove_files` removes them.
    """
    started = time.monotonic()
    options = Options(limits or Limits(), _checked(kind), forgotten, allow_forgotten, listen)
    intake = Intake(knowledge, scope, options)
    with Readers(options.limits) as readers:
        for path, name in packs_last(find_files(list(paths))):
            intake.take(readers, path, name)
            advance()
        intake.keep()
    intake.report.without_vectors = knowledge.complete(scope)
    intake.report.vanished = vanished(intake, paths)
    intake.report.seconds = round(time.monotonic() - started, 3)
    return intake.report


def remove_files(knowledge: Knowledge, scope: ClientScope, names: Collection[str]) -> int:
    """Remove what was read from files, by name, with all they held; how many sources went."""
    ledger = knowledge.ledger
    holdings = Holdings.of(ledger.known(scope), ledger.containers(scope))
    gone = {path: None for name in names for path in holdings.sources(name)}
    if gone:
        knowledge.remove(scope, [source_id(scope, path) for path in gone])
    if held := {name: None for name in names if name in holdings.held}:
        ledger.hold(scope, held)
    return len(gone)


def _checked(kind: str) -> str:
    if kind and not KIND.fullmatch(kind):
        raise SavoirError(
            "files cannot be of the kind {kind}",
            kind=repr(kind),
            hint="Use a lower-case word such as edition or item; a brand pack is named brand.toml.",
        )
    return kind
