"""The sentences of alerts: `%s` of a message filled, and what an action would put in place."""

import re
from collections.abc import Sequence
from functools import lru_cache

import regex

from savoirfaire.knowledge.rules.alerts import Action

_VERB = re.compile(r"%(?:\[(\d+)\])?([sdvq%])")
_LETTERS = re.compile(r" +")


def filled(message: str, *values: str) -> str:
    """The message with its values in the places of `%s`; values left over are dropped."""
    if "%" not in message:
        return message
    parts, wanted = _template(message)
    out = [parts[0]]
    for (number, quoted), part in zip(wanted, parts[1:], strict=True):
        known = values[number] if 0 <= number < len(values) else ""
        out += (f'"{known}"' if quoted else known, part)
    return "".join(out)


@lru_cache(maxsize=4_096)
def _template(message: str) -> tuple[tuple[str, ...], tuple[tuple[int, bool], ...]]:
    """What stands between a message's values, which comes where, and whether in quotes."""
    parts, wanted = [""], []
    at = taken = 0
    for found in _VERB.finditer(message):
        parts[-1] += message[at : found.start()]
        at = found.end()
        if found[2] == "%":
            parts[-1] += "%"
            continue
        taken = int(found[1]) if found[1] else taken + 1
        wanted.append((taken - 1, found[2] == "q"))
        parts.append("")
    parts[-1] += message[at:]
    return tuple(parts), tuple(wanted)


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: 'a', 'b', or 'c'."""
    quoted = [f"'{word}'" for word in words]
    if len(quoted) < 3:  # noqa: PLR2004 - two need no comma
        return " or ".join(quoted)
    return ", ".join([*quoted[:-1], f"or {quoted[-1]}"])


def options(replacement: str) -> tuple[str, ...]:
    """The several replacements that `a|b` offers."""
    parts = replacement.replace(r"\|", "\0").split("|")
    return tuple(part.replace("\0", "|") for part in parts if part)


def replaced(match: str, action: Action) -> tuple[str, ...]:
    """What the action would put in the match's place; nothing where it cannot be told."""
    match action.name:
        case "replace":
            return action.params
        case "remove":
            return ("",)
        case "convert" if action.params == ("simple",):
            return (_simple(match),)
        case "edit" if action.params:
            edited = _edited(match, action.params)
            return () if edited is None else (edited.strip(),)
    return ()


def _edited(match: str, params: tuple[str, ...]) -> str | None:  # noqa: PLR0911 - one each
    match params:
        case ("regex", pattern, replacement):
            return _substituted(match, pattern, replacement)
        case ("trim_right", signs):
            return match.rstrip(signs)
        case ("trim_left", signs):
            return match.lstrip(signs)
        case ("trim", signs):
            return match.strip(signs)
        case ("truncate", sign) if sign:
            return match.split(sign, maxsplit=1)[0]
        case ("split", sign, number) if sign and number.isdigit():
            parts = match.split(sign)
            return parts[int(number)] if int(number) < len(parts) else None
    return None


def _substituted(match: str, pattern: str, replacement: str) -> str | None:
    try:
        made = regex.sub(pattern, lambda found: expanded(found, replacement), match, timeout=1)
    except (regex.error, TimeoutError):
        return None
    return str(made)


_REFERENCE = re.compile(r"\$(?:(\d+)|\{(\w+)\}|(\$)|(&))")


def expanded(found: "regex.Match[str]", replacement: str) -> str:
    """The replacement with `$1`, `${name}`, `$&` and `$$` put in."""

    def part(reference: "re.Match[str]") -> str:
        if reference[3]:
            return "$"
        name = "0" if reference[4] else reference[1] or reference[2]
        try:
            return found[int(name) if name.isdigit() else name] or ""
        except IndexError:
            return reference[0]

    return _REFERENCE.sub(part, replacement)


def _simple(text: str) -> str:
    """Words of an identifier apart, in small letters."""
    out: list[str] = []
    before = " "
    for number, char in enumerate(text):
        alpha = char.isalnum()
        if (number > 1 and before.islower() and char.isupper()) or not alpha:
            out.append(" ")
        if alpha:
            out.append(char.lower())
        before = char
    return _LETTERS.sub(" ", "".join(out).strip())
