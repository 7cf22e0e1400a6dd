"""Panels of synthetic personas, beside what people answered.

`savoir panel`: `make`, `list`, `ask`, `report`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, decimal, language, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.agents.personas.store import PanelStore
    from savoirfaire.graphs.runs import Progress, Runs
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.workspace import Workspace

Measure = Literal["purchase_intent", "liking", "clarity", "credibility", "relevance", "novelty"]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The panel's name.")]


def make(
    ctx: typer.Context,
    client: Client,
    name: Name,
    source: Annotated[
        str,
        typer.Option(
            "--from", help="An ingested survey, a row each; else the Brand OS's personas."
        ),
    ] = "",
    size: Annotated[int, typer.Option(min=0, help="How many are asked; 0: everybody.")] = 0,
    margin: Annotated[
        list[str] | None,
        typer.Option(metavar="TRAIT=VALUE:SHARE", help="A share that the panel is to have."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another draw.")] = 0,
    as_json: Json = False,
) -> None:
    """Draw a panel from people that are known, in stated shares, and save it as a new version."""
    from dataclasses import asdict

    from savoirfaire.agents.personas.evidence import from_table
    from savoirfaire.agents.personas.sampling import drawn
    from savoirfaire.agents.personas.store import people_of
    from savoirfaire.cli.output import emit_json, line, table
    from savoirfaire.cli.shelf import open_knowledge
    from savoirfaire.tools.recall import named

    margins = _margins(margin or [])
    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        people = people_of(knowledge, scope)
        if source:
            rows = knowledge.ledger.sources(scope)
            people = from_table(knowledge, scope, named(scope, rows, source)[0])
        chosen = drawn(people, size or len(people), margins, seed=seed)
        saved = _store(workspace, knowledge).save(scope, name, chosen, margins, seed)
    if as_json:
        emit_json(asdict(saved))
        return
    said = ngettext("{n} persona", "{n} personas", len(chosen)).format(n=number(len(chosen)))
    line(_("{name}, version {v}: {said}").format(name=name, v=saved.version, said=said))
    reached = [
        (trait, value, number(share), number(saved.reached.get(trait, {}).get(value, 0.0)))
        for trait, values in margins.items()
        for value, share in values.items()
    ]
    if reached:
        table((_("trait"), _("value"), _("wanted"), _("reached")), reached)


def panels(ctx: typer.Context, client: Client, as_json: Json = False) -> None:
    """List a client's saved panels."""
    from dataclasses import asdict

    from savoirfaire.cli.output import emit_json, table
    from savoirfaire.cli.runs import when
    from savoirfaire.cli.shelf import open_knowledge

    workspace = open_workspace(ctx)
    with open_knowledge(workspace) as knowledge:
        found = _store(workspace, knowledge).saved(knowledge.ledger.scope(client))
    if as_json:
        emit_json([asdict(each) for each in found])
        return
    rows = [(e.name, str(e.version), number(len(e.members)), when(e.made_at)) for e in found]
    table((_("panel"), _("version"), _("personas"), _("made")), rows)


def ask(
    ctx: typer.Context,
    client: Client,
    name: Name,
    shown: Annotated[list[str], typer.Argument(metavar="TEXT…", help="What they are shown.")],
    measure: Annotated[Measure, typer.Option(help="What is asked about it.")] = "purchase_intent",
    checks: Annotated[
        bool, typer.Option("--checks", help="Ask again: as before, in other words, flattered.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the first report as an HTML page.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show texts to a panel, and tell what it says; without a language model, nobody is asked."""
    from savoirfaire.cli.runs import decider, follow, with_runs

    workspace = open_workspace(ctx)
    request = {
        "members": members_of(workspace, client, name),
        "shown": shown,
        "measure": measure,
        "language": workspace.settings.language,
        "checks": checks,
        "panel": name,
    }

    async def work(runs: "Runs") -> tuple["Progress", dict[str, Any]]:
        scope = runs.knowledge.ledger.scope(client)
        run = runs.submit(scope, "panel", request, by=decider(workspace))
        progress = await follow(runs, run, quiet=True)
        return progress, await runs.state(run) or {}

    _tell_asked(*with_runs(workspace, work, {"late": False}), html=html, as_json=as_json)


def report(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="A panel's, JSON or CSV.")],
    survey: Annotated[
        Path | None, typer.Option(metavar="CSV", help="What people voted on the same question.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML page.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what a panel answered, and how far it may be trusted."""
    from savoirfaire.agents.panel.report import report as made
    from savoirfaire.agents.panel.survey import read_answers, read_survey
    from savoirfaire.cli.output import emit_json, line

    told = made(read_answers(answers), read_survey(survey) if survey else None)
    if html is not None:
        from savoirfaire.cli.panelpage import page

        html.write_text(page(told, answers.stem, language()), encoding="utf-8")
    if as_json:
        emit_json({key: value for key, value in told.items() if key != "phrases"})
        return
    _tell(told)
    if html is not None:
        line(_("The report: {file}").format(file=html))


def _tell_asked(
    progress: "Progress", state: dict[str, Any], *, html: Path | None, as_json: bool
) -> None:
    from savoirfaire.cli.messages import abstained_words, say
    from savoirfaire.cli.output import emit_json, line, note

    reports = state.get("reports", [])
    told = {"run": progress.run, "status": progress.status, "gone": state.get("gone", 0)}
    told |= {"abstained": state.get("abstained", ""), "reports": reports}
    if as_json:
        emit_json(told)
    elif state.get("abstained") and state.get("reactions"):
        line(abstained_words(state["abstained"]))
    elif state.get("abstained"):
        line(_("Nobody was asked: reactions are not made up without a language model."))
        note(_("Set model.base_url in savoir.toml to use a language model."))
    elif progress.reason:
        note(say(progress.fault) if progress.fault else progress.reason)
    for each in [] if as_json else reports:
        line(f"\n{each['shown']}")
        _tell(each)
        if each["rated_by"].startswith("lexical"):
            note(_("Rated by shared words, without embeddings: it knows no meaning."))
    if html is not None and reports:
        from savoirfaire.cli.panelpage import page

        html.write_text(page(reports[0], reports[0]["shown"], language()), encoding="utf-8")
    if progress.status == "needs_attention":
        raise typer.Exit(1)


def _margins(written: list[str]) -> dict[str, dict[str, float]]:
    """Shares as they are written: `Age Range=25-34:0.3`."""
    found: dict[str, dict[str, float]] = {}
    for each in written:
        trait, sign, rest = each.partition("=")
        value, colon, share = rest.rpartition(":")
        try:
            found.setdefault(trait.strip(), {})[value.strip()] = float(share)
        except ValueError:
            colon = ""
        if not (sign and colon):
            raise typer.BadParameter(_("a margin is written TRAIT=VALUE:SHARE"))
    return found


def members_of(workspace: "Workspace", client: str, name: str) -> list[str]:
    """The ids of a saved panel's members. Raises NotFoundError."""
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(workspace) as knowledge:
        scope = knowledge.ledger.scope(client)
        return list(_store(workspace, knowledge).get(scope, name).members)


def _store(workspace: "Workspace", knowledge: "Knowledge") -> "PanelStore":
    from savoirfaire.agents.personas.store import FOLDER, PanelStore

    return PanelStore(knowledge.ledger.engine, workspace.data / FOLDER)


def _tell(told: dict[str, Any]) -> None:
    from savoirfaire.cli.output import line, table
    from savoirfaire.cli.panelpage import NAMES, phrase

    line(_(told["verdict"]))
    for each in told.get("phrases") or told["reasons"]:
        line(f"  - {phrase(each)}")
    people = told["people"] or {}
    keys = (("n", _("answers")), ("mean", _("mean")), ("sd", _("standard deviation")))
    rows = [(name, _number(told["panel"][key]), _number(people.get(key))) for key, name in keys]
    table(("", _("panel"), _("people")), rows)
    if told["comparison"]:
        table(
            (_("figure"), _("value")),
            [(_(NAMES[k]), _number(told["comparison"][k])) for k in NAMES],
        )
    read = told["panel"]["columns"]["vote"]
    line(_("read as the vote: {column}").format(column=read))


def _number(value: Any) -> str:
    if isinstance(value, list):
        return " – ".join(map(_number, value))
    if isinstance(value, float) and 0 < abs(value) < 0.001:  # noqa: PLR2004 - shown as 0 else
        return decimal(f"{value:.1e}")
    return "–" if value is None else number(value)


group = typer.Typer()
group.command()(make)
group.command("list")(panels)
group.command()(ask)
group.command()(report)
