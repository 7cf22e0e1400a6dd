from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message

from savoirfaire.cli import catalogue
from savoirfaire.cli.messages import (
    _,
    day,
    guess_language,
    hint,
    language,
    moment,
    number,
    say,
    speak,
    usage,
)
from savoirfaire.errors import BusyError, NotFoundError, ReadError, SettingsError


def test_the_catalogue_is_in_order() -> None:
    """Every text is translated into French, with its own placeholders, and compiled."""
    assert catalogue.problems("fr") == []


def test_texts_are_found_where_they_stand() -> None:
    """Messages, errors, their hints, help and the settings' descriptions are all to translate."""
    texts = catalogue.texts()
    assert {
        "error: {message}",
        "{file} exists already",
        "Use the workspace as it is, or choose another folder.",
        BusyError.hint,
        "Show every setting, its value, and where it comes from.",
        "The longest reply, in tokens.",
    } <= texts


@pytest.mark.parametrize(
    ("text", "translation", "faulty"),
    [
        ("{file} exists", "{file} existe", False),
        ("{file} exists", "{fichier} existe", True),
        ("{file} exists", "", True),
        ("see `savoir runs`", "voir `savoir runs`", False),
        ("see `savoir runs`", "voir `savoir lancements`", True),
        (("{n} file", "{n} files"), ("{n} fichier", "{n} fichiers"), False),
        (("{n} file", "{n} files"), ("{n} fichier", ""), True),
    ],
)
def test_faulty_translations(text: Any, translation: Any, faulty: bool) -> None:  # noqa: FBT001
    """A translation that is missing, or loses a placeholder or a command, is a fault."""
    message = Message(text, string=translation)
    assert bool(list(catalogue._faults(message))) is faulty


def test_speak() -> None:
    """What is said follows the language, back and forth."""
    speak("fr")
    assert (language(), _("Options"), _("setting")) == ("fr", "Options", "réglage")
    speak("en")
    assert (language(), _("setting")) == ("en", "setting")


def test_an_error_is_said_in_the_language() -> None:
    """An error made of a template and its values is translated whole."""
    error = SettingsError("{file} is not TOML: {reason}", file="a{b}", reason="line 3")
    assert str(error) == "a{b} is not TOML: line 3"
    speak("fr")
    assert say(error) == "a{b} n’est pas du TOML\N{NO-BREAK SPACE}: line 3"
    assert hint(error).startswith("`savoir settings` donne")


@pytest.mark.parametrize("message", ["", "ready-made {braces}", "nothing known of this one"])
def test_an_error_without_values(message: str) -> None:
    """A message made beforehand is said as it is, braces and all."""
    speak("fr")
    assert say(ReadError(message)) == message
    assert hint(NotFoundError(message)) == ""


@pytest.mark.parametrize(
    ("environ", "toml", "expected"),
    [
        ({}, None, "en"),
        ({}, 'language = "fr"', "fr"),
        ({}, 'language = "de"', "en"),
        ({}, "not toml", "en"),
        ({}, "language = 3", "en"),
        ({"SAVOIR_LANGUAGE": "fr"}, None, "fr"),
        ({"SAVOIR_LANGUAGE": "en"}, 'language = "fr"', "en"),
        ({"SAVOIR_LANGUAGE": ""}, 'language = "fr"', "fr"),
    ],
)
def test_guess_language(
    environ: Mapping[str, str], toml: str | None, expected: str, tmp_path: Path
) -> None:
    """The variable, else the nearest savoir.toml, else English; a bad file stops no help."""
    if toml is not None:
        (tmp_path / "savoir.toml").write_text(toml)
    (tmp_path / "below").mkdir()
    assert guess_language(tmp_path / "below", environ) == expected


@pytest.mark.parametrize(
    ("text", "french"),
    [
        ("Missing argument 'CLIENT'.", "Il manque l’argument 'CLIENT'."),
        ("No such option: --x (Possible options: --y)", "option --x (options possibles"),
        ("No such command 'a'. Did you mean 'b', 'c'?", "commande 'a'. Vouliez-vous dire 'b', 'c'"),
        ("Invalid value for 'N': Value error, '3' is not one of '1', '2'.", "'3' n’est pas l’une"),
        ("Got unexpected extra argument(s) (x y)", "Argument(s) en trop (x y)"),
        ("Something Typer never said", "Something Typer never said"),
    ],
)
def test_usage(text: str, french: str) -> None:
    """Typer's sentences about wrong usage are said in French; one unknown to us stays as it is."""
    assert usage(text) == text
    speak("fr")
    assert french in usage(text)


def test_numbers_and_dates() -> None:
    """Numbers and dates follow the language."""
    at = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    assert (number(1234.5), day(date(2026, 5, 4))) == ("1,234.5", "May 4, 2026")
    assert "2026" in moment(at)
    speak("fr")
    assert number(1234.5) == "1\N{NARROW NO-BREAK SPACE}234,5"
    assert day(date(2026, 5, 4)) == "4 mai 2026"
    assert "mai 2026" in moment(at)
