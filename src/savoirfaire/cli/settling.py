"""Settling what active records say against each other: side by side, one is kept, or all are."""

import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from savoirfaire.cli.board import Board, Contradictions, Filter
from savoirfaire.cli.keys import Keys
from savoirfaire.cli.messages import _, hint, say
from savoirfaire.cli.output import coloured, line, note
from savoirfaire.cli.proposals import against, write
from savoirfaire.errors import SavoirError

if TYPE_CHECKING:
    from savoirfaire.knowledge.brandos.records import Record

_WIDEST = 120


def settle(board: Board, keys: Keys, chosen: Filter) -> int:
    """Ask of each contradiction which record holds; how many there were."""
    disputes = board.disputes(chosen)
    for record, rivals in disputes:
        _show(record, rivals)
        said = keys.line(_("Which one holds? Its number; Enter leaves them all; q leaves: "))
        if said is None or said.strip().casefold() == "q":
            break
        holding = _named(said, record, rivals)
        if holding is not None:
            _keep(board, holding, [record, *(other for other, _fields in rivals)])
    return len(disputes)


def _show(record: "Record", rivals: Contradictions) -> None:
    width = min(get_terminal_size().columns, _WIDEST)
    line("")
    line(_("These active records contradict each other:"))
    for place, each in enumerate([record, *(other for other, _fields in rivals)], start=1):
        line(f"  {place}. {each.id}  {each.title}  ({each.author})")
    for other, _fields in rivals:
        write(against(record, other, width), colour=coloured(sys.stdout))


def _named(said: str, record: "Record", rivals: Contradictions) -> "Record | None":
    held = [record, *(other for other, _fields in rivals)]
    word = said.strip()
    if not word.isdecimal() or not 1 <= int(word) <= len(held):
        return None
    return held[int(word) - 1]


def _keep(board: Board, holding: "Record", all_of_it: list["Record"]) -> None:
    """Have one take the place of the others; what is refused is said."""
    for other in all_of_it:
        if other.id == holding.id:
            continue
        try:
            board.replace(other.id, holding.id)
        except SavoirError as error:
            note(_("error: {message}").format(message=say(error)))
            note(hint(error))
            continue
        line(_("{old} is superseded by {new}.").format(old=other.id, new=holding.id))
