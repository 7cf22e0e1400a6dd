"""Each kind of rule says what Vale says of the same text."""

import pytest

from savoirfaire.errors import UnreadableRuleError
from savoirfaire.knowledge.rules import Ruleset

Spans = list[tuple[int, tuple[int, int]]]


def spans(rule: dict[str, object], text: str, path: str = "text.md") -> Spans:
    """The places of a rule's alerts in a text."""
    rules = Ruleset.of({"Test.Rule": {"message": "%s", **rule}})
    return [(alert.line, alert.span) for alert in rules.check(text, path).alerts]


CASES = [
    ({"extends": "existence", "tokens": ["very"]}, "A very big day.\n", [(1, (3, 6))]),
    ({"extends": "existence", "tokens": ["very"]}, "A Very everyday\n", []),
    ({"extends": "existence", "tokens": ["very"], "ignorecase": "true"}, "Very", [(1, (1, 4))]),
    (
        {"extends": "existence", "tokens": ["ve"], "nonword": "yes"},
        "every\n",
        [(1, (2, 3))],
    ),
    (
        {"extends": "existence", "tokens": ["(?:be|is) done"], "exceptions": ["is done"]},
        "It is done, be done\n",
        [(1, (13, 19))],
    ),
    (
        {"extends": "existence", "raw": [r"\bthe\s+"], "tokens": ["end"], "nonword": "true"},
        "the end\n",
        [(1, (1, 7))],
    ),
    ({"extends": "existence", "tokens": ["code"]}, "No `code` but code\n", [(1, (15, 18))]),
    ({"extends": "substitution", "swap": {"utilize": "use"}}, "We utilize it\n", [(1, (4, 10))]),
    ({"extends": "substitution", "swap": {"(?:A|a)ccess": "$1"}}, "access\n", [(1, (1, 6))]),
    ({"extends": "occurrence", "token": ",", "max": 2}, "a, b, c, d\n", [(1, (2, 2))]),
    ({"extends": "occurrence", "token": ",", "max": 3}, "a, b, c, d\n", []),
    ({"extends": "occurrence", "token": "!", "min": 1}, "no sign\n", [(1, (1, 1))]),
    (
        {"extends": "repetition", "tokens": [r"\w+"], "alpha": "true"},
        "This is is it\n",
        [(1, (6, 10))],
    ),
    ({"extends": "consistency", "either": {"colour": "color"}}, "A colour.\n\nA color.\n", 3),
    ({"extends": "consistency", "either": {"colour": "color"}}, "A colour.\n\nA colour.\n", []),
    (
        {"extends": "conditional", "first": r"\b([A-Z]{3,})\b", "second": r"\(([A-Z]{3,})\)"},
        "The WHO met.\n\nOrg (ABC). ABC too.\n",
        [(1, (5, 7))],
    ),
    (
        {"extends": "capitalization", "match": "$title", "scope": "heading"},
        "# A Day for the Books\n\n# a day for the books\n",
        [(3, (3, 21))],
    ),
    (
        {"extends": "capitalization", "match": "$sentence", "scope": "heading.h2"},
        "# All The Big Words\n\n## All The Big Words\n",
        [(3, (4, 20))],
    ),
    (
        {"extends": "metric", "formula": "words / sentences", "condition": "> 3"},
        "One two three four. Five six.\n",
        [],
    ),
    (
        {"extends": "metric", "formula": "heading.h1 + words", "condition": "> 6"},
        "# One\n\nOne two three four. Five six.\n",
        [(1, (1, 1))],
    ),
    (
        {"extends": "readability", "metrics": ["Flesch-Kincaid"], "grade": 1},
        "Extraordinary considerations necessitate reconsideration.\n",
        [(1, (1, 1))],
    ),
]


@pytest.mark.parametrize(("rule", "text", "expected"), CASES)
def test_kinds(rule: dict[str, object], text: str, expected: Spans | int) -> None:
    """A rule of each kind finds what it should, at Vale's line and columns."""
    found = spans(rule, text)
    assert (found[0][0] if isinstance(expected, int) else found) == expected


SCOPES = [
    ("text", [1, 3, 5, 7]),
    ("heading", [1]),
    ("heading & ~heading.h2", [1]),
    ("~heading", [3, 5, 7]),
    ("list", [5]),
    (["heading", "list"], [1, 5]),
    ("blockquote", [7]),
    ("sentence", [3]),
    ("paragraph", [3]),
    ("raw", [1, 3, 5, 7]),
]


@pytest.mark.parametrize(("scope", "lines"), SCOPES)
def test_scopes(scope: str | list[str], lines: list[int]) -> None:
    """A rule is asked about the blocks that its scope names, and no others."""
    text = "# word here\n\nA word here.\n\n- word here\n\n> word here\n"
    rule = {"extends": "existence", "tokens": ["word"], "scope": scope}
    assert [line for line, _span in spans(rule, text)] == lines


def test_formats() -> None:
    """Markdown, HTML and plain text are each read as what they are."""
    rule = {"extends": "existence", "tokens": ["word"]}
    assert spans(rule, "<p>A word</p><pre>word</pre>\n", "a.html") == [(1, (6, 9))]
    assert spans(rule, "A word `word`\n", "a.txt") == [(1, (3, 6)), (1, (9, 12))]


def test_comments_switch_rules() -> None:
    """A comment switches rules off and on again."""
    text = "<!-- vale Test.Rule = NO -->\n\nword\n\n<!-- vale Test.Rule = YES -->\n\nA word\n"
    assert spans({"extends": "existence", "tokens": ["word"]}, text) == [(7, (3, 6))]


def test_limit() -> None:
    """A rule with a limit reports so many times, no more."""
    rule = {"extends": "existence", "tokens": ["word"], "limit": 2}
    assert len(spans(rule, "word one\n\nword two\n\nword three\n")) == 2


def test_message_and_fix() -> None:
    """A substitution with an action proposes its replacement, as `$1` says."""
    rule = {
        "extends": "substitution",
        "message": "Use '%s' instead of '%s'.",
        "swap": {r"(\d+) percent": "$1 %"},
        "action": {"name": "replace"},
    }
    alert = Ruleset.of({"T.R": rule}).check("About 5 percent.\n").alerts[0]
    assert (alert.message, alert.fix) == ("Use '5 %' instead of '5 percent'.", "5 %")
    assert alert.vale()["Action"] == {"Name": "replace", "Params": ["5 %"]}


WRONG = [
    ({"extends": "existence", "tokens": ["a"], "token": "b"}, "`token`"),
    ({"extends": "nothing"}, "`extends`"),
    ({"extends": "existence", "tokens": ["(a"]}, "`tokens`"),
    ({"extends": "existence", "tokens": ["a"], "ignorecase": "perhaps"}, "`ignorecase`"),
    ({"extends": "existence", "tokens": ["a"], "level": "grave"}, "`level`"),
    ({"extends": "existence", "tokens": ["a"], "scope": "code"}, "`scope`"),
    ({"extends": "metric", "formula": "__import__('os')", "condition": "> 1"}, "`formula`"),
    ({"extends": "readability", "metrics": ["Guess"], "grade": 1}, "`metrics`"),
]


@pytest.mark.parametrize(("rule", "key"), WRONG)
def test_wrong_rules(rule: dict[str, object], key: str) -> None:
    """A rule that cannot be used is an error that names its key."""
    with pytest.raises(UnreadableRuleError, match=key):
        Ruleset.of({"Test.Rule": {"message": "%s", **rule}})


def test_unsupported_is_named() -> None:
    """What is not supported is named, and nothing runs in its place."""
    rules = Ruleset.of({"Test.Spell": {"extends": "spelling", "message": "?"}})
    assert (rules.unsupported, rules.names) == ({"Test.Spell": "spelling"}, ())


def test_catastrophe_is_cut() -> None:
    """A rule that would never end is cut and named; the others go on."""
    rules = Ruleset.of(
        {
            "Test.Bad": {"extends": "existence", "message": "%s", "raw": [r"(?:a|aa)+$"]},
            "Test.Good": {"extends": "existence", "message": "%s", "tokens": ["end"]},
        }
    )
    checked = rules.check("a" * 60 + "! the end\n", seconds=0.2)
    assert checked.cut == ("Test.Bad",)
    assert [alert.check for alert in checked.alerts] == ["Test.Good"]


def test_finding_places_is_cut() -> None:
    """A match on every word, each looked for among the others, is cut and named all the same."""
    rules = Ruleset.of(
        {
            "Test.Many": {"extends": "existence", "message": "%s", "tokens": ["we"]},
            "Test.Good": {"extends": "existence", "message": "%s", "tokens": ["end"]},
        }
    )
    checked = rules.check("we-" * 4_000 + " the end\n", seconds=0.1)
    assert checked.cut == ("Test.Many",)
    assert "Test.Good" in [alert.check for alert in checked.alerts]
