"""Rules of the Brand OS that a program checks: read, proved by their examples, and exported.

A rule becomes active only if it finds something in each of its bad examples and nothing in each
good one. The engine is loaded where a rule is read, and not before.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from savoirfaire.errors import RecordError, SavoirError
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.knowledge.times import AsOf

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Record
    from savoirfaire.knowledge.brandos.store import BrandOS
    from savoirfaire.knowledge.rules.definitions import Definition

KIND = "rule"


def readable(name: str, body: str, level: str) -> None:
    """Raise ValueError, which forms turn into their own error, where a rule cannot be used."""
    from savoirfaire.knowledge.rules import Ruleset, branding  # noqa: PLC0415 - loaded late

    try:
        definition = branding.record(name, {"body": body, "level": level})
        if not definition.supported:
            message = f"rules of the kind {definition.extends} are not supported"
            raise ValueError(message)
        Ruleset([definition])
    except SavoirError as error:
        raise ValueError(str(error)) from error


def failing(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The examples that a rule's data does not pass, each with `bad` or `good`."""
    from savoirfaire.knowledge.rules import (  # noqa: PLC0415 - loaded late
        Ruleset,
        branding,
        shipped,
    )

    rules = Ruleset([branding.record(data["name"], data)])
    found = shipped.failing(rules, data.get("bad") or (), data.get("good") or ())
    return [(kind, text) for kind, text in found]


def require_examples(kind: str, data: Mapping[str, Any]) -> None:
    """Let nothing through but a rule that passes its examples; other kinds have none.

    Raises:
        RecordError: An example comes out otherwise; it is named.

    """
    if kind != KIND:
        return
    for which, text in failing(data):
        if which == "bad":
            raise RecordError(
                "the rule {name} finds nothing in its bad example {text}",
                name=data["name"],
                text=repr(text),
                hint="Correct the rule or the example, then accept it.",
            )
        raise RecordError(
            "the rule {name} finds something in its good example {text}",
            name=data["name"],
            text=repr(text),
            hint="Correct the rule or the example, then accept it.",
        )


def active(
    brand_os: "BrandOS", scope: ClientScope, as_of: AsOf | None = None
) -> "list[Definition]":
    """The rules that hold for a client, ready to run. Raises ScopeError without a client."""
    from savoirfaire.knowledge.rules import branding  # noqa: PLC0415 - loaded late

    return [
        branding.record(record.data.plain()["name"], record.data.plain())
        for record in brand_os.list(scope, kind=KIND, as_of=as_of)
    ]


def exported(records: "Sequence[Record]", folder: Path, style: str) -> list[Path]:
    """Write active rules as a Vale style: `styles/STYLE/*.yml` and a `.vale.ini`."""
    import yaml  # noqa: PLC0415 - only an export writes it

    from savoirfaire.knowledge.rules import branding  # noqa: PLC0415 - loaded late

    written: list[Path] = []
    target = folder / "styles" / style
    target.mkdir(parents=True, exist_ok=True)
    for record in records:
        data = record.data.plain()
        mapping = branding.mapped(branding.record(data["name"], data))
        path = target / f"{branding.slug(data['name'])}.yml"
        text = yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False, width=100)
        head = "".join(f"# {line}\n" for line in (data.get("reason") or "").splitlines())
        path.write_text(head + text, "utf-8")
        written.append(path)
    settings = (
        "StylesPath = styles\nMinAlertLevel = suggestion\n\n"
        f"[*.{{md,txt,html}}]\nBasedOnStyles = {style}\n"
    )
    (folder / ".vale.ini").write_text(settings, "utf-8")
    return [*written, folder / ".vale.ini"]
