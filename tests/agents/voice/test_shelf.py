from collections.abc import Iterator
from pathlib import Path

import pytest

from savoirfaire.agents.voice import Edition, verify
from savoirfaire.agents.voice.shelf import learn_voices, learned_voice, learned_voices, shelf_of
from savoirfaire.errors import ScopeError
from savoirfaire.knowledge.database import open_database
from savoirfaire.knowledge.ledger import Ledger, Source, source_id
from savoirfaire.knowledge.passages import cut
from savoirfaire.knowledge.scope import ClientScope
from tests.agents.voice.letters import board, bureau, chatty


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with a client that has six editions in each language."""
    kept = Ledger(open_database(tmp_path / "ledger.db"))
    scope = kept.add_client("acme", "en")
    _put(kept, scope, board(6))
    _put(kept, scope, [_moved(each) for each in bureau(6)])
    yield kept
    kept.close()


def _moved(edition: Edition) -> Edition:
    return Edition(edition.path.replace("past", "fr"), edition.date, edition.sha256, edition.text)


def _put(ledger: Ledger, scope: ClientScope, editions: list[Edition]) -> None:
    ledger.put(
        scope,
        [
            Source(
                path=each.path,
                kind="edition",
                title="",
                date=each.date,
                language=None,
                sha256=each.sha256,
                text=each.text,
                spans=cut(source_id(scope, each.path), each.text),
            )
            for each in editions
        ],
    )


def test_a_voice_for_each_language(ledger: Ledger) -> None:
    """A client that publishes in two languages has two voices."""
    voices = learn_voices(ledger, ClientScope("acme"))
    assert {name: len(voice.editions) for name, voice in voices.items()} == {"en": 6, "fr": 6}


def test_what_came_since_is_told_and_not_heard(ledger: Ledger) -> None:
    """An edition that came after learning is in the voice only once it is learned again."""
    scope = ClientScope("acme")
    before = learn_voices(ledger, scope)["en"].fingerprint
    late = board(7)[6:]
    _put(ledger, scope, late)
    assert shelf_of(ledger, scope).since == (late[0].path,)
    assert learned_voices(ledger, scope)["en"].fingerprint == before
    assert learn_voices(ledger, scope)["en"].fingerprint != before
    assert shelf_of(ledger, scope).since == ()


def test_a_removed_edition_is_out_at_once(ledger: Ledger) -> None:
    """Nothing of an edition that is gone is left in the voice, and nothing says it was there."""
    scope = ClientScope("acme")
    gone = learn_voices(ledger, scope)["en"].editions[0]
    ledger.remove(scope, [source_id(scope, gone.path)])
    voice = learned_voice(ledger, scope, "en")
    assert voice is not None
    assert gone not in voice.editions
    assert shelf_of(ledger, scope).since == ()


def test_a_changed_edition_is_out_until_learned(ledger: Ledger) -> None:
    """An edition that was edited since is no more what the voice was learned from."""
    scope = ClientScope("acme")
    learn_voices(ledger, scope)
    old = board(1)[0]
    _put(ledger, scope, [Edition(old.path, old.date, "f" * 64, chatty(1)[0].text)])
    assert shelf_of(ledger, scope).since == (old.path,)
    assert len(learned_voices(ledger, scope)["en"].editions) == 5


def test_without_learning_all_editions_are_heard(ledger: Ledger) -> None:
    """Before anybody learned a voice, it is that of every edition; of none there is none."""
    assert len(learned_voices(ledger, ClientScope("acme"))["fr"].editions) == 6
    empty = ledger.add_client("bolt", "fr")
    assert learned_voices(ledger, empty) == {}
    assert learned_voice(ledger, empty, "fr") is None


def test_another_client_changes_nothing(ledger: Ledger) -> None:
    """What a rival publishes does not move a verdict by a digit."""
    scope, text = ClientScope("acme"), board(1, seed=5)[0].text
    before = verify(text, learned_voices(ledger, scope)["en"])
    rival = ledger.add_client("bolt", "en")
    _put(ledger, rival, chatty(6))
    learn_voices(ledger, rival)
    assert verify(text, learned_voices(ledger, scope)["en"]) == before
    with pytest.raises(ScopeError):
        learned_voices(ledger, ClientScope("nobody"))
