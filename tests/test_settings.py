from pathlib import Path

import pytest

from savoirfaire.errors import SettingsError
from savoirfaire.settings import Settings, fields, load_settings, origins, variable

KEY = "sk-not-to-be-seen"


def write(folder: Path, text: str) -> Path:
    """Put a savoir.toml into a folder."""
    (folder / "savoir.toml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, environ: dict[str, str] | None = None) -> str:
    """Give the sentence the settings of a folder are refused with."""
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, environ or {})
    return str(caught.value)


def test_defaults_without_a_file(tmp_path: Path) -> None:
    """A folder without savoir.toml has the defaults, and asks no model."""
    settings = load_settings(tmp_path, {})
    assert settings == Settings()
    assert settings.model.resolved_mode == "offline"
    assert (settings.limits.file_mb, settings.limits.seconds) == (50, 30.0)


def test_the_process_environment_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the mapping given counts, not the variables of the process."""
    monkeypatch.setenv("SAVOIR_LANGUAGE", "fr")
    monkeypatch.setenv("SAVOIR_MODEL_NAME", "other")
    assert load_settings(tmp_path, {}) == Settings()
    assert Settings().language == "en"


def test_variable_wins_over_file_over_default(tmp_path: Path) -> None:
    """A variable wins over the file, the file over the default, key by key."""
    write(tmp_path, '[model]\nname = "small"\nretries = 5\n')
    model = load_settings(tmp_path, {"SAVOIR_MODEL_NAME": "large"}).model
    assert (model.name, model.retries, model.max_tokens) == ("large", 5, 4096)


@pytest.mark.parametrize("name", sorted(fields()))
def test_every_setting_has_a_variable_and_a_description(name: str, tmp_path: Path) -> None:
    """A variable that cannot be used is refused under its own name, so each one is read."""
    assert fields()[name].description
    words = {"reviewer", "data", "model.name", "model.tape", "index.collection"}
    words |= {"retrieval.embeddings", "effects.hosts", "effects.sender"}
    words |= {"effects.smtp", "effects.smtp_user"}
    if name in words or name.endswith((".api_key", ".secret", "password")):
        environ = {variable(name): "anything"}
        assert {row.name: row.origin for row in origins(tmp_path, environ)}[name] == variable(name)
    else:
        assert refusal(tmp_path, {variable(name): "?"}).startswith(f"{variable(name)}: {name} ")


def test_names_of_variables() -> None:
    """Section and key are joined by one underscore."""
    assert variable("language") == "SAVOIR_LANGUAGE"
    assert variable("model.base_url") == "SAVOIR_MODEL_BASE_URL"


def test_values_from_variables(tmp_path: Path) -> None:
    """Numbers, paths and addresses are read from a variable's text."""
    settings = load_settings(
        tmp_path,
        {
            "SAVOIR_DATA": "elsewhere",
            "SAVOIR_LIMITS_SECONDS": "2.5",
            "SAVOIR_MODEL_BASE_URL": "http://localhost:8000/v1",
            "SAVOIR_MODEL_NAME": "12",
            "SAVOIR_MODEL_TEMPERATURE": "0",
        },
    )
    assert (settings.data, settings.limits.seconds) == (Path("elsewhere"), 2.5)
    assert (settings.model.name, settings.model.temperature) == ("12", 0.0)
    assert settings.model.resolved_mode == "live"


def test_an_empty_variable_is_not_given(tmp_path: Path) -> None:
    """An empty variable leaves what the file says."""
    write(tmp_path, 'language = "fr"\n')
    assert load_settings(tmp_path, {"SAVOIR_LANGUAGE": ""}).language == "fr"


def test_other_variables_are_left_alone(tmp_path: Path) -> None:
    """A variable of another program is none of ours."""
    assert load_settings(tmp_path, {"LANGUAGE": "fr", "MODEL_NAME": "x"}) == Settings()


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[model]\nbase_ur = "x"', "no setting model.base_ur; did you mean model.base_url?"),
        ('base_url = "x"', "no setting base_url; did you mean model.base_url?"),
        ('[modle]\nname = "x"', "no setting modle; did you mean model?"),
        ("zzz = 1", "no setting zzz; known are language, data, reviewer, model.base_url,"),
        ('language = "de"', "language cannot be 'de'; allowed: fr, en"),
        ('[model]\nmode = "lives"', "model.mode cannot be 'lives'; allowed: auto, live, offline,"),
        (
            '[model]\nbase_url = "ftp://host"',
            "model.base_url cannot be 'ftp://host'; allowed: http",
        ),
        ('[model]\nbase_url = "https://"', "model.base_url cannot be 'https://'"),
        ('[model]\nbase_url = "http://host:99999"', "model.base_url cannot be 'http://host:99999'"),
        ("[model]\ntemperature = 3", "model.temperature cannot be 3; allowed: 0 … 2"),
        ("[model]\ntimeout = inf", "model.timeout cannot be inf; allowed: > 0"),
        ("[model]\nmax_tokens = 0", "model.max_tokens cannot be 0; allowed: 1, 2, 3, …"),
        ("[model]\nretries = -1", "model.retries cannot be -1; allowed: 0, 1, 2, …"),
        ("[limits]\npages = 1.5", "limits.pages cannot be 1.5; allowed: 1, 2, 3, …"),
        ('[limits]\nseconds = "soon"', "limits.seconds cannot be 'soon'; allowed: > 0"),
        ("reviewer = 3", 'reviewer cannot be 3; allowed: "…"'),
        ("model = 3", "model cannot be 3; allowed: [model]"),
        ('[log]\nformat = "xml"', "log.format cannot be 'xml'; allowed: auto, text, json"),
        ('[model]\nmode = "live"', "with model.mode = live, model.base_url is needed too"),
        ('[model]\nmode = "replay"', "with model.mode = replay, model.tape is needed too"),
        ('[model]\nbase_url = "http://h/v1"', "with model.mode = live, model.name is needed too"),
    ],
)
def test_refused_in_the_file(toml: str, said: str, tmp_path: Path) -> None:
    """What the file gets wrong is named, with the file, the allowed values or the nearest name."""
    sentence = refusal(write(tmp_path, toml))
    assert sentence.startswith(f"{tmp_path / 'savoir.toml'}: ")
    assert said in sentence


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (
            {"SAVOIR_MODEL_BASE_URI": "x"},
            "variable SAVOIR_MODEL_BASE_URI; did you mean SAVOIR_MODEL_BASE_URL?",
        ),
        ({"SAVOIR_MODEL": "{}"}, "no setting has the variable SAVOIR_MODEL"),
        ({"SAVOIR_ZZZ": "1"}, "SAVOIR_ZZZ; known are SAVOIR_LANGUAGE, SAVOIR_DATA"),
        ({"SAVOIR_LANGUAGE": "FR"}, "SAVOIR_LANGUAGE: language cannot be 'FR'; allowed: fr, en"),
        ({"SAVOIR_LIMITS_PAGES": "ten"}, "SAVOIR_LIMITS_PAGES: limits.pages cannot be 'ten'"),
        ({"SAVOIR_MODEL_TEMPERATURE": "nan"}, "model.temperature cannot be 'nan'"),
    ],
)
def test_refused_in_the_environment(environ: dict[str, str], said: str, tmp_path: Path) -> None:
    """What a variable gets wrong is named with the variable, not with the file."""
    sentence = refusal(write(tmp_path, 'language = "fr"'), environ)
    assert said in sentence
    assert "savoir.toml" not in sentence


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    """A file that is not TOML is refused with the line that breaks it."""
    assert "line 2" in refusal(write(tmp_path, 'language = "fr"\ndata =\n'))


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused; a byte order mark is accepted."""
    (tmp_path / "savoir.toml").write_bytes('reviewer = "Zoé"'.encode("latin-1"))
    assert "is not TOML" in refusal(tmp_path)
    (tmp_path / "savoir.toml").write_bytes('reviewer = "Zoé"'.encode("utf-8-sig"))
    assert load_settings(tmp_path, {}).reviewer == "Zoé"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A savoir.toml that is a folder is refused, with the system's reason."""
    (tmp_path / "savoir.toml").mkdir()
    assert "cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize(
    "toml",
    [
        f'[model]\nbase_url = "https://me:{KEY}@host/v1"',
        f'[model]\napi_key = ["{KEY}"]',
        f'[model]\napi_key = "{KEY}"\nmode = "lives"',
        f'[model]\napi_key = "{KEY}"\nbase_ur = "x"',
    ],
)
def test_a_secret_is_never_said(toml: str, tmp_path: Path) -> None:
    """No refusal shows a key or a password, whatever is wrong; not even its traceback."""
    with pytest.raises(SettingsError) as caught:
        load_settings(write(tmp_path, toml), {})
    assert KEY not in str(caught.value)
    assert KEY not in str(caught.value.__cause__)


def test_origins(tmp_path: Path) -> None:
    """Each setting is given with its value, secrets masked, and where it comes from."""
    write(tmp_path, f'language = "fr"\n[model]\napi_key = "{KEY}"\nname = "small"\n')
    rows = {row.name: row for row in origins(tmp_path, {"SAVOIR_MODEL_NAME": "large"})}
    assert set(rows) == set(fields())
    assert (rows["language"].value, rows["language"].origin) == ("fr", "savoir.toml")
    assert (rows["model.name"].value, rows["model.name"].origin) == ("large", "SAVOIR_MODEL_NAME")
    assert (rows["limits.pages"].value, rows["limits.pages"].origin) == (2000, "default")
    assert (rows["model.base_url"].value, rows["model.base_url"].origin) == (None, "default")
    assert rows["model.api_key"].origin == "savoir.toml"
    assert KEY not in repr(rows)


def test_an_unexpected_argument_is_refused() -> None:
    """Settings made in code are as closed as those in a file."""
    with pytest.raises(ValueError, match="langage"):
        Settings(langage="fr")  # type: ignore[call-arg]
