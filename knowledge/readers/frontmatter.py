"""The scalars of YAML front matter, read line by line.

Not a YAML parser: most front matter is flat, a text with odd front matter is still a text, and a
line costs a microsecond. A line that is not `key: value` is passed over.
"""

import json
import re

_BLOCK = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*))?$")
_LONGEST = 100_000


def scalars(text: str) -> dict[str, str]:
    """Give the keys and plain values at the top level of the front matter, if there is any."""
    if not text.startswith("---"):
        return {}
    block = _BLOCK.match(text, 0, _LONGEST)
    found: dict[str, str] = {}
    key = ""
    for line in block[1].splitlines() if block else ():
        if pair := _LINE.match(line):
            key = pair[1]
            found[key] = _value(pair[2] or "")
        elif key and line[:1] in " \t" and not line.lstrip().startswith("- "):
            found[key] = f"{found[key]} {line.strip()}".strip()
    return {key: value for key, value in found.items() if value}


def head(text: str) -> int:
    """How many characters the front matter takes; 0 where there is none."""
    block = _BLOCK.match(text, 0, _LONGEST) if text.startswith("---") else None
    return block.end() if block else 0


def _value(written: str) -> str:
    written = written.strip()
    if written[:1] == "'":
        return written[1:].partition("'")[0] if "''" not in written else _doubled(written)
    if written[:1] == '"':
        return _escaped(written)
    plain = re.split(r"(?:^|\s)#", written, maxsplit=1)[0].strip()
    return "" if plain in {">", "|", ">-", "|-", "~", "null"} else plain


def _doubled(written: str) -> str:
    found = re.match(r"'((?:[^']|'')*)'", written)
    return found[1].replace("''", "'") if found else written


def _escaped(written: str) -> str:
    try:
        value, _ = json.JSONDecoder().raw_decode(written)
    except ValueError:
        return written.strip('"')
    return str(value)
