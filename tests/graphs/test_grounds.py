"""What is written from: what is known is found, however full the inbox."""

from typing import Any

import pytest

from savoirfaire.graphs.bidding.reading import Library
from savoirfaire.graphs.grounds import grounds
from savoirfaire.graphs.registry import RunContext
from savoirfaire.knowledge.scope import ClientScope
from savoirfaire.tools.recall import Recall

EN = ClientScope("acme")
WORDS = "How we work: the team, its roles, experience and method."
MAIL = (
    "From: Dora <d@example.com>\nMessage-ID: <m{n}@example.com>\nSubject: {words}\n\n{words} {n}\n"
)
CASES = {
    f"cases/{name}.md": f"# {name.title()}\n\nThe team and its method for {name}, and what came.\n"
    for name in ("museum", "bakery", "harbour")
}


def ingest(newsroom: Any, mails: int) -> None:
    """Three case studies, and mails that have every word that is asked for."""
    wrote = {f"mails/{n}.eml": MAIL.format(n=n, words=WORDS) for n in range(mails)}
    newsroom.ingest(EN, {**CASES, **wrote})


@pytest.mark.parametrize("mails", [30, pytest.param(300, marks=pytest.mark.sweep)])
def test_a_full_inbox(newsroom: Any, mails: int) -> None:
    """However many mails have the words, case studies are found, by proposals as by campaigns."""
    ingest(newsroom, mails)
    with newsroom.knowledge() as knowledge:
        recall, clock = Recall(knowledge), knowledge.ledger.now()
        found = grounds(
            recall, EN, WORDS, without={"mail", "brand"}, most=8, node="collect", clock=clock
        )
        context = RunContext(client="acme", run="r", clock=clock)
        shown = Library(recall, context).passages("en", brief="")
    assert {each.path for each in found} >= CASES.keys()
    assert {each.path for each in shown} & CASES.keys()
    assert not {each.kind for each in found} & {"mail", "brand"}
