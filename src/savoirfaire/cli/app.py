"""The command line's tree: every command is registered here, in the order of the help page.

`savoir --help` may cost at most half as much again as `import typer`. So a command module imports
at its top only Typer and light modules of this package, and a command imports what it runs in its
own body. A command is a plain function, here given its name:

    app.command()(knowledge.ingest)             # savoir ingest
    client.command("add")(knowledge.add_client)  # savoir client add
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from savoirfaire import __version__
from savoirfaire.cli import (
    bench,
    deciding,
    demo,
    gates,
    knowledge,
    replaying,
    runs,
    seeds,
    workspace,
)
from savoirfaire.cli import models as endpoint
from savoirfaire.cli.invocation import Invocation, invocation
from savoirfaire.cli.messages import _, mark

app = typer.Typer(
    name="savoir",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
client = typer.Typer(help=mark("The clients of this workspace."))
models = typer.Typer(help=mark("The language model's endpoint."))
gate = typer.Typer(help=mark("Gates: when people may stop reviewing every item."))
seed = typer.Typer(help=mark("Planted errors: how much do reviewers catch?"))
audit = typer.Typer(help=mark("The ledger of decisions."))
benches = typer.Typer(help=mark("Benchmarks: speed as ratios, measured side by side."))

app.command()(workspace.init)
app.command()(workspace.settings)
client.command("add")(knowledge.add_client)
client.command("list")(knowledge.list_clients)
app.add_typer(client, name="client")
app.command()(knowledge.ingest)
app.command()(knowledge.ask)
app.command()(runs.graphs)
app.command()(runs.run)
app.command()(runs.runs)
app.command()(runs.show)
app.command()(runs.resume)
app.command()(deciding.inbox)
app.command()(deciding.decide)
app.command("hand-over")(deciding.hand_over)
app.command()(demo.demo)
gate.callback(invoke_without_command=True)(gates.gates)
gate.command()(gates.show)
gate.command("step-up")(gates.step_up)
gate.command("step-down")(gates.step_down)
gate.command("never-lift")(gates.never_lift)
gate.command()(gates.incident)
gate.command()(gates.allow)
gate.command()(replaying.replay)
gate.command()(replaying.carry)
gate.command("stop-all")(gates.stop_all)
gate.command("start-all")(gates.start_all)
app.add_typer(gate, name="gates")
audit.command()(gates.verify)
app.add_typer(audit, name="audit")
seed.callback(invoke_without_command=True)(seeds.seeds)
seed.command()(seeds.add)
app.add_typer(seed, name="seeds")
models.command("check")(endpoint.check)
app.add_typer(models, name="models")
benches.command()(bench.startup)
benches.command()(bench.ingest)
benches.command()(bench.graph)
benches.command()(bench.gates)
benches.command()(bench.retrieval)
app.add_typer(benches, name="bench")


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
        for command in (self.command, *_children(self.command)):
            command.help = _(command.help) if command.help else None
        for param in self.command.get_params(self):
            text = getattr(param, "help", None)
            if text:
                setattr(param, "help", _(text))  # noqa: B010 - Typer's own classes are not public
        formatter = super().make_formatter()
        write = formatter.write_usage
        setattr(  # noqa: B010
            formatter, "write_usage", lambda prog, args="": write(prog, args, _("Usage: "))
        )
        return formatter


def _children(command: Any) -> list[Any]:
    return list(getattr(command, "commands", {}).values())


def _walk(command: Any) -> Iterator[Any]:
    yield command
    for child in _children(command):
        yield from _walk(child)


def command_line() -> Any:
    """Build the whole tree, ready to run: Typer's commands with help in the language spoken."""
    root = typer.main.get_command(app)
    for command in _walk(root):
        command.context_class = _Context
    return root


def run(arguments: list[str], given: Invocation) -> int:
    """Run one command and give its exit code; errors are the caller's to show."""
    done = command_line().main(arguments, prog_name="savoir", standalone_mode=False, obj=given)
    return done if isinstance(done, int) else 0
