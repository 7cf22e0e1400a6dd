"""A record's data as text to edit, and back."""

from collections.abc import Mapping
from typing import Any

from savoirfaire.errors import RequestError


def as_yaml(data: Mapping[str, Any]) -> str:
    """A record's data to edit."""
    import yaml

    return str(yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False, width=90))


def from_yaml(text: str) -> dict[str, Any]:
    """Data as somebody wrote it, in YAML or JSON; every value a text, for its form to read.

    So a date, a price or the name `No` stay as they were typed. Raises RequestError.
    """
    import yaml

    class Texts(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
            sign: [(tag, rule) for tag, rule in rules if tag == "tag:yaml.org,2002:null"]
            for sign, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        data = yaml.load(text, Loader=Texts)  # noqa: S506 - a safe loader that reads even less
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise RequestError(
            "this is not valid YAML: {reason}", reason=" ".join(str(error).split())
        ) from error
    if not isinstance(data, dict):
        raise RequestError("this holds no record: it needs keys and values")
    return data
