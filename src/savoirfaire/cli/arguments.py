"""What a gate shows and notes, each value behind its name, as people read them.

The gates of the graphs that come with the package have words in the language spoken; those of
other graphs are shown under the names they were given.
"""

import csv
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from savoirfaire.cli.messages import _, abstained_words, labelled, number, quoted, short_day

_LONG = 100  # characters of a value that stands on the line of its name


def named(values: Mapping[str, Any]) -> Iterator[str]:
    """Each value behind its name; a long one, and a list, below it and indented."""
    for key, value in values.items():
        words, below = _said(key, value)
        name = _names().get(key, key)
        if below or "\n" in words or len(words) > _LONG:
            indented = textwrap.indent(words, "  ", lambda _line: True)
            yield f"{labelled(name, '').rstrip()}\n{indented}"
        else:
            yield labelled(name, words)


def approach_words(approach: str) -> str:
    """How an opening goes about it, in a few words."""
    return {
        "news": _("the news with the most consequence"),
        "reader": _("what readers have to do or decide"),
        "thread": _("what several items have in common"),
        "question": _("the question they answer"),
        "items": _("the items, one after the other"),
    }.get(approach, approach)


def _said(key: str, value: Any) -> tuple[str, bool]:
    """A value in words, and whether it stands below its name."""
    if isinstance(value, str):
        return _text(key, value)
    if value in ([], {}, None):
        return _("none"), False
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(f"- {each}" for each in value), True
    if isinstance(value, Mapping) and all(isinstance(each, int) for each in value.values()):
        counts = (f"{number(count)} {_counted(name)}" for name, count in value.items())
        return ", ".join(counts), False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value), False
    return json.dumps(value, ensure_ascii=False, indent=2), False


def _text(key: str, value: str) -> tuple[str, bool]:
    """A text as it stands, unless what it holds has words of its own."""
    if key == "matrix" and value.startswith("id,clause,"):
        return "\n".join(_rows(value)), True
    words = {
        "approach": approach_words,
        "date": short_day,
        "not judged": abstained_words,
        "panel": abstained_words,
    }
    return words.get(key, str)(value), False


def _rows(matrix: str) -> Iterator[str]:
    """The requirements, a line each: how much it asks, whether it is answered, in which part."""
    for row in csv.DictReader(matrix.splitlines()):
        where = row["answered_in"] or row["planned_in"]
        told = [_counted(row["force"]), _counted(row["status"]), where and quoted(where)]
        yield f"- {labelled(row['id'], row['requirement'])} [{', '.join(filter(None, told))}]"


def _counted(name: str) -> str:
    """What is counted, in words."""
    return {
        "must": _("mandatory"),
        "should": _("desired"),
        "information": _("for information"),
        "answered": _("answered"),
        "likely": _("likely answered"),
        "not answered": _("not answered"),
    }.get(name, name)


def _names() -> dict[str, str]:
    return {
        "title": _("title"),
        "subject": _("subject"),
        "preview": _("preview"),
        "approach": _("approach"),
        "angle": _("angle"),
        "other_subjects": _("other subject lines"),
        "name": _("name"),
        "bet": _("bet"),
        "panel": _("panel"),
        "breaches": _("breaches"),
        "not judged": _("not judged"),
        "to": _("to"),
        "text": _("text"),
        "route": _("route"),
        "missing": _("missing"),
        "date": _("date"),
        "template": _("template"),
        "matrix": _("matrix"),
        "requirements": _("requirements"),
        "questions": _("questions"),
        "answers": _("answers"),
        "not answered": _("not answered"),
        "taken out": _("taken out"),
        "our sources": _("our sources"),
        "offer": _("offer"),
        "currency": _("currency"),
        "rates": _("rates"),
        "problem": _("problem"),
        "form": _("form"),
    }
