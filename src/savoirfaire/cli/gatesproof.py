"""`savoir gates prove`: what the gates promise, recomputed beside the rules in common use."""

from typing import Any

from savoirfaire.cli.invocation import Json
from savoirfaire.cli.messages import _, number


def prove(as_json: Json = False) -> None:
    """Recompute what the gates promise, beside the rules in common use."""
    from savoirfaire.cli.output import emit_json, note
    from savoirfaire.evals.proving.proof import proof

    note(_("computing exact chances and simulating gates: some ten seconds"))
    figures = proof()
    if as_json:
        emit_json(figures)
    else:
        show(figures)


def show(figures: dict[str, Any]) -> None:
    """Print the proof for people, and what each preset promises."""
    from savoirfaire.cli.output import note, table

    columns = (
        _("rule"),
        _("promise for"),
        _("too bad from"),
        _("may be lifted wrongly"),
        _("is lifted wrongly"),
        _("reviews to the first step"),
        _("published bad"),
        _("after a break"),
    )
    table(columns, [_row(entry) for entry in (*figures["presets"], *figures["others"])])
    for preset in figures["presets"]:
        note(_meaning(preset["name"]))


def _row(entry: dict[str, Any]) -> list[str]:
    reviews, published = entry["reviews_to_first_step_at_p0/5"], entry["published_defects"]
    return [
        _("this one") if "preset" not in entry else entry["name"],
        entry.get("preset", entry["name"]),
        _share(entry["p0"]),
        _share(entry["alpha"]),
        _share(entry["false_lift_at_p0"]),
        _("never") if reviews is None else number(round(reviews)),
        _share(published["constant"]["published"]),
        _share(published["sudden_break"]["published"]),
    ]


def _share(share: float) -> str:
    return f"{number(round(100 * share, 2))} %"


def _meaning(name: str) -> str:
    from savoirfaire.graphs.gates.evidence import preset

    return f"{name}: {_(preset(name).meaning.template)}"
