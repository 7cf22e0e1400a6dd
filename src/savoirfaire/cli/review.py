"""`savoir extract` and `savoir review`: from sources to proposals, and from these to records."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.given import read_text
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from savoirfaire.cli.board import Board, Contradictions, Filter
    from savoirfaire.knowledge.brandos.records import Record

Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Only this kind of record; may be repeated.")
]
Ids = list[str] | None


def extract(
    ctx: typer.Context,
    client: Client,
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="An ingested file or folder; may be repeated. By default every source but"
            " editions, items, tables and brand packs."
        ),
    ] = None,
    kind: Kinds = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read also what was read before and is unchanged.")
    ] = False,
    parts: Annotated[
        int, typer.Option(min=1, max=1000, help="At most so many calls of the model.")
    ] = 100,
    model: Annotated[
        Literal["replay", "offline", "live", "record"] | None,
        typer.Option(help="Where the model's replies come from; by default as in the settings."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Propose records of the Brand OS from a client's sources, each with exact quotes.

    A person decides on each: `savoir review`. Without a model, structured files alone fill records.
    """
    from savoirfaire.cli.extracting import extract_with

    request = {"sources": source or [], "kinds": kind or [], "again": again, "parts": parts}
    extract_with(open_workspace(ctx), client, request, mode=model, as_json=as_json)


def review(  # noqa: PLR0913, PLR0917 - one for each option
    ctx: typer.Context,
    client: Client,
    kind: Annotated[str, typer.Option(help="Only this kind of record.")] = "",
    source: Annotated[str, typer.Option(help="Only what quotes this file or folder.")] = "",
    author: Annotated[
        str, typer.Option(help="Only what was proposed by this author, such as extractor.")
    ] = "",
    accept: Annotated[
        Ids,
        typer.Option(metavar="ID", help="Accept it, also what was rejected; may be repeated."),
    ] = None,
    supersedes: Annotated[
        Ids, typer.Option(metavar="ID", help="The active record that the accepted one replaces.")
    ] = None,
    reject: Annotated[
        Ids,
        typer.Option(metavar="ID", help="Reject it, or take it back if active; may be repeated."),
    ] = None,
    supersede: Annotated[
        str, typer.Option(metavar="ID", help="The active record that --with takes the place of.")
    ] = "",
    holds: Annotated[
        str, typer.Option("--with", metavar="ID", help="The active record that holds.")
    ] = "",
    edit: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Make active what --file says in its place, proposed or active."
        ),
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="For --edit: the record in YAML or JSON.")
    ] = None,
    accept_all: Annotated[
        bool, typer.Option("--accept-all", help="Accept all that contradict nothing.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why.")] = "",
    by: Annotated[str, typer.Option(help="Who decides; by default the reviewer set.")] = "",
    as_json: Json = False,
) -> None:
    """Decide on proposed records, one at a time by keys, then on active ones that contradict.

    With a decision as an option, or --json, nothing is asked.
    """
    from savoirfaire.cli.board import Board, Filter
    from savoirfaire.cli.runs import decider
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    chosen = Filter(kind, source, author)
    asked = _Asked(
        accept or [],
        supersedes or [],
        reject or [],
        edit,
        file,
        accept_all,
        reason,
        supersede,
        holds,
    )
    asked.check()
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        board = Board(knowledge, scope, by.strip() or decider(workspace))
        if asked.decides:
            _decide(board, chosen, asked, as_json=as_json)
        elif as_json:
            from savoirfaire.cli.output import emit_json

            emit_json([_plain(board, each) for each in board.waiting(chosen)])
        else:
            _converse(board, chosen)


@dataclass(frozen=True)
class _Asked:
    """What the options decide."""

    accept: list[str]
    supersedes: list[str]
    reject: list[str]
    edit: str
    file: Path | None
    accept_all: bool
    reason: str
    supersede: str
    holds: str

    @property
    def decides(self) -> bool:
        """Whether anything is decided by options."""
        return bool(self.accept or self.reject or self.edit or self.accept_all or self.supersede)

    def check(self) -> None:
        """Raise RequestError for options that do not go together."""
        if self.reject and not self.reason.strip():
            raise RequestError("a rejection needs its reason", hint="Add --reason.")
        if bool(self.edit) != (self.file is not None):
            raise RequestError("an edit needs --edit and --file", hint="`savoir review --help`")
        if bool(self.supersede) != bool(self.holds):
            raise RequestError(
                "--supersede goes with --with", hint="Name both active records by their ids."
            )
        if self.supersedes and len(self.accept) + bool(self.edit) != 1:
            raise RequestError(
                "--supersedes goes with one proposal", hint="Decide on one proposal at a time."
            )


def _converse(board: "Board", chosen: "Filter") -> None:
    from savoirfaire.cli.asking import edited
    from savoirfaire.cli.keys import open_keys
    from savoirfaire.cli.reviewing import Reviewing
    from savoirfaire.cli.settling import settle

    keys = open_keys()
    session = Reviewing(board, keys, chosen, lambda text: edited(text, "record.yaml"))
    if session.desk.current is None:
        typer.echo(_("No proposal waits for a decision."))
    else:
        session.run()
        if session.desk.current is not None:  # left before the end
            return
    settle(board, keys, chosen)


def _decide(board: "Board", chosen: "Filter", asked: _Asked, *, as_json: bool) -> None:
    """Carry out the decisions given as options; the first that is refused ends the command."""
    from savoirfaire.cli.output import emit_json

    done: dict[str, list[str]] = {"accepted": [], "edited": [], "rejected": [], "left": []}
    done["superseded"] = []
    for each in asked.accept:
        done["accepted"].append(_accepted(board, each, asked).id)
    for each in asked.reject:
        done["rejected"].append(board.reject(each, asked.reason.strip()).id)
    if asked.edit and asked.file is not None:
        done["edited"].append(_edited(board, asked).id)
    if asked.supersede:
        board.replace(asked.supersede, asked.holds, asked.reason)
        done["superseded"].append(asked.supersede)
    if asked.accept_all:
        waiting = [each.id for each in board.waiting(chosen)]
        accepted, done["left"] = board.accept_all(waiting)
        done["accepted"] += accepted
    if as_json:
        emit_json(done)
        return
    words = {
        "accepted": _("accepted"),
        "edited": _("edited and accepted"),
        "rejected": _("rejected"),
        "superseded": _("superseded"),
        "left": _("left: they contradict active records"),
    }
    for verdict, ids in done.items():
        if ids:
            typer.echo(f"{words[verdict]}: {', '.join(ids)}")


def _accepted(board: "Board", record: str, asked: _Asked) -> "Record":
    """Accept a proposal; one that contradicts active records says which it replaces, or `none`."""
    again = board.record(record).status == "rejected"
    rivals = board.contradicts(record)
    if rivals and not asked.supersedes:
        raise _undecided(rivals, record)
    return board.accept(record, _named(asked), asked.reason, again=again)


def _edited(board: "Board", asked: _Asked) -> "Record":
    from savoirfaire.cli.yamltext import from_yaml

    assert asked.file is not None
    text = read_text(asked.file)

    def choose(rivals: "Contradictions") -> list[str] | None:
        if not rivals:
            return []
        return _named(asked) if asked.supersedes else None

    made = board.edit(asked.edit, from_yaml(text), choose=choose, reason=asked.reason)
    if made is None:
        raise _undecided(board.contradicts(asked.edit), asked.edit)
    return made


def _named(asked: _Asked) -> list[str]:
    return [each for each in asked.supersedes if each != "none"]


def _undecided(rivals: "Contradictions", record: str) -> RequestError:
    return RequestError(
        "{record} contradicts active records: {rivals}",
        record=record,
        rivals=", ".join(other.id for other, _fields in rivals) or "?",
        hint="Say which it replaces: --supersedes ID, or --supersedes none to keep them all.",
    )


def _plain(board: "Board", record: "Record") -> dict[str, Any]:
    """A proposal as plain data, with the path of each quote and what it contradicts."""
    view = board.view(record)
    data = record.as_json()
    for each in data["citations"]:
        each["path"] = view.sources[each["source"]].path
    rivals = [{"id": other.id, "fields": list(fields)} for other, fields in view.contradicts]
    return {**data, "title": record.title, "contradicts": rivals}
