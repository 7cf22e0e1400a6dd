"""What people are told of a campaign: what each part cost, and which results are awaited."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from savoirfaire.cli.messages import _, day, number

if TYPE_CHECKING:
    from savoirfaire.cli.brandmodel import Section
    from savoirfaire.graphs.campaigning.expecting import Awaited
    from savoirfaire.graphs.runs import Runs
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge
    from savoirfaire.workspace import Workspace

GRAPH = "campaign"


def with_members(workspace: "Workspace", client: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """A campaign's request with the members of the panel that it names.

    Raises NotFoundError where there is no such panel.
    """
    from savoirfaire.cli.panel import members_of

    name = request.get("panel")
    if not name or request.get("members"):
        return dict(request)
    return {**request, "members": members_of(workspace, client, str(name))}


def gone_out(runs: "Runs", rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Of runs with something rejected in them, those of which something was published."""
    from sqlalchemy import select

    from savoirfaire.knowledge.schema import effects

    rejected = [each["id"] for each in rows if each["outcome"] == "rejected"]
    made = select(effects.c.run).where(effects.c.run.in_(rejected), effects.c.made_at.is_not(None))
    with runs.engine.connect() as connection:
        return set(connection.scalars(made))


def known_awaited(knowledge: "Knowledge", scope: "ClientScope", run: str = "") -> "list[Awaited]":
    """The results that a client's campaigns await today; of one run where named."""
    from savoirfaire.graphs.campaigning.expecting import awaited

    today = datetime.now(UTC).astimezone().date().isoformat()
    return awaited(knowledge, scope, today=today, run=run)


def awaited_words(each: Mapping[str, Any]) -> str:
    """One expectation in words: what, until when, and what came."""
    from savoirfaire.cli.brandwords import metric_words

    unit = f" {each['unit']}" if each["unit"] else ""
    hoped = f" ({number(each['value'])}{unit})" if each["value"] is not None else ""
    what = f"{each['channel']}, {metric_words(each['metric'])}{hoped}"
    by = day(date.fromisoformat(each["by"]))
    if each["standing"] == "arrived":
        return _("arrived: {what}: {value}").format(
            what=what, value=f"{number(each['came'])}{unit}"
        )
    if each["standing"] == "overdue":
        return _("overdue since {day}: {what}").format(day=by, what=what)
    return _("awaited by {day}: {what}").format(day=by, what=what)


def awaited_section(found: "Sequence[Awaited]") -> "Section":
    """The expectations as a section of the client's page."""
    from savoirfaire.cli.brandmodel import Line, Section

    lines = [Line(awaited_words(each.as_dict()), label=each.title, bullet=True) for each in found]
    return Section(_("Results awaited"), list(lines))


def parts_spent(data: Mapping[str, Any]) -> Iterator[str]:
    """What each graph inside a run was asked for, a line each."""
    from savoirfaire.cli.runs import step_words

    by_part = data.get("usage_by_part", {}) if data["model"] != "offline" else {}
    for name, usage in by_part.items():
        yield "  " + _("{part}: {calls} calls, {read} tokens read, {written} written").format(
            part=step_words(name) if name else _("the campaign itself"),
            calls=number(usage["calls"]),
            read=number(usage["input_tokens"]),
            written=number(usage["output_tokens"]),
        )
