"""The brand pack: what a client asks of everything written in its name, read from `brand.toml`.

A pack that cannot be used is refused as a whole with a `BrandPackError` that names the key, its
line where that can be told, and what to do: half a brand pack would let the other half pass.
"""

import datetime as dt
import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from savoirfaire.errors import BrandPackError, UnreadableRuleError
from savoirfaire.knowledge.terms import TermFinder

Level = Literal["error", "warning", "suggestion"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Host = Annotated[
    str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
]


class Table(BaseModel):
    """A table of brand.toml: an unknown key is an error, so that no typing error loses a rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Brand(Table):
    """Whose words these are: `voice` and `audience` in sentences, for the roles that write."""

    name: Words
    language: Literal["en", "fr"]
    voice: Words
    audience: str = ""


class Rule(Table):
    """A term to use and the literal terms to avoid for it; with no `use`, a term never to write."""

    id: Slug
    use: str = ""
    avoid: list[Words] = Field(min_length=1)
    reason: Words
    level: Level = "warning"
    case: bool = False
    source: str = ""


class Guidance(Table):
    """A rule in words that only a reader can judge."""

    id: Slug
    text: Words
    reason: str = ""


class Edition(Table):
    """The form of an edition. Where `optional_sections` is given, no other section may appear."""

    required_sections: list[Words] = []
    optional_sections: list[Words] = []
    lead: bool = True
    max_sentence_words: int = Field(default=60, gt=0)
    max_section_words: int | None = Field(default=None, gt=0)


class Links(Table):
    """Hosts that may be linked, with their subdomains, besides the links of the sources."""

    allow: list[Host] = []


class Gates(Table):
    """Gates that stay with a person whatever the evidence."""

    never_lift: list[Words] = []


class Embargo(Table):
    """What may not be spoken of in an edition dated before `until`."""

    terms: list[Words] = Field(min_length=1)
    until: dt.date
    reason: str = ""


class Mention(Table):
    """Words of law. Required where one of `when` is spoken of, or everywhere with no `when`."""

    text: Words
    when: list[Words] = []
    reason: str = ""


class Forbidden(Table):
    """What may not be said at all, by law or by agreement."""

    terms: list[Words] = Field(min_length=1)
    reason: Words


class Sensitive(Table):
    """Ground on which a mistake is grave, whatever the voice.

    `competitors` are named nowhere, nor are those of the Brand OS unless `name_competitors`.
    """

    embargoes: list[Embargo] = []
    mentions: list[Mention] = []
    forbidden: list[Forbidden] = []
    competitors: list[Words] = []
    name_competitors: bool = False


class Mail(Table):
    """What stands on an edition sent by mail: who sends it, from where, and how to leave."""

    sender: str = ""
    address: str = ""
    unsubscribe: Annotated[str, StringConstraints(pattern=r"^(?:(?:https://|mailto:)\S+)?$")] = ""


class CheckedRule(Table):
    """A rule in Vale's format: `body` is its YAML."""

    name: Words
    body: Words
    level: Level = "warning"


class Checks(Table):
    """What every text of the client is checked with: shipped packs of rules, and its own rules."""

    packs: list[Words] = []
    rules: list[CheckedRule] = []


class BrandPack(Table):
    """All that `brand.toml` says."""

    brand: Brand
    rules: list[Rule] = []
    guidance: list[Guidance] = []
    edition: Edition = Edition()
    links: Links = Links()
    gates: Gates = Gates()
    sensitive: Sensitive = Sensitive()
    mail: Mail = Mail()
    checks: Checks = Checks()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pack from the text of a brand.toml. Raises BrandPackError."""
        try:
            data = tomllib.loads(text.removeprefix("\ufeff"))
        except tomllib.TOMLDecodeError as error:
            raise BrandPackError(f"brand.toml is not valid TOML: {error}") from error
        try:
            pack = cls.model_validate(data)
        except ValidationError as error:
            raise BrandPackError(_in_words(error, text)) from error
        for problem, where in _contradictions(pack):
            raise BrandPackError(f"brand.toml, {_place(where, text)}: {problem}")
        return pack

    def finder(self) -> TermFinder:
        """Finds the terms to avoid; a hit's owner is the place of its rule in `rules`."""
        return TermFinder((rule.avoid, rule.case) for rule in self.rules)


# --- what makes a well-formed pack unusable -------------------------------------------------------


def _contradictions(pack: BrandPack) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Ids used twice, and rules whose fix would break a rule: nobody could ever satisfy them."""
    places = [("rules", number, rule.id) for number, rule in enumerate(pack.rules)]
    places += [("guidance", number, each.id) for number, each in enumerate(pack.guidance)]
    yield from _unknown_packs(pack)
    counted = Counter(name for *_, name in places)
    for table, number, name in places:
        if counted[name] > 1:
            yield f"the id `{name}` is used twice; give each its own", (table, number, "id")
    finder = pack.finder()
    for number, rule in enumerate(pack.rules):
        for hit in finder.find(rule.use):
            other, term = pack.rules[hit.owner], rule.use[hit.start : hit.end]
            yield _circle(rule, other, term), ("rules", number, "use")


def _unknown_packs(pack: BrandPack) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Packs of rules that do not come with the program, and rules that cannot be read."""
    if not pack.checks.packs and not pack.checks.rules:
        return
    from savoirfaire.knowledge.rules import branding, shipped  # noqa: PLC0415 - most have none

    for number, name in enumerate(pack.checks.packs):
        if name not in shipped.names():
            yield (
                f"no pack of rules is named `{name}`; use {shipped.names()}",
                ("checks", "packs", number),
            )
    for number, rule in enumerate(pack.checks.rules):
        try:
            branding.of(None, [branding.record(rule.name, rule.model_dump())])
        except UnreadableRuleError as error:
            yield str(error), ("checks", "rules", number)


def _circle(rule: Rule, other: Rule, term: str) -> str:
    """Why `rule.use` cannot be written, and what to change."""
    whose = "it" if rule.id == other.id else f"the rule `{other.id}`"
    advice = (
        "set `case = true` to tell capitals apart"
        if rule.id == other.id
        and not rule.case
        and rule.use.lower() in [avoid.lower() for avoid in rule.avoid]
        else "avoid a longer term, or use another word (a term inside a longer word is no hit)"
    )
    return f"rule `{rule.id}` proposes “{rule.use}”, in which {whose} avoids “{term}”; {advice}"


# --- errors in words ------------------------------------------------------------------------------


def _in_words(error: ValidationError, text: str) -> str:
    """Every problem of a pack, one a line, each with its key and line."""
    problems = [f"{_place(each['loc'], text)}: {_problem(each)}" for each in error.errors()]
    return "brand.toml cannot be used:\n" + "\n".join(problems)


def _problem(detail: ErrorDetails) -> str:
    """What is wrong with one key and what to do."""
    kind, key = detail["type"], str(detail["loc"][-1])
    if kind == "extra_forbidden":
        known = _keys(detail["loc"][:-1])
        near = difflib.get_close_matches(key, known, n=1)
        return f"unknown key; did you mean `{near[0]}`?" if near else f"unknown key; use {known}"
    if kind == "missing":
        return "is missing; add it"
    if kind == "string_pattern_mismatch":
        form = _FORMS.get(str(next((p for p in detail["loc"][::-1] if p in _FORMS), "")), _SLUG)
        return f"{detail['input']!r} has the wrong form; write {form}"
    return f"{detail['msg']}, not {detail['input']!r}"


_SLUG = "small-words-and-dashes"
_FORMS = {"allow": "a host such as example.org", "unsubscribe": "an https: or mailto: address"}
_TABLES: dict[str, type[Table]] = {
    "brand": Brand,
    "rules": Rule,
    "guidance": Guidance,
    "edition": Edition,
    "links": Links,
    "gates": Gates,
    "sensitive": Sensitive,
    "embargoes": Embargo,
    "mentions": Mention,
    "forbidden": Forbidden,
    "mail": Mail,
    "checks": Checks,
}


def _keys(table: tuple[int | str, ...]) -> list[str]:
    """The keys a table may have, `table` being its path."""
    named = [str(part) for part in table if part in _TABLES]
    return list((_TABLES[named[-1]] if named else BrandPack).model_fields)


def _place(where: tuple[Any, ...], text: str) -> str:
    """A key in words, `rules[2].avoid (line 31)`; the line of its table where it has none."""
    path = re.sub(r"\.(\d+)", lambda n: f"[{int(n[1]) + 1}]", ".".join(map(str, where)))
    line = _line(where, text)
    return f"`{path}` (line {line})" if line else f"`{path}`"


def _line(where: tuple[Any, ...], text: str) -> int | None:
    """The line of a key. The parser gives none, so headers are counted; inline tables have none."""
    number = where[1] if len(where) > 1 and isinstance(where[1], int) else 0
    key = next((str(part) for part in where[1:] if isinstance(part, str)), "")
    inside, seen, found = False, -1, None
    for count, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([\w-]+)\s*\]+", line)
        if header:
            seen += header[1] == where[0]
            inside = header[1] == where[0] and seen == number
            found = count if inside else found
        elif inside and key and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return count
    return found
