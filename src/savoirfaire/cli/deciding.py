"""`savoir inbox`, `decide` and `hand-over`: what waits for a person, and their answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

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
    from collections.abc import Mapping

    from sqlalchemy import Row

    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.workspace import Workspace

Approval = Annotated[str, typer.Argument(metavar="APPROVAL", help="The approval's id.")]


def inbox(
    ctx: typer.Context,
    client: OfClient = None,
    mine: Annotated[
        bool, typer.Option("--mine", help="Only what is asked of you, or of nobody by name.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List what waits for a decision, oldest first; what is past its deadline is passed on."""
    from savoirfaire.cli.output import emit_json, line, note

    workspace = open_workspace(ctx)

    async def read(opened: "Runs") -> tuple[int, list[dict[str, Any]]]:
        only = known_client(opened, client)
        late = opened.approvals.escalate(only)
        return len(late), [_listed(row) for row in opened.approvals.open(only)]

    late, found = with_runs(workspace, read)
    if mine:
        me = decider(workspace)
        found = [each for each in found if each["assignee"] in {None, "", me}]
    if as_json:
        emit_json(found)
        return
    if late:
        said = ngettext("{n} question is past its deadline.", "{n} are past their deadline.", late)
        note(said.format(n=number(late)))
    if not found:
        line(_("Nothing waits for a decision."))
        return
    _table(found)


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
        Literal["approve", "edit", "reject", "choose", "respond"],
        typer.Argument(help="The decision."),
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
    _check(verdict, option, file)
    if others:
        _decide_together(workspace, [approval, *others], verdict, reason, as_json=as_json)
        return

    async def work(runs: "Runs") -> "Progress":
        request = runs.approvals.get(approval).request
        words = _read(file) if file is not None and verdict == "respond" else reason
        edits = _edits(request, option, file) if verdict in {"edit", "choose"} else None
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


def _check(verdict: str, option: int | None, file: Path | None) -> None:
    """Refuse options that the decision does not take, before anything is opened."""
    if file is not None and verdict in {"approve", "reject"}:
        raise RequestError("only an edit takes a file", hint="`savoir decide --help`")
    if verdict == "edit" and file is None:
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
    from savoirfaire.cli.output import emit_json, line, note

    if verdict not in {"approve", "reject"}:
        raise RequestError(
            "several approvals are approved or rejected together, not {verdict}", verdict=verdict
        )

    async def work(runs: "Runs") -> tuple[list[str], list["Progress"]]:
        given: Any = verdict
        rows = runs.approvals.decide_together(several, given, by=decider(workspace), reason=reason)
        ended = [
            await follow(runs, run, quiet=as_json) for run in dict.fromkeys(r.run for r in rows)
        ]
        return [row.id for row in rows], ended

    decided, ended = with_runs(workspace, work)
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
            note(_("{approval} had been decided by somebody else.").format(approval=name))
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
    request: "Mapping[str, Any]", option: int | None, file: Path | None
) -> dict[str, Any] | None:
    """The arguments as they shall be: of a .json file, or the one text that was shown."""
    from savoirfaire.graphs.gates.answers import text_of

    if file is None:
        return None
    if file.suffix.lower() == ".json":
        return _arguments(file)
    text = _read(file)
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


def read_json(file: Path) -> Any:
    """What a JSON file holds. Raises RequestError where it is none."""
    import json

    try:
        return json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise RequestError("{file} is not valid JSON: {reason}", file=file, reason=error) from error


def _arguments(file: Path) -> dict[str, Any]:
    found = read_json(file)
    if not isinstance(found, dict):
        raise RequestError("{file} holds no arguments: it needs keys and values", file=file)
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(
            "{file} cannot be read: {reason}", file=file, reason=type(error).__name__
        ) from error
