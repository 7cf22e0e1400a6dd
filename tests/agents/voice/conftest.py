"""A profile of each of the letters, learned once."""

import pytest

from savoirfaire.agents.voice import VoiceProfile, learn
from tests.agents.voice.letters import board, bureau


@pytest.fixture(scope="session")
def minutes() -> VoiceProfile:
    """The voice of the board, from 24 editions."""
    return learn(board(24))


@pytest.fixture(scope="session")
def bulletin() -> VoiceProfile:
    """The voice of the bureau, in French, from 24 editions."""
    return learn(bureau(24))
