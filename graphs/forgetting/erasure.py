"""An erasure: everything of a target goes, in an order in which it can be completed after a crash.

What is outside the ledger goes first, as long as the ledger can tell what it is; then the rows, in
one transaction with the tombstones; then the index, which holds no words, and the free pages and
logs of the databases. A note that is written before all tells the next attempt which runs went.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import select

from savoirfaire.errors import NotFoundError
from savoirfaire.graphs.forgetting import files
from savoirfaire.graphs.forgetting.certificates import Certificates, Note, naming
from savoirfaire.graphs.forgetting.finding import Finder
from savoirfaire.graphs.forgetting.target import Plan, Target
from savoirfaire.graphs.forgetting.threads import Threads, compact
from savoirfaire.graphs.forgetting.traces import unmentioned
from savoirfaire.graphs.leases import Leases
from savoirfaire.graphs.presence import Presence
from savoirfaire.graphs.queueing.late import LateTickets
from savoirfaire.knowledge import forgetting
from savoirfaire.knowledge.access import client_row
from savoirfaire.knowledge.database import connect, now, writing
from savoirfaire.knowledge.forgetting_names import nearest_person
from savoirfaire.knowledge.forgetting_people import forget_people
from savoirfaire.knowledge.schema import runs
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.knowledge.tombstones import Tombstones
from savoirfaire.workspace import Workspace, is_name, load_secret, within

REACHED = ("ledger", "index", "checkpoints", "outbox", "locks", "tapes", "logs")
OUT_OF_REACH = ("files outside the data folder", "backups and exports", "the model's endpoint")
_TAPE_ELSEWHERE = "the tape outside the workspace"
_SERVER = "what the index's server has not yet written anew"
_DATABASE = "what the database's server has not yet written anew, and its logs"


def _unheard(_plan: Plan) -> None:
    """Nobody listens."""


class Erasure:
    """Forgetting in a workspace, with nobody else at work for the client.

    Every method raises ScopeError for a client that does not exist, NotFoundError for a source that
    is not there, and BusyError where another process is at work for the client.
    """

    def __init__(self, workspace: Workspace, knowledge: Knowledge) -> None:
        self._workspace = workspace
        self._knowledge = knowledge
        self._engine = knowledge.ledger.engine
        self._threads = Threads(workspace.states)

    def plan(self, target: Target) -> Plan:
        """What would go; nothing is changed."""
        self._check(target, is_begun=False)
        return self._find(target, is_begun=False)[1]

    def forget(
        self, target: Target, *, by: str, listen: Callable[[Plan], None] = _unheard
    ) -> dict[str, Any]:
        """Make it go, and give the certificate. Asked for again, it completes what was begun.

        Raises NotFoundError, with nothing written, for a person of whom there is no mention.
        `listen` is told what goes, for a person to read.
        """
        stones, certificates = self._kept()
        is_begun = certificates.pending(target) is not None
        self._check(target, is_begun=is_begun)
        with self._knowledge.index.using(ClientScope(target.client)):
            finder, plan, at_work = self._find(target, is_begun=is_begun)
            with self._holding(target.client, {*plan.runs, *plan.redacted_runs, *at_work}):
                if not is_begun:
                    self._require(target, plan, stones)
                note = certificates.begin(target, self._now(), tuple(plan.runs))
                plan.runs = sorted({*plan.runs, *note.runs})
                self._forget_files(finder.target, finder, plan)
                self._forget_tickets(plan.runs)
                certificates.redact(target.client, finder.target.people)
                self._forget_rows(finder.target, plan, stones, note)
            self._knowledge.index.drop(ClientScope(target.client))
        self._knowledge.release()
        self._forget_places(target)
        self._compact()
        listen(plan)
        by = _hashed(by, finder.target, stones)
        return certificates.complete(note, self._now(), by, self._told(plan))

    def is_begun(self, target: Target) -> bool:
        """Whether the same was asked for before and did not come to its end."""
        return self._workspace.certificates.exists() and bool(self._kept()[1].pending(target))

    def _kept(self) -> tuple[Tombstones, Certificates]:
        key = load_secret(self._workspace.secret)
        stones = Tombstones(self._engine, key)
        return stones, Certificates(self._workspace.certificates, stones, key)

    def _check(self, target: Target, *, is_begun: bool) -> None:
        """Refuse a client that is not there, unless it is the one that is half gone."""
        with self._engine.connect() as connection:
            if not is_begun:
                client_row(connection, ClientScope(target.client).client)

    def _find(self, target: Target, *, is_begun: bool) -> tuple[Finder, Plan, list[str]]:
        with self._engine.connect() as connection:
            finder = Finder(self._workspace, connection, target)
            plan = finder.plan(is_begun=is_begun)
            if named := len(naming(self._workspace.certificates, finder.target.people)):
                plan.rows["certificates"] = named
            return finder, plan, finder.at_work()

    def _require(self, target: Target, plan: Plan, stones: Tombstones) -> None:
        """Refuse a person of whom there is nothing, and never was: the name may be another."""
        if target.kind != "person" or not plan.is_empty:
            return
        name, client = target.names[0], ClientScope(target.client)
        if stones.redact(client, name) != name:
            return
        with self._engine.connect() as connection:
            nearest = nearest_person(connection, client, name)
        raise NotFoundError(
            "{client} has no mention of {name}{near}",
            client=target.client,
            name=name,
            near=nearest,
            hint="Nothing was changed. Give the name as the sources write it.",
        )

    @contextmanager
    def _holding(self, client: str, names: Iterable[str]) -> Iterator[None]:
        """Keep runs from being worked on: what one has read may not be written down yet."""
        presence = Presence(self._engine, self._workspace.locks)
        states = connect(self._workspace.states)
        leases = Leases(states, presence.id, presence.is_gone)
        with ExitStack() as held:
            held.callback(states.dispose)
            held.callback(presence.leave)
            presence.enter()
            for run in sorted(filter(is_name, names)):
                lease = leases.take(f"{client}:{run}")
                held.callback(leases.release, lease)
            yield

    # --- what goes ------------------------------------------------------------------------------

    def _forget_files(self, target: Target, finder: Finder, plan: Plan) -> None:
        for tape in files.tapes(self._workspace)[0]:
            files.rewrite_tape(tape, finder.changes)
        for log in files.logs(self._workspace):
            files.drop_lines(log, finder.is_told_of)
        for run in plan.runs:
            files.drop_run(self._workspace, target.client, run)
            self._threads.delete(target.client, run)
        for run in plan.redacted_runs:
            for path in files.published(self._workspace, target.client, run):
                files.redact_file(path, target.people)
            self._threads.change(target.client, run, lambda v: unmentioned(v, target.people))

    def _forget_tickets(self, names: Iterable[str]) -> None:
        """What the queue keeps of runs: their ids and their client's name."""
        with self._engine.connect() as connection:
            of = select(runs.c.id, runs.c.turn).where(runs.c.id.in_(list(names)), runs.c.turn > 0)
            known = connection.execute(of).all()
        tickets = [f"{run}:{turn + 1}" for run, turns in known for turn in range(turns)]
        if tickets:
            queue = LateTickets(self._engine)
            queue.opened.forget(tickets)
            queue.close()

    def _forget_rows(self, target: Target, plan: Plan, stones: Tombstones, note: Note) -> None:
        values = {"source": plan.hashes, "person": target.names, "client": [target.client]}
        with writing(self._engine) as connection:
            said = {"forgotten_at": now(connection), "certificate": note.id}
            graves = stones.graves(target.client, target.kind, values[target.kind], said)
            forgetting.bury(connection, graves)
            if target.kind == "client":
                forgetting.forget_client(connection, target.client)
                return
            scope = ClientScope(target.client)
            forgetting.forget_runs(connection, scope, plan.runs)
            if target.kind == "source":
                forgetting.forget_sources(connection, scope, plan.source_ids)
            else:
                forget_people(connection, scope, target.people, stones)

    def _forget_places(self, target: Target) -> None:
        """The folders and the lock that are named after a client; embeddings of its mail, always.

        A text may be guessed from its embedding, which can be had again.
        """
        for meanings in within(self._workspace.data, "triage", target.client).glob("meanings-*"):
            files.drop(meanings)
        if target.kind == "client":
            files.drop(within(self._workspace.outbox, target.client))
            files.drop(within(self._workspace.index, target.client))
            for made in ("triage", "panels"):
                files.drop(within(self._workspace.data, made, target.client))
            within(self._workspace.index, f"{target.client}.lock").unlink(missing_ok=True)

    def _compact(self) -> None:
        self._engine.dispose()
        for place in dict.fromkeys((self._workspace.database, self._workspace.states)):
            compact(place)

    # --- what is told ---------------------------------------------------------------------------

    def _told(self, plan: Plan) -> dict[str, Any]:
        more = []
        if files.tapes(self._workspace)[1]:
            more.append(_TAPE_ELSEWHERE)
        if self._workspace.settings.index.engine == "server":
            more.append(_SERVER)
        if isinstance(self._workspace.database, str):
            more.append(_DATABASE)
        return {
            "counts": plan.counts(),
            "reached": list(REACHED),
            "out_of_reach": [*OUT_OF_REACH, *more],
        }

    def _now(self) -> str:
        with self._engine.connect() as connection:
            return now(connection)


def _hashed(by: str, target: Target, stones: Tombstones) -> str:
    """Who forgot, by name, unless they are the one who is forgotten."""
    if target.people.spans(by):
        return stones.hash("target", target.client, by)
    return by
