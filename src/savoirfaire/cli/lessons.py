"""`savoir lessons`: what reviewers' edits and choices teach, what to make of it, its effect."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.knowledge import Client
from savoirfaire.cli.messages import _, labelled, ngettext, number

if TYPE_CHECKING:
    from savoirfaire.agents.habits import Habit
    from savoirfaire.knowledge.scope import ClientScope
    from savoirfaire.knowledge.store import Knowledge


def lessons(
    ctx: typer.Context,
    client: Client,
    propose: Annotated[
        bool,
        typer.Option("--propose", help="Propose what is counted as records, for `savoir review`."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Count what reviewers keep changing, propose it for approval, and show what became of it."""
    from savoirfaire.cli.output import emit_json
    from savoirfaire.cli.shelf import open_knowledge

    with open_knowledge(open_workspace(ctx)) as knowledge:
        told = _told(knowledge, knowledge.ledger.scope(client), propose=propose)
    if as_json:
        emit_json(told)
    else:
        _page(client, told)


def _told(knowledge: "Knowledge", scope: "ClientScope", *, propose: bool) -> dict[str, Any]:
    """Everything, as plain data."""
    from savoirfaire.agents.habits import habits
    from savoirfaire.graphs.editions.choosing import taught
    from savoirfaire.graphs.improving import decided_editions, effects, propose_habits

    editions = decided_editions(knowledge.ledger, scope)
    proposed = propose_habits(knowledge, scope, _language(knowledge, scope)) if propose else []
    records = {habit.key: (record.id, str(record.status)) for habit, record in proposed}
    return {
        "client": scope.client,
        "editions": len(editions),
        "edited": sum(each.before != each.after for each in editions),
        "habits": [_habit(each, records) for each in habits(editions)],
        "effects": [
            {"key": each.key, "record": each.record.id, "since": each.record.decided_at}
            | dict(each.measured)
            for each in effects(knowledge, scope)
        ],
        "openings": [
            {"approach": each.approach, "over": list(each.over), "reason": each.reason}
            for each in taught(knowledge.ledger, scope)
        ],
    }


def _language(knowledge: "Knowledge", scope: "ClientScope") -> Any:
    """The language in which a client's rules are said: that of its brand, else of its record."""
    from savoirfaire.cli.messages import language

    brand = knowledge.brand(scope)
    return brand.brand.language if brand else language()


def _habit(habit: "Habit", records: dict[str, tuple[str, str]]) -> dict[str, Any]:
    record, status = records.get(habit.key, ("", ""))
    return {
        "key": habit.key,
        "trait": habit.trait,
        "thing": habit.thing,
        "instead": habit.instead,
        "times": habit.times,
        "chances": habit.chances,
        "places": habit.places,
        "runs": list(habit.runs),
        "record": record,
        "status": status,
    }


# --- the page -------------------------------------------------------------------------------------


def _page(client: str, told: dict[str, Any]) -> None:
    from savoirfaire.cli.output import line

    count = told["editions"]
    said = ngettext("{n} edition decided on", "{n} editions decided on", count)
    line(
        _("{client}: {editions}, of which {edited} edited.").format(
            client=client, editions=said.format(n=number(count)), edited=number(told["edited"])
        )
    )
    if not told["habits"]:
        line(_("Nothing was changed often enough to ask for a rule."))
    for each in told["habits"]:
        line(f"  {_sentence(each)}{_state(each)}")
    if any(each["status"] == "proposed" for each in told["habits"]):
        line(_("To decide on what is proposed: `savoir review {client}`.").format(client=client))
    elif told["habits"] and not any(each["record"] for each in told["habits"]):
        line(_("To propose them: `savoir lessons {client} --propose`.").format(client=client))
    for each in told["effects"]:
        line(f"  {_effect(each)}")
    _openings(told["openings"])


def _sentence(each: dict[str, Any]) -> str:
    words = {
        "mark": _("“{thing}” removed in {times} of {chances} editions that had it, {places} times"),
        "word": _("“{thing}” removed in {times} of {chances} editions that had it, {places} times"),
        "swap": _(
            "“{thing}” replaced by “{instead}” in {times} of {chances} editions that had it,"
            " {places} times"
        ),
        "sentence": _("sentences made shorter in {times} of {chances} editions"),
        "link": _("links removed in {times} of {chances} editions that had some, {places} of them"),
    }
    numbers = {key: number(each[key]) for key in ("times", "chances", "places")}
    return words[each["trait"]].format(thing=each["thing"], instead=each["instead"], **numbers)


def _state(each: dict[str, Any]) -> str:
    words = {
        "proposed": _("proposed"),
        "active": _("approved"),
        "rejected": _("turned down"),
    }
    return f"  [{words.get(each['status'], each['status'])} {each['record']}]" * bool(
        each["record"]
    )


def _effect(each: dict[str, Any]) -> str:
    def said(value: float | None) -> str:
        return "–" if value is None else number(round(value, 2))

    return _(
        "since the approval of “{key}”: {after} a draft over {m} editions, {before} before over {n}"
    ).format(
        key=each["key"],
        after=said(each["after"]),
        before=said(each["before"]),
        m=number(each["editions_after"]),
        n=number(each["editions_before"]),
    )


def _openings(chosen: list[dict[str, Any]]) -> None:
    from collections import Counter

    from savoirfaire.cli.arguments import approach_words
    from savoirfaire.cli.output import line

    won = Counter(each["approach"] for each in chosen)
    offered = Counter(name for each in chosen for name in (each["approach"], *each["over"]))
    if offered:
        line(_("Openings chosen, of the times they were offered:"))
        for name, times in offered.most_common():
            share = f"{number(won[name])}/{number(times)}"
            line("  " + labelled(approach_words(name), share))
