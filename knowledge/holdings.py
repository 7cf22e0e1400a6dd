"""What a client's sources are when an ingest begins: files, and what each file holds."""

from collections.abc import Mapping
from typing import NamedTuple

from savoirfaire.knowledge.rows import Held, Known


class Holdings(NamedTuple):
    """`files` by name, with those that only hold others; `members` of each, by container.

    `held` is the hash with which a container was last read wholly; empty where it was not.
    """

    files: dict[str, Known]
    members: dict[str, dict[str, Known]]
    held: dict[str, str]

    @classmethod
    def of(cls, known: Mapping[str, Known], containers: Mapping[str, Held]) -> "Holdings":
        """Sort what the ledger knows."""
        files = {name: Known(each.sha256, "", each.origin) for name, each in containers.items()}
        members: dict[str, dict[str, Known]] = {}
        for name, each in known.items():
            if each.container is None:
                files[name] = each
            else:
                members.setdefault(each.container, {})[name] = each
                # Where an ingest was ended early, the container itself was not recorded yet.
                files.setdefault(each.container, Known("", "", each.origin))
        return cls(files, members, {name: each.sha256 for name, each in containers.items()})

    def add(self, name: str, known: Known) -> None:
        """Remember a source that is read now."""
        where = self.files if known.container is None else self.within(known.container)
        where[name] = known

    def within(self, name: str) -> dict[str, Known]:
        """What is known of the files in a container."""
        return self.members.setdefault(name, {})

    def sources(self, name: str) -> list[str]:
        """The names of every source that a file is or holds."""
        known = self.files.get(name)
        return [*([name] if known and known.kind else []), *self.within(name)]
