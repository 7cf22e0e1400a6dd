"""`savoir gates` and `savoir audit`: where the gates stand, and what people may do about it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from savoirfaire.cli.invocation import Json, open_workspace
from savoirfaire.cli.messages import _, ngettext, number
from savoirfaire.errors import RequestError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from savoirfaire.graphs.gates.book import Book
    from savoirfaire.graphs.gates.policy import PolicyDesk
    from savoirfaire.graphs.gates.views import View
    from savoirfaire.workspace import Workspace

Key = Annotated[str, typer.Argument(metavar="GATE", help="The gate: CLIENT/GRAPH/GATE.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; it is kept with your name.")]


def gates(
    ctx: typer.Context,
    client: Annotated[str | None, typer.Option(help="Only the gates of this client.")] = None,
    graph: Annotated[str | None, typer.Option(help="Only the gates of this graph.")] = None,
    fdr: Annotated[
        float | None,
        typer.Option(
            "--fdr",
            metavar="SHARE",
            help="Name the gates to step up together, at most this share of them wrongly, as 0.1.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the gates: how much is reviewed, and how many clean reviews until the next step."""
    if ctx.invoked_subcommand is not None:
        return
    from savoirfaire.cli.output import emit_json, note, table

    with _book(open_workspace(ctx)) as book:
        views, stopped = book.views(client, graph), book.is_stopped()
        offered = None if fdr is None else book.together(fdr, client)
    if as_json:
        told = {"stopped": stopped, "gates": [view.as_dict() for view in views]}
        emit_json(told if offered is None else {**told, "together": offered})
        return
    if stopped:
        note(_("Stopped: nothing passes any gate, until `savoir gates start-all`."))
    if not views:
        typer.echo(_("Nothing has come to a gate yet."))
        return
    columns = (_("gate"), _("reviewed"), _("reviews"), _("passed"), _("escapes"), _("next step"))
    table(
        columns,
        [
            (
                view.key,
                percent(view.rate),
                number(view.reviewed),
                number(view.passed),
                number(view.escapes),
                next_words(view),
            )
            for view in views
        ],
    )
    if offered is not None and fdr is not None:
        _tell_together(offered, fdr)


def _tell_together(offered: list[str], share: float) -> None:
    """Which gates may be stepped up at one sitting."""
    from savoirfaire.cli.output import line

    line("")
    if not offered:
        line(_("None may be stepped up together under this promise."))
        return
    said = _("Stepped up together, at most {share} of these are lifted wrongly, on average:")
    line(said.format(share=percent(share)))
    for key in offered:
        line(f"  savoir gates step-up {key}")


def show(
    ctx: typer.Context,
    key: Key,
    svg: Annotated[
        Path | None, typer.Option(help="Write the plot of the evidence to this file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a gate: its promise, where it stands, and the evidence over time."""
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.plots import steps_svg, steps_text
    from savoirfaire.graphs.gates.evidence.policies import preset

    with _book(open_workspace(ctx)) as book:
        view, moments = book.view(key), book.moments(key)
    heard = [each.log_weight for each in moments]
    needed = [each.log_needed for each in moments]
    if svg is not None:
        title = _("Evidence at {gate}").format(gate=key)
        svg.write_text(steps_svg(title, heard, needed), encoding="utf-8")
    if as_json:
        emit_json(
            {
                **view.as_dict(),
                "moments": [
                    {
                        "at": each.at,
                        "kind": each.kind,
                        "log_weight": round(each.log_weight, 6),
                        "log_needed": round(each.log_needed, 6),
                        "rate": each.rate,
                    }
                    for each in moments
                ],
            }
        )
        return
    line(view.key)
    meaning = preset(view.policy).meaning
    line(_(meaning.template).format(**meaning.values) if meaning.template else "")
    line("")
    if view.pooled_with:
        line(_("Counted together with {gate}.").format(gate=view.pooled_with))
    line(_("Under review: {share} of the items.").format(share=percent(view.rate)))
    line(next_sentence(view))
    if view.last_fall:
        line(_("Sent back last because of: {why}.").format(why=fall_words(view.last_fall)))
    line("")
    for each in steps_text(heard, needed):
        line(each)
    line(_("─ evidence, ┄ what the next step needs (logarithms)"))


def step_up(
    ctx: typer.Context,
    key: Key,
    share: Annotated[
        float | None, typer.Option(help="The share under review that you agree to, as 0.5.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Agree to the next step that the evidence allows: fewer items are reviewed."""
    _changed(ctx, as_json, lambda book, by: book.step_up(key, by=by, rate=share))


def step_down(
    ctx: typer.Context,
    key: Key,
    share: Annotated[
        float, typer.Option(help="The share of items to review from now on, as 0.5.")
    ] = 1.0,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Have more items reviewed from now on, by default all of them."""
    _changed(ctx, as_json, lambda book, by: book.step_down(key, by=by, rate=share, reason=reason))


def never_lift(
    ctx: typer.Context,
    key: Key,
    off: Annotated[bool, typer.Option("--off", help="Give it back to the evidence.")] = False,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Keep a gate with people, whatever the evidence."""
    _changed(ctx, as_json, lambda book, by: book.never_lift(key, by=by, on=not off, reason=reason))


def incident(
    ctx: typer.Context,
    key: Key,
    severe: Annotated[
        bool, typer.Option("--severe", help="Grave: every item is reviewed again at once.")
    ] = False,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Report something bad that had passed a gate unseen."""
    _changed(ctx, as_json, lambda book, by: book.incident(key, by=by, severe=severe, reason=reason))


def allow(
    ctx: typer.Context,
    key: Key,
    items: Annotated[
        int, typer.Option(min=0, max=1000, help="At most so many items; 0 ends the batch.")
    ],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="For so many minutes.")] = 30,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Approve the next items of a gate in advance; they pass unseen, and count for nothing."""
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.cli.runs import when

    with _book(workspace := open_workspace(ctx)) as book:
        told = book.allow(key, by=_who(workspace), minutes=minutes, items=items, reason=reason)
    if as_json:
        emit_json(told)
    elif items:
        said = ngettext(
            "{gate}: {n} item may pass until {time}.",
            "{gate}: the next {n} items may pass until {time}.",
            items,
        )
        line(said.format(gate=key, n=number(items), time=when(told["until"])))
        line(_("Flagged items and a share drawn by lot are asked about all the same."))
    else:
        line(_("{gate}: the batch has ended.").format(gate=key))


def pool(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="GATE", help="The gate that leads the pool.")],
    others: Annotated[
        list[str] | None,
        typer.Argument(metavar="OTHERS", help="The gates whose items count with it from now on."),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Part the pool again.")] = False,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Count the items of several gates together: reviews add up, and one promise is about all."""
    from savoirfaire.cli.output import emit_json, line

    if off == bool(others):
        raise RequestError(
            "a pool is joined with other gates, or parted with --off",
            hint="`savoir gates pool A/GRAPH/GATE B/GRAPH/GATE`",
        )
    with _book(workspace := open_workspace(ctx)) as book:
        by = _who(workspace)
        views = (
            book.part(key, by=by, reason=reason)
            if off
            else book.pool(key, others or [], by=by, reason=reason)
        )
    if as_json:
        emit_json([view.as_dict() for view in views])
        return
    names = ", ".join(view.key for view in views)
    if off:
        line(_("On their own again, and at full review: {gates}.").format(gates=names))
    else:
        line(_("Counted together from now on, and at full review: {gates}.").format(gates=names))
        line(_("The promise is about all of them together: a worse one may hide among them."))


def stop_all(ctx: typer.Context, reason: Reason = "") -> None:
    """Stop at once: every item at every gate is reviewed, whatever was earned."""
    with _book(workspace := open_workspace(ctx)) as book:
        book.stop(by=_who(workspace), reason=reason)
    typer.echo(_("Stopped. Every item is asked about until `savoir gates start-all`."))


def start_all(ctx: typer.Context, reason: Reason = "") -> None:
    """Let the evidence decide again."""
    with _book(workspace := open_workspace(ctx)) as book:
        book.start(by=_who(workspace), reason=reason)
    typer.echo(_("Started again: each gate stands where it stood."))


def verify(ctx: typer.Context, as_json: Json = False) -> None:
    """Check the ledger of decisions: its chain, every gate's state, and every pass."""
    from savoirfaire.cli.output import emit_json, line
    from savoirfaire.graphs.gates.folding import audit
    from savoirfaire.knowledge.database import open_database
    from savoirfaire.workspace import load_secret

    workspace = open_workspace(ctx)
    engine = open_database(workspace.database)
    try:
        count, breaks = audit(engine, load_secret(workspace.secret))
    finally:
        engine.dispose()
    if as_json:
        found = [{"entry": each.seq, "reason": each.reason} for each in breaks]
        emit_json({"entries": count, "breaks": found})
    elif breaks:
        for each in breaks:
            line(_("entry {n}: {reason}").format(n=each.seq, reason=_(each.reason)))
    else:
        said = ngettext(
            "{n} entry, and all of it holds.", "{n} entries, and all of it holds.", count
        )
        line(said.format(n=number(count)))
    if breaks:
        raise typer.Exit(1)


# --- words ----------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """A share as a person reads it."""
    return _("{n} %").format(n=number(round(100 * share, 1)))


def next_words(view: "View") -> str:
    """What is between a gate and its next step, in a few words."""
    if view.pooled_with:
        return _("counted with {gate}").format(gate=view.pooled_with)
    if not view.obstacle:
        return _("may step up to {share}").format(share=percent(view.next_rate or 0))
    if view.clean_left is not None and view.next_rate is not None:
        left = ngettext("{n} clean review left", "{n} clean reviews left", view.clean_left)
        return left.format(n=number(view.clean_left))
    return _obstacle_words(view.obstacle)


def next_sentence(view: "View") -> str:
    """What is between a gate and its next step, in a sentence."""
    if not view.obstacle:
        return _("A person may now agree to review {share}: `savoir gates step-up {gate}`.").format(
            share=percent(view.next_rate or 0), gate=view.key
        )
    if view.clean_left is None or view.next_rate is None:
        return _("There is no next step: {why}.").format(why=_obstacle_words(view.obstacle))
    sentence = ngettext(
        "{n} clean review is left until {share}, with planted errors caught on the way.",
        "{n} clean reviews are left until {share}, with planted errors caught on the way.",
        view.clean_left,
    )
    return sentence.format(n=number(view.clean_left), share=percent(view.next_rate))


def fall_words(why: str) -> str:
    """Why a gate was sent back, as a person reads it."""
    return {
        "alarm": _("too many errors among the items checked"),
        "incident": _("a grave incident"),
        "fingerprint": _("a change of prompt, model or graph"),
        "policy": _("a change of the promise"),
        "person": _("a person's decision"),
    }.get(why, why)


def _obstacle_words(obstacle: str) -> str:
    return {
        "never lifts": _("stays with people"),
        "at the floor": _("at its floor"),
        "no seed caught": _("no planted error caught yet"),
        "not enough evidence": _("too far away to plan"),
    }.get(obstacle, obstacle)


# --- inside ---------------------------------------------------------------------------------------


@contextmanager
def open_desk(workspace: "Workspace") -> "Iterator[tuple[Engine, PolicyDesk]]":
    """The database and the desk of a workspace, without models or graphs."""
    from savoirfaire.graphs.gates.policy import PolicyDesk
    from savoirfaire.knowledge.database import open_database
    from savoirfaire.workspace import load_secret

    engine = open_database(workspace.database)
    try:
        yield engine, PolicyDesk(engine, lambda: load_secret(workspace.secret))
    finally:
        engine.dispose()


@contextmanager
def _book(workspace: "Workspace") -> "Iterator[Book]":
    from savoirfaire.graphs.gates.book import Book

    with open_desk(workspace) as (engine, desk):
        yield Book(engine, desk)


def _changed(ctx: typer.Context, as_json: bool, change: "Callable[[Book, str], View]") -> None:
    from savoirfaire.cli.output import emit_json, line

    with _book(workspace := open_workspace(ctx)) as book:
        view = change(book, _who(workspace))
    if as_json:
        emit_json(view.as_dict())
        return
    line(_("{gate}: {share} under review.").format(gate=view.key, share=percent(view.rate)))
    line(next_sentence(view))


def _who(workspace: "Workspace") -> str:
    from savoirfaire.cli.runs import decider

    return decider(workspace)
