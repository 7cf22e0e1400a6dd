"""Reading the settings, and saying where each one comes from."""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_json
from pydantic_settings import EnvSettingsSource

from savoirfaire.errors import SettingsError
from savoirfaire.settings.forms import PREFIX, Allowed, ModelSettings, Section, Settings
from savoirfaire.workspace import FILE


class _Variables(EnvSettingsSource):
    """The `SAVOIR_*` variables of a mapping, in the shape of the settings."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self.environ.items() if value}


@dataclass(frozen=True)
class Origin:
    """A setting, its value ready to be shown, and where it comes from."""

    name: str
    value: str | int | float | None
    origin: str


def load_settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings of the workspace at `folder`; without a savoir.toml, defaults hold."""
    return _load(folder / FILE, environ)[0]


def origins(folder: Path, environ: Mapping[str, str]) -> list[Origin]:
    """Every setting with its value (secrets masked) and its origin.

    The origin is "default", "savoir.toml" or the name of the variable.
    """
    settings, given = _load(folder / FILE, environ)
    return [Origin(name, _shown(settings, name), given.get(name, "default")) for name in fields()]


def fields() -> dict[str, FieldInfo]:
    """Every setting's field by its full name, such as `model.base_url`."""
    return dict(_walk(Settings, ""))


def variable(name: str) -> str:
    """The variable that sets `name`: `SAVOIR_MODEL_BASE_URL` for `model.base_url`."""
    return PREFIX + name.replace(".", "_").upper()


def _walk(form: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for key, field in form.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from _walk(field.annotation, f"{key}.")
        else:
            yield prefix + key, field


def _load(path: Path, environ: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """Give the settings, and for each setting that was given, by what."""
    variables = {name: value for name, value in environ.items() if _is_ours(name)}
    _refuse_unknown(variables)
    from_file, from_environ = _read_file(path), _read_variables(variables)
    given = dict.fromkeys(_names(from_file), path.name)
    given |= {name: variable(name) for name in _names(from_environ)}
    try:
        settings = Settings(**_merge(from_file, from_environ))
    except ValidationError as error:
        raise _explain(error, path, given) from error
    _refuse_incomplete(settings.model, path)
    return settings, given


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(
            "{file} cannot be read: {reason}", file=path, reason=error.strerror
        ) from error
    except ValueError as error:
        raise SettingsError("{file} is not TOML: {reason}", file=path, reason=error) from error


def _read_variables(variables: Mapping[str, str]) -> dict[str, Any]:
    """What the variables say; those of settings that hold several values are JSON."""
    for name, field in fields().items():
        given = variables.get(variable(name))
        if given and get_origin(field.annotation) is dict and not _is_json(given):
            raise SettingsError(
                "{where}: {name} cannot be {value}; allowed: {allowed}",
                where=variable(name),
                name=name,
                value=repr(given),
                allowed=allowed(field).replace(" =", ":"),
            )
    return _Variables(variables)()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = [key for key in above if isinstance(below.get(key), dict)]
    return {**below, **above, **{key: {**below[key], **above[key]} for key in both}}


def _names(values: Mapping[str, Any]) -> Iterator[str]:
    """The full names of the settings in a mapping of sections."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from (f"{key}.{name}" for name in value)
        else:
            yield key


def _is_ours(name: str) -> bool:
    """Whether a variable is meant for a setting: those for our own tests are not."""
    return name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_")


def _refuse_unknown(variables: Mapping[str, str]) -> None:
    known = [variable(name) for name in fields()]
    for name in sorted(set(variables) - set(known)):
        near = _nearest(name.removeprefix(PREFIX), [one.removeprefix(PREFIX) for one in known])
        if near:
            raise SettingsError(
                "no setting has the variable {name}; did you mean {near}?",
                name=name,
                near=PREFIX + near,
            )
        raise SettingsError(
            "no setting has the variable {name}; known are {known}",
            name=name,
            known=", ".join(known),
        )


def _refuse_incomplete(model: ModelSettings, path: Path) -> None:
    """Refuse a mode without the settings it rests on."""
    mode = model.resolved_mode
    needed = {"live": ["base_url", "name"], "record": ["base_url", "name", "tape"]}
    needed["replay"] = ["tape"]
    for key in needed.get(mode, []):
        if not getattr(model, key):
            raise SettingsError(
                "{file}: with model.mode = {mode}, {name} is needed too",
                file=path,
                mode=mode,
                name=f"model.{key}",
            )


def _explain(error: ValidationError, path: Path, given: Mapping[str, str]) -> SettingsError:
    """Say the first problem: which setting, where it was given, what it may be."""
    problem = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in problem["loc"][:2])
    known = fields()
    if problem["type"] == "extra_forbidden":
        sections = {full.partition(".")[0] for full in known if "." in full}
        return _unknown(name, [*known, *sorted(sections)], path)
    origin = given.get(name, path.name)
    field = known.get(name)
    return SettingsError(
        "{where}: {name} cannot be {value}; allowed: {allowed}",
        where=path if origin == path.name else origin,
        name=name,
        value=_masked(name, problem["input"]),
        allowed=allowed(field) if field else f"[{name}]",
    )


def _unknown(name: str, known: list[str], path: Path) -> SettingsError:
    near = _nearest(name, known)
    if near:
        return SettingsError(
            "{file}: there is no setting {name}; did you mean {near}?",
            file=path,
            name=name,
            near=near,
        )
    return SettingsError(
        "{file}: there is no setting {name}; known are {known}",
        file=path,
        name=name,
        known=", ".join(known),
    )


def _nearest(name: str, known: list[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


def allowed(field: FieldInfo) -> str:
    """The values a setting takes, in signs that need no translation."""
    stated = [item.text for item in field.metadata if isinstance(item, Allowed)]
    return stated[0] if stated else ", ".join(str(value) for value in get_args(field.annotation))


def _masked(name: str, value: object) -> str:
    """Give the value as it may be shown: no key, and no password inside an address."""
    is_address = name in {"model.base_url", "index.url"}
    secret = name.endswith(".api_key") or (is_address and "@" in str(value))
    return "********" if secret else repr(value)


def _shown(settings: Settings, name: str) -> str | int | float | None:
    section, _, key = name.rpartition(".")
    value = getattr(getattr(settings, section) if section else settings, key)
    if isinstance(value, dict):
        return to_json(value).decode()
    return value if value is None or isinstance(value, int | float) else str(value)
