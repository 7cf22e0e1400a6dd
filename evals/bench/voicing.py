"""How well a voice is told from others: own later editions against newsletters never learned from.

The voice is learned from the first 60 % of its editions by date. The other newsletters are used for
nothing but the test: impostors are those that are shipped. Everything is measured twice, on the
files as they are and on their bare words, so that markup alone cannot be what separates.
"""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from savoirfaire.agents.voice import Edition, VoiceProfile, learn, verify
from savoirfaire.agents.voice.anatomy import Anatomy
from savoirfaire.agents.voice.calibration import LEAST, LIMIT, Calibration, calibrate, place
from savoirfaire.agents.voice.grams import count
from savoirfaire.agents.voice.profile import ENOUGH
from savoirfaire.agents.voice.reading import Reading
from savoirfaire.errors import NotFoundError
from savoirfaire.evals.bench.editions import pieces, plain, read_editions
from savoirfaire.evals.bench.measuring import machine
from savoirfaire.evals.bench.pasted import PASTED

LEARNED = 0.6
LIMITS = {"auc_edition": 0.97, "cliches_caught": 0.8, "rolling_accept": 0.9}
_PIECES = 400  # of each side at most
_PASTED = 40
_SUSPECT = ("voice.cliche", "voice.sentence")


def voicing(own: Path, others: Sequence[Path], rolling: int = 50) -> dict[str, Any]:
    """The figures of the benchmark; `rolling` is how many of the last editions are tried in turn.

    Raises NotFoundError for a folder without editions, and where there are too few to part.
    """
    editions = read_editions(own)
    foreign = [each.text for folder in others for each in read_editions(folder)]
    parted = round(LEARNED * len(editions))
    if parted < LEAST or parted == len(editions):
        raise NotFoundError("{folder} has too few editions to learn from and to test", folder=own)
    learned, later = editions[:parted], [each.text for each in editions[parted:]]
    started = time.process_time()
    voice = learn(learned)
    taken = time.process_time() - started
    figures = _told_apart(voice, later, foreign)
    bare = learn([_plain(each) for each in learned])
    tried = {**_pasted(voice, later), **_rolling(editions, rolling)}
    return {
        "bench": "voice",
        "met": _is_met({**figures, **tried}),
        **figures,
        "editions": len(editions),
        "learned_from": len(learned),
        "others": len(foreign),
        "language": voice.language,
        "plain": _told_apart(bare, [plain(each) for each in later], list(map(plain, foreign))),
        **tried,
        "learn_cpu_s": round(taken, 2),
        "verify_cpu_ms": _speed(voice, later),
        "machine": machine(),
    }


def _is_met(figures: dict[str, Any]) -> bool:
    """Whether every figure that there is reaches what was promised."""
    return all(figures[name] is None or figures[name] >= least for name, least in LIMITS.items())


def auc(own: Sequence[float], others: Sequence[float]) -> float:
    """The chance that one of ours scores above one of theirs, ties half (Mann & Whitney 1947)."""
    order = np.sort(np.asarray(others))
    below = np.searchsorted(order, own, "left") + np.searchsorted(order, own, "right")
    return float(below.mean() / (2 * len(order)))


def _told_apart(voice: VoiceProfile, own: Sequence[str], others: Sequence[str]) -> dict[str, float]:
    """AUC of whole editions and of pieces; what is let in and kept out at the voice's limit.

    A text that cannot be judged counts against us on both sides.
    """
    scale = _calibration(voice)
    mine, theirs = _places(voice, own), _places(voice, others)
    small = [_places(voice, _sampled(texts)) for texts in (own, others)]
    return {
        "auc_edition": round(auc(_known(mine), _known(theirs)), 4),
        "auc_piece_300": round(auc(*map(_known, small)), 4) if all(small) else 0.0,
        "accept_own": round(float(np.mean([_is_let_in(scale, each) for each in mine])), 4),
        "reject_others": round(float(np.mean([_is_kept_out(scale, each) for each in theirs])), 4),
    }


def _places(voice: VoiceProfile, texts: Sequence[str]) -> list[float | None]:
    return [place(Reading(text), voice.counts, _calibration(voice)) for text in texts]


def _calibration(voice: VoiceProfile) -> Calibration:
    if voice.calibration is None:  # an edition without words does not count
        raise NotFoundError("there are too few editions to learn from: {n}", n=len(voice.editions))
    return voice.calibration


def _known(places: Sequence[float | None]) -> list[float]:
    return [each for each in places if each is not None] or [0.0]


def _is_let_in(calibration: Calibration, at: float | None) -> bool:
    return at is not None and calibration.score(at) >= LIMIT


def _is_kept_out(calibration: Calibration, at: float | None) -> bool:
    return at is not None and not _is_let_in(calibration, at)


def _sampled(texts: Sequence[str]) -> list[str]:
    found = [piece for text in texts for piece in pieces(text)]
    return random.Random(0).sample(found, min(len(found), _PIECES))


def _plain(edition: Edition) -> Edition:
    return Edition(edition.path, edition.date, edition.sha256, plain(edition.text))


def _pasted(voice: VoiceProfile, later: Sequence[str]) -> dict[str, float]:
    """Of clichés pasted into own editions, the share that a finding lies on; what else is found."""
    draw, caught = random.Random(0), []
    before = [_suspects(voice, text) for text in later]
    for sentence in PASTED[voice.language][:_PASTED]:
        text = draw.choice(later)
        ends = _paragraph_ends(text) or [len(text)]
        end = draw.choice(ends)
        changed = f"{text[:end]} {sentence}{text[end:]}"
        span = end + 1, end + 1 + len(sentence)
        caught.append(any(a < span[1] and span[0] < b for a, b in _suspects(voice, changed)))
    return {
        "cliches_caught": round(float(np.mean(caught)), 3),
        "suspects_per_edition": round(float(np.mean([len(each) for each in before])), 2),
    }


def _suspects(voice: VoiceProfile, text: str) -> list[tuple[int, int]]:
    found = verify(text, voice).findings
    return [(each.start, each.end) for each in found if each.rule in _SUSPECT]


def _paragraph_ends(text: str) -> list[int]:
    """The ends of a text's sentences that end a block of prose."""
    blocks = [each for each in Anatomy(text).blocks if each.kind in ("paragraph", "item")]
    return [each.end for each in blocks if text[each.start : each.end].rstrip().endswith(".")]


def _rolling(editions: Sequence[Edition], last: int) -> dict[str, Any]:
    """Each of the last editions in a voice of those before it, where those are enough."""
    first = max(len(editions) - last, ENOUGH)
    passed = []
    for number in range(first, len(editions)):
        counts = count([each.reading.grams for each in editions[:number]])
        calibration = calibrate(editions[:number], counts)
        at = place(editions[number].reading, counts, calibration)
        passed.append(_is_let_in(calibration, at))
    share = round(float(np.mean(passed)), 3) if passed else None
    return {"rolling_accept": share, "rolling_editions": len(passed)}


def _speed(voice: VoiceProfile, texts: Sequence[str]) -> float:
    started = time.process_time()
    for text in texts:
        verify(text, voice)
    return round(1000 * (time.process_time() - started) / len(texts), 1)
