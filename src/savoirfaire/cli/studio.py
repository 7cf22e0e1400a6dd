"""Everything a command may work with, opened from the settings in one place and closed in order."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import Engine

from savoirfaire.agents.model import Endpoint, Mode, open_gateway
from savoirfaire.cli.effects import due_maker
from savoirfaire.cli.shelf import open_embedder, open_index
from savoirfaire.graphs.budgets.limits import Budgets, defaults_of
from savoirfaire.graphs.budgets.paces import Pace
from savoirfaire.graphs.budgets.tariff import Tariff
from savoirfaire.graphs.budgets.till import Till
from savoirfaire.graphs.gates.policy import PolicyDesk
from savoirfaire.graphs.presence import Presence
from savoirfaire.graphs.registry import Office
from savoirfaire.graphs.runs import Runs
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.indexing import form_of
from savoirfaire.knowledge.ledger import Ledger
from savoirfaire.knowledge.store import Knowledge
from savoirfaire.settings import Settings
from savoirfaire.tools.outbox import Outbox
from savoirfaire.tools.recall import Recall, TapeUse
from savoirfaire.tools.tape import Tape
from savoirfaire.workspace import Workspace, load_secret


@asynccontextmanager
async def open_runs(
    workspace: Workspace,
    *,
    tape: Tape | None = None,
    missing: bool = False,
    recall: Literal["fixed", "live"] | None = None,
    late: bool = False,
    worker: int = 0,
) -> AsyncIterator[Runs]:
    """The runs of a workspace, with the model its settings name.

    `tape` and `recall` are used in place of what the settings name. `missing`: when recording, keep
    what is on the tape and still matches. `late`: open the model and the tape when they are first
    needed, so that nothing they lack keeps a person from reading and deciding. `worker`: be one,
    with so many slots.
    """
    settings = workspace.settings
    mode = settings.model.resolved_mode
    tape = open_tape(workspace, mode, late=late) if tape is None else tape
    engine = open_database(workspace.database)
    presence = Presence(
        engine,
        workspace.locks,
        kind="worker" if worker else "command",
        slots=worker or 1,
        stale=settings.runs.lease,
    )
    desk = PolicyDesk(engine, lambda: load_secret(workspace.secret))
    embedder = open_embedder(settings)
    index = open_index(workspace, form_of(embedder))
    with Knowledge(Ledger(engine), index, embedder) as knowledge:
        use = _tape_use(recall or settings.model.recall, mode, missing=missing)
        async with open_gateway(
            mode, endpoint(settings), tape, missing_only=missing, late=late
        ) as gateway:
            office = Office(
                gateway=gateway,
                recall=Recall(knowledge, tape=tape, use=use),
                outbox=Outbox(engine, workspace.outbox, hold=settings.effects.hold),
                till=open_till(settings, engine),
            )
            async with Runs(
                engine,
                office,
                checkpoints=workspace.states,
                locks=workspace.locks,
                desk=desk,
                make_due=due_maker(workspace, engine, desk),
                presence=presence,
                where="here" if worker else settings.runs.where,
            ) as runs:
                runs.trace_content = settings.log.trace_content
                yield runs


def open_till(settings: Settings, engine: Engine) -> Till:
    """The account of what models cost, with the prices and budgets of the settings."""
    model = settings.model
    provider = urlsplit(model.base_url or "").netloc
    return Till(
        engine,
        Budgets(engine, defaults_of(settings.budgets)),
        Tariff(settings.costs.prices, settings.costs.currency),
        Pace(
            engine,
            provider,
            requests=model.requests_per_minute,
            tokens=model.tokens_per_minute,
        ),
    )


def open_tape(workspace: Workspace, mode: Mode, *, late: bool = False) -> Tape | None:
    """The tape that the settings name, where the mode uses one; a late one is read when used."""
    if mode not in {"record", "replay"} or workspace.tape is None:
        return None
    load = Tape.load if mode == "replay" else Tape
    return _LateTape(workspace.tape, load) if late else load(workspace.tape)


class _LateTape(Tape):
    """A tape that is read when something of it is first asked for."""

    def __init__(self, path: Path, load: Callable[[Path], Tape]) -> None:
        self.path = path
        self._load_late = load

    def __getattr__(self, name: str) -> Any:
        """What a tape holds once it is read; reached only as long as it is not."""
        if "_entries" in self.__dict__ or name.startswith("__"):
            raise AttributeError(name)
        self.__dict__.update(vars(self._load_late(self.path)))
        return getattr(self, name)


def endpoint(settings: Settings) -> Endpoint:
    """The model's endpoint as the settings describe it."""
    model = settings.model
    return Endpoint(
        base_url=model.base_url,
        api_key=model.api_key,
        name=model.name,
        structured=model.structured,
        temperature=model.temperature,
        max_tokens=model.max_tokens,
        timeout=model.timeout,
        retries=model.retries,
    )


def _tape_use(recall: Literal["fixed", "live"], mode: Mode, *, missing: bool) -> TapeUse:
    if mode == "record":
        return "record-missing" if missing else "record"
    if mode == "replay" and recall == "fixed":
        return "replay"
    return "none"


def as_json(row: Any) -> dict[str, Any]:
    """A database row as plain data."""
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
