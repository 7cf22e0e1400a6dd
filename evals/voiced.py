"""A grader for drafts: how much a text reads like a client's own editions."""

from savoirfaire.agents.voice import VoiceProfile, verify


def grade(text: str, voice: VoiceProfile) -> float | None:
    """From 0 to 1: the share of the client's own texts that read less like it; None: cannot tell.

    A text that is as usual as any scores anywhere above the limit; below it, it does not fit.
    """
    return verify(text, voice).score
