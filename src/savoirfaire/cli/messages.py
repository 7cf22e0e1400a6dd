"""What the command line says, in the language of the workspace.

English is the language of the code; the French catalogue stands in `savoirfaire/locale` and is
kept by `make messages`. The language is the process's own, through the standard library's
gettext, so that Typer's few words follow it too.
"""

import gettext
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
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
    mark("Missing argument {name}. Choose from:{choices}"),
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
    mark("Invalid value for {name}: Value error, {value} does not match the formats {formats}."),
    mark("Invalid value for {name}: Input should be greater than or equal to {least}"),
    mark("Invalid value for {name}: Input should be less than or equal to {most}"),
    mark(
        "Invalid value for {name}: Input should be a valid integer, unable to parse string as an"
        " integer"
    ),
    mark(
        "Invalid value for {name}: Input should be a valid number, unable to parse string as a"
        " number"
    ),
    mark("Invalid value for {name}: {reason}"),
    mark("Invalid value: {reason}"),
)


_WRITTEN = re.compile(r"(?P<mark>['\"])(?P<words>[^'\"]*)(?P=mark)")


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
    """A value in a message: a phrase in the language spoken, a fraction with its separator.

    What a person wrote comes between quotation marks, and gets those of the language.
    """
    if isinstance(value, Phrase):
        return _phrase(value.template, value.values)
    if isinstance(value, str) and value[:1] in {"'", '"'} and value[0] == value[-1]:
        return _WRITTEN.sub(lambda each: _("'{words}'").format(words=each["words"]), value)
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
            parts = {name: _part(value) for name, value in found.groupdict().items()}
            return _(template).format(**parts)
    return text


def decimal(written: str) -> str:
    """A number that is written with a point already, with the separator of the language.

    What is no number stays as it is.
    """
    from babel.numbers import get_decimal_symbol

    is_number = re.fullmatch(r"[+-]?\d+\.\d+(e[+-]?\d+)?", written)
    return written.replace(".", get_decimal_symbol(language())) if is_number else written


def labelled(name: str, said: str) -> str:
    """What is said of something, behind its name."""
    return _("{name}: {said}").format(name=name, said=said)


def quoted(words: str) -> str:
    """Somebody's words, between the quotation marks of the language."""
    return _("“{words}”").format(words=words)


ABSTAINED = (
    mark("role {role} needs a language model, and none is set"),
    mark("role {role} needs a language model"),
    mark("everybody on the panel declined to answer"),
)
"""Why a role abstains, as it is kept."""


def abstained_words(reason: str) -> str:
    """Why nobody judged or answered, in the language spoken; another reason as it is."""
    return recognised(reason, ABSTAINED)


def number(value: float) -> str:
    """A number with the separators of the language."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, locale=language()))


def day(value: date, shape: str = "long") -> str:
    """A day, such as 5 May 2026; `shape` is one of Babel's, or a pattern."""
    from babel.dates import format_date

    return _first(format_date(value, shape, locale=language()))


def _first(written: str) -> str:
    """A date as it is written in French on the first of a month: 1er mars."""
    return re.sub(r"^1(?= )", "1er", written) if language() == "fr" else written


def short_day(written: str | None) -> str:
    """A recorded day, or that of a recorded instant on this machine's clock, in few letters.

    Empty where there is none; what is no day, such as a year alone, as it is.
    """
    try:
        value = datetime.fromisoformat(written or "")
    except ValueError:
        return written or ""
    local = value.astimezone() if value.tzinfo else value
    return day(local.date(), "medium")


def moment(value: datetime, zone: tzinfo | None = None) -> str:
    """A day and a time, on this machine's clock, or on that of a time zone."""
    from babel.dates import format_datetime

    return _first(format_datetime(value.astimezone(zone), "medium", locale=language()))
