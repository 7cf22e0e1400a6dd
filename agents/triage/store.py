"""The models of triage of each client: versions, each judged before it takes the place of the last.

A model knows hashes of words and no words. What people correct is kept in the ledger, as lessons of
the graph `inbox`, with the mail's own id and never its text; it is forgotten with the mail.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from savoirfaire.agents.triage.counting import count, together
from savoirfaire.agents.triage.files import Examples, packed, unpacked, written
from savoirfaire.agents.triage.heads import FAILED, Heads, Meanings
from savoirfaire.agents.triage.meaning import MeaningStore, keys_of
from savoirfaire.agents.triage.model import ERROR, Learned, learn
from savoirfaire.errors import TriageError
from savoirfaire.knowledge.access import changing, reading
from savoirfaire.knowledge.database import now
from savoirfaire.knowledge.embedding import Embedder
from savoirfaire.knowledge.scope import ClientScope, client_of
from savoirfaire.workspace import within

FOLDER = "triage"
GRAPH = "inbox"
KEPT = 10
"""Versions whose files are kept."""

WORSE = "{gap} fewer of {count} messages are routed rightly"
"""Why a version is refused."""

LACKING = "{count} of {examples} examples have none; give those again with --from"
NO_BETTER = "held out, {both} are routed rightly with them, and {words} without"
"""Why a version has learned from words alone, though embeddings are set."""

_FEW = 0.1  # of the examples, that may have no embedding
_DROP = 0.02  # of accuracy on the same messages, that no new version may lose
_FILE = re.compile(r"v\d{4,8}\.npz")


@dataclass(frozen=True)
class Version:
    """A version as it is listed. `status` says whether it is used, was, or was found worse.

    `dense` says whether it learned from embeddings too, those of `embedder`, of `size` numbers;
    `without` why not, though they were set. `accuracy` and `handled` are what is reached with all
    that it learned from.
    """

    number: int
    file: str
    sha256: str
    learned_at: str
    examples: int
    routes: int
    accuracy: float
    handled: float
    error: float
    dense: bool
    status: Literal["active", "replaced", "refused"]
    reason: str = ""
    embedder: str = ""
    size: int = 0
    without: str = ""


@dataclass(frozen=True)
class _New:
    """What was learned from all that there is, the model of it, and why not from embeddings."""

    learned: Learned
    heads: Heads
    examples: Examples
    without: str = ""


class TriageStore:
    """The versions of a workspace's clients. Every method raises ScopeError without a client."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._meanings = MeaningStore(engine, folder)

    def versions(self, scope: ClientScope) -> list[Version]:
        """Every version, the newest first. Raises TriageError where the list is damaged."""
        with reading(self._engine, scope):
            return sorted(self._listed(scope), key=lambda each: -each.number)

    def load(self, scope: ClientScope) -> tuple[Heads, Examples] | None:
        """The version in use, with its examples; None before anything was learned."""
        active = next((each for each in self.versions(scope) if each.status == "active"), None)
        return None if active is None else unpacked(self._data(scope, active))

    def meanings(
        self, scope: ClientScope, texts: Sequence[str], embedder: Embedder | None
    ) -> Meanings:
        """The embeddings of a client's texts, asked for where they are not remembered."""
        return self._meanings.of(scope, texts, embedder)

    def learn(
        self,
        scope: ClientScope,
        labelled: Mapping[str, str],
        *,
        error: float = ERROR,
        embedder: Embedder | None = None,
    ) -> Version:
        """Learn from texts and their routes, with what was learned before, into a new version.

        A text that was known goes to its new route. With an `embedder` it learns by embeddings too,
        where nearly all examples have one and it does no worse so. The new version is used unless
        it does worse than the last on the messages that both were judged on, each with what is set
        now.
        """
        before = self.load(scope)
        made = _examples(before, labelled)
        words = learn(made.counts, made.labels, error=error)
        told = self._meanings.of(scope, list(labelled), embedder, keys=made.keys)
        new = _new(made, words, told, error)
        reason = _worse(before, (new.heads, new.examples), told.embedder) if before else ""
        return self._kept(scope, new, error, reason)

    def _kept(self, scope: ClientScope, new: _New, error: float, reason: str) -> Version:
        data = packed(new.heads, new.examples)
        with changing(self._engine, scope) as connection:
            listed = self._listed(scope)
            number = max((each.number for each in listed), default=0) + 1
            version = Version(
                number,
                f"v{number:04}.npz",
                hashlib.sha256(data).hexdigest(),
                now(connection),
                len(new.examples.owners),
                len(new.heads.routes),
                round(new.learned.accuracy, 4),
                new.learned.handled,
                error,
                dense=new.heads.both is not None,
                status="refused" if reason else "active",
                reason=reason,
                embedder=new.heads.embedder,
                size=new.heads.size,
                without=new.without,
            )
            written(self._place(scope) / version.file, data)
            if not reason:
                listed = [_replaced(each) for each in listed]
            self._list(scope, [*listed, version])
        return version

    def use(self, scope: ClientScope, number: int) -> Version:
        """Use another version from now on. Raises TriageError where there is none."""
        with changing(self._engine, scope):
            listed = self._listed(scope)
            wanted = next((each for each in listed if each.number == number), None)
            if wanted is None or not (self._place(scope) / wanted.file).is_file():
                raise TriageError("there is no version {number}", number=number)
            unpacked(self._data(scope, wanted))
            rest = [_replaced(each) for each in listed if each.number != number]
            chosen = Version(**{**asdict(wanted), "status": "active"})
            self._list(scope, [*rest, chosen])
        return chosen

    # --- files ------------------------------------------------------------------------------------

    def _place(self, scope: ClientScope) -> Path:
        return within(self._folder, client_of(scope))

    def _data(self, scope: ClientScope, version: Version) -> bytes:
        try:
            data = (self._place(scope) / version.file).read_bytes()
        except OSError as error:
            raise TriageError(
                "version {number} cannot be read: {reason}",
                number=version.number,
                reason=error.strerror,
            ) from error
        if hashlib.sha256(data).hexdigest() != version.sha256:
            raise TriageError(
                "the file of version {number} is not the one that was written; it is not used",
                number=version.number,
            )
        return data

    def _listed(self, scope: ClientScope) -> list[Version]:
        path = self._place(scope) / "versions.json"
        if not path.is_file():
            return []
        try:
            listed = [Version(**each) for each in json.loads(path.read_text("utf-8"))]
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise TriageError("the list of versions is damaged") from error
        if not all(_FILE.fullmatch(str(each.file)) for each in listed):
            raise TriageError("the list of versions is damaged")
        return listed

    def _list(self, scope: ClientScope, versions: Sequence[Version]) -> None:
        """Write the list; files of old versions go, that of the one in use never."""
        ordered = sorted(versions, key=lambda each: each.number)
        text = json.dumps([asdict(each) for each in ordered], indent=1)
        written(self._place(scope) / "versions.json", text.encode())
        for each in ordered[:-KEPT]:
            if each.status != "active":
                (self._place(scope) / each.file).unlink(missing_ok=True)


# --- examples -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Made:
    counts: Any
    labels: list[str]
    keys: NDArray[np.uint64]

    def owners(self, learned: Learned) -> NDArray[np.int32]:
        places = {route: place for place, route in enumerate(learned.triage.routes)}
        return np.array([places[label] for label in self.labels], np.int32)


def _examples(before: tuple[Heads, Examples] | None, labelled: Mapping[str, str]) -> _Made:
    """What was learned from before but for what is labelled anew, then that."""
    texts = list(labelled)
    keys, labels = keys_of(texts), [labelled[text] for text in texts]
    counts = count(texts)
    if before is None:
        return _Made(counts, labels, keys)
    heads, old = before
    stays = ~np.isin(old.keys, keys)
    kept = [heads.routes[owner] for owner in old.owners[stays]]
    return _Made(
        together(old.counts.rows(np.flatnonzero(stays)), counts),
        [*kept, *labels],
        np.concatenate([old.keys[stays], keys]),
    )


def _new(made: _Made, words: Learned, told: Meanings, error: float) -> _New:
    """The model by words, and by embeddings too where nearly all have one and it is no worse so.

    What was learned from a mail that is forgotten has its counts, and no embedding any more.
    """
    examples = Examples(made.counts, made.owners(words), made.keys, words.right)
    alone = _New(words, Heads(words.triage), examples)
    if not told.embedder:
        return alone
    lacking = int((~told.there).sum())
    if lacking > _FEW * len(made.keys):
        few = LACKING.format(count=lacking, examples=len(made.keys))
        return replace(alone, without=FAILED.format(reason=told.reason) if told.reason else few)
    both = learn(made.counts, made.labels, error=error, dense=told.vectors)
    if both.accuracy < words.accuracy:
        shares = {"both": f"{both.accuracy:.1%}", "words": f"{words.accuracy:.1%}"}
        return replace(alone, without=NO_BETTER.format(**shares))
    heads = Heads(words.triage, both.triage, told.embedder, told.size)
    return _New(both, heads, replace(examples, both=both.right))


def _worse(old: tuple[Heads, Examples], new: tuple[Heads, Examples], embedder: str) -> str:
    """Why the new version is not to be used; empty where it may be.

    Both are judged on the messages that both learned from, each held out, by what each would route
    them with while the embeddings of this name are set. More than two points less is worse, where
    chance would hardly do it (a sign test at 5 %).
    """
    both, ours, theirs = np.intersect1d(new[1].keys, old[1].keys, return_indices=True)
    if not len(both):
        return ""
    now_right, then_right = _right(*new, embedder)[ours], _right(*old, embedder)[theirs]
    lost, won = int((then_right & ~now_right).sum()), int((now_right & ~then_right).sum())
    drop = (lost - won) / len(both)
    if drop <= _DROP or _by_chance(lost, won) >= 0.05:  # noqa: PLR2004 - 5 %
        return ""
    return WORSE.format(gap=f"{drop:.1%}", count=len(both))


def _right(heads: Heads, examples: Examples, embedder: str) -> NDArray[np.bool_]:
    if examples.both is not None and embedder == heads.embedder:
        return examples.both
    return examples.right


def _by_chance(lost: int, won: int) -> float:
    """The chance of losing so many or more where losing is as likely as winning."""
    from scipy.stats import binom  # noqa: PLC0415 - heavy

    return float(binom.sf(lost - 1, lost + won, 0.5))


def _replaced(version: Version) -> Version:
    if version.status != "active":
        return version
    return Version(**{**asdict(version), "status": "replaced"})
