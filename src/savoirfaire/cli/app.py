"""The command line's tree: every command is named here, and where the help page has it.

`savoir --help` may cost at most half as much again as `import typer`. So a command is known by its
place and its sentence of help (the same as its docstring's first line: a test holds them together),
and built when it is called (`lazy`). A command module imports at its top only Typer and light
modules of this package; a command imports what it runs in its own body.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from savoirfaire import __version__
from savoirfaire.cli.examples import EXAMPLES
from savoirfaire.cli.invocation import Invocation, invocation
from savoirfaire.cli.lazy import Commands, Entry, LazyGroup, children
from savoirfaire.cli.messages import _, mark

ENTRIES = {
    "init": Entry(
        "workspace:init",
        mark("Make a workspace: a commented savoir.toml and a private data folder."),
    ),
    "settings": Entry(
        "workspace:settings", mark("Show every setting, its value, and where it comes from.")
    ),
    "client": Entry("knowledge:group", mark("The clients of this workspace.")),
    "ingest": Entry(
        "ingesting:ingest",
        mark("Read files and folders into a client's knowledge. Doing it again changes nothing."),
    ),
    "sources": Entry(
        "sources:sources",
        mark("List what a client's knowledge was read from, or show one source with its outline."),
    ),
    "ask": Entry(
        "knowledge:ask",
        mark(
            "Find the passages of a client's knowledge that answer a question, with their source."
        ),
    ),
    "brand": Entry(
        "brandpage:brand",
        mark("Show the client's Brand OS: what is known, from which sources, and what is missing."),
    ),
    "voice": Entry(
        "voice:group",
        mark("The client's voice: learned from past editions, and looked for in a new text."),
    ),
    "extract": Entry(
        "review:extract",
        mark("Propose records of the Brand OS from a client's sources, each with exact quotes."),
    ),
    "review": Entry(
        "review:review",
        mark(
            "Decide on proposed records, one at a time by keys, then on active ones that"
            " contradict."
        ),
    ),
    "lessons": Entry(
        "lessons:lessons",
        mark(
            "Count what reviewers keep changing, propose it for approval, and show what became of"
            " it."
        ),
    ),
    "facts": Entry(
        "facts:group",
        mark("Facts with their sources: `savoir facts CLIENT` lists those that hold."),
    ),
    "graph": Entry(
        "graphview:graph",
        mark(
            "Show what is known around something: who, what and since when, each with its source."
        ),
    ),
    "export": Entry(
        "archive:export_client",
        mark("Write all that is known and was decided for a client to one file, in open formats."),
    ),
    "import": Entry(
        "archive:import_client", mark("Read an archive as a new client; all of it, or nothing.")
    ),
    "forget": Entry(
        "forgetting:forget",
        mark(
            "Forget a source, a person or a client: every byte of them in the data folder, for"
            " ever."
        ),
    ),
    "graphs": Entry("runs:graphs", mark("List the graphs that can be run.")),
    "run": Entry(
        "runs:run",
        mark("Start a run and work on it until it ends or a person has to decide."),
    ),
    "runs": Entry("runs:runs", mark("List the runs, newest first.")),
    "show": Entry(
        "runs:show",
        mark(
            "Show a run (steps, sources, breaches, tokens) or an approval (the draft, what"
            " changed)."
        ),
    ),
    "resume": Entry(
        "runs:resume",
        mark("Go on with a run that was interrupted or needs attention, from its last step."),
    ),
    "batch": Entry(
        "queueing:batch",
        mark("Start a run for each item of a file, and work on them side by side."),
    ),
    "watch": Entry(
        "queueing:watch",
        mark("Show what happens in a run as it happens, until it rests; or how far a batch is."),
    ),
    "cancel": Entry(
        "queueing:cancel", mark("End a run that has not ended; what was published stays.")
    ),
    "retry": Entry(
        "queueing:retry",
        mark("Start a run anew that was cancelled or needs attention, with the same request."),
    ),
    "worker": Entry(
        "queueing:worker",
        mark("Work on what is in the queue until told to stop; any number of workers share it."),
    ),
    "budget": Entry(
        "budgets:budget",
        mark("Show a budget and what is left of it, or set one; parked runs with room then go on."),
    ),
    "costs": Entry(
        "costs:costs",
        mark(
            "Show what models cost, by client, graph, model and delivery, and how long work takes."
        ),
    ),
    "prune": Entry(
        "pruning:prune",
        mark("Delete the states and events of runs that ended long ago; what was decided stays."),
    ),
    "schedule": Entry(
        "scheduling:schedule",
        mark("Have workers start runs at set times; list, add or remove a client's schedules."),
    ),
    "inbox": Entry(
        "deciding:inbox",
        mark(
            "List what waits for a decision, oldest first; what is late is passed on, then expires."
        ),
    ),
    "decide": Entry(
        "deciding:decide",
        mark("Answer an approval, or several at one stroke; their runs go on at once."),
    ),
    "outbox": Entry(
        "effects:outbox",
        mark("What waits to leave and what could not; stop one before it leaves, or try it again."),
    ),
    "hand-over": Entry("deciding:hand_over", mark("Ask somebody else to decide.")),
    "gates": Entry("gating:group", mark("Gates: when people may stop reviewing every item.")),
    "seeds": Entry("gating:planted", mark("Planted errors: how much do reviewers catch?")),
    "audit": Entry("gating:audits", mark("The ledger of decisions.")),
    "mail": Entry(
        "triage:group",
        mark("Mail: taken in once, given its route, and learned from what people correct."),
    ),
    "panel": Entry(
        "panel:group",
        mark("Panels of synthetic personas, beside what people answered."),
    ),
    "demo": Entry(
        "demo:demo",
        mark("Turn a newsletter's real files into an approved, published edition."),
    ),
    "index": Entry("index:group", mark("The index: made of the ledger, and compared with it.")),
    "tune": Entry("tuning:group", mark("Settings that follow from a client's own evidence.")),
    "check": Entry(
        "check:check",
        mark(
            "Check texts against rules in Vale's format: shipped packs, a client's own, or your"
            " styles."
        ),
    ),
    "rules": Entry(
        "rulebook:group",
        mark("A client's rules: list, add, test and export them, each with its history."),
    ),
    "models": Entry("models:group", mark("The language model's endpoint.")),
    "evals": Entry(
        "evals:group",
        mark("Recorded tasks: replay them, run them live, compare versions."),
    ),
    "bench": Entry("bench:group", mark("Benchmarks: speed as ratios, measured side by side.")),
}

SECTIONS = {
    mark("Begin"): "init settings demo models",
    mark("Document"): "client ingest sources ask brand voice extract review facts graph",
    mark("Automate"): "graphs run runs show resume batch watch cancel retry budget costs"
    " schedule worker",
    mark("Decide"): "inbox decide hand-over outbox gates seeds audit",
    mark("Learn"): "lessons rules check mail panel tune evals",
    mark("Keep"): "index export import forget prune bench",
}
"""The commands as the help page has them: what one does one after the other stands together."""

app = typer.Typer(
    name="savoir",
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"savoir {__version__}")
        raise typer.Exit


def _workspace(ctx: typer.Context, folder: Path | None) -> Path | None:
    if folder is not None:
        invocation(ctx).choose(folder)
    return folder


@app.callback(invoke_without_command=True)
def savoir(
    ctx: typer.Context,
    workspace: Annotated[  # noqa: ARG001 - its callback keeps it
        Path | None,
        typer.Option(
            "--workspace",
            "-w",
            metavar="DIR",
            is_eager=True,
            callback=_workspace,
            help="The workspace to use; by default the one of the current folder.",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what is being done.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show everything, and the traceback of an error.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Show the version."),
    ] = False,
) -> None:
    """Document what an agency knows, connect it, and automate with people at the gates."""
    given = invocation(ctx)
    given.verbose, given.debug = verbose, debug
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


class _Context(typer.Context):
    """Shows help in the language spoken when it is shown."""

    def make_formatter(self) -> Any:
        """Translate what the page is made of, then write it as Typer does."""
        built = [] if isinstance(self.command, LazyGroup) else children(self.command)
        for command in (self.command, *built):
            command.help = _(command.help) if command.help else None
        for command in built:  # whole: by default Typer cuts what is longer than a line
            command.short_help = (command.help or "").partition("\n\n")[0]
        for param in self.command.get_params(self):
            _told(param)
        if example := EXAMPLES.get(self.command_path.partition(" ")[2]):
            self.command.epilog = "\b\n" + _("For example:") + f"\n{example}"
        formatter = super().make_formatter()
        write = formatter.write_usage
        setattr(  # noqa: B010
            formatter, "write_usage", lambda prog, args="": write(prog, args, _("Usage: "))
        )
        return formatter


def _told(param: Any) -> None:
    """Put what a help page says of an argument or an option into the language spoken."""
    if text := getattr(param, "help", None):
        param.help = _(text)
    is_named = param.param_type_name == "argument"
    shown, words = param.display_type, _types()

    def display_type(ctx: Any) -> str | None:
        """An argument's name says what it is; an option has a word for it, or its choices."""
        kind = shown(ctx)
        return "" if is_named and kind in words else words.get(kind, kind)

    param.display_type = display_type


def _types() -> dict[str, str]:
    """What an option takes, as people call it."""
    text, number, path = _("<text>"), _("<number>"), _("<path>")
    several = {f"<list[{each}]>": words for each, words in (("str", text), ("Path", path))}
    numbers = ("<int>", "<int range>", "<float>", "<float range>")
    return {"<str>": text, "<path>": path, **several, **dict.fromkeys(numbers, number)}


def command_line() -> Any:
    """The tree, ready to run: Typer's commands with help in the language spoken."""
    root: Any = typer.main.get_command(app)
    root.context_class = _Context
    root.commands = Commands(ENTRIES, SECTIONS, _Context)
    return root


def run(arguments: list[str], given: Invocation) -> int:
    """Run one command and give its exit code; errors are the caller's to show."""
    done = command_line().main(arguments, prog_name="savoir", standalone_mode=False, obj=given)
    return done if isinstance(done, int) else 0
