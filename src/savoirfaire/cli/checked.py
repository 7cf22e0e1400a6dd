"""What `savoir check` runs, and how it prints what was found: text, Vale's JSON, SARIF, GitHub."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typer

from savoirfaire.cli.messages import _, ngettext
from savoirfaire.cli.output import note, printable
from savoirfaire.knowledge.brand import BrandPack
from savoirfaire.knowledge.rules import Alert, Checked, Ruleset, branding, shipped
from savoirfaire.knowledge.rules.telling import language as told

_GITHUB = {"suggestion": "notice", "warning": "warning", "error": "error"}
_SARIF = {"suggestion": "note", "warning": "warning", "error": "error"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Choice:
    """Which rules a call of the command asks for."""

    client: str
    styles: Path | None
    config: Path | None
    language: Literal["fr", "en"] | None
    packs: tuple[str, ...]

    def rules(self, ctx: typer.Context) -> Callable[[str], Ruleset]:
        """What gives the rules for a text."""
        brand, records = self._client(ctx) if self.client else (None, [])
        own = Ruleset([*(branding.terms(brand) if brand else ()), *records])
        if self.styles or self.config:
            loaded = self._loaded()
            for name, kind in loaded.unsupported.items():
                note(
                    _("{rule} is not run: rules of the kind {kind} are not supported").format(
                        rule=name, kind=kind
                    )
                )
            return lambda _text: loaded + own if own.rules else loaded
        enabled = brand.checks.packs if brand else []
        spoken = self.language or (brand.brand.language if brand else None)

        @cache
        def together(language: str) -> Ruleset:
            names = self.packs or tuple(enabled) or shipped.default_names(language)
            return own + shipped.together(*names)

        def chosen(text: str) -> Ruleset:
            language = spoken or told(text) or ""
            if not language and not self.packs:
                note(
                    _("the language is not clear, so no pack is applied: pass --language fr or en")
                )
            return together(language)

        return chosen

    def _loaded(self) -> Ruleset:
        styles, config = self.styles, self.config
        if styles is None and config is not None:
            from savoirfaire.knowledge.rules.config import read

            styles = read(config).styles_path
        assert styles
        return Ruleset.load(styles, config)

    def _client(self, ctx: typer.Context) -> tuple[BrandPack | None, list[Any]]:
        from savoirfaire.cli.invocation import open_workspace
        from savoirfaire.cli.shelf import open_knowledge
        from savoirfaire.knowledge.brandos import rulings

        with open_knowledge(open_workspace(ctx)) as knowledge:
            scope = knowledge.ledger.scope(self.client)
            brand = knowledge.brand(scope)
            if brand is None:
                return None, rulings.active(knowledge.brand_os, scope)
        # A brand pack comes with the rules of the Brand OS.
        return brand, [branding.record(rule.name, rule.model_dump()) for rule in brand.checks.rules]


def report(results: Mapping[str, Checked], form: str) -> None:
    """Print what was found, in one of the forms."""
    for name, checked in results.items():
        for rule in checked.cut:
            note(_("{rule} took too long on {file} and was cut").format(rule=rule, file=name))
    match form:
        case "json":
            typer.echo(json.dumps(_vale(results), indent=2, ensure_ascii=False))
        case "sarif":
            typer.echo(json.dumps(_sarif(results), indent=2, ensure_ascii=False))
        case "github":
            for name, checked in results.items():
                for alert in checked.alerts:
                    typer.echo(_command(name, alert))
        case _:
            _text(results)


def _vale(results: Mapping[str, Checked]) -> dict[str, Any]:
    return {
        name: [alert.vale() for alert in checked.alerts]
        for name, checked in results.items()
        if checked.alerts
    }


def _text(results: Mapping[str, Checked]) -> None:
    count = 0
    for name, checked in results.items():
        for alert in checked.alerts:
            place = f"{name}:{alert.line}:{alert.span[0]}"
            typer.echo(printable(f"{place}: {alert.severity}: {alert.message} [{alert.check}]"))
        count += len(checked.alerts)
    files = len(results)
    said = ngettext("{count} alert in {files}", "{count} alerts in {files}", count)
    where = ngettext("{files} file", "{files} files", files).format(files=files)
    note(said.format(count=count, files=where))


def _command(name: str, alert: Alert) -> str:
    """A workflow command, its values escaped as GitHub asks."""
    values = {
        "file": name,
        "line": alert.line,
        "col": alert.span[0],
        "endColumn": alert.span[1],
        "title": alert.check,
    }
    listed = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in values.items())
    return f"::{_GITHUB[alert.severity]} {listed}::{_escaped(printable(alert.message))}"


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def _sarif(results: Mapping[str, Checked]) -> dict[str, Any]:
    rules = sorted({alert.check for checked in results.values() for alert in checked.alerts})
    found = [_result(name, alert) for name, checked in results.items() for alert in checked.alerts]
    driver = {"name": "savoir", "rules": [{"id": rule} for rule in rules]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": found}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(name: str, alert: Alert) -> dict[str, Any]:
    region = {
        "startLine": alert.line,
        "startColumn": alert.span[0],
        "endColumn": alert.span[1] + 1,
    }
    location = {"artifactLocation": {"uri": Path(name).as_posix()}, "region": region}
    return {
        "ruleId": alert.check,
        "level": _SARIF[alert.severity],
        "message": {"text": alert.message},
        "locations": [{"physicalLocation": location}],
    }
