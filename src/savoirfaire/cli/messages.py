"""What the command line says, in the language of the workspace.

English is the language of the code; the French catalogue stands in `savoirfaire/locale` and is
kept by `make messages`. The language is the process's own, through the standard library's
gettext, so that Typer's few words follow it too.
"""

import gettext
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from savoirfaire.errors import Phrase, SavoirError
from savoirfaire.workspace import FILE, nearest_workspace

Language = Literal["fr", "en"]

DOMAIN = "savoirfaire"
LOCALE = Path(__file__).parents[1] / "locale"

_ = gettext.gettext
ngettext = gettext.ngettext


def mark(text: str) -> str:
    """Mark a text for the catalogue where it is written; it is translated where it is shown."""
    return text


USAGE = (  # the first that fits is taken
    mark("Missing argument {name}."),
    mark("Missing option {name}."),
    mark("Missing command."),
    mark("No such option: {name} (Possible options: {near})"),
    mark("No such option: {name}"),
    mark("No such command {name}. Did you mean {near}?"),
    mark("No such command {name}."),
    mark("Option {name} requires an argument."),
    mark("Option {name} does not take a value."),
    mark("Got unexpected extra argument(s) ({name})"),
    mark("Invalid value for {name}: Value error, {value} is not one of {allowed}."),
    mark("Invalid value for {name}: {reason}"),
)


def speak(language: Language) -> None:
    """Say everything from here on in `language`."""
    gettext.bindtextdomain(DOMAIN, LOCALE)
    gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language  # where gettext looks first, before LC_ALL and LANG


def language() -> Language:
    """Give the language spoken now."""
    return "fr" if os.environ.get("LANGUAGE") == "fr" else "en"


def guess_language(start: Path, environ: Mapping[str, str]) -> Language:
    """Find the language without opening the workspace: for help, and for errors in its settings."""
    named: object = environ.get("SAVOIR_LANGUAGE")
    folder = nearest_workspace(start)
    if not named and folder is not None:
        import tomllib

        try:
            named = tomllib.loads((folder / FILE).read_text("utf-8-sig")).get("language")
        except (OSError, ValueError):
            return "en"  # opening the workspace says what is wrong with the file
    return "fr" if named == "fr" else "en"


def say(error: SavoirError) -> str:
    """An error's message; translated where the error keeps it apart from its values."""
    return _phrase(error.template, error.values) if error.template else ""


def phrase(words: Phrase) -> str:
    """A phrase in the language spoken."""
    return _phrase(words.template, words.values)


def _phrase(template: str, values: Mapping[str, object]) -> str:
    text = _(template)
    return text.format(**{name: _part(value) for name, value in values.items()}) if values else text


def _part(value: object) -> object:
    """A value in a message: a phrase in the language spoken, a fraction with its separator."""
    if isinstance(value, Phrase):
        return _phrase(value.template, value.values)
    return number(value) if isinstance(value, float) else value


def hint(error: SavoirError) -> str:
    """What to do about an error; empty where nothing is known."""
    return _(error.hint) if error.hint else ""


def usage(text: str) -> str:
    """Translate one of Typer's sentences about wrong usage, which it makes in English only."""
    return recognised(text, USAGE)


def recognised(text: str, templates: Sequence[str]) -> str:
    """Translate a text that was made of one of the templates, the first that fits."""
    for template in templates:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template))
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return _(template).format(**found.groupdict())
    return text


def number(value: float) -> str:
    """A number with the separators of the language."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, locale=language()))


def day(value: date) -> str:
    """A day, such as 5 May 2026."""
    from babel.dates import format_date

    return str(format_date(value, "long", locale=language()))


def moment(value: datetime) -> str:
    """A day and a time, on this machine's clock."""
    from babel.dates import format_datetime

    return str(format_datetime(value.astimezone(), "medium", locale=language()))
