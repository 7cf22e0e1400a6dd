"""Reviewing on a terminal: one proposal at a time, by keys.

The desk says what a key means, the board does what is decided; here they are asked and shown.
"""

import sys
from collections.abc import Callable, Iterable
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from savoirfaire.cli.board import Board, Contradictions, Filter
from savoirfaire.cli.desk import Desk, Move
from savoirfaire.cli.keys import Keys
from savoirfaire.cli.messages import _, hint, mark, ngettext, number, say
from savoirfaire.cli.output import coloured, line, note
from savoirfaire.cli.proposals import Line, around, page, where, write
from savoirfaire.errors import ConflictError, NotFoundError, SavoirError

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Record

Editor = Callable[[str], str]

_PROMPT = "a e r s A f o k j q ? > "
_WIDEST = 120
_OPENED = 1500  # characters of a source shown on either side of a quote


class Reviewing:
    """One person's session at a desk; `edited` opens a text in the person's editor."""

    def __init__(self, board: Board, keys: Keys, chosen: Filter, edited: Editor) -> None:
        self.board = board
        self.chosen = chosen
        self.desk = Desk(tuple(each.id for each in board.waiting(chosen)))
        self._keys = keys
        self._edited = edited
        self._moves: dict[Move, Callable[[Record], None]] = {
            "accept": self._accept,
            "accept_all": self._accept_all,
            "edit": self._edit,
            "reject": self._reject,
            "filter": self._filter,
            "open": self._open,
        }

    def run(self) -> None:
        """Show and ask until nothing waits, or the person leaves."""
        showing = True
        while self.desk.current is not None:
            record = self._current()
            if record is None:
                continue
            if showing:
                self._show(record)
            showing = True
            self.desk, move = self.desk.press(self._keys.key(_PROMPT))
            if move == "quit":
                break
            if move in {"help", "unknown"}:
                line(_(_HELP))
            elif move == "end":
                line(_("There is no other proposal in this direction: `q` leaves."))
                showing = False
            elif move != "show":
                self._do(move, record)
        self._conclude()

    def _current(self) -> "Record | None":
        """The proposal to show; None where somebody else has decided meanwhile."""
        assert self.desk.current is not None
        try:
            record = self.board.record(self.desk.current)
        except NotFoundError:  # forgotten meanwhile
            self.desk = self.desk.without(self.desk.current)
            return None
        if record.status == "proposed":
            return record
        line(
            _("{title} was decided on meanwhile by {who}.").format(
                title=record.title, who=record.decided_by or record.author
            )
        )
        self.desk = self.desk.without(record.id)
        return None

    def _show(self, record: "Record") -> None:
        view = self.board.view(record, place=self.desk.place + 1, of=len(self.desk.waiting))
        line("")
        self._write(page(view, min(get_terminal_size().columns, _WIDEST)))

    def _do(self, move: Move, record: "Record") -> None:
        """Do what was asked; what is refused is said, and the proposal stays."""
        try:
            self._moves[move](record)
        except SavoirError as error:
            self._refused(error)

    # --- decisions ------------------------------------------------------------------------------

    def _accept(self, record: "Record") -> None:
        chosen = self._replaced(self.board.contradicts(record.id))
        if chosen is None:
            return
        self.board.accept(record.id, chosen)
        self._decided(record, "accepted")

    def _replaced(self, rivals: Contradictions) -> list[str] | None:
        """Which of the records that it contradicts a proposal replaces; None: it is left."""
        if not rivals:
            return []
        for place, (other, fields) in enumerate(rivals, start=1):
            line(f"  {place}. {other.id}  {other.title}  ({', '.join(fields)})")
        said = self._keys.line(
            _("Which of these does it replace? Numbers, `none` to keep all, Enter to leave it: ")
        )
        words = (said or "").replace(",", " ").split()
        if words and words[0].casefold() in {"none", "aucun", "n", "0"}:
            return []
        if not words or not all(word.isdecimal() for word in words):
            return None
        places = {int(word) for word in words}
        if not places <= set(range(1, len(rivals) + 1)):
            return None
        return [other.id for place, (other, _fields) in enumerate(rivals, 1) if place in places]

    def _reject(self, record: "Record") -> None:
        reason = self._keys.line(_("Why? (Enter to leave it undecided) "))
        if not reason or not reason.strip():
            return
        self.board.require_waiting(record.id)
        self.board.reject(record.id, reason.strip())
        self._decided(record, "rejected")

    def _edit(self, record: "Record") -> None:
        from savoirfaire.cli.yamltext import as_yaml, from_yaml

        text = before = as_yaml(record.data.plain())
        while True:
            text = self._edited(text)
            if text == before:
                line(_("The text was not changed."))
                return
            try:
                self.board.require_waiting(record.id)
                made = self.board.edit(record.id, from_yaml(text), choose=self._replaced)
            except ConflictError:
                raise
            except SavoirError as error:
                self._refused(error)
                if not self._yes(_("Edit it again? (y/n) ")):
                    return
                continue
            if made is not None:
                self._decided(record, "edited")
            return

    def _accept_all(self, _record: "Record") -> None:
        free = [each for each in self.desk.waiting if not self.board.contradicts(each)]
        held = len(self.desk.waiting) - len(free)
        text = ngettext(
            "Accept {n} proposal without contradiction? {held} with one stay. (y/n) ",
            "Accept {n} proposals without contradiction? {held} with one stay. (y/n) ",
            len(free),
        )
        if not free or not self._yes(text.format(n=number(len(free)), held=number(held))):
            return
        accepted, left = self.board.accept_all(free)
        for each in accepted:
            self.desk = self.desk.without(each, "accepted")
        if left:
            line(_("{n} were left: they contradict what was accepted.").format(n=len(left)))

    def _decided(self, record: "Record", verdict: str) -> None:
        self.desk = self.desk.without(record.id, verdict)
        line(f"{_VERDICTS[verdict]()}: {record.title}")

    # --- looking --------------------------------------------------------------------------------

    def _open(self, record: "Record") -> None:
        """The words of the source around each quote."""
        view = self.board.view(record)
        for each in record.citations:
            shown = view.sources[each.source]
            if each.start is None or each.end is None:
                continue
            line("\n" + where(shown, each.start, each.end))
            self._write([around(shown, each, _OPENED, flat=False)])

    def _filter(self, _record: "Record") -> None:
        kinds = sorted({each.kind for each in self.board.waiting(Filter())})
        line(_("Kinds: {kinds}").format(kinds=", ".join(kinds)))
        asked = (_("Kind"), _("Source or folder"), _("Author"))
        before = (self.chosen.kind, self.chosen.source, self.chosen.author)
        said = [
            self._keys.line(f"{name} [{old}] (- = {_('all')}): ")
            for name, old in zip(asked, before, strict=True)
        ]
        kept = [
            old if not (new or "").strip() else (new or "").strip()
            for new, old in zip(said, before, strict=True)
        ]
        chosen = Filter(*("" if each == "-" else each for each in kept))
        waiting = [each.id for each in self.board.waiting(chosen)]
        if not waiting:
            line(_("No proposal fits; the filter stays as it was."))
            return
        self.chosen, self.desk = chosen, self.desk.laid(waiting)

    # --- saying ---------------------------------------------------------------------------------

    def _yes(self, question: str) -> bool:
        said = (self._keys.line(question) or "").strip().casefold()
        return said in {"y", "yes", "o", "oui"}

    def _write(self, lines: Iterable[Line]) -> None:
        write(lines, colour=coloured(sys.stdout))

    def _refused(self, error: SavoirError) -> None:
        note(_("error: {message}").format(message=say(error)))
        note(hint(error))

    def _conclude(self) -> None:
        done = self.desk.decided
        counts = [
            f"{_VERDICTS[each]()}: {number(done.count(each))}" for each in dict.fromkeys(done)
        ]
        rest = len(self.desk.waiting)
        waiting = ngettext("{n} proposal waits", "{n} proposals wait", rest)
        line("; ".join([*counts, waiting.format(n=number(rest))]))


_VERDICTS: dict[str, Callable[[], str]] = {
    "accepted": lambda: _("accepted"),
    "edited": lambda: _("edited and accepted"),
    "rejected": lambda: _("rejected"),
}

_HELP = mark(
    """\
a  accept             e  edit, then accept   r  reject, with a reason
s  skip               k/↑  back              j/↓  forward
A  accept all that are shown by this filter and contradict nothing
f  filter             o  open the source around the quotes
q  quit               ?  this help
A decision stays in the history. What was decided is changed by its id:
`savoir review CLIENT --edit ID -f FILE`, `--reject ID`, `--accept ID`."""
)
