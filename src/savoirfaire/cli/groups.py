"""What several groups of commands have in common."""

from typing import Any

from typer.core import TyperGroup


class ListsByDefault(TyperGroup):
    """A group that lists by default: `savoir facts CLIENT` is `savoir facts list CLIENT`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Give the command of the arguments."""
        if args and args[0] not in self.commands:
            args = ["list", *args]
        return super().resolve_command(ctx, args)
