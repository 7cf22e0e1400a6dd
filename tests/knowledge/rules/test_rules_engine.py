"""The index finds what expressions find one by one, and files say which rules run."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from savoirfaire.errors import UnreadableRuleError
from savoirfaire.knowledge.rules import Ruleset, markdown, shipped
from savoirfaire.knowledge.rules.canvas import Canvas
from savoirfaire.knowledge.rules.checking import plainly
from savoirfaire.knowledge.rules.clues import clues
from savoirfaire.knowledge.rules.literals import starts
from savoirfaire.knowledge.rules.patterns import Unreadable, compiled
from savoirfaire.knowledge.rules.sentences import sentences

RULES = Ruleset.of(
    {
        f"T.R{number}": {"extends": "existence", "message": "%s", **rule}
        for number, rule in enumerate(
            [
                {"tokens": ["be", "been", "is"], "ignorecase": True},
                {"tokens": [r"\d{1,2} ?[ap]m", r"I'm", r"[^,]+, and"], "nonword": True},
                {"tokens": [r"\w+ly-\w+", r"(?<=\s)-\d+", r"[A-Z]{3}"], "nonword": True},
                {"raw": [r"\b(?:is|be)\b\s*"], "tokens": [r"\w+ed", "done"], "nonword": True},
                {"tokens": [r"(?i)tea(?-i)Cup", "É(?:té|pée)?s"], "scope": ["text", "raw"]},
                {"tokens": ["am", "an", "ne", "newly-m", "a pl"], "ignorecase": True},
                {"tokens": [r"(?<=^|\s)a(?=,)", r"\b12\b", r"ne(?=\W)"], "nonword": True},
                {"tokens": [r"(?:[^,]+,)+ a\w*", r"\w+ne", r"[a-z]+(?:ed|C)\b"]},
                {"tokens": [r"\w+ed", r"\w+one"], "ignorecase": True},
            ]
        )
    }
)
WORDS = [
    "be",
    "is",
    "done",
    "planned",
    "I'm",
    "12 am",
    "newly-made",
    " -5",
    "ABC",
    "a, and",
    "½am",
    "an\u0301",
    "ne²",
    "Étés",
]
TEXTS = st.lists(st.sampled_from([*WORDS, ". ", "\n", "\n\n", " ", "# ", "- ", "`", "*", "é"]))


@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_index_is_exact(parts: list[str]) -> None:
    """With the index, the alerts are those of every expression on every block."""
    text = " ".join(parts)
    assert RULES.check(text) == RULES.check(text, matcher=plainly)


@given(st.lists(st.sampled_from(["word", "or d", "wo", "é rd", "\n", "@", " "])))
@settings(max_examples=50, deadline=None)
def test_large_sources_are_looked_up_alike(parts: list[str]) -> None:
    """A source that is indexed gives the places that a plain search gives."""
    text = "".join(parts)
    large, small = Canvas(text + " x" * 30_000), Canvas(text)
    for piece in (b"word", b"or d", b"o", b" wo"):
        assert [at for at in large.places(piece) if at < len(small)] == list(small.places(piece))


@given(
    st.lists(st.sampled_from(["word, ", "or d", "wo", "é rd", "\n", "an@b @- "])),
    st.sampled_from([60, 2_000]),
)
@example(["an@b @- "], 60)
@settings(max_examples=12, deadline=None)
def test_what_is_behind_the_walk_is_still_found(parts: list[str], many: int) -> None:
    """Whatever was covered and passed, a look-up gives what a plain one gives."""
    lines = ["".join(parts) or "x"] + [f"This is line number {n} of them.\n" for n in range(many)]
    canvas = Canvas("\n".join(lines))
    for line in lines[1:600:3]:
        canvas.passed(canvas.cover(line.strip().encode()), len(line))
    for piece in (
        b"word",
        b"or d",
        b"o",
        b"line number 4",
        b"line number 1999",
        b"an@b",
        b"b @-",
        b"s",
    ):
        plain = [found.start() for found in re.finditer(b"(?=" + piece + b")", canvas.data)]
        assert list(canvas.places(piece)) == plain
        assert canvas.first(piece, 7) == next((at for at in plain if at >= 7), -1)
        columns = [at for at in plain if at - canvas.line(canvas.line_at(at))[0] == 1]
        assert list(canvas.in_column(piece, 1, len(canvas))) == columns


def test_one_large_file() -> None:
    """A large file gives the alerts of its parts, and takes no longer than they do together."""
    part = "# A day\n\nIt is planned by *us* in the morning, and be done.\n\n- one `is` two\n\n"
    rules = Ruleset.of({"T.R": {"extends": "existence", "message": "%s", "tokens": ["is", "be"]}})
    assert len(rules.check(part * 800).alerts) == 800 * len(rules.check(part).alerts)


QUICK = [r"\b([A-Z]{3,5})\b", r"(?i)([a-k]|\w)\w+", r"[a-z] {2,}[A-Z]", r"(?m)^\w|\w$", r"\S\s"]
SLOW = [r"\w*(?=a)", r"(?<=a+)\w", r"\p{L}\w", r"[é]|\w", r"\w+\.\w"]


@pytest.mark.parametrize("source", [*QUICK, *SLOW])
def test_plain_texts_are_searched_alike(source: str) -> None:
    """What finds an expression in plain letters is quicker, or the same, and finds the same."""
    pattern, text = compiled(source), "ABC sk  Ka\x1c\x0b b.c\n\nNATO\r e_1  A\n"
    finder = pattern.finder(text)
    assert (finder is pattern.regex) == (source in SLOW)
    assert pattern.finder("é") is pattern.regex
    found = [match.span() for match in pattern.regex.finditer(text)]
    assert [match.span() for match in finder.finditer(text)] == found


LITERALS = [
    (r"(?i)\b(?:Very|quite) good\b", {"very good", "quite good"}, True),
    (r"\d{1,2} ?am", {"0am", "0 am", "00am", "00 am"}, True),
    (r"\w+ly-\w+", {"ly-"}, False),
    (r"[a-z]+ise|colou?r", {"ise", "colour", "color"}, False),
    (r"\w+", set(), False),
]


@pytest.mark.parametrize(("source", "texts", "first"), LITERALS)
def test_literals(source: str, texts: set[str], first: bool) -> None:  # noqa: FBT001 - a table
    """What a match begins with, or contains, is read from its expression."""
    tree = compiled(source).tree
    found = (
        {text for text, _ended in starts(tree)} if first else {clue.text for clue in clues(tree)}
    )
    assert found == texts


CLUES = [
    (r"\b(?:so|very \w+)\b", {("so", True, True, False), ("very ", True, False, False)}),
    (r"(?<=^|\s)me(?=,)|us$", {("me,", True, False, False), ("us", False, True, False)}),
    (r"(?<=\w)me(?!x)|\bam", {("me", False, False, False), ("am", True, False, False)}),
    (r"\b(?:\w+ise|now)\b", {("ise", False, False, True), ("now", True, True, False)}),
    (r"\bso\w*\b", {("so", True, False, False)}),
    (r"(?:[^,]+,)+ and", {(", and", False, False, True)}),
]


@pytest.mark.parametrize(("source", "wanted"), CLUES)
def test_clues(source: str, wanted: set[tuple[str, bool, bool, bool]]) -> None:
    """Each alternative says whether words may go on around it, and what else a match asks for."""
    found = clues(compiled(source).tree)
    assert {(one.text, one.left, one.right, one.tail is not None) for one in found} == wanted


@pytest.mark.parametrize(
    ("source", "inside"),
    [(r"\b\w+ise", True), (r"\w+ise", False), (r"\b[^,]+ise", False), (r"\b\w+\b ise", True)],
)
def test_clues_inside_words(source: str, inside: bool) -> None:  # noqa: FBT001 - a table
    """Where only a word's beginning can go before a clue, matches begin with the word."""
    assert {one.inside for one in clues(compiled(source).tree)} == {inside}


MARKS = [
    ("a\n=====", "h1"),
    ("> a\n> --  ", "h2"),
    ("- a\n  -", "h2"),
    ("a | b\n--- | ---\nc | d", "td"),
    ("> a", "blockquote"),
    ("a ~~b~~", "del"),
    ("a <b>c</b>", "b"),
    ("<div>\na\n</div>", "div"),
    ("<https://example.org>", "a"),
]


@pytest.mark.parametrize(("source", "tag"), MARKS)
def test_only_idle_marks_are_passed_over(source: str, tag: str) -> None:
    """What a source may hold is read in it, though it holds nothing else."""
    assert tag in [event.data for event in markdown.events(source)]


EXPRESSIONS = [
    (r"a(?i)b|c", "aB C", ["aB", "C"]),
    (r"(?-i)x(?i:y)", "xY Xy", ["xY"]),
    (r"[\p{L}[]+", "é[a 1", ["é[a"]),
    (r"(?<n>a)\k<n>", "aa", ["aa"]),
    (r"^b$", "a\nb\nc", ["b"]),
    (r"(?#remark)a{2}", "aa", ["aa"]),
    (r"\u00e9\x41", "éA", ["éA"]),
]


@pytest.mark.parametrize(("source", "text", "found"), EXPRESSIONS)
def test_expressions(source: str, text: str, found: list[str]) -> None:
    """Expressions of .NET mean here what they mean there."""
    assert [match[0] for match in compiled(source).regex.finditer(text)] == found


@pytest.mark.parametrize("source", ["(a", "a)", "*", "[a", r"\p{L", "(?<1x>a)", "[z-a]", r"\q"])
def test_unreadable_expressions(source: str) -> None:
    """What is no expression is refused, with the place."""
    with pytest.raises(Unreadable):
        compiled(source)


def test_sentences() -> None:
    """Abbreviations and initials end no sentence; stops within quotes and brackets may."""
    text = "Dr. Smith met J. Doe at 5 p.m. on Monday. “Why?” asked Jane. See U.S. law (e.g. this)."
    assert sentences(text) == (
        "Dr. Smith met J. Doe at 5 p.m. on Monday.",
        "“Why?” asked Jane.",
        "See U.S. law (e.g. this).",
    )


def written(folder: Path, files: dict[str, str]) -> Path:
    """The folder with these files in it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


STYLE = "extends: existence\nmessage: no '%s'\nlevel: error\ntokens:\n  - foo\n"


def test_configuration(tmp_path: Path) -> None:
    """The configuration says which rules run where, at which level, with which vocabulary."""
    ini = (
        "StylesPath = styles\nMinAlertLevel = warning\nVocab = House\n"
        "[*.md]\nBasedOnStyles = One, Vale\nOne.Off = NO\nOne.Low = suggestion\n"
        "TokenIgnores = (foo\\d+)\n"
    )
    folder = written(
        tmp_path,
        {
            "styles/One/Foo.yml": STYLE,
            "styles/One/Off.yml": STYLE,
            "styles/One/Low.yml": STYLE,
            "styles/config/vocabularies/House/accept.txt": "# house words\nQdrant\n",
            "styles/config/vocabularies/House/reject.txt": "bar\n",
            "vale.ini": ini,
        },
    )
    rules = Ruleset.load(folder / "styles", folder / "vale.ini")
    found = rules.check("a foo, foo1 and bar with qdrant qdrant\n", "a.md").alerts
    assert [(alert.check, alert.match) for alert in found] == [
        ("One.Foo", "foo"),
        ("Vale.Avoid", "bar"),
        ("Vale.Terms", "qdrant"),
        ("Vale.Repetition", "qdrant qdrant"),
        ("Vale.Terms", "qdrant"),
    ]
    assert rules.check("a foo\n", "a.txt").alerts == ()
    assert rules.unsupported == {"Vale.Spelling": "spelling"}


@pytest.mark.parametrize(
    ("ini", "key"),
    [
        ("Nonsense = 1\n", "Nonsense"),
        ("NLPEndpoint = x\n", "NLPEndpoint"),
        ("MinAlertLevel = high\n", "MinAlertLevel"),
        ("Vocab = None\n", "Vocab"),
        ("[*]\nOne.Foo = MAYBE\n", "One.Foo"),
        ("[*]\nTransform = x\n", "Transform"),
    ],
)
def test_unknown_settings(tmp_path: Path, ini: str, key: str) -> None:
    """A setting that cannot be honoured is an error that names it."""
    folder = written(tmp_path, {"vale.ini": ini, "styles/One/Foo.yml": STYLE})
    with pytest.raises(UnreadableRuleError, match=key):
        Ruleset.load(folder / "styles", folder / "vale.ini")


def test_unknown_key_names_file(tmp_path: Path) -> None:
    """An unknown key of a rule names the file and the key."""
    folder = written(tmp_path, {"One/Foo.yml": STYLE + "tokenz: [a]\n"})
    with pytest.raises(UnreadableRuleError, match=r"Foo\.yml: `tokenz`"):
        Ruleset.load(folder)


def test_packs_are_listed() -> None:
    """The shipped packs are named with what they are for, and by language."""
    assert {pack.language for pack in shipped.packs()} == {"fr", "en"}
    assert "fr-typography" in shipped.default_names("fr")
    assert all(pack.about for pack in shipped.packs())


def test_offsets_after_carriage_returns() -> None:
    """Alerts point into the text as it was given, whatever its line ends."""
    rules = Ruleset.of({"T.R": {"extends": "existence", "message": "%s", "tokens": ["foo"]}})
    text = "é one\r\n\r\nthe foo\r\n"
    alert = rules.check(text).alerts[0]
    assert text[alert.start : alert.end] == "foo"


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "\0", "---\n---\n", "[a]: <\n", "`" * 999])
def test_odd_texts(text: str) -> None:
    """No text is too odd to be checked."""
    assert RULES.check(text).alerts == ()
