"""`savoir rules`: a client's own rules, each proved by its examples before it holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.groups import ListsByDefault
from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, labelled, ngettext, short_day

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Citation, Record

By = Annotated[str, typer.Option(help="Who decides; by default the reviewer set.")]

group = typer.Typer(cls=ListsByDefault)


@group.command("list")
def list_rules(
    ctx: typer.Context,
    client: Client,
    name: Annotated[str, typer.Argument(help="Show this rule with its history.")] = "",
    as_json: Json = False,
) -> None:
    """List a client's rules, or show one with all that became of it."""
    from savoirfaire.cli.output import emit_json, line, table
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.errors import NotFoundError

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        found = knowledge.brand_os.list(scope, kind="rule")
        proposed = knowledge.brand_os.list(scope, kind="rule", status="proposed")
        every = [*found, *(each for each in proposed if each not in found)]
        if name:
            chosen = [each for each in every if name in {each.id, each.data.plain()["name"]}]
            if not chosen:
                raise NotFoundError("{client} has no rule {name}", client=client, name=name)
            every = knowledge.brand_os.history(scope, chosen[0].id)
    if as_json:
        emit_json([each.as_json() for each in every])
        return
    titles = (_("id"), _("rule"), _("level"), _("status"), _("from"), _("until"), _("by"))
    table(titles, [_row(each) for each in every])
    if name:
        line(every[-1].data.plain()["body"])


def _row(record: "Record") -> list[str]:
    data = record.data.plain()
    return [
        record.id,
        data["name"],
        data["level"],
        _status(record.status),
        short_day(record.valid_from),
        short_day(record.valid_to),
        record.decided_by or record.author,
    ]


def _status(status: str) -> str:
    return {
        "active": _("active"),
        "proposed": _("proposed"),
        "rejected": _("turned down"),
        "superseded": _("replaced"),
        "expired": _("ended"),
    }.get(status, status)


@group.command("add")
def add_rule(
    ctx: typer.Context,
    client: Client,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.yml", help="A rule in Vale's format, with examples.")
    ],
    name: Annotated[str, typer.Option(help="Its name; by default the file's.")] = "",
    reason: Annotated[str, typer.Option(help="Why it holds.")] = "",
    since: Annotated[str, typer.Option(metavar="DATE", help="From when on it holds.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Before when it holds.")] = "",
    source: Annotated[str, typer.Option(metavar="ID", help="The source that asks for it.")] = "",
    quote: Annotated[str, typer.Option(help="The words there that ask for it.")] = "",
    by: By = "",
) -> None:
    """Add a rule to a client; it holds at once, in place of the one of its name, if it passes.

    Its examples stand beside the other keys: `examples: {bad: […], good: […]}`.
    """
    from savoirfaire.cli.output import line
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.cli.workspace import reviewer

    workspace = open_workspace(ctx)
    data = _data(file, name, reason)
    who = by or reviewer(workspace)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        brand_os = knowledge.brand_os
        rests = _rests(source, quote)
        record = brand_os.propose(
            scope,
            "rule",
            data,
            citations=rests,
            author=who,
            valid_from=since or None,
            valid_to=until or None,
        )
        if record.status == "proposed":
            olds = [each for each, _fields in brand_os.contradictions(scope, record.id)]
            record = brand_os.accept(
                scope, record.id, by=who, supersedes=[each.id for each in olds], reason=reason
            )
    line(_("The rule {name} holds for {client}.").format(name=data["name"], client=client))


def _rests(source: str, quote: str) -> "list[Citation]":
    from savoirfaire.knowledge.brandos.records import Citation

    return [Citation(source=source, quote=quote, field="/body")] if source and quote else []


def _data(file: Path, name: str, reason: str) -> dict[str, Any]:
    """The record's data in a file: the rule, and the examples beside it."""
    import yaml

    from savoirfaire.errors import ReadError, UnreadableRuleError
    from savoirfaire.knowledge.rules import definitions

    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError("{file} cannot be read as UTF-8 text", file=str(file)) from error
    mapping = definitions.loaded(text, str(file))
    examples = mapping.pop("examples", {})
    context = str(mapping.pop("context", "")).lower() in {"true", "yes"}
    if not isinstance(examples, dict) or examples.keys() - {"bad", "good"}:
        raise UnreadableRuleError(
            "{file}: `{key}`: must have bad and good", file=str(file), key="examples"
        )
    level = mapping.pop("level", "suggestion" if context else "warning")
    return {
        "name": name or file.stem,
        "body": yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False),
        "level": level,
        "reason": reason,
        "bad": examples.get("bad") or [],
        "good": examples.get("good") or [],
        "context": context,
    }


@group.command("test")
def run_examples(ctx: typer.Context, client: Client, as_json: Json = False) -> None:
    """Run every example of a client's rules; exit code 1 where one comes out otherwise."""
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.knowledge.brandos.rulings import failing

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        rules = [each.data.plain() for each in knowledge.brand_os.list(scope, kind="rule")]
    failed = [(data["name"], kind, text) for data in rules for kind, text in failing(data)]
    if as_json:
        emit_json([{"rule": rule, "kind": kind, "text": text} for rule, kind, text in failed])
    else:
        for rule, kind, text in failed:
            line(labelled(rule, labelled(kind, text)))
        said = ngettext("{count} rule tested", "{count} rules tested", len(rules))
        line(said.format(count=len(rules)))
    if failed:
        raise typer.Exit(1)


@group.command("export")
def export_rules(
    ctx: typer.Context,
    client: Client,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the style is written.")],
) -> None:
    """Write a client's rules as a Vale style, with the .vale.ini that uses it."""
    from savoirfaire.cli.output import line
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.knowledge.brandos.rulings import exported

    with open_knowledge(open_workspace(ctx)) as knowledge:
        scope = knowledge.ledger.scope(client)
        records = knowledge.brand_os.list(scope, kind="rule")
    for path in exported(records, folder, client):
        line(str(path))


@group.callback()
def rules() -> None:
    """A client's rules: list, add, test and export them, each with its history."""
