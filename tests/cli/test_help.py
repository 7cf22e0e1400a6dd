import contextlib
import io
import json
import os
import pty
import resource
import select
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from savoirfaire import __version__
from savoirfaire.cli import guarded
from savoirfaire.cli.app import ENTRIES, SECTIONS, command_line
from savoirfaire.cli.examples import EXAMPLES
from savoirfaire.cli.invocation import Invocation
from savoirfaire.cli.output import emit_json, printable, progress, table
from savoirfaire.errors import BusyError
from savoirfaire.workspace import Workspace

Call = Callable[..., Any]
HEAVY = (
    "asyncio babel pydantic rich sqlalchemy structlog langgraph langchain_core qdrant_client openai"
)
SAVOIR = "import sys; from savoirfaire.cli import main; sys.exit(main())"


def test_help(savoir: Call) -> None:
    """Help goes to standard output and names the commands."""
    for arguments in ((), ("--help",), ("-h",)):
        said = savoir(*arguments)
        assert (said.code, said.err) == (0, "")
        assert "Usage: savoir [OPTIONS] COMMAND" in said.out
        assert "  settings " in said.out


@pytest.mark.parametrize("name", ENTRIES)
def test_the_tree_says_what_the_command_says(name: str) -> None:
    """The help page's sentence is the first line of the command's own help."""
    command = command_line().commands[name]
    assert command.help.splitlines()[0] == ENTRIES[name].help
    assert command.name == name


@pytest.mark.parametrize(("name", "example"), EXAMPLES.items())
def test_examples(savoir: Call, name: str, example: str) -> None:
    """An example is one of its command, is understood by it, and stands on its help page."""
    words = shlex.split(example.replace("\\\n", ""))[1:]
    command = command_line()
    for part in name.split():
        command = command.commands[part]
        words = words[words[:1] == [part] :]
    assert command.make_context(name, words)
    assert example.partition("\n")[0] in savoir(*name.split(), "--help").out


def test_nothing_is_cut(savoir: Call) -> None:
    """A group's page has the whole sentence of each command, in the person's words."""
    page = " ".join(savoir("gates", "--help").out.split())
    assert "the evidence over time. step-up" in page
    assert "..." not in page.partition("Commands:")[2]
    assert "--client <text>" in page


def test_every_command_is_on_the_page() -> None:
    """Each command stands in one section of the help page."""
    placed = [name for names in SECTIONS.values() for name in names.split()]
    assert sorted(placed) == sorted(ENTRIES)


def test_help_in_french(savoir: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Help is in the language of the variable, down to Typer's own words."""
    monkeypatch.setenv("SAVOIR_LANGUAGE", "fr")
    said = savoir("init", "--help")
    for words in ("Utilisation", "Créer un espace de travail", "Montrer cette aide", "par défaut"):
        assert words in said.out
    assert "Commandes" in savoir("client", "--help").out
    assert "Décider:" in savoir("--help").out.replace("\u00a0", "")


def test_help_in_the_language_of_a_workspace(savoir: Call, tmp_path: Path) -> None:
    """Help follows the workspace chosen before it; the next call starts anew."""
    savoir("init", tmp_path, "--language", "fr")
    assert "Utilisation" in savoir("-w", tmp_path, "--help").out
    assert "Usage: " in savoir("--help").out


def test_version(savoir: Call) -> None:
    """--version says the version and nothing else."""
    assert savoir("--version").out == f"savoir {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["initt"], "error: No such command 'initt'. Did you mean 'init'?"),
        (["settings", "--jsn"], "error: No such option: --jsn (Possible options: --json)"),
        (["settings", "x"], "error: Got unexpected extra argument(s) (x)"),
        (["init", "--language", "de"], "'de' is not one of 'fr', 'en'."),
        (["client"], "error: Missing command."),
    ],
)
def test_wrong_usage(arguments: list[str], said: str, savoir: Call) -> None:
    """Wrong usage exits with 2 and says what is wrong and where help is, on standard error."""
    result = savoir(*arguments)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert "--help`." in result.err


def test_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal is one line, what to do on the next, and exit code 1."""

    def refuse(_given: Invocation) -> int:
        raise BusyError("{what} is in use", what="the index")

    assert guarded(refuse) == 1
    assert capsys.readouterr().err.splitlines() == ["error: the index is in use", BusyError.hint]


@pytest.mark.parametrize("kind", [BusyError, LookupError])
def test_an_error_cannot_drive_the_terminal(
    kind: type[Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    """An error's words may be an endpoint's: they are made printable."""

    def fail(_given: Invocation) -> int:
        raise kind("it said \x1b]0;title\x07 \u202eabc")

    assert guarded(fail) == 1
    said = capsys.readouterr().err
    assert "it said ]0;title \\u202eabc" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_interrupted(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    """An interrupted command exits with 130 and says how a run goes on."""

    def interrupt(_given: Invocation) -> int:
        raise error

    assert guarded(interrupt) == 130
    assert "savoir resume RUN" in capsys.readouterr().err


def test_a_fault_of_our_own(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected error is said, and kept in the workspace without the words of its message."""
    words = "what the client wrote"

    def fail(given: Invocation) -> int:
        given.workspace = workspace
        raise LookupError(words)

    assert guarded(fail) == 1
    (report,) = workspace.logs.iterdir()
    said = capsys.readouterr().err
    assert f"LookupError: {words}" in said
    assert str(report) in said
    assert "Traceback" not in said
    assert "builtins.LookupError" in report.read_text()
    assert words not in report.read_text()


def test_a_fault_while_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    """With --debug the whole traceback is shown."""

    def fail(given: Invocation) -> int:
        given.debug = True
        raise LookupError("x")

    assert guarded(fail) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_fault_before_a_workspace(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a workspace to keep the report in, the way to see it is said."""

    def fail(_given: Invocation) -> int:
        raise LookupError("x")

    assert guarded(fail) == 1
    assert "--debug" in capsys.readouterr().err


def test_nobody_reads_the_output(workspace: Workspace) -> None:
    """A reader that stops, as `head` does, ends the command without a complaint."""
    command = f'"{sys.executable}" -c "{SAVOIR}" -w "{workspace.folder}" settings | true'
    ended = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert ended.stderr == b""


def test_another_encoding(workspace: Workspace) -> None:
    """A terminal that cannot show a character gets a replacement, not an error."""
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "SAVOIR_LANGUAGE": "fr"}
    command = [sys.executable, "-c", SAVOIR, "-w", str(workspace.folder), "settings"]
    ended = subprocess.run(command, capture_output=True, check=True, env=environ)
    assert b"r?glage" in ended.stdout


def test_help_loads_nothing_heavy() -> None:
    """Help imports no engine, no settings and no table drawing: that is what makes it quick."""
    code = f"""
import sys
from savoirfaire.cli import main
main(["--help"])
print(*[name for name in {HEAVY.split()} if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert ended.stderr.split() == []


def cpu(*arguments: str) -> float:
    """The processor time of a Python command, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_is_quick() -> None:
    """Help costs at most half as much processor time again as importing Typer."""
    turns = [(cpu("-c", SAVOIR, "--help"), cpu("-c", "import typer")) for _turn in range(7)]
    ours, typers = (min(times) for times in zip(*turns, strict=True))
    assert ours <= 1.5 * typers


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json(encoding: str) -> None:
    """JSON is readable where it can be, and always plain JSON."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    with contextlib.redirect_stdout(stream):
        emit_json({"é": [1, None]})
    stream.seek(0)
    assert ("é" in stream.read()) is (encoding == "utf-8")
    with pytest.raises(ValueError, match="JSON"):
        emit_json(float("nan"))


def test_printable() -> None:
    """A document cannot drive the terminal."""
    assert printable("a\x1b[2Jb\x07\x9bc\r\n\td é") == "a[2Jbc\n\td é"


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F,
                                  0x061C, 0x2028, 0x2029])  # fmt: skip
def test_signs_that_turn_a_text(code: int) -> None:
    """What would make a text read differently is spelt out, also in JSON, whose value is kept."""
    text = f"pay {chr(code)}100"
    assert printable(text) == f"pay \\u{code:04x}100"
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(stream):
        emit_json([text, "\x9b"])
    stream.seek(0)
    said = stream.read()
    assert not {chr(code), "\x9b"} & set(said)
    assert json.loads(said) == [text, "\x9b"]


def test_plain_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Off a terminal a row is one line, whatever its cells hold."""
    table(("name", "text"), [("a", "one\ntwo"), ("longer", "x" * 200)])
    assert capsys.readouterr().out.splitlines() == [
        "name    text",
        "a       one two",
        "longer  " + "x" * 200,
    ]


def shown_on(controller: int, words: str) -> bool:
    """Whether a terminal shows these words; it hands them on piece by piece."""
    said = b""
    while words.encode() not in said and select.select([controller], [], [], 5)[0]:
        try:
            said += os.read(controller, 10_000)
        except OSError:  # all is read, and the other end is closed
            break
    return words.encode() in said


def test_a_table_on_a_terminal() -> None:
    """On a terminal a cell is shown as it is: its brackets are not markup."""
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream, contextlib.redirect_stdout(stream):
        table(("name", "text"), [("a", "[bold]b[/bold] \x1b[31m")])
    assert shown_on(controller, "[bold]b[/bold] [31m")
    os.close(controller)


@pytest.mark.parametrize("terminal", [False, True])
def test_progress(terminal: bool) -> None:  # noqa: FBT001
    """Progress is drawn on a terminal only; the command is the same."""
    controller, end = pty.openpty()
    stream = os.fdopen(end, "w") if terminal else io.StringIO()
    with contextlib.redirect_stderr(stream), progress("reading", 2) as more:
        more(1)
        more(1)
    if terminal:
        assert shown_on(controller, "reading")
        stream.close()
    else:
        os.close(end)
        assert isinstance(stream, io.StringIO)
        assert stream.getvalue() == ""
    os.close(controller)
