"""Saved panels: who is asked, by where they stand, in versions that are never changed.

A panel's file has ids, shares and numbers; the traits stay in the ledger and are read when somebody
is asked, so that what was forgotten or withdrawn is asked no more.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from savoirfaire.agents.personas.evidence import Persona, from_records, from_table
from savoirfaire.agents.personas.sampling import Margins, shares
from savoirfaire.agents.triage.files import written
from savoirfaire.errors import NotFoundError, PanelError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.nearest import near
from savoirfaire.knowledge.scope import ClientScope, check_name, client_of
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.workspace import within

FOLDER = "panels"


@dataclass(frozen=True)
class Panel:
    """A panel as saved. `margins` is what was wanted, `reached` what the members have."""

    name: str
    version: int
    made_at: str
    seed: int
    members: tuple[str, ...]
    margins: dict[str, dict[str, float]]
    reached: dict[str, dict[str, float]]


class PanelStore:
    """The panels of a workspace's clients. Every method raises ScopeError without a client."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    def save(
        self, scope: ClientScope, name: str, people: Sequence[Persona], margins: Margins, seed: int
    ) -> Panel:
        """Save a panel as its next version. Raises ScopeError for a name that is none."""
        check_name(name)
        with changing(self._engine, scope) as connection:
            version = max((each.version for each in self._all(scope, name)), default=0) + 1
            reached = {key: value for key, value in shares(people).items() if key in margins}
            wanted = {key: dict(value) for key, value in margins.items()}
            members = tuple(person.id for person in people)
            panel = Panel(name, version, now(connection), seed, members, wanted, reached)
            path = self._place(scope) / f"{name}.v{version:04}.json"
            written(path, json.dumps(asdict(panel), ensure_ascii=False, indent=1).encode())
        return panel

    def saved(self, scope: ClientScope) -> list[Panel]:
        """Every version of every panel."""
        with reading(self._engine, scope):
            return self._all(scope, "*")

    def get(self, scope: ClientScope, name: str, version: int | None = None) -> Panel:
        """A panel, the newest version unless one is asked for. Raises NotFoundError."""
        found = [each for each in self.saved(scope) if each.name == name]
        found = [each for each in found if version in {None, each.version}]
        if not found:
            names = {each.name for each in self.saved(scope)}
            raise NotFoundError(
                "{client} has no panel {name}{near}",
                client=scope.client,
                name=name,
                near=near(name, names),
                hint="`savoir panel make` makes one.",
            )
        return max(found, key=lambda each: each.version)

    def _place(self, scope: ClientScope) -> Path:
        return within(self._folder, client_of(scope))

    def _all(self, scope: ClientScope, name: str) -> list[Panel]:
        try:
            return [
                _panel(json.loads(path.read_text("utf-8")))
                for path in sorted(self._place(scope).glob(f"{name}.v*.json"))
            ]
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise PanelError("a saved panel is damaged") from error


def people_of(knowledge: Knowledge, scope: ClientScope) -> list[Persona]:
    """Everybody known of a client: the personas of its Brand OS.

    A persona of whom no trait is known is nobody: whoever spoke for it would make it up.
    """
    paths = {row.id: str(row.path) for row in knowledge.ledger.sources(scope)}
    records = knowledge.brand_os.list(scope, kind="audience_persona")
    return [each for each in from_records(records, paths) if each.traits]


def find_personas(
    knowledge: Knowledge, scope: ClientScope, ids: Sequence[str]
) -> tuple[list[Persona], int]:
    """The personas with these ids that are still there, in order, and how many are not."""
    known = {person.id: person for person in people_of(knowledge, scope)}
    for source in dict.fromkeys(each.split(":")[0] for each in ids if ":" in each):
        try:
            known |= {person.id: person for person in from_table(knowledge, scope, source)}
        except NotFoundError:
            continue  # forgotten or removed: its people are counted as gone
    found = [known[each] for each in ids if each in known]
    return found, len(ids) - len(found)


def _panel(data: dict[str, Any]) -> Panel:
    known = {**data, "members": tuple(map(str, data["members"])), "version": int(data["version"])}
    return Panel(**known)
