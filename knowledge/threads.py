"""Which conversation a mail belongs to, by the ids that mails carry, else by their subjects.

The root of a mail is the first of its References, or what it replies to, or itself; a root that is
known to reply in its turn is followed. A reply without any such id belongs to the mail of the same
subject in the same mailbox. After J. Zawinski, "message threading" (1997), without its containers.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from savoirfaire.knowledge.analysis import fold

_ID = re.compile(r"<[^<>\s]+>|\S+")
# As mail programs write them in French, English and German, and with a count: "Re[2]:", "RE (3) :".
_MARKS = re.compile(r"(?:\s*(?:re|rep|ref|tr|fwd?|aw|wg)\s?(?:\[\d+\]|\(\d+\))?\s?:)+\s*")


class Letter(NamedTuple):
    """What a mail says of its place: ids, the oldest parent first, and its subject without `Re:`.

    `mailbox` is the folder or the file that it lies in.
    """

    id: str
    parents: tuple[str, ...]
    subject: str
    is_reply: bool
    mailbox: str

    @property
    def is_alone(self) -> bool:
        """Whether it does not name the root of its thread: the other mails have to be known."""
        return len(self.parents) < 2 and (bool(self.parents) or self.is_reply or not self.id)  # noqa: PLR2004 - the root and another


def letter(meta: Mapping[str, str], name: str) -> Letter:
    """Read the place of the mail called `name` from what its reader found."""
    written = fold(meta.get("subject", ""))
    marks = _MARKS.match(written)
    return Letter(
        next(iter(_ID.findall(meta.get("message-id", ""))), ""),
        tuple(_ID.findall(f"{meta.get('references', '')} {meta.get('in-reply-to', '')}")),
        " ".join(written[marks.end() if marks else 0 :].split()),
        marks is not None,
        str(PurePosixPath(name).parent),
    )


class Threads:
    """The conversations of the mails that were learned."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._above: dict[str, str] = {}
        self._ends: set[str] = set()
        self._subjects: dict[tuple[str, str], str] = {}

    def learn(self, mail: Letter) -> None:
        """Let mails learned or asked for later find this one."""
        if mail.id and mail.parents:
            self._parents.setdefault(mail.id, mail.parents[0])
            self._above.setdefault(mail.id, mail.parents[0])
        if mail.id and mail.subject and not (mail.parents or mail.is_reply):
            self._subjects.setdefault((mail.mailbox, mail.subject), mail.id)

    def of(self, mail: Letter) -> str | None:
        """The thread of a mail, 32 hexadecimal digits; None where nothing tells."""
        root = next(iter(mail.parents), "") or self._by_subject(mail)
        return named(self._end(root)) if root else None

    def _end(self, at: str) -> str:
        """The last of the ids above one; of ids that reply to each other, the least.

        What was passed leads there directly from now on: n mails take about n steps in all.
        """
        passed: set[str] = set()
        while at in self._above and at not in self._ends and at not in passed:
            passed.add(at)
            at = self._above[at]
        if at in passed:
            at = self._least(at)
            self._ends.add(at)
        self._above |= dict.fromkeys(passed, at)
        return at

    def _least(self, among: str) -> str:
        least, at = among, self._parents[among]
        while at != among:
            least, at = min(least, at), self._parents[at]
        return least

    def _by_subject(self, mail: Letter) -> str:
        found = self._subjects.get((mail.mailbox, mail.subject), "")
        if found and (mail.is_reply or not mail.id):
            return found
        return mail.id or (f"{mail.mailbox}\0{mail.subject}" if mail.subject else "")


def named(root: str) -> str:
    """The name of a thread: a hash, since ids are long and hold addresses."""
    return hashlib.blake2b(root.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
