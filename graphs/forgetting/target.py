"""What is to be forgotten, and what would go with it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from savoirfaire.errors import RequestError
from savoirfaire.knowledge.mentions import Mentions, variants
from savoirfaire.knowledge.tombstones import Kind


@dataclass(frozen=True)
class Target:
    """Sources of a client by name, a person by every name they have, or the client itself."""

    kind: Kind
    client: str
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a target that names nothing."""
        if self.kind != "client" and not self.names:
            raise RequestError("this needs a name of what is to be forgotten")
        for name in self.names:
            if not name.strip("/ ") or (self.kind == "person" and not variants(name)):
                raise RequestError(
                    "{name} names nothing", name=repr(name), hint="Give a path, or a person's name."
                )

    @cached_property
    def people(self) -> Mentions:
        """The mentions to look for; none but of a person."""
        return Mentions.of(self.names if self.kind == "person" else ())

    def also(self, names: Iterable[str]) -> "Target":
        """The same with more names."""
        return replace(self, names=(*self.names, *names))


@dataclass
class Plan:
    """What an erasure takes away: names, to be shown to a person and written nowhere, and counts.

    `runs` go whole, with their `published` files; `redacted_runs` lose mentions only. `records` and
    `facts` go because nothing else carries them. `quoting` are other sources with the same lines,
    which stay. `rows` counts what else changes or goes, by table. `addresses` were found beside a
    person's name and go with it; `remaining` may be the same person's: in how many sources each is.
    """

    sources: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    facts: int = 0
    runs: list[str] = field(default_factory=list)
    redacted_runs: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    tape_entries: int = 0
    log_lines: int = 0
    quoting: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    remaining: dict[str, int] = field(default_factory=dict)
    source_ids: list[str] = field(default_factory=list, repr=False)
    hashes: list[str] = field(default_factory=list, repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would go."""
        return not any(count for name, count in self.counts().items() if name != "remaining")

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain data, for a person."""
        told = asdict(self)
        del told["source_ids"], told["hashes"]
        return told

    def counts(self) -> dict[str, int]:
        """The plan without a name."""
        told = self.as_dict()
        counts = {
            key: value if isinstance(value, int) else len(value)
            for key, value in told.items()
            if key != "rows"
        }
        return {**counts, **{f"rows.{table}": count for table, count in self.rows.items()}}
