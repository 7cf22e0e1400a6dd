"""`savoir inbox`, `decide` and `hand-over`: what waits for a person, and their answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.given import read_text
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number
from savoirfaire.cli.runs import (
    OfClient,
    as_progress,
    decider,
    finish,
    follow,
    known_client,
    say_planted,
    status_words,
    when,
    with_runs,
)
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.workspace import Workspace

_PAGE = 50  # questions

Approval = Annotated[str, typer.Argument(metavar="APPROVAL", help="The approval's id.")]


def inbox(
    ctx: typer.Context,
    client: OfClient = None,
    mine: Annotated[
        bool, typer.Option("--mine", help="Only what is asked of you, or of nobody by name.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many at most; by default 50, in JSON all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what waits for a decision, oldest first; what is late is passed on, then expires."""
    from savoirfaire.cli.output import emit_json, line, note

    workspace = open_workspace(ctx)
    to = decider(workspace) if mine else None
    most = limit if as_json else limit or _PAGE

    async def read(opened: "Runs") -> tuple[int, list[str], list[dict[str, Any]], int]:
        only = known_client(opened, client)
        expired, late = opened.approvals.close_late(only)
        await _ended(opened, expired, quiet=True)
        found = [_listed(row) for row in opened.approvals.open(only, to=to, limit=most)]
        more = opened.approvals.count(only, to=to) - len(found) if len(found) == most else 0
        return len(late), [row.id for row in expired], found, more

    late, expired, found, more = with_runs(workspace, read)
    if as_json:
        emit_json(found)
        return
    for each in expired:
        said = _("{approval} expired: nobody answered, and it counts as rejected.")
        note(said.format(approval=each))
    if late:
        said = ngettext("{n} question is past its deadline.", "{n} are past their deadline.", late)
        note(said.format(n=number(late)))
    if not found:
        line(_("Nothing waits for a decision."))
        return
    _table(found)
    if more:
        said = ngettext(
            "{n} more waits: --limit N shows more.", "{n} more wait: --limit N shows more.", more
        )
        note(said.format(n=number(more)))


def _listed(row: "Row[Any]") -> dict[str, Any]:
    from savoirfaire.cli.studio import as_json as plain
    from savoirfaire.graphs.gates.answers import takes

    kind = row.request.get("kind", "approve")
    return {**plain(row), "kind": kind, "answers": takes(row.request)}


def _table(found: "list[dict[str, Any]]") -> None:
    from savoirfaire.cli.output import table

    columns = (
        *(_("approval"), _("client"), _("what is asked"), _("how"), _("asked of")),
        *(_("until"), _("since")),
    )
    rows = [
        (
            each["id"],
            each["client"],
            each["request"]["action_requests"][0]["description"],
            kind_words(each["request"]),
            each["assignee"] or "",
            when(each["expires_at"]) if each["expires_at"] else "",
            when(each["asked_at"]),
        )
        for each in found
    ]
    table(columns, rows)


def kind_words(request: "Mapping[str, Any]") -> str:
    """What kind of answer is asked for, in a word or two."""
    if request.get("first"):
        return _("a second approval")
    return {"choose": _("a choice"), "ask": _("an answer")}.get(
        request.get("kind", "approve"), _("an approval")
    )


def decide(
    ctx: typer.Context,
    approval: Approval,
    verdict: Annotated[
        Literal["approve", "edit", "reject", "choose", "respond", "withdraw"],
        typer.Argument(help="The decision; `withdraw` takes a stale question back."),
    ],
    option: Annotated[
        int | None, typer.Option("--option", "-o", min=1, help="To choose: the option's number.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            "-f",
            help="The text as it shall be, or a .json file of arguments; or the answer.",
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="Why; it is learned from. Or the answer itself.")
    ] = "",
    take: Annotated[
        str, typer.Option("--take", metavar="N,N", help="To edit: the proposed edits to make.")
    ] = "",
    others: Annotated[
        list[str] | None,
        typer.Option(
            "--with", help="Decide this approval too, at one stroke: together they are one review."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Answer an approval, or several at one stroke; their runs go on at once."""
    workspace = open_workspace(ctx)
    _check(verdict, option, file, take)
    if verdict == "withdraw":
        _withdraw(workspace, [approval, *(others or ())], reason, as_json=as_json)
        return
    if others:
        _decide_together(workspace, [approval, *others], verdict, reason, as_json=as_json)
        return

    async def work(runs: "Runs") -> "Progress":
        request = runs.approvals.get(approval).request
        words = read_text(file) if file is not None and verdict == "respond" else reason
        edits = _edits(request, option, file, take) if verdict in {"edit", "choose"} else None
        choice = option - 1 if option is not None else None
        decided = runs.approvals.decide(
            approval, verdict, by=decider(workspace), reason=words, edits=edits, choice=choice
        )
        if edits and not as_json:
            _say_breaches(runs, decided.client, edits)
        progress = await follow(runs, decided.run, quiet=as_json)
        _say_kept(progress)
        return progress

    finish(workspace, work, as_json=as_json, ask=False)


def hand_over(
    ctx: typer.Context,
    approval: Approval,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who shall decide.")],
    as_json: Json = False,
) -> None:
    """Ask somebody else to decide."""
    from savoirfaire.cli.output import emit_json, line

    if not name.strip():
        raise RequestError("nobody is named to hand {approval} over to", approval=approval)

    async def work(runs: "Runs") -> dict[str, Any]:
        return _listed(runs.approvals.hand_over(approval, name.strip()))

    row = with_runs(open_workspace(ctx), work)
    if as_json:
        emit_json(row)
    else:
        line(_("{approval} is asked of {who} now.").format(approval=row["id"], who=row["assignee"]))


# --- inside ---------------------------------------------------------------------------------------


def _check(verdict: str, option: int | None, file: Path | None, take: str) -> None:
    """Refuse options that the decision does not take, before anything is opened."""
    if take and (verdict != "edit" or file is not None):
        raise RequestError("--take goes with an edit, and without a file")
    if file is not None and verdict in {"approve", "reject", "withdraw"}:
        raise RequestError("only an edit takes a file", hint="`savoir decide --help`")
    if verdict == "edit" and file is None and not take:
        raise RequestError(
            "an edit needs the edited text", hint="`savoir decide APPROVAL edit --file FILE`"
        )
    if (option is not None) != (verdict == "choose"):
        raise RequestError(
            "a choice names an option, and nothing else does",
            hint="`savoir decide APPROVAL choose --option N`; `savoir show APPROVAL` lists them.",
        )


def _decide_together(
    workspace: "Workspace", several: list[str], verdict: str, reason: str, *, as_json: bool
) -> None:
    """Decide several approvals as one review, and work on each of their runs."""
    if verdict not in {"approve", "reject"}:
        raise RequestError(
            "several approvals are approved or rejected together, not {verdict}", verdict=verdict
        )

    async def work(runs: "Runs") -> tuple[list[str], list["Progress"]]:
        given: Any = verdict
        rows = runs.approvals.decide_together(several, given, by=decider(workspace), reason=reason)
        return [row.id for row in rows], await _ended(runs, rows, quiet=as_json)

    decided, ended = with_runs(workspace, work)
    _tell_several(several, decided, ended, as_json=as_json)


def _withdraw(workspace: "Workspace", several: list[str], reason: str, *, as_json: bool) -> None:
    """Take questions back, which count as rejected, and have their runs end."""
    from savoirfaire.cli.output import note

    async def work(runs: "Runs") -> tuple[list[str], list["Progress"]]:
        rows = runs.approvals.withdraw(several, by=decider(workspace), reason=reason)
        return [row.id for row in rows], await _ended(runs, rows, quiet=as_json)

    decided, ended = with_runs(workspace, work)
    if decided and not as_json:
        note(_("Withdrawn: it counts as rejected, so that no figure gets better by it."))
    _tell_several(several, decided, ended, as_json=as_json)


async def _ended(runs: "Runs", rows: "Sequence[Row[Any]]", *, quiet: bool) -> "list[Progress]":
    """Work on the runs of decided approvals."""
    return [await follow(runs, run, quiet=quiet) for run in dict.fromkeys(r.run for r in rows)]


def _tell_several(
    several: list[str], decided: list[str], ended: "list[Progress]", *, as_json: bool
) -> None:
    """Say what became of several approvals and their runs."""
    from savoirfaire.cli.output import emit_json, line, note

    late = [each for each in dict.fromkeys(several) if each not in decided]
    if as_json:
        runs = [as_progress(each, {}) for each in ended]
        emit_json({"decided": decided, "too_late": late, "runs": runs})
    else:
        for each in ended:
            line(_("{run}: {status}").format(run=each.run, status=status_words(each.status)))
            say_planted(each)
            _say_kept(each)
        for name in late:
            note(_("{approval} had been decided already.").format(approval=name))
    if late or any(each.status == "needs_attention" for each in ended):
        raise typer.Exit(1)


def _say_kept(progress: "Progress") -> None:
    from savoirfaire.cli.output import note

    if progress.status == "needs_attention":
        kept = _("Your answer is kept: `savoir resume {run}` goes on from it.")
        note(kept.format(run=progress.run))


def _say_breaches(runs: "Runs", client: str, edits: "Mapping[str, Any]") -> None:
    """Tell a person what their edit does against the brand's rules; the edit stands."""
    from savoirfaire.agents.checks import check_markdown
    from savoirfaire.cli.output import note

    brand = runs.knowledge.brand(runs.knowledge.ledger.scope(client))
    texts = [each for each in edits.values() if isinstance(each, str)]
    for breach in (b for text in texts for b in check_markdown(text, brand)) if brand else ():
        note(_("your edit: {message}").format(message=breach.message))


def _edits(
    request: "Mapping[str, Any]", option: int | None, file: Path | None, take: str
) -> dict[str, Any] | None:
    """The arguments as they shall be: of a .json file, or the one text that was shown."""
    from savoirfaire.graphs.gates.answers import text_of

    if take:
        return _taken(request, take)
    if file is None:
        return None
    if file.suffix.lower() == ".json":
        return _arguments(file)
    text = read_text(file)
    shown = request["action_requests"][0]["args"]
    options = shown.get("options", [])
    if option is not None:
        shown = options[option - 1] if option <= len(options) else {}
    name = text_of(shown)
    if name is None:
        raise RequestError(
            "this gate shows no single text to replace",
            hint="Give a .json file with the arguments to change.",
        )
    return {name: text}


def _taken(request: "Mapping[str, Any]", take: str) -> dict[str, Any]:
    """The text that was shown, with the proposed edits of these numbers made in it."""
    from savoirfaire.graphs.editions.patching import taken

    numbers = [each.strip() for each in take.split(",") if each.strip()]
    if not all(each.isascii() and each.isdecimal() for each in numbers):
        raise RequestError(
            "--take needs numbers, not {words}", words=take, hint="Such as `--take 1,3`."
        )
    offered = request.get("notes", {}).get("verdict", {}).get("patches", [])
    text = request["action_requests"][0]["args"].get("markdown", "")
    return {"markdown": taken(text, offered, {int(each) for each in numbers})}


def read_json(file: Path) -> Any:
    """What a JSON file holds. Raises RequestError where it is none."""
    import json

    try:
        return json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise RequestError("{file} is not valid JSON: {reason}", file=file, reason=error) from error


def _arguments(file: Path) -> dict[str, Any]:
    found = read_json(file)
    if not isinstance(found, dict):
        raise RequestError("{file} holds no arguments: it needs keys and values", file=file)
    return found
