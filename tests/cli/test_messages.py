from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message

from savoirfaire.cli import catalogue
from savoirfaire.cli.given import read_text
from savoirfaire.cli.messages import (
    _,
    abstained_words,
    day,
    decimal,
    guess_language,
    hint,
    language,
    moment,
    number,
    say,
    short_day,
    speak,
    usage,
)
from savoirfaire.errors import BusyError, NotFoundError, ReadError, RequestError, SettingsError


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
        ("Missing argument 'CLIENT'.", "Il manque l’argument «_CLIENT_»."),
        ("No such option: --x (Possible options: --y)", "option --x (options possibles"),
        (
            "No such command 'a'. Did you mean 'b', 'c'?",
            "commande «_a_». Vouliez-vous dire «_b_», «_c_»",
        ),
        (
            "Invalid value for 'N': Value error, '3' is not one of '1', '2'.",
            "«_3_» n’est pas l’une",
        ),
        ("Got unexpected extra argument(s) (x y)", "Argument(s) en trop (x y)"),
        ("Something Typer never said", "Something Typer never said"),
    ],
)
def test_usage(text: str, french: str) -> None:
    """Typer's sentences about wrong usage are said in French; one unknown to us stays as it is."""
    assert usage(text) == text
    speak("fr")
    assert french.replace("_", "\N{NO-BREAK SPACE}") in usage(text)


def test_numbers_and_dates() -> None:
    """Numbers and dates follow the language."""
    at = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    assert (number(1234.5), day(date(2026, 5, 4))) == ("1,234.5", "May 4, 2026")
    assert "2026" in moment(at)
    speak("fr")
    assert number(1234.5) == "1\N{NARROW NO-BREAK SPACE}234,5"
    assert day(date(2026, 5, 4)) == "4 mai 2026"
    assert "mai 2026" in moment(at)


@pytest.mark.parametrize(
    ("written", "english", "french"),
    [
        ("2026-03-01", "Mar 1, 2026", "1er mars 2026"),
        ("2026-03-11", "Mar 11, 2026", "11 mars 2026"),
        ("2026-05-04T12:00:00.000Z", "May 4, 2026", "4 mai 2026"),
        ("2026", "2026", "2026"),
        ("", "", ""),
        (None, "", ""),
    ],
)
def test_recorded_days(written: str | None, english: str, french: str) -> None:
    """A recorded day is told as people say it; what is none stays as it is."""
    assert short_day(written) == english
    speak("fr")
    assert short_day(written) == french


@pytest.mark.parametrize(
    ("written", "french"),
    [("0.19", "0,19"), ("3.3e-07", "3,3e-07"), ("2.1.0", "2.1.0"), ("rye.md", "rye.md")],
)
def test_written_numbers(written: str, french: str) -> None:
    """A number that was written already gets its separator; anything else stays as it is."""
    assert decimal(written) == written
    speak("fr")
    assert decimal(written) == french


def test_what_a_person_wrote() -> None:
    """Quoted words in a message stand in the quotation marks of the language, each by itself."""
    wrong = SettingsError("{value} is not a date such as 2025-03-01", value=repr("tomorrow"))
    assert say(wrong) == "'tomorrow' is not a date such as 2025-03-01"
    said = usage("No such command 'shew'. Did you mean 'show', 'review'?")
    assert said == "No such command 'shew'. Did you mean 'show', 'review'?"
    speak("fr")
    assert "«\N{NO-BREAK SPACE}tomorrow\N{NO-BREAK SPACE}»" in say(wrong)


def test_why_nobody_judged() -> None:
    """A reason that was kept in English is told in the language spoken; another one as it is."""
    kept = "role brand_guardian needs a language model, and none is set"
    assert abstained_words(kept) == kept
    speak("fr")
    assert abstained_words(kept).startswith("le rôle brand_guardian demande un modèle")
    assert abstained_words("rain") == "rain"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "there is no such file"), (b"\xff\xfe\x00", "it is no text in UTF-8")],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """Why a file that somebody named cannot be read is said in words."""
    file = tmp_path / "request.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RequestError) as raised:
        read_text(file)
    assert say(raised.value) == f"{file} cannot be read: {reason}"
