"""`savoir forget`."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, labelled, ngettext, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from savoirfaire.graphs.forgetting import Target
    from savoirfaire.graphs.forgetting.target import Plan

_SHOWN = 20


def forget(
    ctx: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The client's name.")],
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Forget this source, or folder; may be repeated."),
    ] = None,
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Forget every mention of this person.")
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Another name or address of the person."),
    ] = None,
    whole: Annotated[bool, typer.Option("--client", help="Forget all of the client.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")] = False,
    as_json: Json = False,
) -> None:
    """Forget a source, a person or a client: every byte of them in the data folder, for ever."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.runs import decider
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.graphs.forgetting import Erasure

    target = _target(client, source or [], person, also or [], whole=whole)
    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        erasure = Erasure(workspace, knowledge)
        if dry_run:
            _show(erasure.plan(target), as_json=as_json)
            return
        by = decider(workspace)
        if not yes and not erasure.is_begun(target):
            _ask(erasure.plan(target), as_json=as_json)
        plans: list[Plan] = []
        certificate = erasure.forget(target, by=by, listen=plans.append)
    if as_json:
        emit_json(certificate)
        return
    path = workspace.certificates / f"{certificate['id']}.json"
    typer.echo(_("Forgotten. The certificate is in {file}.").format(file=path))
    typer.echo(_("Not reached: {places}.").format(places=", ".join(_places(certificate))))
    for plan in plans:
        _show_names(plan)


def _target(
    client: str, sources: list[str], person: str | None, also: list[str], *, whole: bool
) -> "Target":
    from savoirfaire.errors import RequestError
    from savoirfaire.graphs.forgetting import Target
    from savoirfaire.knowledge.scope import check_name

    check_name(client)
    if sum((bool(sources), person is not None, whole)) != 1 or (also and person is None):
        raise RequestError(
            "say one thing to forget: sources, a person, or the client",
            hint="`savoir forget --help`",
        )
    if whole:
        return Target("client", client)
    if person is not None:
        return Target("person", client, (person, *also))
    return Target("source", client, tuple(sources))


def _ask(plan: "Plan", *, as_json: bool) -> None:
    """Show what would go, and go on only with a person's yes."""
    from savoirfaire.errors import RequestError

    if not sys.stdin.isatty():
        raise RequestError(
            "there is nobody to ask here",
            hint="`--dry-run` says what would go; `--yes` forgets it without asking.",
        )
    if plan.is_empty:
        return  # the erasure says that there is nothing, and asks nobody
    if not as_json:
        _show(plan, as_json=False)
    typer.confirm(_("Forget this for ever?"), abort=True, err=as_json)


def _show(plan: "Plan", *, as_json: bool) -> None:
    from savoirfaire.cli.output import emit_json

    if as_json:
        emit_json(plan.as_dict())
        return
    if plan.is_empty:
        typer.echo(_("nothing"))
    _list(_("sources"), plan.sources)
    _list(_("records that nothing else carries"), plan.records)
    _list(_("runs, with all that they published"), plan.runs)
    _list(_("published files that go"), plan.published)
    _list(_("runs that lose the mentions"), plan.redacted_runs)
    _count(ngettext("{n} fact goes", "{n} facts go", plan.facts), plan.facts)
    entries = plan.tape_entries
    _count(ngettext("{n} exchange on tape", "{n} exchanges on tape", entries), entries)
    _count(ngettext("{n} line of a log", "{n} lines of logs", plan.log_lines), plan.log_lines)
    for name, count in _counted(plan.rows).items():
        typer.echo(labelled(name, number(count)))
    if plan.quoting:
        _list(_("other sources with the same lines, which stay"), plan.quoting)
    _show_names(plan)


def _counted(rows: "Mapping[str, int]") -> dict[str, int]:
    """How much goes of what people know of; all else together, at the end."""
    words = _rows()
    told = {words[table]: count for table, count in sorted(rows.items()) if table in words}
    rest = sum(count for table, count in rows.items() if table not in words)
    return told | ({_("other entries"): rest} if rest else {})


def _rows() -> dict[str, str]:
    """What the tables that people know of hold."""
    return {
        "approvals": _("approvals"),
        "decisions": _("decisions"),
        "effects": _("effects"),
        "events": _("events of runs"),
        "facts": _("facts"),
        "lessons": _("lessons"),
        "passages": _("passages"),
        "records": _("records"),
        "runs": _("runs"),
        "sources": _("sources"),
    }


def _show_names(plan: "Plan") -> None:
    """Print the addresses that go with a person's name, and what may be the same person's."""
    _list(_("addresses beside the name, which go with it"), plan.addresses)
    left = [f"{word} ({number(count)})" for word, count in plan.remaining.items()]
    _list(_("still there, in so many sources; if it is the same person, add it with --also"), left)


def _list(title: str, names: list[str]) -> None:
    from savoirfaire.cli.output import printable

    if not names:
        return
    typer.echo(labelled(title, number(len(names))))
    for name in names[:_SHOWN]:
        typer.echo(f"  {printable(name)}")
    if len(names) > _SHOWN:
        typer.echo(_("  and {n} more").format(n=number(len(names) - _SHOWN)))


def _count(text: str, count: int) -> None:
    if count:
        typer.echo(text.format(n=number(count)))


def _places(certificate: dict[str, Any]) -> list[str]:
    words = {
        "files outside the data folder": _("files outside the data folder"),
        "backups and exports": _("backups and exports"),
        "the model's endpoint": _("the model's endpoint"),
        "the tape outside the workspace": _("the tape outside the workspace"),
        "what the index's server has not yet written anew": _(
            "what the index's server has not yet written anew"
        ),
        "what the database's server has not yet written anew, and its logs": _(
            "what the database's server has not yet written anew, and its logs"
        ),
    }
    return [words.get(each, each) for each in certificate["out_of_reach"]]
