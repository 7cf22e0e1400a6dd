"""Passages to write from, where what others wrote may not stand in for what is known.

A full inbox has words about everything. Where it takes the places, what is none of it is asked
alone; where it does not, nothing more is asked.
"""

from collections.abc import Callable, Collection

from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.recall import Recall, Recalled

_TIMES = 3  # passages looked at for each that is wanted


def grounds(
    recall: Recall,
    scope: ClientScope,
    question: str,
    *,
    without: Collection[str],
    most: int,
    node: str,
    clock: str,
    fits: Callable[[Recalled], bool] = lambda _each: True,
) -> list[Recalled]:
    """The `most` passages that answer `question` best, best first, of those that fit.

    None is of a source of the kinds `without`.
    """

    def search(kinds: Collection[str]) -> list[Recalled]:
        limit = most * _TIMES
        return recall.search(scope, question, kinds=[*kinds], limit=limit, node=node, clock=clock)

    found = search([])
    kept = [each for each in found if each.kind not in without and fits(each)]
    if len(kept) < most and len(found) == most * _TIMES:
        kinds = sorted(recall.knowledge.ledger.distinct(scope)["kind"] - {*without})
        kept = [each for each in search(kinds) if fits(each)] if kinds else []
    return kept[:most]
