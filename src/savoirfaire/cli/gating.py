"""`savoir gates`, `savoir seeds` and `savoir audit`: their commands put together."""

import typer

from savoirfaire.cli import gates, gatesproof, replaying, seeds

group = typer.Typer()
group.callback(invoke_without_command=True)(gates.gates)
group.command()(gates.show)
group.command("step-up")(gates.step_up)
group.command("step-down")(gates.step_down)
group.command("never-lift")(gates.never_lift)
group.command()(gates.incident)
group.command()(gates.allow)
group.command()(gates.pool)
group.command()(replaying.replay)
group.command()(replaying.carry)
group.command("stop-all")(gates.stop_all)
group.command("start-all")(gates.start_all)
group.command()(gatesproof.prove)

planted = typer.Typer()
planted.callback(invoke_without_command=True)(seeds.seeds)
planted.command()(seeds.add)

audits = typer.Typer()
audits.command()(gates.verify)
