"""A role is a prompt file, a typed reply, and what it answers without a model.

A prompt that is missing, or that has no system and user part, fails when the role is made; a
variable the prompt names and the caller forgot fails before anything is asked. Offline, a role
without a composer abstains.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Generic

from pydantic import BaseModel

from savoirfaire.agents.model import Gateway, Mode, Usage
from savoirfaire.agents.replies import Message, ReplyT
from savoirfaire.errors import SavoirError
from savoirfaire.tools.hashing import canonical
from savoirfaire.tools.tape import CallScope

_PROMPTS = Path(__file__).parent / "prompts"
_PARTS = re.compile(r"\A# system[ \t]*\n(.*?)^# user[ \t]*\n(.*)\Z", re.DOTALL | re.MULTILINE)
_MARKER = re.compile(r"<{3,}|>{3,}")
_LOOKALIKES = {"<": "\u2039", ">": "\u203a"}


@dataclass(frozen=True)
class Answer(Generic[ReplyT]):
    """A role's reply, what it cost, which model gave it and how, and after how many repairs."""

    reply: ReplyT
    usage: Usage
    model: str
    mode: Mode
    repairs: int


class Role(Generic[ReplyT]):
    """A prompt and a reply form, under a name.

    The prompt is `NAME.md` in the package's prompts, or in the folder `prompts`: a part below the
    line `# system` and one below `# user`, with `$variables` (a dollar is `$$`). `offline` composes
    the reply from the evidence where there is no model.
    """

    def __init__(
        self,
        name: str,
        reply: type[ReplyT],
        *,
        offline: Callable[[Mapping[str, Any]], ReplyT] | None = None,
        prompts: Path = _PROMPTS,
    ) -> None:
        self.name = name
        self.reply = reply
        self._offline = offline
        self._prompt = _prompt(prompts / f"{name}.md")
        self._parts = _split(name, self._prompt)

    @property
    def prompt_hash(self) -> str:
        """SHA-256 of the prompt file."""
        return hashlib.sha256(self._prompt.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that makes the role itself: name, prompt, and the form of its reply."""
        parts = [self.name, self._prompt, _told(self.reply)]
        return hashlib.sha256(canonical(parts).encode()).hexdigest()

    def messages(self, variables: Mapping[str, str]) -> list[Message]:
        """The prompt with its variables filled in."""
        system, user = (self._filled(part, variables) for part in self._parts)
        return [{"role": "system", "content": system}, {"role": "user", "content": user}]

    async def ask(
        self,
        gateway: Gateway,
        variables: Mapping[str, str],
        *,
        evidence: Mapping[str, Any],
        node: str,
        branch: str = "",
    ) -> Answer[ReplyT]:
        """The role's reply. `evidence` is the variables' material as data, for the composer.

        Raises ModelError where none can be had, AbstainedError offline without a composer.
        """
        offline = self._offline
        done = await gateway.complete(
            self.messages(variables),
            scope=CallScope(self.name, node, branch),
            form=gateway.form(self.reply),
            compose=None if offline is None else lambda: offline(evidence),
        )
        return Answer(done.value, done.usage, done.model, gateway.mode, done.repairs)

    def _filled(self, part: Template, variables: Mapping[str, str]) -> str:
        try:
            return part.substitute(variables)
        except KeyError as error:
            raise SavoirError(
                "role {role}: the prompt needs {name}", role=self.name, name=f"${error.args[0]}"
            ) from error


@cache
def _told(reply: type[BaseModel]) -> dict[str, Any]:
    """The form of a reply, worked out once: each turn of a run asks for a graph's, at 1 ms each."""
    return reply.model_json_schema()


def fence(text: str, label: str) -> str:
    """Untrusted text between `<<<source LABEL` and `>>>`, where nothing in it can end the fence."""
    return f"<<<source {_defused(' '.join(label.split()))}\n{_defused(text)}\n>>>"


def _defused(text: str) -> str:
    return _MARKER.sub(lambda found: _LOOKALIKES[found[0][0]] * len(found[0]), text)


def _prompt(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SavoirError(
            "the prompt {file} cannot be read: {reason}", file=path.name, reason=error
        ) from error


def _split(name: str, prompt: str) -> tuple[Template, Template]:
    found = _PARTS.match(prompt)
    parts = [Template(part.strip()) for part in found.groups()] if found else []
    if len(parts) != 2 or not all(part.is_valid() for part in parts):  # noqa: PLR2004
        raise SavoirError(
            "role {role}: the prompt must be a part below the line `# system`, then one below "
            "`# user`; a dollar that is no variable is written $$",
            role=name,
        )
    return parts[0], parts[1]
